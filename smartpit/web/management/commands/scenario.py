"""``scenario FILE``: a story under a virtual clock, through the real services, to the yen."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from psycopg.errors import InsufficientPrivilege

from smartpit.kernel.scratch import scratch_database
from smartpit.web.story.account import tell_story
from smartpit.web.story.words import BadStory, read_story

BAD_FILE = 2
INTERRUPTED = 130


class Command(BaseCommand):
    help = "物語ファイルを仮の時計と仮のデータベースで演じ、精算結果をJSONで表示します。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="物語のJSONファイル")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            story = read_story(_bytes_of(options["file"]))
            with scratch_database():
                told = tell_story(story)
        except InsufficientPrivilege as refused:
            raise CommandError(
                f"仮のデータベースを作れません（CREATEDB が必要です）: {refused}"
            ) from None
        except BadStory as bad:
            self.stderr.write(f"{options['file']}: {' '.join(str(bad).split())}")
            sys.exit(BAD_FILE)
        except BaseException as ended:
            if _is_interrupted(ended):
                sys.exit(INTERRUPTED)
            raise
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def _is_interrupted(ended: BaseException | None) -> bool:
    """Tell whether Ctrl-C is behind it: what is left half done may end in an error of its own."""
    while ended is not None and not isinstance(ended, KeyboardInterrupt):
        ended = ended.__context__
    return ended is not None


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as unread:
        raise BadStory(unread.strerror or "unreadable") from None
