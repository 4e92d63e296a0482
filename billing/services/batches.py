"""カード発行依頼: an order of cards is taken in, held back, let go on, or given up.

All that would make the printing fail is looked at before a number is spent: the design is safe to
print, every name can be printed, and whoever reads a QR code finds the page it names. The printing
itself is in ``billing.services.printing``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import inet_aton
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from billing.selectors import menu_of
from billing.services.batch_room import require_room_for_a_draft, too_many_files
from cards.member_file import MemberFile, MemberRow, is_fallback, read_member_file
from cards.models import Batch, Card, Kind, Member, ProofApproval
from cards.printing.designs import DEFAULT
from cards.printing.fonts import missing_glyphs
from cards.printing.layout import Layout, Medium, read_layout
from cards.printing.profiles import Profile
from cards.printing.safety import Finding, Severity, findings
from cards.refusals import ProofMissing, UnknownProfile
from cards.selectors import (
    artworks_of,
    batch_of,
    chosen_design,
    profiles_of,
    unfinished_drafts,
)
from smartpit.kernel import clock
from smartpit.kernel.database import rolled_back
from smartpit.kernel.errors import DomainError, Malformed, MoveRefused
from tenants.access import NotAllowed, Scope
from tenants.models import Owner, Staff
from tenants.selectors import centre

CARDS_MAX = 100_000
PART_CARDS = 1_000
DRAFT_DAYS = 1
MEMBER_FILE_BYTES_MAX = 64 * 1024 * 1024


class OwnerNameUnprintable(DomainError):
    """The owner's name stands on every card; one with an empty box in it must not be printed."""

    code = "owner_name_unprintable"
    title = "オーナー企業の名称に印刷できない文字があります"


class DesignUnsafe(DomainError):
    """The print-safety check found what must not be printed; ``findings`` says what and where."""

    code = "design_unsafe"
    title = "デザインに、このまま印刷できない箇所があります"


class SiteUrlUnset(DomainError):
    """A printed QR code stays for years: it must not name a machine that nobody else reaches."""

    code = "site_url_unset"
    title = "SITE_URL が未設定のため、QRコードのあるカードは発行できません"


class PhoneNotPrinted(DomainError):
    """A design for phones is shown on the card's page; there is nothing to print."""

    code = "phone_not_printed"
    title = "電子カードのデザインは印刷しません。会員には電子カードのリンクを渡してください"


class BackNotPrinted(DomainError):
    """The back, perhaps with the bars on it, would be missing from every card."""

    code = "back_not_printed"
    title = "裏面のあるデザインには、両面のプリンター設定を選んでください"


@dataclass(frozen=True)
class Paper:
    """What the cards are printed on: a printer by its code, and how the files are cut.

    ``start`` is the first free place of a part-used sheet, ``part_cards`` how many cards a file
    holds at most.
    """

    profile: str = ""  # The first that takes the design's medium.
    start: int = 1
    part_cards: int = PART_CARDS


@dataclass(frozen=True)
class BatchAsked:
    """One order: the members as the owner's spreadsheet wrote them, or a number of blank cards.

    ``mapping`` says which column is what where the file has headings of its own; ``fallbacks``
    what is printed for a member (by reference) whose name has letters that cannot be.
    """

    file_name: str = ""
    member_file: bytes = b""
    count: int | None = None
    kind: str = Kind.JOINT
    design: str = "default"
    menu: str = ""
    paper: Paper = field(default_factory=Paper)
    mapping: Mapping[str, int] | None = None
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    ordered_by: Staff | None = None


@dataclass(frozen=True)
class Plan:
    """What an order would print, and all that stands against it: the dry run of it."""

    members: MemberFile
    total: int
    reprints: int
    findings: Sequence[Finding]
    refusals: Sequence[DomainError]


def order_batch(scope: Scope, asked: BatchAsked) -> Batch:
    """Take an order in: the file is kept with it, and which rows make no card is known now."""
    with transaction.atomic(durable=True):
        return _placed(scope, _draft(scope, asked))


def rehearse_batch(scope: Scope, asked: BatchAsked) -> None:
    """Refuse what ``order_batch`` would refuse, and leave nothing behind."""
    with rolled_back():
        _placed(scope, _draft(scope, asked))


def draft_batch(scope: Scope, asked: BatchAsked) -> Batch:
    """Begin an order that a person will look at before it is placed."""
    with transaction.atomic(durable=True):
        require_room_for_a_draft(scope)
        return _draft(scope, asked)


def redraft_batch(
    scope: Scope, batch_id: str, mapping: Mapping[str, int] | None, fallbacks: Mapping[str, str]
) -> Batch:
    """Say which column is what, and what is printed where a name cannot be."""
    with transaction.atomic(durable=True):
        batch = _locked(scope, batch_id)
        _require_draft(batch)
        batch.mapping = None if mapping is None else dict(mapping)
        batch.fallbacks = {key: name for key, name in fallbacks.items() if is_fallback(key, name)}
        batch.save(update_fields=["mapping", "fallbacks"])
    return batch


