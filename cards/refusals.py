"""Why a card is refused, at a till as in an owner's system."""

from smartpit.kernel.errors import DomainError


class UnknownNumber(DomainError):
    code = "unknown_number"
    title = "番号が見つかりません"
    status = 404


class CardSuspended(DomainError):
    code = "card_suspended"
    title = "このカードは停止中です"


class CardReplaced(DomainError):
    code = "card_replaced"
    title = "このカードは再発行されています"


class CardTaken(DomainError):
    code = "card_taken"
    title = "この番号は別の会員が使用しています"


class MemberHasCard(DomainError):
    """The member asks for a number but holds another: two would split its invoices."""

    code = "member_has_card"
    title = "この会員はすでに別の番号のカードを持っています"
