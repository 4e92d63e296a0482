"""``python -m smartpit_connector`` is ``smartpit-connector``."""

import sys

from smartpit_connector.cli import main

sys.exit(main())
