"""Owner API: cards of members, issued, bound, suspended and replaced."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from billing.api.owner import answers, forms
from billing.selectors import own_page_url
from billing.services.cards import hand_over_card, replace_card
from cards.models import Card
from cards.selectors import DEFAULT_DESIGN, card_of, chosen_design, holder_of
from cards.services import MemberAsked, resume_card, suspend_card
from smartpit.edge.described import described
from smartpit.edge.forms import read, read_json
from smartpit.edge.views import answer
from tenants.access import NotAllowed, Scope
from tenants.api.authentication import OwnerKeyView

_CARD = "not_allowed unknown_number card_suspended card_replaced move_refused"
_GIVEN = (
    f"{_CARD} card_taken member_has_card unknown_menu unknown_design tenant_not_live "
    "repeat_option_missing registration_expired numbers_exhausted"
)


class OwnerCardView(OwnerKeyView):
    """Members and their cards are the owner's; a tenant's key neither sees nor changes them."""

    def enter(self, request: Request, secret: str) -> None:
        super().enter(request, secret)
        if self.scope.tenant_id is not None:
            raise NotAllowed


class Cards(OwnerCardView):
    @described(
        "カードを発行・登録",
        body=forms.CARD,
        answers={201: answers.CARD, 200: answers.CARD},
        refuses=_GIVEN,
    )
    def post(self, _request: Request) -> HttpResponse:
        words = self.words(forms.CARD)
        chosen_design(self.scope, words["design"] or DEFAULT_DESIGN)
        asked = MemberAsked(words["member_reference"], words["member_name"] or "")
        given = hand_over_card(self.scope, asked, number=words["number"], menu=words["menu"])
        assert given.member.card is not None
        body = card_body(self.scope, given.member.card)
        return answer(body, status=201 if given.is_new else 200)


class OneCard(OwnerCardView):
    @described("カードを取得", answers={200: answers.CARD}, refuses="not_allowed unknown_number")
    def get(self, _request: Request, number: str) -> HttpResponse:
        return answer(card_body(self.scope, card_of(self.scope, number)))

    @described(
        "カードを停止・再開", body=forms.CARD_CHANGE, answers={200: answers.CARD}, refuses=_CARD
    )
    def patch(self, _request: Request, number: str) -> HttpResponse:
        change = suspend_card if self.words(forms.CARD_CHANGE)["suspended"] else resume_card
        return answer(card_body(self.scope, change(self.scope, number)))


class Replacement(OwnerCardView):
    @described(
        "カードを再発行",
        answers={201: answers.CARD},
        refuses=f"{_CARD} malformed numbers_exhausted",
    )
    def post(self, _request: Request, number: str) -> HttpResponse:
        body = self.body()
        if body.strip():  # A call without words may come without a body, or with none in it.
            read({}, read_json(body))
        card = replace_card(self.scope, number)
        tasks.ring()
        return answer(card_body(self.scope, card), status=201)


def card_body(scope: Scope, card: Card) -> dict[str, Any]:
    """Return a card as its owner's system sees it, with the member of this owner that holds it.

    The page of a standard card shows what several owners ask of its holder, so its address is
    told to none of them.
    """
    member = holder_of(scope, card)
    return {
        "number": card.number,
        "barcode_number": card.barcode_number,
        "kind": str(card.kind),
        "status": str(card.status),
        "member_reference": member.reference if member else None,
        "member_name": member.name if member else None,
        "replaced_by": card.replaced_by.number if card.replaced_by else None,
        "page_url": own_page_url(card),
        "registration_expires_on": _day(card.registration_expires_on),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
