"""Ticking off what a test chain's system was seen to do."""

from collections.abc import Sequence

from django.db import transaction

from billing.models import Chain, ConformanceStep
from smartpit.kernel import clock


def note_steps(chain: Chain, steps: Sequence[str]) -> None:
    """Keep the first time that a test chain showed each step."""
    assert chain.is_test
    known = ConformanceStep.objects.filter(chain=chain, step__in=steps)
    fresh = set(steps) - set(known.values_list("step", flat=True))
    if not fresh:
        return
    with transaction.atomic(durable=True):
        rows = [ConformanceStep(chain=chain, step=step, seen_at=clock.now()) for step in fresh]
        ConformanceStep.objects.bulk_create(rows, ignore_conflicts=True)
