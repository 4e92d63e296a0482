"""The centre against the oracle on random stories; ``python -m tests.properties.stories 200 [1]``.

The first number says how many stories, the second the first seed.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.test")
    django.setup()

from django.conf import settings

from smartpit.kernel.scratch import scratch_database
from smartpit.platform.connections import is_embedded
from smartpit.platform.embedded import ensure_running
from smartpit.web.story.account import tell_story
from smartpit.web.story.words import read_story
from tests.properties.oracle import told
from tests.properties.story_maker import make_story

Json = dict[str, Any]


def differences(story: Json) -> list[str]:
    """Play a story in the centre and return where it differs from the oracle's reckoning."""
    with scratch_database():
        ours = tell_story(read_story(json.dumps(story).encode()))
    return [*_events_apart(story, ours, told(story)), *_statements_apart(ours, told(story))]


def _events_apart(story: Json, ours: Json, theirs: Json) -> list[str]:
    played = sorted(story["events"], key=_instant)
    pairs = zip(played, ours["events"], theirs["events"], strict=True)
    return [
        f"{event}: {bare(one)} is not {other}" for event, one, other in pairs if bare(one) != other
    ]


def _statements_apart(ours: Json, theirs: Json) -> list[str]:
    mine = {one["closes_on"]: _in_order(one) for one in ours["statements"]}
    other = {one["closes_on"]: _in_order(one) for one in theirs["statements"]}
    apart = [] if list(mine) == list(other) else [f"closed {list(mine)} is not {list(other)}"]
    for closes_on in sorted(set(mine) & set(other)):
        apart += [
            f"{closes_on} {name}: {mine[closes_on][name]} is not {word}"
            for name, word in other[closes_on].items()
            if mine[closes_on][name] != word
        ]
    return apart


def bare(outcome: Json) -> Json:
    """Return an outcome without the words the contract leaves open."""
    return {name: outcome[name] for name in ("ok", "code") if name in outcome}


def _in_order(statement: Json) -> Json:
    lines = sorted(statement["lines"], key=lambda line: (line["kind"], line["unit_yen"]))
    return statement | {"lines": lines}


def _instant(event: Json) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


def main(count: int, first: int) -> int:
    """Compare ``count`` stories from seed ``first`` on; return how many differ."""
    if is_embedded():
        ensure_running(settings.HOME, durable=False)
    wrong = 0
    for seed in range(first, first + count):
        apart = differences(make_story(seed))
        wrong += bool(apart)
        for line in apart:
            sys.stdout.write(f"seed {seed}: {line}\n")
    sys.stdout.write(f"{count} stories, {wrong} differ\n")
    return wrong


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*[*numbers, *[200, 1][len(numbers) :]]) > 0)
