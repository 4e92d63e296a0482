"""Store chains and their keys."""

from datetime import timedelta

from django.db import transaction

from billing.models import Chain, ChainKey
from smartpit.kernel import clock
from tenants.keys import new_key, sha256_of, shown_part

# The three chains that take Smart Pit payments, with their codes in the file of confirmed
# payments (contract section 4).
CHAINS = (
    ("lawson", "ローソン", "00C002"),
    ("ministop", "ミニストップ", "00C004"),
    ("familymart", "ファミリーマート", "00C005"),
)


def open_chains() -> None:
    """Write the three chains and their test twins, once."""
    with transaction.atomic(durable=True):
        rows = [Chain(code=code, name=name, file_code=file) for code, name, file in CHAINS]
        Chain.objects.bulk_create(rows, ignore_conflicts=True)
        Chain.objects.bulk_create(map(_twin, rows), ignore_conflicts=True)


def rotate_chain_key(
    chain: Chain, *, overlap: timedelta = timedelta(hours=24)
) -> tuple[ChainKey, str]:
    """Give a chain a new key; the one before it ends after ``overlap``, one before that now.

    Two keys overlap, never three: a secret that was to go does not outlive the next rotation.
    """
    with transaction.atomic(durable=True):
        Chain.objects.select_for_update(no_key=True).get(pk=chain.pk)
        secret = new_key("ck_test" if chain.is_test else "ck_live")
        now = clock.now()
        older = ChainKey.objects.filter(chain=chain)
        older.filter(expires_at__gt=now).update(expires_at=now)
        older.filter(expires_at=None).update(expires_at=now + overlap)
        key = ChainKey.objects.create(
            chain=chain, prefix=shown_part(secret), sha256=sha256_of(secret), made_at=now
        )
    return key, secret


def let_registers_read_cards(chain: Chain, *, reads: bool) -> Chain:
    """Note whether a chain's registers read the bars of our cards; phone pages show them or not."""
    with transaction.atomic(durable=True):
        Chain.objects.filter(pk=chain.pk).update(reads_card_barcode=reads)
    chain.reads_card_barcode = reads
    return chain


def _twin(chain: Chain) -> Chain:
    return Chain(
        code=f"{chain.code}-test",
        name=f"{chain.name}（テスト）",
        file_code=chain.file_code,
        is_test=True,
        twin_of=chain,
    )
