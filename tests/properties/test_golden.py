"""Stories that were settled once, and their statements as they came out then.

The files are not made anew when code changes: a sum that differs is a fault, or a change of the
contract that somebody has to answer for.
"""

import json
from pathlib import Path

import pytest

from smartpit.kernel.scratch import scratch_database
from smartpit.web.story.account import tell_story
from smartpit.web.story.words import read_story
from tests.properties.oracle import told

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.fault("E18")
@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_an_old_story_is_settled_to_the_same_yen(
    database_template: str, django_db_blocker, path: Path
):
    golden = json.loads(path.read_text())
    with django_db_blocker.unblock(), scratch_database():
        ours = tell_story(read_story(json.dumps(golden["story"]).encode()))
    assert ours["statements"] == golden["statements"]


def test_the_golden_statements_are_the_oracles_too():
    assert len(GOLDEN) == 2
    for path in GOLDEN:
        golden = json.loads(path.read_text())
        theirs = {one["closes_on"]: one for one in told(golden["story"])["statements"]}
        assert [one["closes_on"] for one in golden["statements"]] == sorted(theirs)
        for one in golden["statements"]:
            assert one["payout_yen"] == theirs[one["closes_on"]]["payout_yen"]
