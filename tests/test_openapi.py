"""The OpenAPI documents: equal to the code, valid, whole, and shown by a page of our own."""

import json

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from jsonschema import Draft202012Validator

from billing.services.events import EVENT_TYPES
from smartpit.edge.openapi import document, undescribed
from smartpit.web.api_docs import file_of
from smartpit.web.openapi import APIS, written


@pytest.mark.parametrize("api", APIS)
def test_the_written_document_is_the_codes(api: str):
    assert file_of(api).read_text() == written(api), "run: manage.py openapi"


@pytest.mark.parametrize("api", APIS)
def test_every_call_says_what_it_takes_and_answers(api: str):
    assert undescribed(document(APIS[api])) == []


@pytest.mark.parametrize("api", APIS)
def test_every_schema_is_one(api: str):
    told = document(APIS[api])
    assert told["openapi"] == "3.1.0"
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_owners_document_tells_every_event():
    assert set(document(APIS["owner"])["webhooks"]) == set(EVENT_TYPES)


@pytest.mark.parametrize("api", APIS)
def test_the_page_shows_the_document_from_our_own_files(api: str):
    page = Client().get(f"/api/{api}/v1/docs/")
    assert page.status_code == 200
    assert "unsafe-eval" not in page["Content-Security-Policy"]
    assert f'data-document="/api/{api}/v1/openapi.json"' in page.content.decode()
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert finders.find(f"drf_spectacular_sidecar/swagger-ui-dist/{name}")
    told = Client().get(f"/api/{api}/v1/openapi.json")
    assert json.loads(told.content) == document(APIS[api])
