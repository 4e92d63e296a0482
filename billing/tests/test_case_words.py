from datetime import UTC, datetime

from billing.case_words import lines_of
from smartpit.edge.templatetags.shown import instant

NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)


def test_a_cases_record_is_told_in_words_with_japanese_clocks_and_yen():
    told = {
        "slip": None, "advice": True, "amount_yen": 12_345, "why": "already_paid",
        "taken_at": "2026-11-24T03:00:00+00:00", "key": "lawson/000001/01/2026-11-24/1/1",
    }  # fmt: skip
    lines = [f"{label}: {text}" for label, text in lines_of(told)]
    assert lines == [
        "理由: この請求は収納済です（already_paid）",
        "端末キー: lawson/000001/01/2026-11-24/1/1",
        f"受取日時: {instant(NOON)}",
        "金額: 12,345円",
        "事後通知: はい",
    ]


def test_what_the_bank_told_has_words_of_its_own():
    told = {"difference_yen": -500, "cut_offs": ["2026-11-10", "2026-11-20"], "sender": "ﾛ-ｿﾝ"}
    assert list(lines_of(told)) == [
        ("差額", "-500円"),
        ("締め日", "2026-11-10、2026-11-20"),
        ("振込依頼人", "ﾛ-ｿﾝ"),
    ]


def test_what_nobody_foresaw_stands_as_it_is():
    assert list(lines_of({"odd": "<b>", "taken_at": "いつか", "reason": "new"})) == [
        ("違い", "new"),
        ("受取日時", "いつか"),
        ("odd", "<b>"),
    ]
