"""The pages of designs: the list, a new one, the editor's calls, versions, artwork, printers."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cards.models import ArtworkFile, Design, DesignVersion, PrinterProfile, ProofApproval
from cards.printing.beginnings import BEGINNINGS, beginning
from cards.printing.layout import Medium, read_layout
from cards.services.designs import DesignAsked, keep_artwork, make_design
from tenants.access import Scope
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

EMPTY = {"format": 1, "medium": "plastic", "front": {"elements": []}}
PNG = b"\x89PNG"


@pytest.fixture
def administrator(cast: Cast) -> Client:
    return sign_in(StaffAsked("o@sakura.example", "桜", "administrator", cast.sakura))


@pytest.fixture
def stranger(cast: Cast) -> Client:
    return sign_in(StaffAsked("a@aoba.example", "青", "administrator", cast.aoba))


@pytest.fixture
def design(cast: Cast) -> Design:
    return make_design(cast.scope, DesignAsked("gakusei", "学生証", "plastic")).design


def post(client: Client, address: str, document: Any) -> Any:
    return client.post(f"/dashboard/designs/{address}", json.dumps(document), "application/json")


def with_elements(*elements: dict[str, Any]) -> dict[str, Any]:
    return EMPTY | {"front": {"elements": list(elements)}}


def picture(width: int = 640, height: int = 400, colour: str = "navy") -> bytes:
    content = BytesIO()
    Image.new("RGB", (width, height), colour).save(content, "PNG")
    return content.getvalue()


def number(**words: Any) -> dict[str, Any]:
    return {"type": "number", "id": "n", "x": 5, "y": 30, "width": 50, "height": 6} | words


def test_a_dry_run_is_no_order_of_a_design(
    cast: Cast, design: Design, administrator: Client
) -> None:
    asked = {"count": "3", "kind": "joint", "design": design.code, "start": "1", "part_cards": "9"}
    assert administrator.post("/dashboard/batches/order", asked).status_code == 302
    version = f"gakusei/versions/{design.versions.get().version}/"
    for address in ("", "gakusei/versions/", version):
        page = administrator.get(f"/dashboard/designs/{address}").content.decode()
        assert "0回" in re.sub(r"<[^>]+>", "", page), address


def test_a_code_that_is_none_is_refused_in_words_of_its_own(administrator: Client) -> None:
    asked = {"name": "新", "code": "会員証", "medium": "plastic", "start": "empty"}
    page = administrator.post("/dashboard/designs/new", asked).content.decode()
    assert "半角の英数字、ハイフン、アンダースコアで入力してください。" in page
    assert "slug" not in page


def test_a_design_begins_empty_or_with_what_its_medium_needs(administrator: Client) -> None:
    for place, (medium, start) in enumerate((m, b.code) for m in Medium for b in BEGINNINGS):
        asked = {"name": "新", "code": f"new-{place}", "medium": medium.value, "start": start}
        answer = administrator.post("/dashboard/designs/new", asked)
        assert answer["Location"] == f"/dashboard/designs/new-{place}/"
        made = DesignVersion.objects.get(design__code=f"new-{place}")
        assert read_layout(made.layout) == beginning(start, medium)
        assert bool(list(read_layout(made.layout).elements)) is (start == "standard")


@pytest.mark.parametrize("code", ["new", "artworks", "printers", "日本", "a b", ""])
def test_a_code_that_could_not_be_an_address_is_refused_at_its_field(
    administrator: Client, code: str
) -> None:
    asked = {"name": "新", "code": code, "medium": "plastic", "start": "empty"}
    answer = administrator.post("/dashboard/designs/new", asked)
    assert answer.status_code == 200
    assert answer.context["form"].errors["code"]
    assert not Design.objects.exists()


def test_a_code_is_taken_once(administrator: Client, design: Design) -> None:
    asked = {"name": "新", "code": design.code, "medium": "plastic", "start": "empty"}
    assert administrator.post("/dashboard/designs/new", asked).context["form"].errors
    assert Design.objects.count() == 1


def test_the_list_shows_version_maker_and_picture(administrator: Client, design: Design) -> None:
    post(administrator, "gakusei/save", {"layout": with_elements(number()), "opened_version": 1})
    body = administrator.get("/dashboard/designs/").content.decode()
    assert "学生証" in body
    assert "版2・桜" in body
    assert "/dashboard/designs/gakusei/versions/2/picture" in body


def test_the_preview_is_a_picture_of_card_and_bleed(administrator: Client, design: Design) -> None:
    answer = post(administrator, "gakusei/preview?side=front&dpi=254", with_elements(number()))
    assert answer["Content-Type"] == "image/png"
    width, height = Image.open(BytesIO(answer.content)).size
    assert abs(width - 916) <= 1
    assert abs(height - 600) <= 1


def test_a_preview_is_never_larger_than_its_limit(administrator: Client, design: Design) -> None:
    answer = post(administrator, "gakusei/preview?dpi=9999", EMPTY)
    assert Image.open(BytesIO(answer.content)).width < 1100


def test_a_fault_is_told_at_its_element_in_japanese(administrator: Client, design: Design) -> None:
    for call in ("preview", "check"):
        answer = post(administrator, f"gakusei/{call}", with_elements(number(size_pt=1)))
        assert answer.status_code == 422
        (fault,) = answer.json()["faults"]
        assert fault == {
            "side": "front",
            "element": "n",
            "words": "表面の番号の文字の大きさ: 小さすぎます",
        }


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"a": 1, "a": 2}', "null", '{"format": 1, "medium": NaN}']
)
def test_what_is_no_layout_is_refused(administrator: Client, design: Design, body: str) -> None:
    for call in ("preview", "check", "save"):
        address = f"/dashboard/designs/gakusei/{call}"
        answer = administrator.post(address, body, "application/json")
        assert answer.status_code == 422
        assert answer.json()["code"] == "malformed"
    assert DesignVersion.objects.count() == 1


def test_a_body_beyond_the_limit_is_not_read(administrator: Client, design: Design) -> None:
    body = json.dumps(EMPTY | {"medium": "x" * 1_100_000})
    for call in ("preview", "check", "save"):
        address = f"/dashboard/designs/gakusei/{call}"
        assert administrator.post(address, body, "application/json").status_code == 413


def test_the_check_names_the_element_that_would_not_print(
    administrator: Client, design: Design
) -> None:
    bars = {"type": "barcode", "id": "b", "x": 60, "y": 10, "height": 15, "module_mm": 0.424}
    found = post(administrator, "gakusei/check", with_elements(bars)).json()["findings"]
    assert any(one["element"] == "b" and one["severity"] == "error" for one in found)
    assert all(one["words"] for one in found)


def test_the_check_is_made_for_the_printer_that_was_chosen(
    administrator: Client, design: Design
) -> None:
    bars = {"type": "barcode", "id": "b", "x": 10, "y": 10, "height": 15, "module_mm": 0.424}
    uneven = {
        dpi: any(
            one["code"] == "module_not_whole_dots"
            for one in post(administrator, f"gakusei/check?dpi={dpi}", with_elements(bars)).json()[
                "findings"
            ]
        )
        for dpi in ("300", "203", "1", "")
    }
    assert uneven == {"300": False, "203": True, "1": False, "": False}


def test_an_order_can_be_begun_from_the_editor(administrator: Client, design: Design) -> None:
    address = "/dashboard/batches/order?design=gakusei"
    assert address in administrator.get("/dashboard/designs/gakusei/").content.decode()
    form = administrator.get(address).context["form"]
    assert form["design"].value() == "gakusei"


def test_a_save_is_the_next_version_and_the_same_again_none(
    administrator: Client, design: Design
) -> None:
    asked = {"layout": with_elements(number(x=12.3)), "opened_version": 1}
    assert post(administrator, "gakusei/save", asked).json() == {"version": 2}
    assert post(administrator, "gakusei/save", asked).json() == {"version": 2}
    newest = DesignVersion.objects.get(version=2)
    assert newest.layout["front"]["elements"][0]["x"] == 12.3
    assert newest.made_by is not None
    assert newest.made_by.name == "桜"


def test_who_opened_an_older_version_is_told_so(administrator: Client, design: Design) -> None:
    post(administrator, "gakusei/save", {"layout": with_elements(number()), "opened_version": 1})
    asked = {"layout": with_elements(number(x=1)), "opened_version": 1}
    answer = post(administrator, "gakusei/save", asked)
    assert answer.status_code == 409
    assert answer.json()["code"] == "design_changed"
    assert DesignVersion.objects.count() == 2


def test_an_older_version_is_restored_as_the_next(administrator: Client, design: Design) -> None:
    post(administrator, "gakusei/save", {"layout": with_elements(number()), "opened_version": 1})
    assert administrator.get("/dashboard/designs/gakusei/versions/1/").status_code == 200
    assert "版1" in administrator.get("/dashboard/designs/gakusei/versions/").content.decode()
    administrator.post("/dashboard/designs/gakusei/versions/1/restore")
    layouts = [one.layout for one in DesignVersion.objects.order_by("version")]
    assert len(layouts) == 3
    assert layouts[2] == layouts[0]


def test_artwork_comes_in_is_listed_and_shown(administrator: Client, cast: Cast) -> None:
    sent = SimpleUploadedFile("背景.png", picture(), "image/png")
    answer = administrator.post("/dashboard/designs/artworks", {"file": sent})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["file_name"], told["width"], told["height"]) == ("背景.png", 640, 400)
    assert administrator.get("/dashboard/designs/artworks").json() == {"artworks": [told]}
    shown = administrator.get(f"/dashboard/designs/artworks/{told['id']}")
    assert shown.content.startswith(PNG)


def test_an_upload_that_is_no_picture_is_refused_in_words(administrator: Client) -> None:
    sent = SimpleUploadedFile("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")
    answer = administrator.post("/dashboard/designs/artworks", {"file": sent})
    assert answer.status_code == 422
    assert answer.json()["title"]
    assert administrator.post("/dashboard/designs/artworks", {}).status_code == 422
    assert not ArtworkFile.objects.exists()


def test_an_upload_beyond_20_mb_is_refused(administrator: Client) -> None:
    sent = SimpleUploadedFile("x.png", b"\0" * (20 * 1024 * 1024 + 1), "image/png")
    answer = administrator.post("/dashboard/designs/artworks", {"file": sent})
    assert answer.status_code == 422
    assert answer.json()["code"] == "artwork_too_large"


def test_nobody_draws_or_saves_with_anothers_artwork(
    administrator: Client, cast: Cast, design: Design
) -> None:
    theirs = keep_artwork(Scope(owner_id=cast.aoba.pk), "theirs.png", picture())
    side = {"background": {"artwork": str(theirs.pk)}, "elements": []}
    layout = EMPTY | {"front": side}
    for call in ("preview", "check"):
        answer = post(administrator, f"gakusei/{call}", layout)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_artwork")
    answer = post(administrator, "gakusei/save", {"layout": layout, "opened_version": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_artwork")
    assert administrator.get(f"/dashboard/designs/artworks/{theirs.pk}").status_code == 404
    assert administrator.get("/dashboard/designs/artworks").json() == {"artworks": []}


def test_another_owners_design_is_like_one_that_never_was(stranger: Client, design: Design) -> None:
    for page in ("", "versions/", "versions/1/", "versions/1/picture"):
        assert stranger.get(f"/dashboard/designs/gakusei/{page}").status_code == 404, page
    for call in ("preview", "check"):
        assert post(stranger, f"gakusei/{call}", EMPTY).status_code == 404, call
    saved = {"layout": with_elements(number()), "opened_version": 1}
    assert post(stranger, "gakusei/save", saved).status_code == 404
    assert stranger.post("/dashboard/designs/gakusei/versions/1/restore").status_code == 404
    assert DesignVersion.objects.count() == 1


def test_the_desk_looks_and_only_an_administrator_changes(cast: Cast, design: Design) -> None:
    desk = sign_in(StaffAsked("d@sakura.example", "受付", "desk", cast.sakura))
    body = desk.get("/dashboard/designs/gakusei/").content.decode()
    assert '"mayChange": false' in body
    assert post(desk, "gakusei/preview", EMPTY).status_code == 200
    saved = {"layout": with_elements(number()), "opened_version": 1}
    assert post(desk, "gakusei/save", saved).status_code == 403
    assert desk.get("/dashboard/designs/new").status_code == 403
    sent = SimpleUploadedFile("b.png", picture(), "image/png")
    assert desk.post("/dashboard/designs/artworks", {"file": sent}).status_code == 403
    assert not ArtworkFile.objects.exists()
    accountant = sign_in(StaffAsked("k@sakura.example", "経理", "accountant", cast.sakura))
    assert accountant.get("/dashboard/designs/").status_code == 403


def test_a_pet_design_says_that_a_proof_is_awaited(administrator: Client, cast: Cast) -> None:
    make_design(cast.scope, DesignAsked("pet", "PET", "pet"))
    assert "要確認" in administrator.get("/dashboard/designs/pet/").content.decode()
    assert 'badge-amber">要確認' in administrator.get("/dashboard/designs/").content.decode()


PRINTER = {
    "name": "事務室",
    "code": "office",
    "paper_width_mm": "210",
    "paper_height_mm": "297",
    "columns": "2",
    "rows": "4",
    "cell_width_mm": "91",
    "cell_height_mm": "55",
    "margin_left_mm": "14",
    "margin_top_mm": "11",
    "gap_x_mm": "0",
    "gap_y_mm": "0",
    "bleed_mm": "0",
    "duplex": "none",
    "keep": "yes",
}


def test_a_printer_is_entered_corrected_and_removed(administrator: Client, cast: Cast) -> None:
    administrator.post("/dashboard/designs/printers/new", PRINTER)
    kept = PrinterProfile.objects.get()
    assert (kept.owner, kept.code, kept.document["rows"]) == (cast.sakura, "office", 4)
    administrator.post("/dashboard/designs/printers/office/", PRINTER | {"rows": "5"})
    kept.refresh_from_db()
    assert kept.document["rows"] == 5
    assert "事務室" in administrator.get("/dashboard/designs/printers/").content.decode()
    administrator.post("/dashboard/designs/printers/office/remove")
    assert not PrinterProfile.objects.exists()


def test_a_printers_code_is_no_other_printers(administrator: Client) -> None:
    administrator.post("/dashboard/designs/printers/new", PRINTER)
    for code in ("office", "a4"):
        asked = PRINTER | {"code": code, "name": "別"}
        answer = administrator.post("/dashboard/designs/printers/new", asked)
        assert answer.context["form"].errors
    assert PrinterProfile.objects.get().name == "事務室"


def test_cells_that_do_not_fit_the_paper_are_refused_at_their_field(
    administrator: Client,
) -> None:
    answer = administrator.post("/dashboard/designs/printers/new", PRINTER | {"columns": "3"})
    assert answer.context["form"].errors == {"columns": ["面が用紙の幅に収まりません。"]}
    assert not PrinterProfile.objects.exists()


def test_the_sheet_is_shown_before_it_is_kept(administrator: Client) -> None:
    shown = {name: word for name, word in PRINTER.items() if name != "keep"} | {"show": "yes"}
    answer = administrator.post("/dashboard/designs/printers/new", shown)
    assert len(answer.context["picture"]["cells"]) == 8
    assert not PrinterProfile.objects.exists()


def test_another_owners_printer_is_like_one_that_never_was(
    administrator: Client, stranger: Client
) -> None:
    administrator.post("/dashboard/designs/printers/new", PRINTER)
    assert stranger.get("/dashboard/designs/printers/office/").status_code == 404
    assert stranger.post("/dashboard/designs/printers/office/", PRINTER).status_code == 404
    assert stranger.post("/dashboard/designs/printers/office/remove").status_code == 404
    assert "事務室" not in stranger.get("/dashboard/designs/printers/").content.decode()
    assert PrinterProfile.objects.count() == 1


def test_the_centre_sees_a_pet_design_and_approves_its_proof(
    administrator: Client, cast: Cast
) -> None:
    version = make_design(cast.scope, DesignAsked("pet", "PET会員証", "pet"))
    centre = sign_in(StaffAsked("c@centre.example", "央", "operator"))
    listed = centre.get("/admin/cards/designversion/").content.decode()
    assert "Made by" not in listed
    assert 'href="/admin/cards/designversion/"' in centre.get("/admin/").content.decode()
    root = f"/admin/cards/designversion/{version.pk}"
    assert "校正を承認" in centre.get(f"{root}/change/").content.decode()
    assert centre.get(f"{root}/pictures/front").content.startswith(PNG)
    centre.post(f"{root}/do/approve", {"note": "色味よし"})
    approval = ProofApproval.objects.get(version=version)
    assert (approval.approved_by.name, approval.note) == ("央", "色味よし")
    centre.get(f"{root}/change/")  # It tells what was done, once.
    assert "校正を承認" not in centre.get(f"{root}/change/").content.decode()
    assert "要確認</strong>" not in administrator.get("/dashboard/designs/pet/").content.decode()
    assert administrator.get(f"{root}/pictures/front").status_code in (302, 404)


def test_what_needs_no_proof_offers_none(cast: Cast, design: Design) -> None:
    centre = sign_in(StaffAsked("c@centre.example", "央", "operator"))
    version = DesignVersion.objects.get()
    body = centre.get(f"/admin/cards/designversion/{version.pk}/change/").content.decode()
    assert "校正を承認" not in body
    answer = centre.post(f"/admin/cards/designversion/{version.pk}/do/approve", follow=True)
    assert "校正の承認は要りません" in answer.content.decode()
    assert not ProofApproval.objects.exists()
