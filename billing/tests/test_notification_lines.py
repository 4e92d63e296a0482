"""Lines to receivers: kept where that is safe, opened anew where it is not."""

from collections.abc import Iterator

import pytest

from billing.delivery import addresses
from billing.delivery.addresses import Reach
from billing.delivery.lines import SWITCHBOARD
from billing.delivery.post import Letter, post
from billing.tests.receiver import receiving


@pytest.fixture
def switchboard() -> Iterator[None]:
    SWITCHBOARD.hang_up()
    yield
    SWITCHBOARD.hang_up()


def _letter(url: str, reach: Reach) -> Letter:
    return Letter(url, (), b"{}", reach)


def test_a_line_is_kept_for_the_next_and_a_hung_up_one_is_opened_anew(
    switchboard: None, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(addresses, "look_up", look_up)
    with receiving(keeps_lines=True) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        letter = _letter(f"http://hook.example:{port}/hook", Reach(demo=True))
        assert [post(letter).status for _ in range(3)] == [204] * 3
        assert (len(asked), receiver.calls) == (1, 1)
        other = _letter(letter.url, Reach(demo=True, networks=("10.0.0.0/8",)))
        assert post(other).status == 204
        assert (len(asked), receiver.calls) == (2, 2)  # What opens another's way is not lent.
        receiver.hang_up_on_all()
        assert post(letter).status == 204
        assert (len(receiver.got), receiver.calls) == (5, 3)


@pytest.mark.fault("C06")
def test_a_name_that_turns_to_a_private_address_is_refused_at_the_next_line(
    switchboard: None, monkeypatch: pytest.MonkeyPatch
):
    answers = [["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]]
    monkeypatch.setattr(addresses, "look_up", lambda *_: answers.pop(0))
    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        letter = _letter(f"http://hook.example:{port}/hook", Reach(demo=True))
        assert post(letter).status == 204
        assert post(letter).failure == "address"
        assert len(receiver.got) == 1
