"""Why a payout is told no."""

from smartpit.kernel.errors import DomainError


class PayeeMissing(DomainError):
    code = "payee_missing"
    title = "入金口座が登録されていません"


class PayeeChangerExcluded(DomainError):
    """Neither of the two who last changed the account may approve a payout to it or send it."""

    code = "payee_changer_excluded"
    title = "入金口座を最後に変更した人（登録・承認とも）は、入金の承認も振込依頼もできません"


class PayeeUnchanged(DomainError):
    code = "payee_unchanged"
    title = "すでに登録されている入金口座と同じです"


class PayeeProposed(DomainError):
    """One change at a time: what is proposed is approved or withdrawn first."""

    code = "payee_proposed"
    title = "承認待ちの入金口座の変更があります。先に承認するか取り下げてください"


class PayeeCheckedByItsMaker(DomainError):
    code = "payee_checked_by_its_maker"
    title = "入金口座を登録した人は、その承認ができません"


class PayeeHolds(DomainError):
    """Payouts were made to it since: another change is made, none is undone."""

    code = "payee_holds"
    title = "すでに適用されている入金口座は取り下げられません。新しい変更を登録してください"


class PayeeReturned(DomainError):
    """A transfer to this account came back: the owner's account is changed first."""

    code = "payee_returned"
    title = "振込不能になった口座のままです。先に入金口座を変更してください"


class ReturnNotSeen(DomainError):
    """The bank debited the transfer and has not given it back: it would be paid twice."""

    code = "return_not_seen"
    title = "銀行がこの振込を引き落としたままです。戻りの入金を確かめてから再発行してください"


class ContactMissing(DomainError):
    """Nobody would hear of the change who might contradict it."""

    code = "contact_missing"
    title = "変更をお知らせする連絡先（オーナーの連絡先メール、管理者、経理）がありません"


class PayoutsFrozen(DomainError):
    """Money was found wrong, or somebody stopped it: nothing goes out until that is cleared."""

    code = "payouts_frozen"
    title = "精算入金は凍結されています。凍結の理由を確認し、解除してからやり直してください"


class FreezeLifted(DomainError):
    code = "freeze_lifted"
    title = "この凍結はすでに解除されています"


class FreezeLiftedByItsMaker(DomainError):
    code = "freeze_lifted_by_its_maker"
    title = "凍結した人は、その解除ができません"


class TwoPeopleNeeded(DomainError):
    code = "two_people_needed"
    title = "承認した人は振込依頼できません"


class ContentChanged(DomainError):
    """What was looked at, or approved, is not what would be paid today."""

    code = "content_changed"
    title = "内容または入金口座が変更されています。承認し直してください"


class NotApproved(DomainError):
    """It is not approved, or is in a bank file already: each payout is in exactly one."""

    code = "not_approved"
    title = "承認済でない精算入金、または振込依頼済の精算入金です"


class PayDaysDiffer(DomainError):
    code = "pay_days_differ"
    title = "振込指定日の異なる精算入金は、1つの振込ファイルにできません"


class ConsignorMissing(DomainError):
    code = "consignor_missing"
    title = "センターの振込依頼人情報が登録されていません"


class BankFileDiffers(DomainError):
    """The second reader read another thing than was meant: the file is not released."""

    code = "bank_file_differs"
    title = "振込ファイルの検算が一致しません。作成を中止しました"


class PaidDayRefused(DomainError):
    """Money cannot be paid before its pay day, nor on a day that has not come."""

    code = "paid_day_refused"
    title = "入金日が正しくありません"


class NotReturned(DomainError):
    code = "not_returned"
    title = "振込不能になった精算入金だけが再発行できます"


class AlreadyReissued(DomainError):
    code = "already_reissued"
    title = "この精算入金はすでに再発行されています"


class ReasonMissing(DomainError):
    code = "reason_missing"
    title = "理由を入力してください"
    status = 422


class RemittanceTermsRefused(DomainError):
    """Fees, days or the cut-off lie outside what the centre agrees with chains."""

    code = "remittance_terms_refused"
    title = "入金条件が正しくありません"
    status = 422


class RemittanceStartRefused(DomainError):
    """New terms begin with a period that is not drawn yet, so that no day is in two."""

    code = "remittance_start_refused"
    title = "入金条件は、まだ入金予定を作っていない期間の初日（1年先まで）から変更できます"


class SenderTaken(DomainError):
    """Two chains that send under one name could not be told apart."""

    code = "sender_taken"
    title = "この振込依頼人は、ほかのチェーンで登録されています"


class ChainIsTest(DomainError):
    code = "test_chain"
    title = "テスト環境のチェーンからは入金がありません"


class BankAccountUnknown(DomainError):
    """The statement is of another account than the one the centre pays from."""

    code = "bank_account_unknown"
    title = "センターの口座の明細ではありません"


class BankEntryDiffers(DomainError):
    """A line that was told before says something else now: the file is not taken in."""

    code = "bank_entry_differs"
    title = "取込済みの明細と、同じ照会番号で内容の違う明細があります"


class BankBalanceDiffers(DomainError):
    """With these lines the account would not stand where the bank says it does."""

    code = "bank_balance_differs"
    title = "取引後残高が、取込済みの明細と合いません。間のファイルを先に取り込んでください"


class EntryRuled(DomainError):
    code = "entry_ruled"
    title = "この明細はすでに消込済みです"


class RulingRefused(DomainError):
    """The line cannot be what it is said to be: other direction, amount or state."""

    code = "ruling_refused"
    title = "この明細は、そのようには消し込めません"
