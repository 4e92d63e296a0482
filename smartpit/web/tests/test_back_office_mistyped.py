"""What a mistyped or broken word does to the back office: it is refused in words, and no more."""

import pytest
from django.test import Client

from smartpit.web.tests.test_back_office import TERMS, member_of_centre, text
from tenants.models import Contract, Owner
from tests.cast import Cast


@pytest.fixture
def administrator(cast: Cast) -> Client:
    return member_of_centre("administrator")


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-01"])
def test_a_mistyped_year_makes_no_contract_and_ends_none(
    cast: Cast, administrator: Client, day: str
) -> None:
    """What is signed stays; and from the year 1 on there are too many periods to close."""
    contract = Contract.objects.get(owner=cast.sakura)
    opened = {"code": "tsubasa", "name": "つばさ", **TERMS, "starts_on": day}
    changed = {"owner": cast.sakura.pk, **TERMS, "starts_on": day}
    ended = {"last_day": day}
    for address, words in (
        ("owner/add/", opened),
        ("contract/add/", changed),
        (f"contract/{contract.pk}/do/end", ended),
    ):
        answer = administrator.post(f"/admin/tenants/{address}", words, follow=True)
        assert "年を確かめてください" in text(answer), address
    assert Contract.objects.filter(owner=cast.sakura).count() == 1
    assert not Owner.objects.filter(code="tsubasa").exists()


@pytest.mark.parametrize(
    "address",
    [
        "settlement/payout/?status__exact=%00",
        "settlement/payout/?owner__id__exact=1%00",
        "settlement/refundrequest/?status__exact=a&status__exact=%00",
    ],
)
def test_a_filter_by_what_no_column_holds_finds_nothing(
    cast: Cast, administrator: Client, address: str
) -> None:
    assert administrator.get(f"/admin/{address}").status_code == 404


def test_a_chain_that_is_none_opens_the_first_ones_days(cast: Cast, administrator: Client) -> None:
    for chain in ("%00", "nobody", ""):
        answer = administrator.get(f"/admin/billing/chainfile/days/?chain={chain}")
        assert answer.status_code == 200
        assert "ファミリーマート" in text(answer)
