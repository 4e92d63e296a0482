"""Our own sources are tidy, and the checker that says so bites."""

import subprocess

import pytest

from smartpit.platform.home import CHECKOUT
from tests.tidy import faults


def _sources() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = listed.stdout.split() or [
        str(path.relative_to(CHECKOUT))
        for path in CHECKOUT.rglob("*.py")
        if not any(part.startswith(".") for part in path.relative_to(CHECKOUT).parts)
    ]
    return [name for name in names if "/migrations/" not in name and (CHECKOUT / name).exists()]


def test_every_source_is_tidy():
    sources = _sources()
    assert len(sources) > 50
    found = [fault for name in sources for fault in faults(name, (CHECKOUT / name).read_text())]
    assert found == []


LONG_FUNCTION = "def long():\n" + "    step()\n" * 50


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("a.py", LONG_FUNCTION, "long has 51 lines"),
        ("a.py", "step()\n" * 401, "401 lines"),
        ("billing/utils.py", "", "named for what it holds"),
        ("a.py", "def late():\n    import os\n", "imports inside"),
        (
            "a.py",
            "class A:\n    def late(self):\n        from os import path\n",
            "imports inside",
        ),
        ("a.py", "data = 1", "the name data says nothing"),
        ("a.py", "def process(): ...", "the name process says nothing"),
        ("a.py", "try:\n    x()\nexcept Exception:\n    pass", "only logged"),
        ("a.py", "try:\n    x()\nexcept Exception as e:\n    log.error(e)", "only logged"),
        ("a.py", "try:\n    x()\nexcept:\n    log.exception('x')", "only logged"),
        ("a.py", "share = total_yen / 3", "divided with /"),
        ("a.py", "line.fee_yen /= 3", "divided with /"),
        ("a.py", "round(line.fee_yen * 0.1)", "yen meet round"),
        ("a.py", "float(fee_yen)", "yen meet float"),
        ("a.py", "Decimal(fee_yen)", "yen meet Decimal"),
        ("a.py", "fee_yen: float = 1", "no whole number"),
        ("a.py", "def price(fee_yen: Decimal): ...", "no whole number"),
        ("a.py", 'open("/' + 'home/somebody/file")', "a path of one machine"),
    ],
)
def test_each_rule_bites(path: str, source: str, fault: str):
    assert [one for one in faults(path, source) if fault in one]


@pytest.mark.parametrize(
    "source",
    [
        "share_yen = total_yen // 3",
        "def handle(self): ...",
        "try:\n    x()\nexcept Exception:\n    log.error('x')\n    raise",
        "try:\n    x()\nexcept KeyError:\n    pass",
        "root = home / 'log'",
        'url = "https://example.com/home/page"',
    ],
)
def test_what_is_tidy_is_let_be(source: str):
    assert faults("billing/services.py", source) == []
