"""Django's ``migrate``, as the migrating role, followed by the application's rights."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from smartpit.kernel import schema


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=schema.OWNER)

    def handle(self, *args: Any, **options: Any) -> None:
        schema.make_app_role()
        with schema.migrating():
            super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"] or options["database"] != schema.OWNER:
            return
        schema.grant_rights()
        if not options["app_label"]:
            schema.record_fingerprint()
