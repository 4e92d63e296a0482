"""Short stories for tests: an owner by default, and what happens to it on which day."""

from typing import Any

Json = dict[str, Any]


def owner(**changes: Any) -> Json:
    """Return an owner of plan 120, closing five times a month and at its end, without charges."""
    return {
        "plan": "plan-120",
        "cycle": "5-day",
        "connection": "regular",
        "certified_product": None,
        "setup_fees": "apart",
        "contract_from": "2026-11-01",
        "stamp": "by_amount",
        "repeat_option": None,
        "tenants": [],
    } | changes


def story(*events: Json, until: str = "2026-11-13", **changes: Any) -> Json:
    return {"owner": owner(**changes), "events": list(events), "settle_until": until}


def event(when: str, do: str, **words: Any) -> Json:
    """Return what happens at ``when`` in Japan: ``event("11-02 10:00", "fax")``, of 2026."""
    day, hour = when.split()
    year = "" if day.count("-") == 2 else "2026-"
    return {"at": f"{year}{day}T{hour}:00+09:00", "do": do, **words}


def registered(ref: str, amount_yen: int = 10_000, when: str = "11-01 10:00", **words: Any) -> Json:
    return event(when, "register_invoice", ref=ref, amount_yen=amount_yen, **words)


def paid(ref: str, receipt: str, when: str = "11-02 10:00", **words: Any) -> Json:
    return event(when, "pay", ref=ref, receipt=receipt, **words)


def confirmed(*receipts: str, when: str = "11-06 07:00") -> Json:
    return event(when, "confirm", receipts=list(receipts))


def answers(told: Json) -> list[str]:
    """Return each event's fate: ``ok``, or the code it was refused with."""
    fates = []
    for outcome in told["events"]:
        assert outcome["ok"] or set(outcome) == {"ok", "code"}
        fates.append("ok" if outcome["ok"] else outcome["code"])
    return fates


def payouts(told: Json) -> dict[str, int]:
    """Return what is paid out, by closing date."""
    return {one["closes_on"]: one["payout_yen"] for one in told["statements"]}
