"""The two APIs as OpenAPI documents, written from the code into docs/openapi."""

import json
from typing import Final

from django.urls import include, path

from billing.api.owner.answers import WEBHOOKS as BILLING_WEBHOOKS
from settlement.api import urls as settlement_urls
from settlement.api.answers import WEBHOOKS as SETTLEMENT_WEBHOOKS
from smartpit.edge.openapi import Api, document

APIS: Final = {
    "till": Api(
        title="Smart Pit 収納センター　店舗API",
        root="/api/till/v1/",
        patterns=[
            path("api/till/v1/", include("billing.api.till.urls")),
            path("api/till/v1/", include(settlement_urls.till_urlpatterns)),
        ],
    ),
    "owner": Api(
        title="Smart Pit 収納センター　オーナーAPI",
        root="/api/owner/v1/",
        patterns=[
            path("api/owner/v1/", include("billing.api.owner.urls")),
            path("api/owner/v1/", include("settlement.api.urls")),
        ],
        refuses=("network_refused", "certificate_refused"),
        webhooks=BILLING_WEBHOOKS | SETTLEMENT_WEBHOOKS,
    ),
}


def written(name: str) -> str:
    """Return a document as its file holds it."""
    return json.dumps(document(APIS[name]), ensure_ascii=False, indent=1) + "\n"
