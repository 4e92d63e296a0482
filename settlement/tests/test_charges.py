"""Which charges fall due on which day."""

from datetime import date

from settlement.charges import (
    Charge,
    ChargedTerms,
    Registration,
    RepeatOption,
    anniversary,
    charges_due,
)
from settlement.fees import Line

SIGNED = date(2026, 4, 1)
FAR = date(2030, 12, 31)


def due(
    *rows: ChargedTerms, registrations: tuple[Registration, ...] = (), last: date = FAR
) -> list[tuple[date, str, int]]:
    charges = charges_due(rows, registrations, date.min, last)
    return [(charge.day, charge.kind, charge.unit_yen) for charge in charges if charge.unit_yen]


def test_a_regular_contract_costs_155000_yen_on_its_first_day() -> None:
    assert due(ChargedTerms(SIGNED)) == [
        (SIGNED, "contract_administration", 5_000),
        (SIGNED, "connection_test", 150_000),
    ]


def test_a_super_contract_costs_the_line_work_as_well() -> None:
    assert due(ChargedTerms(SIGNED, connection="super")) == [
        (SIGNED, "contract_administration", 5_000),
        (SIGNED, "connection_test", 150_000),
        (SIGNED, "leased_line_work", 130_000),
    ]


def test_the_certified_product_of_the_connection_makes_the_test_30000_yen() -> None:
    def test_yen(**terms: str) -> int:
        charges = due(ChargedTerms(SIGNED, **terms))  # type: ignore[arg-type]
        return next(yen for _, kind, yen in charges if kind == "connection_test")

    assert test_yen(connection="regular", certified_product="CSAS-XT") == 30_000
    assert test_yen(connection="super", certified_product="CSAS") == 30_000
    assert test_yen(connection="regular", certified_product="CSAS") == 150_000
    assert test_yen(connection="super", certified_product="CSAS-XT") == 150_000


def test_set_up_fees_settled_apart_stand_on_no_statement() -> None:
    assert due(ChargedTerms(SIGNED, setup_fees="apart", connection="super")) == []


def test_a_superseding_row_brings_no_new_set_up_fees_but_a_new_contract_does() -> None:
    later = ChargedTerms(date(2026, 10, 1), connection="super")
    ended = ChargedTerms(SIGNED, ends_on=date(2026, 8, 31), ends_contract=True)

    assert len(due(ChargedTerms(SIGNED), later)) == 2
    assert [day for day, _, _ in due(ended, later)] == [SIGNED] * 2 + [date(2026, 10, 1)] * 3


def test_the_repeat_option_is_due_on_the_first_day_and_each_anniversary() -> None:
    terms = ChargedTerms(SIGNED, setup_fees="apart", repeat_option=RepeatOption(60_000, 3_000))

    assert due(terms, last=date(2028, 3, 31)) == [
        (date(2026, 4, 1), "repeat_yearly", 60_000),
        (date(2027, 4, 1), "repeat_yearly", 60_000),
    ]


def test_the_anniversary_of_29_february_is_the_28th_but_in_leap_years() -> None:
    leap = date(2024, 2, 29)
    terms = ChargedTerms(leap, setup_fees="apart", repeat_option=RepeatOption(60_000, 3_000))

    assert [day for day, _, _ in due(terms, last=date(2028, 12, 31))] == [
        leap,
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]
    assert anniversary(date(2026, 12, 31), 1) == date(2027, 12, 31)


def test_the_yearly_fee_follows_the_terms_in_force_and_ends_with_the_contract() -> None:
    rows = (
        ChargedTerms(SIGNED, setup_fees="apart", repeat_option=RepeatOption(60_000, 0)),
        ChargedTerms(
            date(2026, 11, 1),
            ends_on=date(2028, 4, 1),
            ends_contract=True,
            repeat_option=RepeatOption(48_000, 0),
        ),
    )

    assert due(*rows) == [
        (date(2026, 4, 1), "repeat_yearly", 60_000),
        (date(2027, 4, 1), "repeat_yearly", 48_000),
        (date(2028, 4, 1), "repeat_yearly", 48_000),  # The last day is still in force.
    ]


