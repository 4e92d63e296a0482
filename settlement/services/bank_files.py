"""From payouts to the bytes a bank takes, and back again before they leave the house."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from settlement import zengin
from settlement.bank_kana import CONSIGNOR_WIDTH, bank_kana, institution_kana
from settlement.calendar import earliest_pay_day, export_closes_at
from settlement.models import BankFile, Payout
from settlement.refusals import BankFileDiffers, ConsignorMissing
from settlement.services.payees import transfer_to
from settlement.zengin import Consignor, Transfer
from settlement.zengin_reader import read_transfer_file
from smartpit.kernel.database import lock
from tenants.selectors import centre

_TOLD = (
    "consignor_code",
    "consignor_kana",
    "bank_code",
    "bank_kana",
    "branch_code",
    "branch_kana",
    "account_kind",
    "account_number",
)


def consignor() -> Consignor:
    """Return who orders the transfers, or refuse while the centre has not told it all.

    The founding takes the names as they are typed; here they are brought into the bank's form.
    """
    standing = centre()
    if standing is None or not all(getattr(standing, name) for name in _TOLD):
        raise ConsignorMissing
    return Consignor(
        code=standing.consignor_code,
        name=bank_kana(standing.consignor_kana, width=CONSIGNOR_WIDTH),
        bank_code=standing.bank_code,
        bank_name=institution_kana(standing.bank_kana),
        branch_code=standing.branch_code,
        branch_name=institution_kana(standing.branch_kana),
        account_kind=standing.account_kind,  # type: ignore[arg-type]  # Refused if no such kind.
        account_number=standing.account_number,
    )


def pay_day_of(payout: Payout, at: datetime) -> date:
    """Return the day on which a file written at ``at`` can pay: the planned one, or the next."""
    if at < export_closes_at(payout.pays_on):
        return payout.pays_on
    return earliest_pay_day(at)


def draw_bank_file(payouts: Sequence[Payout], pays_on: date) -> BankFile:
    """Return the file of these payouts, unsaved, written and read back by a second reader."""
    ordering = consignor()
    transfers = [_transfer(payout) for payout in payouts]
    content = zengin.transfer_file(ordering, pays_on, transfers)
    require_the_same(content, ordering, pays_on, transfers)
    return BankFile(
        pays_on=pays_on,
        name=_next_name(pays_on),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(transfers),
        total_yen=sum(transfer.amount_yen for transfer in transfers),
    )


def customer_codes(payout: Payout) -> tuple[str, str]:
    """Return the two codes by which a returned transfer is known again: owner and payout."""
    return f"{payout.owner_id:010d}", payout.pk.hex[:10].upper()


def _transfer(payout: Payout) -> Transfer:
    assert payout.payee is not None
    return transfer_to(payout.payee, payout.amount_yen, codes=customer_codes(payout))


def require_the_same(
    content: bytes, ordering: Consignor, pays_on: date, transfers: list[Transfer]
) -> None:
    """Refuse a file that the second reader reads otherwise, in whatever record or sum."""
    read = read_transfer_file(content)
    same = (
        read.consignor == ordering
        and read.month_day == f"{pays_on:%m%d}"
        and read.transfers == tuple(transfers)
        and read.total_yen == sum(transfer.amount_yen for transfer in transfers)
    )
    if not same:
        raise BankFileDiffers


def _next_name(pays_on: date) -> str:
    """Return a name that says the pay day and which of its files this is."""
    lock("bank_file", pays_on)
    number = BankFile.objects.filter(pays_on=pays_on).count() + 1
    return f"furikomi-{pays_on:%Y%m%d}-{number:02d}.txt"
