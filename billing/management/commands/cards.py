"""``cards``: a member list in, printed joint cards and ``batch.json`` out."""

import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.selectors import menus_of
from billing.services.batches import BatchAsked, order_batch, rehearse_batch
from billing.services.printing import print_batch
from cards.member_file_errors import REASONS
from cards.models import Batch
from smartpit.kernel.errors import DomainError
from tenants.access import CENTRE, Scope
from tenants.models import Owner
from tenants.selectors import owners

BATCH_FILE = "batch.json"
PATIENCE_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "会員ファイル（CSV、UTF-8 または Shift_JIS）からジョイントカードの PDF と batch.json を"
        "作ります。同じ会員は番号を変えずに再印刷します。--menu を省くと、チャージメニューが"
        "ひとつだけのオーナー企業ではそのメニューを、それ以外では何も登録しません。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", required=True, help="オーナーコード")
        parser.add_argument(
            "--members",
            required=True,
            type=Path,
            help="会員ファイル。見出しは member_reference,member_name"
            "[,postal_code,address1,address2]",
        )
        parser.add_argument("--out", required=True, type=Path, help="出力先フォルダ")
        parser.add_argument("--design", default="default", help="デザイン（既定: default）")
        parser.add_argument("--menu", help="登録するチャージメニューのコード")

    def handle(self, *_args: Any, **options: Any) -> None:
        owner = _owner(options["owner"])
        scope = Scope(owner_id=owner.pk)
        asked = BatchAsked(
            file_name=options["members"].name,
            member_file=_content(options["members"]),
            design=options["design"],
            menu=_menu(scope, options["menu"]),
        )
        try:
            rehearse_batch(scope, asked)
            folder = _writable(options["out"])
            batch = _printed(order_batch(scope, asked))
        except DomainError as refused:
            raise CommandError(f"{refused.title} {refused.detail}".rstrip()) from refused
        try:
            _write(batch, folder)
        except OSError as wrong:
            raise CommandError(f"{folder} に書き込めません: {_why(wrong)}") from wrong
        self._sum_up(batch, folder)

    def _sum_up(self, batch: Batch, folder: Path) -> None:
        pages = sum(batch.files.values_list("pages", flat=True))
        self.stdout.write(
            f"{batch.owner} のカード {batch.total:,} 枚"
            f"（PDF {batch.files.count()} 件、{pages:,} ページ）を {folder} に作成しました。"
        )
        if batch.menu:
            self.stdout.write(f"チャージメニュー「{batch.menu}」を登録済みです。")
        if batch.errors:
            self.stdout.write(f"作成できなかった行: {len(batch.errors):,} 件")
            for error in batch.errors[:20]:
                self.stdout.write(f"  {error['row']} 行目: {REASONS[error['code']]}")
            self.stdout.write(f"すべての内容は {BATCH_FILE} にあります。")


_OBSTACLES: Mapping[type[OSError], str] = {
    FileNotFoundError: "ファイルまたはフォルダがありません",
    NotADirectoryError: "フォルダではありません",
    FileExistsError: "同じ名前のファイルがあります",
    IsADirectoryError: "ファイルではなくフォルダです",
    PermissionError: "権限がありません",
}


def _owner(code: str) -> Owner:
    owner = owners(CENTRE).filter(code=code, is_test=False).first()
    if owner is None:
        raise CommandError(f"オーナー企業 {code} が見つかりません")
    return owner


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise CommandError(f"会員ファイル {path} を読めません: {_why(wrong)}") from wrong


def _why(wrong: OSError) -> str:
    for kind, words in _OBSTACLES.items():
        if isinstance(wrong, kind):
            return words
    return wrong.strerror or "入出力エラー"


def _menu(scope: Scope, asked: str | None) -> str:
    """Return the menu named, or the owner's only one: then there is nothing to choose."""
    if asked is not None:
        return asked
    menus = menus_of(scope)[:2]
    return menus[0].code if len(menus) == 1 else ""


def _printed(batch: Batch) -> Batch:
    """Print the order, or wait for the worker whose sweep has taken it up before us."""
    batch = print_batch(str(batch.pk))
    while batch.status in (Batch.Status.ORDERED, Batch.Status.PRINTING):
        time.sleep(PATIENCE_SECONDS)
        batch = print_batch(str(batch.pk))
    if batch.status == Batch.Status.FAILED:
        why = f"{batch.failure} {batch.failure_detail}".rstrip()
        raise CommandError(f"カードを作成できませんでした（{why}）")
    return batch


def _writable(folder: Path) -> Path:
    """Make the folder and see that it takes files, before any number is spent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as wrong:
        raise CommandError(f"{folder} に書き込めません: {_why(wrong)}") from wrong
    return folder


def _write(batch: Batch, folder: Path) -> None:
    """Write the PDFs, then the list that names them: a list that is there is whole."""
    for file in batch.files.order_by("name").iterator(chunk_size=1):
        _put(folder / file.name, bytes(file.pdf))
    listed = json.dumps(_listed(batch), ensure_ascii=False, indent=1)
    _put(folder / BATCH_FILE, f"{listed}\n".encode())


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _listed(batch: Batch) -> dict[str, Any]:
    """Return the order as the contract spells it."""
    prints = batch.cards.select_related("member", "card")
    return {
        "batch": str(batch.pk),
        "design": batch.design,
        "cards": [
            {
                "member_reference": it.member.reference if it.member else None,
                "number": it.card.number,
                "barcode_number": it.card.barcode_number,
                "file": it.file,
                "page": it.page,
            }
            for it in prints.order_by("row")
        ],
        "errors": batch.errors,
        "files": [
            {"name": name, "sha256": digest, "pages": pages}
            for name, digest, pages in batch.files.order_by("name").values_list(
                "name", "sha256", "pages"
            )
        ],
    }