def place_batch(scope: Scope, batch_id: str) -> Batch:
    """Place a drafted order, unless its dry run is refused; placing it twice places it once."""
    with transaction.atomic(durable=True):
        batch = _locked(scope, batch_id)
        return batch if batch.status != Batch.Status.DRAFT else _placed(scope, batch)


def drop_draft(scope: Scope, batch_id: str) -> None:
    """Forget an order that was never placed, with the members' file in it."""
    with transaction.atomic(durable=True):
        batch = _locked(scope, batch_id)
        _require_draft(batch)
        batch.delete()


def drop_old_drafts() -> int:
    """Forget the drafts of more than a day ago: they hold members' names for no purpose."""
    before = clock.now() - timedelta(days=DRAFT_DAYS)
    with transaction.atomic(durable=True):
        return unfinished_drafts(before).delete()[0]


def plan_of(scope: Scope, batch: Batch) -> Plan:
    """Return the dry run of a drafted order: the real checks, and nothing is written."""
    layout = layout_of(batch)
    members, unread = _members_or_why_not(batch)
    references = [row.member_reference for row in members.rows]
    own = Member.objects.filter(owner=batch.owner, reference__in=references)
    kept = own.exclude(card=None).exclude(card__status=Card.Status.RETIRED)
    faults = faults_of_design(scope, layout)
    return Plan(
        members=members,
        total=len(members.rows) if batch.count is None else batch.count,
        reprints=kept.count(),
        findings=faults,
        refusals=[*unread, *_refusals(batch, layout, members, faults)],
    )


def _members_or_why_not(batch: Batch) -> tuple[MemberFile, list[DomainError]]:
    """Return an order's rows; a file whose columns are not named yet is no reason to break off."""
    try:
        return members_of_batch(batch), []
    except DomainError as refused:
        return MemberFile(rows=[], errors=[]), [refused]


def _draft(scope: Scope, asked: BatchAsked) -> Batch:
    _require_orderer(scope, asked)
    _require_form(asked)
    design = chosen_design(scope, asked.design)
    profile = _profile(scope, design.layout, asked.paper)
    if asked.menu:
        menu_of(scope, asked.menu)
    return Batch.objects.create(
        status=Batch.Status.DRAFT,
        owner_id=scope.owner_id,
        kind=asked.kind,
        design=asked.design,
        design_version=design.version,
        profile=profile.document(),
        menu=asked.menu,
        member_file=asked.member_file,
        file_name=asked.file_name[:200],
        mapping=None if asked.mapping is None else dict(asked.mapping),
        fallbacks=dict(asked.fallbacks),
        count=asked.count,
        part_cards=asked.paper.part_cards,
        reason=asked.reason[:200],
        ordered_at=clock.now(),
        ordered_by=asked.ordered_by,
    )


def _placed(scope: Scope, batch: Batch) -> Batch:
    plan = plan_of(scope, batch)
    for refused in plan.refusals:
        raise refused
    errors = sorted(plan.members.errors, key=lambda fault: fault.row)
    return batch.move(
        to=Batch.Status.ORDERED,
        total=plan.total,
        errors=[{"row": fault.row, "code": fault.code} for fault in errors],
        ordered_at=clock.now(),
    )


def _locked(scope: Scope, batch_id: str) -> Batch:
    return scope.get(Batch.objects.select_for_update(of=("self",)), pk=batch_id)


def _require_draft(batch: Batch) -> None:
    if batch.status != Batch.Status.DRAFT:
        raise MoveRefused("この依頼はすでに受け付けられています")


def _refusals(
    batch: Batch, layout: Layout, members: MemberFile, faults: Sequence[Finding]
) -> Iterator[DomainError]:
    """Yield all that stands against printing an order, what its owner can change first."""
    if len(members.rows) > CARDS_MAX:
        yield Malformed([{"field": "member_file", "code": "too_many"}])
    yield from too_many_files(batch, batch.count or len(members.rows))
    unsafe = [fault.words for fault in faults if fault.severity is Severity.ERROR]
    if unsafe:
        yield DesignUnsafe("／".join(unsafe), findings=unsafe)
    if batch.owner is not None and missing_glyphs(batch.owner.name):
        yield OwnerNameUnprintable()
    if layout.medium == Medium.PET and not _is_proof_approved(batch):
        yield ProofMissing()
    if is_led_nowhere(batch.owner, layout):
        yield SiteUrlUnset()


def _is_proof_approved(batch: Batch) -> bool:
    return ProofApproval.objects.filter(version_id=batch.design_version_id).exists()


