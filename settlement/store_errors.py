"""Where a chain's stores went wrong: counted from cases and misses, none of it on a till's way."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Func, Max, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from billing.models import Case, Chain, Miss
from smartpit.kernel import clock


@dataclass(frozen=True)
class StoreError:
    """So many of one kind at one store; a whole day that a file left out has no store."""

    store: str
    word: str
    count: int
    newest_at: datetime


def store_errors(chain: Chain, since: date) -> list[StoreError]:
    """Return what went wrong since a day, the stores with the most first."""
    rows = [*_of_cases(chain, since), *_of_misses(chain, since)]
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.store] = totals.get(row.store, 0) + row.count
    return sorted(rows, key=lambda row: (-totals[row.store], row.store, -row.count, row.word))


def _of_cases(chain: Chain, since: date) -> list[StoreError]:
    """A case tells its store by name, or in the till key that it is about."""
    key = KeyTextTransform("key", "told")
    in_key: Any = Func(key, Value("/"), Value(2), function="split_part", output_field=TextField())
    rows = (
        Case.objects.filter(chain=chain, opened_at__gte=clock.day_begins(since))
        .annotate(
            at_store=Coalesce(
                KeyTextTransform("store", "told"), in_key, Value(""), output_field=TextField()
            )
        )
        .values_list("at_store", "kind")
        .annotate(number=Count("pk"), newest=Max("opened_at"))
        .order_by()
    )
    words = dict(Case.Kind.choices)
    return [StoreError(store, str(words[kind]), number, at) for store, kind, number, at in rows]


def _of_misses(chain: Chain, since: date) -> list[StoreError]:
    rows = (
        Miss.objects.filter(chain=chain, missed_at__gte=clock.day_begins(since))
        .values_list(F("store"))
        .annotate(number=Count("pk"), newest=Max("missed_at"))
        .order_by()
    )
    return [StoreError(store, "番号違い（最近）", number, at) for store, number, at in rows]
