"""Page, CSV, XLSX and PDF of every statement of a random story say the same, and none refuses.

Between the events shares change, exemptions begin, the contract ends and tenants close: what was
stated before must go on summing from its rows.
"""

import csv
import io
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from openpyxl import load_workbook

from settlement.models import Statement
from settlement.period_rows import Period, period_of, require_rows
from settlement.services.contracts import change_contract, end_contract
from settlement.stated_csv import csv_of
from settlement.stated_sheet import HEADS, heads_of, rows_of
from settlement.statement_pdf import statement_pdf
from settlement.tenant_pdf import tenant_pdf
from settlement.whole import whole_of
from smartpit.edge.sheets import csv_lines
from smartpit.edge.workbooks import xlsx_chunks
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from smartpit.kernel.scratch import scratch_database
from smartpit.web.story.play import Outcome, Player, play_story
from smartpit.web.story.words import Happening, read_story
from tenants.models import Centre, Tenant
from tenants.services import change_tenant, move_tenant
from tests.properties.story_maker import make_story

AMOUNT = HEADS.index("金額")


@pytest.fixture
def server(database_template, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def disturb(player: Player, chance: random.Random) -> None:
    """Change something that no story tells of."""
    owner, today = player.world.owner, clock.business_date()
    tenant = chance.choice(list(Tenant.objects.filter(owner=owner).order_by("code")))
    what = chance.choice(["share"] * 4 + ["stamp"] * 3 + ["end", "close"])
    if what == "share":
        share = {
            "commission_yen": chance.choice([0, 50]),
            "commission_basis_points": chance.choice([0, 300, 10_000]),
            "passes_fees": chance.random() < 0.5,
        }
        change_tenant(player.world.scope, tenant.code, share)
    elif what == "stamp":
        held = player._terms_on(today)
        other = ("by_amount", "") if held.stamp == "exempt" else ("exempt", "学校")
        later = today + timedelta(days=chance.choice([0, 1, 5]))
        change_contract(
            owner, replace(held, starts_on=later, stamp=other[0], stamp_reason=other[1])
        )
    elif what == "end":
        end_contract(owner, today + timedelta(days=chance.choice([0, 3, 20])))
    elif tenant.code != Tenant.OWN:
        move_tenant(tenant, Tenant.Status.CLOSED)


def tell_disturbed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    play = Player.play

    def play_and_disturb(player: Player, happening: Happening) -> Outcome:
        outcome = play(player, happening)
        if chance.random() < 0.25:
            with clock.frozen(happening.at), suppress(DomainError):
                disturb(player, chance)
        return outcome

    monkeypatch.setattr(Player, "play", play_and_disturb)
    play_story(read_story(json.dumps(make_story(seed)).encode()))


def sums_of(period: Period) -> set[tuple[int, int]]:
    """Return how many rows each file has, and what their amounts come to."""
    content = b"".join(csv_of(period)).decode()
    assert content == "".join(csv_lines(heads_of(period), rows_of(period)))
    _, *told = csv.reader(io.StringIO(content.lstrip("\ufeff")))
    book = io.BytesIO(b"".join(xlsx_chunks("明細", heads_of(period), rows_of(period))))
    _, *shown = load_workbook(book, read_only=True).worksheets[0].iter_rows(values_only=True)
    return {
        (len(told), sum(int(row[AMOUNT]) for row in told)),
        (len(shown), sum(int(str(row[AMOUNT])) for row in shown)),
    }


def words_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in pages).replace(" ", "")


def look_at(statement: Statement) -> None:
    whole, period = whole_of(statement), period_of(statement)
    require_rows(period)
    rows = period.confirmations().count() + period.refunds().count()
    assert sums_of(period) == {(rows, statement.gross_yen)}
    assert sum(row[-1] for row in rows_of(period)) == statement.stamp_yen
    paper = words_of(statement_pdf(statement))
    for amount in (statement.gross_yen, statement.fees_yen, statement.payout_yen):
        assert f"{abs(amount):,}" in paper
    by_use = [
        line for line in whole.lines if line.kind not in {one.kind for one in period.charges()}
    ]
    charged = statement.fees_yen - sum(line.amount_yen for line in by_use)
    assert sum(charge.unit_yen for charge in period.charges()) == charged
    for share in whole.shares:
        own = period_of(statement, share.tenant_id)
        require_rows(own, share)
        assert {yen for _, yen in sums_of(own)} == {share.gross_yen}
        assert f"{abs(share.net_yen):,}" in words_of(tenant_pdf(share))


@pytest.mark.parametrize("seed", range(1, 5))
def test_every_paper_of_a_disturbed_story_says_the_same(
    server: None, monkeypatch: pytest.MonkeyPatch, seed: int
):
    with scratch_database():
        tell_disturbed(seed, monkeypatch)
        Centre.objects.update(registration_number="T1180301018771")
        statements = list(Statement.objects.order_by("closes_on"))
        assert statements
        for statement in statements:
            look_at(statement)
