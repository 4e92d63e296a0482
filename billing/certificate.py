"""接続試験合格証: what was tried, when, and that it passed, on one page of paper."""

from django.utils.formats import date_format

from billing.connection_words import told_of
from billing.models import ConnectionTest
from cards.printing.paper import (
    BODY,
    HEADING,
    LEAD,
    SMALL,
    TITLE,
    WIDTH_MM,
    document,
    space,
    table,
    words,
)
from smartpit.kernel import clock
from tenants.models import Owner
from tenants.selectors import centre, terms_on

_TITLE = "接続試験合格証"
_CONNECTIONS = {"regular": "レギュラータイプ", "super": "スーパータイプ"}


def certificate_pdf(test: ConnectionTest) -> bytes:
    """Return the certificate of a passed test; the same test gives the same bytes."""
    assert test.certificate is not None
    assert test.ended_at is not None
    founded = centre()
    assert founded is not None
    mark = "（デモ・見本）" if founded.is_demo else ""
    items = [
        [
            str(item.place),
            item.get_kind_display(),
            told_of(item.kind).proven,
            "合格",
            _at(item.ended_at),
        ]
        for item in test.items.all()
    ]
    heads = ["", "項目", "確認した内容", "結果", "日時"]
    report = test.items.get(kind="report").evidence
    story = [
        words(f"{_TITLE}{mark}", TITLE),
        words(
            f"{test.owner.name} の収納データ連携システムは、スマートピットセンターの接続試験の"
            "全項目に合格したことを証明します。",
            LEAD,
        ),
        table(_facts(test), (40, WIDTH_MM - 40), head=False),
        words("試験項目", HEADING),
        table([heads, *items], (8, 40, WIDTH_MM - 106, 16, 42)),
        words("収納の一致", HEADING),
        words(
            f"試験中に収納した {report['payments_count']:,} 件、"
            f"合計 {report['amount_yen']:,} 円が、"
            "取消後の件数と金額まで、オーナーのシステムの記録と一致しました。",
            BODY,
        ),
        space(10),
        words(f"発行：{founded.name}　{_day(test)}", BODY),
        words("テスト環境で行った試験です。実際の収納、精算、料金には含まれません。", SMALL),
    ]
    return document(_TITLE, story, foot=f"{founded.name}　{_TITLE}　{test.certificate}")


def _facts(test: ConnectionTest) -> list[list[str]]:
    assert test.certificate is not None
    owner: Owner = test.owner
    terms = terms_on(owner.pk, clock.business_date(test.ended_at))
    connection = _CONNECTIONS[terms.connection] if terms is not None else "—"
    return [
        ["合格証番号", test.certificate],
        ["オーナー", f"{owner.name}（{owner.code}）"],
        ["接続タイプ", connection],
        ["接続方式", "通知の受信と取得" if test.endpoint else "取得のみ（通知先なし）"],
        ["通知先", test.endpoint.url if test.endpoint else "—"],
        ["試験期間", f"{_at(test.started_at)} ～ {_at(test.ended_at)}"],
        ["合格日", _day(test)],
    ]


def _day(test: ConnectionTest) -> str:
    return date_format(clock.business_date(test.ended_at), "Y年n月j日")


def _at(instant: object) -> str:
    return f"{instant.astimezone(clock.JST):%Y/%m/%d %H:%M}" if instant else "—"  # type: ignore[attr-defined]
