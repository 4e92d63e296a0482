"""A card maker's pack: locked, whole, counted, and nobody's formula."""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import pypdfium2
import pytest
import pyzipper

from cards.numbers import barcode_number_from, grouped, number_from
from cards.printing.boxes import unturned_box_of
from cards.printing.face import CardFace
from cards.printing.layout import (
    Background,
    Barcode,
    Field,
    Layout,
    Medium,
    MemberField,
    Number,
    Postal,
    PostalMark,
    Qr,
    Shape,
    Side,
    Text,
)
from cards.printing.pack import (
    Job,
    Ticket,
    build_pack,
    faces_to_proof,
    variable_rows,
    without_variables,
)
from smartpit.kernel.cells import safe_cell
from smartpit.kernel.clock import JST

KEY = b"a key for tests only, 32 bytes.."
WORD = Text(id="t", x=5, y=5, width=40, height=5, text="会員証")
NAME = Field(id="n", x=5, y=12, width=40, height=5, field=MemberField.MEMBER_NAME, suffix=" 様")
NUMBER = Number(id="no", x=5, y=20, width=40, height=5)
BARS = Barcode(id="b", x=30, y=36, height=14, rotation=180)
QR = Qr(id="q", x=60, y=5, width=20, ground=False)
FRONT = Side(Background(UUID(int=1)), (WORD, NAME, NUMBER, BARS, QR))
LAYOUT = Layout(Medium.PLASTIC, FRONT, Side(elements=(WORD,)))
TICKET = Ticket(
    batch="b-1",
    owner_code="sakura",
    owner_name="学校法人さくら<学園>",
    contact="会計課 03-0000-0001",
    design="会員証",
    version="版3",
    medium="プラスチックカード",
    made_at=datetime(2026, 11, 24, 10, 0, tzinfo=JST),
    specimen=False,
)


def face(counter: int, name: str = "山田 花子") -> CardFace:
    return CardFace(
        owner_name="学校法人さくら学園",
        member_name=name,
        number=number_from("joint", counter, KEY),
        barcode_number=barcode_number_from(counter, KEY),
        member_reference=f"M{counter}",
        address1="東京都千代田区1-2",
        page_url=f"https://cards.example.com/c/{counter:022d}",
    )


FACES = [face(place) for place in range(12)]
JOB = Job(TICKET, LAYOUT, FACES, {"artwork-front.pdf": b"%PDF-front", "proofs.pdf": b"%PDF-proofs"})


def opened(content: bytes, password: str = "secret") -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_pack_opens_with_its_password_and_with_no_other():
    content = build_pack(JOB, "secret")
    assert set(opened(content)) == {
        "artwork-front.pdf",
        "proofs.pdf",
        "cards.csv",
        "ticket.json",
        "job-ticket.pdf",
    }
    with pytest.raises(RuntimeError):
        opened(content, "Secret")
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        assert all(entry.wz_aes_strength == 3 for entry in archive.infolist())  # 256 bits
    for words in ("山田", FACES[0].number, "sakura"):
        assert words.encode() not in content


def test_the_ticket_counts_the_cards_and_fingerprints_every_file():
    files = opened(build_pack(JOB, "secret"))
    ticket = json.loads(files["ticket.json"])
    assert ticket["count"] == 12
    assert ticket["owner"] == {"code": "sakura", "name": "学校法人さくら<学園>"}
    assert ticket["trim_mm"] == [85.6, 53.98]
    assert {element["id"] for element in ticket["elements"]} == {"n", "no", "b", "q"}
    told = {name: of_file["sha256"] for name, of_file in ticket["files"].items()}
    signed = {name: sha256(files[name]).hexdigest() for name in told}
    assert told == signed
    assert set(told) == {"artwork-front.pdf", "proofs.pdf", "cards.csv"}


def test_the_job_ticket_tells_a_person_the_same():
    files = opened(build_pack(JOB, "secret"))
    document = pypdfium2.PdfDocument(files["job-ticket.pdf"])
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    text = "".join(text.split())
    for words in (
        "学校法人さくら<学園>",
        "12枚",
        "会計課03-0000-0001",
        "版3",
        "後に「様」",
        "時計回りに180°回転",
        "「見本」は校正だけ",
    ):
        assert words in text
    assert sha256(files["cards.csv"]).hexdigest() in text
    assert "すべての券面に「見本」" not in text


