"""A file that is entered while the same words come one by one, cards are lost, workers doubled."""

from io import BytesIO
from typing import Any

import pytest

from billing import invoice_file
from billing.models import ImportFault, ImportJob, Invoice, Registration
from billing.services.cards import replace_card
from billing.services.imports import receive_import, run_imports
from billing.services.invoices import InvoiceAsked, ReferenceReused, register_invoice
from cards.models import Card
from tests.cast import Cast, make_card, make_cast
from tests.threads import in_threads

ROWS = 40


@pytest.fixture
def cast(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(invoice_file, "PIECE_ROWS", 5)
    return make_cast()


def sent(cast: Cast, numbers: list[str]) -> ImportJob:
    rows = [f"R{place},{number},受講料,1000" for place, number in enumerate(numbers)]
    content = "\n".join(["reference,number,title,amount_yen", *rows]).encode()
    return receive_import(cast.scope, BytesIO(content))


def asked(place: int, number: str, title: str = "受講料") -> InvoiceAsked:
    return InvoiceAsked(f"R{place}", number, title, 1_000)


def test_a_row_and_the_same_words_posted_meanwhile_are_one_invoice(cast: Cast):
    numbers = [make_card(cast.sakura).number for _ in range(ROWS)]
    job = sent(cast, numbers)

    def play(thread: int) -> Any:
        if thread == 0:
            return run_imports(cast.sakura.pk)
        places = range(ROWS) if thread == 1 else reversed(range(ROWS))
        return [register_invoice(cast.scope, asked(place, numbers[place])) for place in places]

    _, forwards, backwards = in_threads(play, 3)
    assert isinstance(forwards, list), forwards
    assert isinstance(backwards, list), backwards
    job.refresh_from_db()
    assert (job.status, job.done, job.refused) == ("done", ROWS, 0)
    made = job.registered + sum(one.is_new for one in [*forwards, *backwards])
    assert made == ROWS == Invoice.objects.count() == Registration.objects.count()


def test_of_other_words_under_one_reference_the_first_stand(cast: Cast):
    numbers = [make_card(cast.sakura).number for _ in range(ROWS)]
    job = sent(cast, numbers)

    def play(thread: int) -> Any:
        if thread == 0:
            return run_imports(cast.sakura.pk)
        return [_posted(cast, place, numbers[place]) for place in reversed(range(ROWS))]

    _, posted = in_threads(play, 2)
    assert isinstance(posted, list), posted
    job.refresh_from_db()
    assert job.registered + sum(posted) == ROWS == Invoice.objects.count()
    assert job.refused == sum(posted) == Invoice.objects.filter(title="別の件").count()
    assert set(ImportFault.objects.values_list("code", flat=True)) <= {"reference_reused"}


def _posted(cast: Cast, place: int, number: str) -> bool:
    try:
        return bool(register_invoice(cast.scope, asked(place, number, "別の件")).is_new)
    except ReferenceReused:
        return False


def test_a_card_replaced_meanwhile_takes_the_invoice_along_or_refuses_the_row(cast: Cast):
    numbers = [make_card(cast.sakura).number for _ in range(ROWS)]
    job = sent(cast, numbers)

    def play(thread: int) -> Any:
        if thread == 0:
            return run_imports(cast.sakura.pk)
        return [replace_card(cast.scope, number) for number in reversed(numbers)]

    in_threads(play, 2)
    job.refresh_from_db()
    assert (job.status, job.registered + job.refused) == ("done", ROWS)
    assert set(ImportFault.objects.values_list("code", flat=True)) <= {"card_replaced"}
    assert Card.objects.filter(status="replaced").count() == ROWS
    assert Invoice.objects.filter(card__status="active").count() == job.registered


def test_two_workers_enter_a_file_once(cast: Cast):
    numbers = [make_card(cast.sakura).number for _ in range(ROWS)]
    job = sent(cast, numbers)
    ran = in_threads(lambda _thread: run_imports(cast.sakura.pk), 4)
    assert all(isinstance(one, int) for one in ran), ran
    run_imports(cast.sakura.pk)
    job.refresh_from_db()
    assert (job.status, job.registered, Invoice.objects.count()) == ("done", ROWS, ROWS)


def test_a_file_sent_by_four_at_once_is_one_job(cast: Cast):
    numbers = [make_card(cast.sakura).number]
    jobs = in_threads(lambda _thread: sent(cast, numbers).pk, 4)
    assert set(jobs) == {ImportJob.objects.get().pk}
