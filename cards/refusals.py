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


class CardAmbiguous(DomainError):
    """Thirteen digits are the number of one card and the bars of another."""

    code = "card_ambiguous"
    title = "2枚のカードにあてはまります。カードの番号を 4-4-5 のハイフンつきで入力してください"


class CardNotBlank(DomainError):
    """A lost card is replaced by a card that nobody holds and nothing is registered on."""

    code = "card_not_blank"
    title = "新しいカードには、未使用のカードを使ってください"


class ReferenceIsACard(DomainError):
    """The scanner read the card once more, into the member's field."""

    code = "reference_is_a_card"
    title = "会員番号の欄にカードの番号が入っています"


class MemberHasNoCard(DomainError):
    code = "member_has_no_card"
    title = "この会員には、替えるカードがありません"


class CardHasInvoices(DomainError):
    """A card with invoices on it is not given up: they could never be paid."""

    code = "card_has_invoices"
    title = "受付中または停止中の請求が残っています"


class HandOverTooLate(DomainError):
    code = "hand_over_too_late"
    title = "受付の取消は当日に限ります"


class HandOverPaid(DomainError):
    code = "hand_over_paid"
    title = "このカードではすでに支払いがあったため、取り消せません"


class HandOverSuperseded(DomainError):
    """Since then the card was stopped or replaced, or the member holds another."""

    code = "hand_over_superseded"
    title = "受付のあとでカードが変わっているため、取り消せません"


class HandOverInUse(DomainError):
    """Since then the owner has registered something else on the card, for this member."""

    code = "hand_over_in_use"
    title = "受付のあとで別の請求が登録されているため、取り消せません"


class UnknownDesign(DomainError):
    code = "unknown_design"
    title = "デザインが見つかりません"
    status = 404


class DesignChanged(DomainError):
    """Somebody else saved a version after this editor was opened."""

    code = "design_changed"
    title = "別の人がこのデザインを保存しました。開き直してください"


class UnknownArtwork(DomainError):
    code = "unknown_artwork"
    title = "素材が見つかりません"
    status = 404


class ArtworkQuota(DomainError):
    code = "artwork_quota"
    title = "素材の合計容量が上限（300MB）を超えます"


class ProofNotNeeded(DomainError):
    code = "proof_not_needed"
    title = "この媒体のデザインに校正の承認は要りません"


class ProofMissing(DomainError):
    """PET is offered subject to the centre's look at a proof (要確認)."""

    code = "proof_missing"
    title = "PETカードは、センターが校正を承認してから発行できます"


class UnknownProfile(DomainError):
    code = "unknown_profile"
    title = "プリンター設定が見つかりません"
    status = 404
