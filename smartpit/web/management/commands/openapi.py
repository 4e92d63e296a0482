"""``openapi``: write the OpenAPI documents of both APIs anew."""

from typing import Any

from django.core.management.base import BaseCommand

from smartpit.web.api_docs import file_of
from smartpit.web.openapi import APIS, written


class Command(BaseCommand):
    help = "店舗APIとオーナーAPIのOpenAPI文書を書き直します。"
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name in APIS:
            file = file_of(name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(written(name))
            self.stdout.write(f"docs/openapi/{name}.json")
