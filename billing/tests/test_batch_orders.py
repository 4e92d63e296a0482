"""An order is drafted, looked at, placed or refused; nothing is spent before it is placed."""

from datetime import timedelta
from typing import Any

import pytest

from billing.refusals import UnknownMenu
from billing.services.batch_room import DRAFTS_MAX, TooManyDrafts, TooManyFiles
from billing.services.batches import (
    BackNotPrinted,
    BatchAsked,
    OwnerNameUnprintable,
    Paper,
    SiteUrlUnset,
    draft_batch,
    drop_draft,
    drop_old_drafts,
    order_batch,
    place_batch,
    plan_of,
    redraft_batch,
)
from billing.services.menus import MenuAsked, make_menu
from billing.services.printing import print_batch
from billing.tests.batch_cast import MENU, member_list, order, printed
from cards.member_columns import columns_of
from cards.models import Batch, Card, Member
from cards.numbers import grouped
from cards.printing.designs import DEFAULT
from cards.refusals import ProofMissing, UnknownDesign
from cards.selectors import batch_of, batches_of, prints_of
from cards.services.designs import (
    DesignAsked,
    LayoutSaved,
    approve_proof,
    make_design,
    save_design,
)
from cards.tests.factories import texts
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed, MoveRefused
from tenants.access import CENTRE, NotAllowed, NotFound, Scope
from tenants.models import Centre, Owner
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast

WITH_A_QR = {
    "format": 1,
    "medium": "plastic",
    "front": {
        "elements": [
            {"type": "number", "id": "number", "x": 5, "y": 6, "width": 40, "height": 6},
            {"type": "barcode", "id": "bars", "x": 5, "y": 30, "height": 18},
            {"type": "qr", "id": "page", "x": 56, "y": 5, "width": 22},
        ]
    },
}


@pytest.fixture
def menu(cast: Cast) -> str:
    return make_menu(cast.scope, MenuAsked("charge", MENU)).code


def test_a_draft_spends_nothing_until_it_is_placed_and_then_once(cast: Cast):
    content = "会員番号,氏名\nM1,髙橋\nM2,\ue000田\n".encode()
    guessed = columns_of(content).guess
    draft = draft_batch(cast.scope, BatchAsked("会員.csv", content, mapping=guessed))
    plan = plan_of(cast.scope, draft)
    assert (plan.total, plan.reprints, list(plan.refusals)) == (1, 0, [])
    assert [(it.row, it.code, it.letters) for it in plan.members.errors] == [
        (3, "glyph_missing", "\ue000")
    ]
    assert print_batch(str(draft.pk)).status == "draft"

    redraft_batch(cast.scope, str(draft.pk), guessed, {"M2": "タダ"})
    placed = place_batch(cast.scope, str(draft.pk))
    assert (placed.status, placed.total, placed.errors) == ("ordered", 2, [])
    assert place_batch(cast.scope, str(draft.pk)).status == "ordered"
    with pytest.raises(MoveRefused):
        redraft_batch(cast.scope, str(draft.pk), None, {})
    with pytest.raises(MoveRefused):
        drop_draft(cast.scope, str(draft.pk))
    print_batch(str(draft.pk))
    assert "タダ" in texts(bytes(draft.files.get().pdf))[0]
    assert Member.objects.get(reference="M2").print_name == "タダ"


def test_a_dropped_draft_and_one_left_lying_are_gone(cast: Cast):
    draft = draft_batch(cast.scope, BatchAsked("会員.csv", member_list(1)))
    with pytest.raises(NotFound):
        drop_draft(Scope(owner_id=cast.aoba.pk), str(draft.pk))
    drop_draft(cast.scope, str(draft.pk))
    draft_batch(cast.scope, BatchAsked("会員.csv", member_list(1)))
    order(cast.scope, member_list(1))
    assert drop_old_drafts() == 0
    with clock.frozen(clock.now() + timedelta(days=1, seconds=1)):
        assert drop_old_drafts() == 1
    assert Batch.objects.get().status == "ordered"


def test_a_qr_code_that_names_this_machine_only_is_refused_unless_it_is_a_specimen(
    cast: Cast, settings: Any
):
    make_design(cast.scope, DesignAsked("qr", "QR付き", "plastic", WITH_A_QR))
    Centre.objects.update(is_demo=False)
    loopbacks = (
        "http://127.0.0.1:8000", "http://localhost", "https://[::1]:8000", "http://127.1",
        "http://2130706433", "http://localhost.", "http://0.0.0.0:8000", "https://[::]",
        "https://[::ffff:127.0.0.1]",
    )  # fmt: skip
    for loopback in loopbacks:
        settings.SITE_URL = loopback
        with pytest.raises(SiteUrlUnset):
            order(cast.scope, member_list(1), design="qr")
    assert not Batch.objects.exists()
    settings.SITE_URL = "https://pay.example.jp"
    batch = order(cast.scope, member_list(1), design="qr")
    settings.SITE_URL = "http://127.0.0.1:8000"
    with pytest.raises(SiteUrlUnset):
        print_batch(str(batch.pk))
    batch.refresh_from_db()
    assert (batch.status, batch.failure, batch.files.count()) == ("failed", "site_url_unset", 0)
    Centre.objects.update(is_demo=True)
    assert printed(cast.scope, member_list(1), design="qr").status == "printed"


