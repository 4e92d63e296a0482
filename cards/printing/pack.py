"""入稿データ: what a card maker needs to print an order on its own machines, in one locked file.

Artwork without variable data, the variable data as CSV, proofs marked 見本, and a job ticket that
counts and fingerprints all of it. The CSV holds only what the design prints: a card maker is told
no address that stands on no card.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from io import BytesIO, StringIO
from typing import Any, Final

import pyzipper
from reportlab.platypus import Flowable

from cards.numbers import grouped
from cards.printing.boxes import unturned_box_of
from cards.printing.face import CardFace
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Layout,
    MemberField,
    Number,
    Postal,
    PostalMark,
    Qr,
    Shape,
    Side,
)
from cards.printing.paper import BODY, HEADING, LEAD, TITLE, WIDTH_MM, document, table, words
from cards.printing.safety.finding import FIELD_WORDS, SIDE_WORDS, name_of
from smartpit.kernel.cells import is_like_a_formula, safe_cell

PROOFS: Final = 10
CSV_NAME: Final = "cards.csv"
_UTF8_MARK: Final = "\ufeff"  # Spreadsheets need it to read UTF-8.
_WHITE: Final = (0, 0, 0, 0)
_ALIGN_WORDS: Final = {"left": "左揃え", "center": "中央揃え", "right": "右揃え"}
_GUARD_NOTE: Final = (
    "先頭の「'」は、表計算ソフトで数式にならないための印です。「'」は印刷しません。"
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the job is, in the words of its ticket."""

    batch: str
    owner_code: str
    owner_name: str
    contact: str
    design: str
    version: str
    medium: str
    made_at: datetime
    specimen: bool


@dataclass(frozen=True, slots=True)
class Job:
    """All that goes into a pack: the ticket, the layout, the cards, and the PDFs drawn of them."""

    ticket: Ticket
    layout: Layout
    faces: Sequence[CardFace]
    pdfs: Mapping[str, bytes]


def build_pack(job: Job, password: str) -> bytes:
    """Return the ZIP, each of its files locked with AES-256 under the password."""
    files = dict(job.pdfs) | {CSV_NAME: variable_rows(job.layout, job.faces)}
    ticket = ticket_of(job, files)
    files["ticket.json"] = json.dumps(ticket, ensure_ascii=False, indent=2).encode()
    files["job-ticket.pdf"] = ticket_pdf(job, files)
    packed = BytesIO()
    with pyzipper.AESZipFile(
        packed, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        for name, content in files.items():
            entry = pyzipper.zipfile_aes.AESZipInfo(name, job.ticket.made_at.timetuple()[:6])
            entry.compress_type = pyzipper.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def without_variables(layout: Layout) -> list[tuple[str, Layout]]:
    """Return each side as a layout of its own, without anything that differs from card to card.

    The white ground of a code stays: the card maker prints the code upon it.
    """
    return [
        (name, replace(layout, front=_constant(side), back=None))
        for name, side in zip(SIDE_WORDS, layout.sides, strict=False)
    ]


def faces_to_proof(faces: Sequence[CardFace]) -> list[tuple[int, CardFace]]:
    """Return ten cards with their serials: the first, the last, and those with the longest names.

    A card maker's test print fails on the longest name, not on the usual one.
    """
    hardest = sorted(range(len(faces)), key=lambda place: -len(faces[place].member_name))
    chosen = list(dict.fromkeys([0, len(faces) - 1, *hardest]))[:PROOFS]
    return [(place + 1, replace(faces[place], specimen=True)) for place in sorted(chosen)]


def variable_rows(layout: Layout, faces: Sequence[CardFace]) -> bytes:
    """Return the cards as CSV, in the order they are printed, one a row."""
    columns = _columns(layout)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["通番", *columns.values()])
    for serial, face in enumerate(faces, start=1):
        writer.writerow([serial, *(safe_cell(_value(face, column)) for column in columns)])
    return (_UTF8_MARK + text.getvalue()).encode()


