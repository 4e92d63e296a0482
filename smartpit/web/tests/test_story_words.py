"""What makes a story file bad: it is refused as a whole, in one line, before anything is played."""

import json
from typing import Any

import pytest

from smartpit.web.story.words import BadStory, read_story
from smartpit.web.tests.stories import event, owner, paid, registered, story


def _read(told: Any) -> None:
    read_story(json.dumps(told).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"owner": NaN}',
        b'{"a": 1, "a": 1}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_object_is_no_story(body: bytes):
    with pytest.raises(BadStory):
        read_story(body)


@pytest.mark.parametrize("missing", ["owner", "events", "settle_until"])
def test_nothing_of_the_whole_may_be_missing(missing: str):
    told = story()
    del told[missing]
    with pytest.raises(BadStory, match=missing):
        _read(told)


@pytest.mark.parametrize(
    "changes",
    [
        {"settle_until": "2026-02-30"},
        {"settle_until": 20261113},
        {"settle_until": "2200-01-01"},
        {"settle_until": None},
        {"events": {}},
        {"events": [None]},
        {"surprise": 1},
    ],
)
def test_a_story_has_its_own_words_and_no_others(changes):
    with pytest.raises(BadStory):
        _read(story() | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"cycle": "weekly"},
        {"cycle": None},
        {"connection": "leased"},
        {"certified_product": "CSAS-YT"},
        {"setup_fees": "never"},
        {"stamp": True},
        {"contract_from": "1999-12-31"},
        {"contract_from": "2026-11-01T00:00:00+09:00"},
        {"plan": 120},
        {"repeat_option": {}},
        {"repeat_option": {"yearly_yen": 1.0, "first_registration_yen": 0}},
        {"repeat_option": {"yearly_yen": -1, "first_registration_yen": 0}},
        {
            "repeat_option": {
                "yearly_yen": 0,
                "first_registration_yen": 0,
                "first_registration_basis": "day",
            }
        },
        {"tenants": {}},
        {"tenants": [{"commission_yen": 1}]},
        {"tenants": [{"code": "a"}, {"code": "a"}]},
        {"tenants": [{"code": "a b"}]},
        {"tenants": [{"code": "a", "commission_basis_points": 10_001}]},
        {"tenants": [{"code": "a", "commission_yen": -1}]},
        {"tenants": [{"code": "a", "passes_fees": "yes"}]},
        {"name": "さくら"},
    ],
)
def test_an_owner_is_described_in_full_and_in_the_words_of_a_contract(changes):
    with pytest.raises(BadStory, match="owner"):
        _read(story() | {"owner": owner(**changes)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2026-11-01T10:00:00+09:00"},
        {"do": "fax"},
        event("11-01 10:00", "dance"),
        event("11-01 10:00", ["fax"]),  # type: ignore[arg-type]
        event("11-01 10:00", "fax", pages=2),
        event("11-01 10:00", "fax") | {"at": "2026-11-01T10:00:00"},
        event("11-01 10:00", "fax") | {"at": "2026-11-01"},
        event("11-01 10:00", "fax") | {"at": "2026-13-01T10:00:00Z"},
        event("11-01 10:00", "register_invoice", ref="a"),
        event("11-01 10:00", "register_invoice", amount_yen=1),
        registered("a", 1.5),  # type: ignore[arg-type]
        registered("a", "100"),  # type: ignore[arg-type]
        registered("a", True),
        registered("a", None),  # type: ignore[arg-type]
        registered("a", 100, repeats="no"),
        registered("a", 100, due_on="tomorrow"),
        registered("a", 100, title="授業料"),
        event("11-01 10:00", "change_invoice", ref="a", amount_yen=None),
        paid("a", 1),  # type: ignore[arg-type]
        paid("a", "1", chain="seicomart"),
        paid("a", "1", advice=1),
        paid("a", "1", amount_yen=float("inf")),
        event("11-01 10:00", "confirm", receipts="1"),
        event("11-01 10:00", "confirm", receipts=[1]),
        event("11-01 10:00", "refund"),
        event("11-01 10:00", "change_contract", cycle="5-day"),
        event("11-01 10:00", "change_contract", cycle="weekly", **{"from": "2026-11-06"}),
    ],
)
def test_an_event_of_wrong_form_is_named_by_its_place(wrong):
    with pytest.raises(BadStory, match=r"events\[1\]"):
        _read(story(registered("a"), wrong))


def test_what_can_be_left_out_may_be_null_as_well():
    told = read_story(
        json.dumps(
            story(
                registered("a", 100, tenant=None, tax_yen=None, due_on=None),
                paid("a", "1", chain=None, amount_yen=None, version=None),
                event("11-02 10:00", "reverse", receipt="1", chain=None),
            )
        ).encode()
    )
    assert len(told.happenings) == 3
