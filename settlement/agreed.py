"""What was agreed with an owner, in the words of the calendar and of the charges."""

from collections.abc import Sequence
from itertools import groupby

from settlement.calendar import Span
from settlement.charges import ChargedTerms, RepeatOption
from tenants.terms import Terms


def spans_of(terms: Sequence[Terms]) -> list[Span]:
    """Return one span for each contract row; a plan's new price within it parts no calendar."""
    return [_span(list(rows)) for _, rows in groupby(terms, key=lambda row: row.contract_id)]


def charged_terms(terms: Sequence[Terms]) -> list[ChargedTerms]:
    """Return what each stretch of the terms says about charges."""
    return [_charged(row) for row in terms]


def _span(rows: Sequence[Terms]) -> Span:
    return Span(rows[0].starts_on, rows[-1].ends_on, rows[0].cycle, rows[-1].ends_contract)


def _charged(row: Terms) -> ChargedTerms:
    return ChargedTerms(
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        ends_contract=row.ends_contract,
        connection=row.connection,
        certified_product=row.certified_product,  # type: ignore[arg-type]  # The column's
        setup_fees=row.setup_fees,  # type: ignore[arg-type]  # choices are these.
        repeat_option=_repeat_option(row),
        monthly_base_yen=row.monthly_base_yen,
    )


def _repeat_option(row: Terms) -> RepeatOption | None:
    if row.repeat_yearly_yen is None or row.first_registration_yen is None:
        return None
    return RepeatOption(
        row.repeat_yearly_yen,
        row.first_registration_yen,
        row.first_registration_basis,  # type: ignore[arg-type]
    )
