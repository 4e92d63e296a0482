"""Django's ``migrate``, as the migrating role, followed by the application's rights."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from smartpit.kernel import schema
from smartpit.kernel.migrating import InTheWay, step_by_step

PATIENCE_SECONDS = 600


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=schema.OWNER)
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_SECONDS,
            metavar="SECONDS",
            help="使われている表を待つ秒数。その間も収納は止まりません。",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        schema.make_app_role()

        def work() -> None:
            with schema.migrating():
                super(Command, self).handle(*args, **options)
            if options["plan"] or options["check_unapplied"] or options["database"] != schema.OWNER:
                return
            schema.grant_rights()
            if not options["app_label"]:
                schema.record_fingerprint()

        try:
            step_by_step(work, patience_seconds=options["patience"], say=self.stderr.write)
        except InTheWay:
            words = "表が使われ続けているため、移行を途中で止めました。もう一度実行してください。"
            raise CommandError(words) from None