def test_an_option_taken_up_later_has_its_own_year_and_given_up_costs_nothing_more() -> None:
    rows = (
        ChargedTerms(SIGNED, setup_fees="apart"),
        ChargedTerms(date(2026, 6, 1), repeat_option=RepeatOption(60_000, 0)),
        ChargedTerms(date(2027, 6, 1)),
    )

    assert due(*rows) == [(date(2026, 6, 1), "repeat_yearly", 60_000)]


def test_the_monthly_base_is_due_on_each_months_last_day_in_force() -> None:
    terms = ChargedTerms(
        date(2026, 11, 16),
        ends_on=date(2027, 1, 10),
        ends_contract=True,
        setup_fees="apart",
        monthly_base_yen=1_000,
    )

    assert due(terms) == [
        (date(2026, 11, 30), "monthly_base", 1_000),
        (date(2026, 12, 31), "monthly_base", 1_000),
        (date(2027, 1, 10), "monthly_base", 1_000),
    ]


def test_the_plan_in_force_at_the_months_end_names_the_base_of_the_month() -> None:
    rows = (
        ChargedTerms(date(2026, 10, 1), setup_fees="apart", monthly_base_yen=1_000),
        ChargedTerms(date(2026, 11, 16), monthly_base_yen=0),
        ChargedTerms(date(2026, 12, 16), monthly_base_yen=1_500),
    )

    assert due(*rows, last=date(2026, 12, 31)) == [
        (date(2026, 10, 31), "monthly_base", 1_000),
        (date(2026, 12, 31), "monthly_base", 1_500),
    ]


REGISTERED = (
    Registration(date(2026, 5, 3), "2000000000017"),
    Registration(date(2026, 5, 3), "2000000000024"),
    Registration(date(2026, 5, 2), "2000000000017"),
)


def registration_days(*options: RepeatOption) -> list[date]:
    starts = (SIGNED, date(2026, 5, 3))
    rows = [
        ChargedTerms(day, setup_fees="apart", repeat_option=option)
        for day, option in zip(starts, options, strict=False)
    ]
    return [day for day, _, _ in due(*rows, registrations=REGISTERED)]


def test_a_first_registration_is_charged_by_contract_number_or_invoice() -> None:
    first, second = date(2026, 5, 2), date(2026, 5, 3)

    assert registration_days(RepeatOption(0, 3_000)) == [first]
    assert registration_days(RepeatOption(0, 3_000, "number")) == [first, second]
    assert registration_days(RepeatOption(0, 3_000, "invoice")) == [first, second, second]


def test_a_new_basis_does_not_make_an_old_registration_first_again() -> None:
    by_invoice, by_contract = RepeatOption(0, 3_000, "invoice"), RepeatOption(0, 3_000)

    assert registration_days(by_invoice, by_contract) == [date(2026, 5, 2)]


def test_registrations_outside_the_contract_or_the_option_cost_nothing() -> None:
    option = RepeatOption(0, 3_000)
    later = ChargedTerms(date(2026, 5, 3), setup_fees="apart", repeat_option=option)
    without = ChargedTerms(SIGNED, setup_fees="apart")

    assert due(without, registrations=REGISTERED) == []
    assert due(later, registrations=REGISTERED) == [(date(2026, 5, 3), "first_registration", 3_000)]
    assert due(without, later, registrations=REGISTERED) == [
        (date(2026, 5, 3), "first_registration", 3_000)
    ]


def test_only_what_falls_due_within_the_asked_days_is_returned_in_the_contracts_order() -> None:
    terms = ChargedTerms(SIGNED, repeat_option=RepeatOption(60_000, 3_000), monthly_base_yen=1_000)
    first_day = (Registration(SIGNED, "2000000000017"),)

    charges = charges_due([terms], first_day, SIGNED, date(2026, 4, 30))

    assert [charge.line for charge in charges] == [
        Line("contract_administration", 1, 5_000),
        Line("connection_test", 1, 150_000),
        Line("repeat_yearly", 1, 60_000),
        Line("first_registration", 1, 3_000),
        Line("monthly_base", 1, 1_000),
    ]
    assert charges_due([terms], first_day, date(2026, 5, 1), date(2026, 5, 31)) == [
        Charge(date(2026, 5, 31), "monthly_base", 1_000)
    ]
    assert charges_due([terms], first_day, date(2026, 4, 2), date(2026, 4, 29)) == []