def ticket_of(job: Job, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the ticket as JSON: what to print, where each variable stands, and fingerprints."""
    ticket, layout = job.ticket, job.layout
    width, height = layout.size_mm
    columns = _columns(layout)
    guarded = [
        serial
        for serial, face in enumerate(job.faces, start=1)
        if any(is_like_a_formula(_value(face, column)) for column in columns)
    ]
    return {
        "format": 1,
        "batch": ticket.batch,
        "owner": {"code": ticket.owner_code, "name": ticket.owner_name},
        "contact": ticket.contact,
        "design": {"name": ticket.design, "version": ticket.version},
        "medium": layout.medium.value,
        "specimen": ticket.specimen,
        "made_at": ticket.made_at.isoformat(),
        "count": len(job.faces),
        "trim_mm": [width, height],
        "bleed_mm": BLEED_MM,
        "columns": {"serial": "通番"} | columns,
        "elements": _elements(layout),
        "proofs": [serial for serial, _ in faces_to_proof(job.faces)],
        "cells_guarded": guarded,
        "files": {
            name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in files.items()
        },
    }


def ticket_pdf(job: Job, files: Mapping[str, bytes]) -> bytes:
    """Return the ticket for the person at the machine."""
    ticket = job.ticket
    width, height = job.layout.size_mm
    proofs = "、".join(str(serial) for serial, _ in faces_to_proof(job.faces))
    stamp = (
        "この依頼のカードはテスト用です。すべての券面に「見本」を入れます。"
        if ticket.specimen
        else "「見本」は校正だけのもので、カードには印刷しません。"
    )
    rows = [
        ("依頼番号", ticket.batch),
        ("オーナー", f"{ticket.owner_name}（{ticket.owner_code}）"),
        ("連絡先", ticket.contact or "―"),
        ("デザイン", f"{ticket.design}　{ticket.version}"),
        ("媒体", f"{ticket.medium}　仕上がり {width:g} × {height:g} mm、塗り足し {BLEED_MM:g} mm"),
        ("枚数", f"{len(job.faces):,} 枚（通番 1 ～ {len(job.faces):,}）"),
        ("校正", f"proofs.pdf は通番 {proofs} のカードです。{stamp}"),
        ("作成日時", f"{ticket.made_at:%Y年%m月%d日 %H:%M}"),
    ]
    story: list[Flowable] = [
        words("カード作成指示書", TITLE),
        words(f"{ticket.owner_name}　{len(job.faces):,} 枚", LEAD),
        table(rows, (28, WIDTH_MM - 28), head=False),
        words("可変データ", HEADING),
        *(words(line, BODY) for line in _RULES),
        table(_variable_table(job.layout), (14, 32, 60, WIDTH_MM - 106)),
        words("ファイル", HEADING),
        table(
            [
                ("ファイル", "SHA-256"),
                *((name, sha256(content).hexdigest()) for name, content in files.items()),
            ],
            (40, WIDTH_MM - 40),
        ),
    ]
    return document("カード作成指示書", story, foot=f"{ticket.owner_name}　{ticket.batch}")


_RULES: Final = (
    f"{CSV_NAME}（UTF-8）の 1 行が 1 枚です。通番の順に、1 回ずつ印刷してください。",
    "バー、番号と数字は黒 1 色（K100）で印刷し、余白（クワイエットゾーン）には何も印刷しません。",
    _GUARD_NOTE,
    "会員の個人情報を含みます。作業が終わったら、データを消去してください。",
)


def _constant(side: Side) -> Side:
    kept = (_ground(element) if _is_variable(element) else element for element in side.elements)
    return replace(side, elements=tuple(element for element in kept if element is not None))


def _is_variable(element: AnyElement) -> bool:
    """Tell whether it differs from card to card; the owner's name does not."""
    is_owners = isinstance(element, Field) and element.field is MemberField.OWNER_NAME
    return isinstance(element, Field | Number | Barcode | Qr) and not is_owners


def _ground(element: AnyElement) -> Shape | None:
    if not isinstance(element, Barcode | Qr) or not element.ground:
        return None
    box = unturned_box_of(element)
    return Shape(
        id=element.id,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rotation=element.rotation,
        fill=_WHITE,
    )


def _columns(layout: Layout) -> dict[str, str]:
    """Return the columns of the CSV and what each is called, only those the design prints."""
    columns = {
        "number": "番号",
        "number_grouped": "番号（4-4-5）",
        "barcode_number": "バーコード番号",
    }
    if layout.has_qr:
        columns["page_url"] = "QRコード"
    printed = {element.field for element in layout.elements if isinstance(element, Field)}
    if any(isinstance(it, Postal) and it.mark is PostalMark.BOXES for it in layout.elements):
        printed.add(MemberField.POSTAL_CODE)
    printed.discard(MemberField.OWNER_NAME)
    return columns | {field.value: FIELD_WORDS[field] for field in MemberField if field in printed}


def _value(face: CardFace, column: str) -> str:
    if column == "number_grouped":
        return grouped(face.number)
    return str(getattr(face, column))


def _elements(layout: Layout) -> list[dict[str, Any]]:
    """Return where each variable stands and how it is set, as the layout says it."""
    sides = layout.document()
    return [
        {"side": name} | element
        for name in SIDE_WORDS
        for element in (sides.get(name) or {"elements": []})["elements"]
        if element["type"] in ("number", "barcode", "qr")
        or (element["type"] == "field" and element["field"] != MemberField.OWNER_NAME)
    ]


def _variable_table(layout: Layout) -> list[tuple[str, str, str, str]]:
    rows = [("面", "項目", "位置（左上から）/ 幅 × 高さ", "設定")]
    for side, of_side in zip(SIDE_WORDS.values(), layout.sides, strict=False):
        for element in of_side.elements:
            if _is_variable(element):
                box = unturned_box_of(element)
                place = f"左 {box.x:.2f}、上 {box.y:.2f} mm　{box.width:.2f} × {box.height:.2f} mm"
                rows.append((side, name_of(element), place, _setting(element)))
    return rows


def _setting(element: AnyElement) -> str:
    """Return how a variable is set, as a person at the machine needs to know it."""
    if isinstance(element, Barcode):
        words = [element.symbology.value.upper(), f"モジュール {element.module_mm:g} mm"]
    elif isinstance(element, Field):
        inks = "C{} M{} Y{} K{}".format(*element.colour)
        words = [*_type_of(element), f"{element.lines_max} 行まで", inks]
        words += [f"前に「{element.prefix}」"] if element.prefix else []
        words += [f"後に「{element.suffix}」"] if element.suffix else []
    elif isinstance(element, Number):
        words = [*_type_of(element), "K100"]
    else:
        words = ["余白を含む"]
    words += [f"時計回りに {element.rotation}° 回転"] if element.rotation else []
    return "、".join(words)


def _type_of(element: Field | Number) -> list[str]:
    weight = "太字" if element.font == "bold" else "標準"
    return [f"Noto Sans JP {weight} {element.size_pt:g} pt", _ALIGN_WORDS[element.align]]