def test_the_job_ticket_of_specimens_asks_for_the_mark_on_every_card():
    job = replace(JOB, ticket=replace(JOB.ticket, specimen=True))
    document = pypdfium2.PdfDocument(opened(build_pack(job, "secret"))["job-ticket.pdf"])
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    text = "".join(text.split())
    assert "すべての券面に「見本」" in text
    assert "「見本」は印刷しません" not in text


def test_the_ticket_of_a_test_order_says_that_every_card_is_a_specimen():
    ticket = replace(TICKET, specimen=True)
    files = opened(build_pack(replace(JOB, ticket=ticket), "secret"))
    text = pypdfium2.PdfDocument(files["job-ticket.pdf"])[0].get_textpage().get_text_bounded()
    text = "".join(text.split())
    assert "すべての券面に「見本」" in text
    assert "校正だけ" not in text


def test_each_card_is_a_row_in_the_order_it_is_printed():
    heads, *rows = rows_of(variable_rows(LAYOUT, FACES))
    assert heads == ["通番", "番号", "番号（4-4-5）", "バーコード番号", "QRコード", "氏名"]
    assert [row[0] for row in rows] == [str(serial) for serial in range(1, 13)]
    card = FACES[4]
    assert rows[4][1:] == [
        card.number,
        grouped(card.number),
        card.barcode_number,
        card.page_url,
        card.member_name,
    ]


def test_a_card_maker_is_told_nothing_that_is_not_printed():
    content = variable_rows(LAYOUT, FACES).decode()
    assert "千代田区" not in content
    assert "M4" not in content
    boxes = Postal(id="p", x=1, y=1, width=40, height=8, mark=PostalMark.BOXES)
    addressed = replace(LAYOUT, back=Side(elements=(boxes,)))
    assert "郵便番号" in rows_of(variable_rows(addressed, FACES))[0]


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+81",
        "-5",
        "@SUM(1)",
        "\t=1",
        "＝1+1",
        "＠x",
        " =1",
        "\u00a0=1",
        "\u3000＋1",
        "a\n=1",
    ],
)
def test_no_name_becomes_a_formula_and_the_ticket_says_where(name: str):
    faces = [*FACES[:2], face(3, name)]
    cell = rows_of(variable_rows(LAYOUT, faces))[3][5]
    assert cell == f"'{name}"
    ticket = json.loads(opened(build_pack(replace(JOB, faces=faces), "s"), "s")["ticket.json"])
    assert ticket["cells_guarded"] == [3]


@pytest.mark.parametrize("words", ["山田 花子", "M-1", "A=B", "", "5-2", -5, None])
def test_a_plain_cell_stays_as_it_is(words: object):
    assert safe_cell(words) == words


def test_the_artwork_holds_nothing_that_differs_from_card_to_card():
    sides = dict(without_variables(LAYOUT))
    assert set(sides) == {"front", "back"}
    assert sides["front"].back is None
    assert sides["front"].front.background == FRONT.background
    kept = {element.id: element for element in sides["front"].front.elements}
    assert set(kept) == {"t", "b"}
    ground = kept["b"]
    assert isinstance(ground, Shape)
    assert ground.fill == (0, 0, 0, 0)
    assert unturned_box_of(ground) == unturned_box_of(BARS)
    assert ground.rotation == 180
    assert sides["back"].front == LAYOUT.back


def test_the_proofs_are_ten_and_among_them_the_longest_name():
    long = face(90, "アレクサンドラ・マリア・フォン・ヴァイツゼッカー")
    faces = [*[face(place) for place in range(50)], long, *[face(place) for place in range(60, 99)]]
    proofs = faces_to_proof(faces)
    assert len(proofs) == 10
    serials = [serial for serial, _ in proofs]
    assert {1, 51, 90} <= set(serials)
    assert serials == sorted(serials)
    assert all(proof.specimen for _, proof in proofs)
    assert [serial for serial, _ in faces_to_proof(FACES[:1])] == [1]