def layout_of(batch: Batch) -> Layout:
    """Return the layout of the version an order is printed with."""
    version = batch.design_version
    return DEFAULT if version is None else read_layout(version.layout)


def members_of_batch(batch: Batch) -> MemberFile:
    """Return the rows of an order's file; an order of blank cards has none."""
    if batch.count is not None:
        return MemberFile(rows=[], errors=[])
    return read_member_file(bytes(batch.member_file), batch.mapping, fallbacks=batch.fallbacks)


def first_row_of(batch: Batch) -> MemberRow | None:
    """Return the first row that makes a card, if any can be read; the others are not looked at."""
    if batch.count is not None:
        return None
    content, mapping, typed = bytes(batch.member_file), batch.mapping, batch.fallbacks
    try:
        return next(iter(read_member_file(content, mapping, typed, enough=1).rows), None)
    except DomainError:
        return None


def faults_of_design(scope: Scope, layout: Layout) -> list[Finding]:
    """Return what the print-safety check finds in a layout, the gravest first."""
    return findings(layout, artworks_of(scope, layout))


def usual_profile(
    layout: Layout, known: Mapping[str, Profile], *, is_single: bool = False
) -> Profile | None:
    """Return the first printer that prints as many sides as a layout has; one card a page."""
    two_sided = layout.back is not None
    fitting = (
        it
        for it in known.values()
        if it.is_duplex == two_sided and it.frame is None and (it.per_page == 1 or not is_single)
    )
    return next(fitting, None)


def is_specimen(owner: Owner | None) -> bool:
    """Tell whether cards carry 見本: their numbers pay nothing in a real store."""
    founded = centre()
    assert founded is not None
    return founded.is_demo or (owner is not None and owner.is_test)


def is_led_nowhere(owner: Owner | None, layout: Layout) -> bool:
    """Tell whether who reads a printed QR code of this layout would reach nobody's page."""
    return layout.has_qr and not is_specimen(owner) and is_loopback(settings.SITE_URL)


def pause_batch(scope: Scope, batch_id: str) -> Batch:
    """Hold an order back; what is printed stays printed."""
    return _moved(scope, batch_id, Batch.Status.PAUSED)


def resume_batch(scope: Scope, batch_id: str) -> Batch:
    """Let an order go on from where it stands."""
    return _moved(scope, batch_id, Batch.Status.PRINTING)


def _moved(scope: Scope, batch_id: str, to: str) -> Batch:
    _require_owners_own(scope)
    with transaction.atomic(durable=True):
        batch = batch_of(scope, batch_id)
        return batch if batch.status == to else batch.move(to=to)


def _require_orderer(scope: Scope, asked: BatchAsked) -> None:
    _require_owners_own(scope)
    if scope.owner_id is None and (asked.kind != Kind.STANDARD or asked.count is None):
        raise NotAllowed("センターが発行するのは、無記名のスタンダードカードです")


def _require_owners_own(scope: Scope) -> None:
    if scope.tenant_id is not None or not (scope.is_centre or scope.owner_id is not None):
        raise NotAllowed("会員とカードはオーナー企業のものです")


def _require_form(asked: BatchAsked) -> None:
    faulty = {
        "kind": asked.kind not in (Kind.JOINT, Kind.STANDARD),
        "count": asked.count is not None
        and (not 1 <= asked.count <= CARDS_MAX or bool(asked.member_file)),
        "part_cards": not 1 <= asked.paper.part_cards <= CARDS_MAX // 10,
        "start": asked.paper.start < 1,
        "member_file": len(asked.member_file) > MEMBER_FILE_BYTES_MAX,
    }
    wrong = [name for name, is_wrong in faulty.items() if is_wrong]
    if wrong:
        raise Malformed([{"field": name, "code": "out_of_range"} for name in wrong])


def _profile(scope: Scope, layout: Layout, paper: Paper) -> Profile:
    if layout.medium == Medium.PHONE:
        raise PhoneNotPrinted
    known = profiles_of(scope, layout.medium)
    profile = known.get(paper.profile) if paper.profile else usual_profile(layout, known)
    if profile is None:
        raise UnknownProfile
    if layout.back is not None and not profile.is_duplex:
        raise BackNotPrinted
    return profile.started_at(paper.start)


def is_loopback(site_url: str) -> bool:
    """Tell whether an address names only the machine itself, as the one not set does."""
    host = (urlsplit(site_url).hostname or "").rstrip(".")
    try:
        address = ip_address(host) if ":" in host else IPv4Address(inet_aton(host))  # 127.1 too.
    except (ValueError, OSError):
        return host in ("", "localhost") or host.endswith(".localhost")
    plain = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    return plain.is_loopback or plain.is_unspecified
