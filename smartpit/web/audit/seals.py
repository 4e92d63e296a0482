"""The daily seals: chain, facts and anchor, and that nothing enters a sealed day unnoticed."""

from settlement.seal_check import broken_seals, unwatched_tables
from smartpit.web.audit.finding import Check, Finding, count_of, found


def _look_at_seals() -> Finding:
    faults = [f"{table}: 封印後の記録に気づけない" for table in unwatched_tables()]
    return found(count_of("settlement_dayseal"), [*faults, *map(str, broken_seals())])


SEALS = Check(
    "seals",
    "日次封印は、前日・その日の記録・控えのファイルと一致する",
    _look_at_seals,
    lambda: count_of("(SELECT DISTINCT day FROM settlement_dayseal) days"),
)
