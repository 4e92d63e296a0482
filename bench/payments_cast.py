"""Who is in the benches' centre before its many rows are made."""

from billing.models import Chain
from billing.services.chains import open_chains, rotate_chain_key
from cards.services import issue_card
from settlement.models import AuditRun
from smartpit.kernel import clock
from tenants.models import Centre
from tenants.services import found_centre


def found() -> tuple[str, int]:
    """Found a centre with its chains; return a chain's key and a block of card numbers.

    Its last audit ended now, so that none begins by the clock while something is measured: six
    hours lie between two.
    """
    found_centre(
        Centre(
            name="計測センター",
            registration_number="T8000000000001",
            contact_email="centre@example.com",
            consignor_code="0000000001",
            consignor_kana="ｼｹﾝｾﾝﾀｰ",
            bank_code="0001",
            bank_kana="ﾐｽﾞﾎ",
            branch_code="001",
            branch_kana="ﾄｳｷﾖｳ",
            account_number="1234567",
        )
    )
    open_chains()
    now = clock.now()
    AuditRun.objects.create(began_at=now, ended_at=now, checks_count=0, looked_at=0)
    block = issue_card("standard", owner=None).block_id
    return rotate_chain_key(Chain.objects.get(pk="lawson"))[1], block
