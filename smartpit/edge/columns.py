"""Columns of the back office: yen as yen, and every head in Japanese."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Model

from smartpit.edge.templatetags.shown import day, instant, yen
from smartpit.kernel.fields import YenField

# What a column is called where the model's own field says it in code words only.
_COLUMN_WORDS = {
    "owner": "オーナー",
    "tenant": "テナント",
    "chain": "チェーン",
    "card": "カード",
    "invoice": "請求情報",
    "payment": "収納",
    "statement": "精算書",
    "payee": "入金口座（承認時）",
    "bank_file": "振込ファイル",
    "reissues": "再発行の元",
    "replaced_by": "再発行先",
    "approved_sha256": "承認した内容",
    "closed_by": "処理者",
    "exported_by": "作成者",
    "ordered_by": "依頼者",
    "member": "会員",
    "handed_by": "担当者",
    "undone_by": "担当者",
    "by": "担当者",
    "stream": "通知の流れ",
    "event": "イベント",
    "endpoint": "通知先",
    "key": "キー",
    "counter": "通番",
    "block": "番号ブロック",
    "sequence": "番号",
    "type": "種類",
    "types": "種類",
    "occurred_at": "発生日時",
    "body": "内容",
    "told_invoice": "端末が送った請求",
    "told_version": "端末が送った版",
    "version": "版",
    "answer": "端末への応答",
    "prefix": "先頭",
    "id": "ID",
    "moved_by": "操作者",
    "moved_at": "記録日時",
    "kind": "種類",
    "day": "日",
    "count": "件数",
    "unit_yen": "単価",
    "amount_yen": "金額",
    "tax_yen": "うち消費税",
    "title": "件名",
    "due_on": "期限",
    "changed_at": "変更日時",
    "attempted_at": "送信日時",
    "answer_status": "HTTP",
    "failure": "失敗の理由",
    "sha256": "ハッシュ",
    "former_until": "旧シークレットの期限",
    "last_login": "最終サインイン",
}


def columns_of(model: type[Model], names: Any) -> list[Any]:
    """Return what the admin shows for these names: yen as yen, and a Japanese word for each."""
    fields = {one.name: one for one in model._meta.fields}
    return [_column(fields[name]) if name in fields else name for name in names]


@cache
def _column(shown: Any) -> Any:
    """Return a field's name, or a column of our own where the field alone would not do."""
    is_yen = isinstance(shown, YenField)
    word = str(shown.verbose_name)
    if not is_yen and not word.isascii():
        return shown.name

    def column(row: Model) -> Any:
        if is_yen:
            return yen(getattr(row, shown.name))
        told = getattr(row, f"get_{shown.name}_display", None)
        value = told() if told else getattr(row, shown.name)
        if isinstance(value, datetime):
            return instant(value)
        return day(value) if isinstance(value, date) else value

    column.short_description = _COLUMN_WORDS.get(shown.name, word)  # type: ignore[attr-defined]
    column.admin_order_field = shown.name  # type: ignore[attr-defined]
    column.__name__ = f"{shown.name}_shown"
    return column