def test_a_card_with_two_sides_is_printed_on_both(cast: Cast, settings: Any):
    settings.SITE_URL = "https://pay.example.jp"
    front = {"elements": [{"type": "field", "field": "member_name", "id": "name", "x": 5, "y": 5,
                           "width": 60, "height": 8}]}  # fmt: skip
    document = WITH_A_QR | {"front": front, "back": WITH_A_QR["front"]}
    make_design(cast.scope, DesignAsked("two", "両面", "plastic", document))
    batch = printed(cast.scope, member_list(11), design="two")
    pages = texts(bytes(batch.files.get().pdf))
    assert (batch.status, len(pages)) == ("printed", 4)
    assert ["髙橋" in page for page in pages] == [True, False, True, False]
    assert ["-" in page for page in pages] == [False, True, False, True]
    assert set(batch.cards.values_list("page", flat=True)) == {1, 3}
    with pytest.raises(BackNotPrinted):
        order(cast.scope, member_list(1), design="two", paper=Paper("a4"))


def test_pet_waits_for_the_centre_to_approve_a_proof(cast: Cast):
    document = DEFAULT.document() | {"medium": "pet"}
    version = make_design(cast.scope, DesignAsked("pet", "PET", "pet", document))
    with pytest.raises(ProofMissing):
        order(cast.scope, member_list(1), design="pet")
    approver = invite_staff(StaffAsked("proof@centre.example", "校正", "operator"))[0]
    approve_proof(version, approved_by=approver)
    assert printed(cast.scope, member_list(1), design="pet").status == "printed"


def test_a_batch_keeps_the_version_it_was_ordered_with(cast: Cast):
    first = make_design(cast.scope, DesignAsked("d", "D", "plastic", DEFAULT.document()))
    batch = order(cast.scope, member_list(1), design="d")
    document = DEFAULT.document()
    document["front"]["elements"].append(
        {"type": "text", "id": "new", "x": 6, "y": 14, "width": 30, "height": 4, "text": "第二版"}
    )
    second = save_design(cast.scope, "d", LayoutSaved(document, opened_version=1))
    assert (first.version, second.version) == (1, 2)
    print_batch(str(batch.pk))
    assert "第二版" not in texts(bytes(batch.files.get().pdf))[0]
    again = printed(cast.scope, member_list(1), design="d")
    assert "第二版" in texts(bytes(again.files.get().pdf))[0]


def test_the_centre_prints_standard_cards_on_leaflets_for_stores(cast: Cast):
    batch = order_batch(CENTRE, BatchAsked(count=3, kind="standard", paper=Paper("leaflet")))
    print_batch(str(batch.pk))
    assert (batch.owner, batch.files.get().pages) == (None, 3)
    assert [card.owner for card in Card.objects.all()] == [None] * 3
    assert not prints_of(cast.scope).exists()
    with pytest.raises(NotAllowed):
        order_batch(CENTRE, BatchAsked(count=3, kind="joint"))


def test_an_owner_mails_standard_cards_to_its_members_on_address_sheets(cast: Cast):
    content = (
        "member_reference,member_name,postal_code,address1\nM1,髙橋,1000001,千代田区1-1\n"
    ).encode()
    batch = printed(cast.scope, content, kind="standard", paper=Paper("carrier"))
    member = Member.objects.select_related("card").get()
    assert member.card is not None
    assert (member.card.kind, member.card.owner) == ("standard", None)
    page = texts(bytes(batch.files.get().pdf))[0]
    for word in ("100-0001", "千代田区1-1", "髙橋", grouped(member.card.number)):
        assert word in page


def test_what_cannot_be_ordered_is_refused_by_name_and_nothing_is_kept(cast: Cast, menu: str):
    tenant = Scope(owner_id=cast.sakura.pk, tenant_id=cast.engineering.pk)
    with pytest.raises(UnknownDesign):
        order(cast.scope, member_list(1), design="gold")
    with pytest.raises(UnknownMenu):
        order(Scope(owner_id=cast.aoba.pk), member_list(1), menu=menu)
    with pytest.raises(NotAllowed):
        order(tenant, member_list(1))
    with pytest.raises(Malformed):
        order(cast.scope, b"name\nA\n")
    Owner.objects.filter(pk=cast.aoba.pk).update(name="\ue000モール")
    with pytest.raises(OwnerNameUnprintable):
        order(Scope(owner_id=cast.aoba.pk), member_list(1))
    assert not Batch.objects.exists()


def test_no_owner_sees_anothers_batches(cast: Cast):
    batch = order(cast.scope, member_list(1))
    assert [found.pk for found in batches_of(cast.scope)] == [batch.pk]
    with pytest.raises(NotFound):
        batch_of(Scope(owner_id=cast.aoba.pk), str(batch.pk))


def test_an_order_of_a_file_a_card_ends_before_the_disk_does(cast: Cast):
    """Each file brings its fonts along."""
    with pytest.raises(TooManyFiles):
        order(cast.scope, b"", count=1_001, part_cards=1)
    with pytest.raises(TooManyFiles):
        order(cast.scope, member_list(2_001), part_cards=2)
    assert order(cast.scope, b"", count=2_000, part_cards=2).total == 2_000


def test_drafts_do_not_fill_the_disk(cast: Cast):
    """Each holds a whole list for a day; another owner's count for nothing."""
    asked = BatchAsked("会員.csv", member_list(1))
    drafts = [draft_batch(cast.scope, asked) for _ in range(DRAFTS_MAX)]
    with pytest.raises(TooManyDrafts):
        draft_batch(cast.scope, asked)
    assert draft_batch(Scope(owner_id=cast.aoba.pk), asked).status == "draft"
    drop_draft(cast.scope, str(drafts[0].pk))
    place_batch(cast.scope, str(drafts[1].pk))
    draft_batch(cast.scope, asked)
    draft_batch(cast.scope, asked)
