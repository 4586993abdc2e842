"""Register a matter: the first door. One entry, one case, however often it is sent.

Everything a case needs is written in one transaction: row, story, parties, clock with its
ladder, first event, delta, messages, search text and the key that makes a retry harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from cases import clocks, codes, headlines, lodging, oncall, urgency, vocabulary
from cases.events import Happening, Message, Words, chain
from cases.holders import Place, out_of_date
from cases.intake_facts import Facts, facts_for
from cases.lifting import lifted, said
from cases.models import (
    Case,
    CaseSearch,
    CaseUnit,
    Category,
    Clock,
    IdempotencyKey,
    Party,
    Source,
    Story,
)
from cases.rules.limits import LimitCode
from cases.rules.workflow import Kind, Outcome, Path, Status, Verb
from cases.writing import Row, insert_all, new, unsaved
from grids import keyring
from grids.errors import BadInput, NotAllowed
from grids.models import User
from grids.roles import COLUMN_LEVELS, UNIT_ROLES, Level
from grids.staffing import Post

MAX_TEXT = 2000  # characters, as the official record has it
MAX_PARTIES = 20


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """One party as told; everything but one of name and phone may be empty."""

    name: str = ""
    phone: str = ""
    address: str = ""
    side: str = "applicant"
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A matter as told, checked for shape by form or API; codes as strings.

    ``violence``: somebody is hurt or threatened; takes the urgent path at once.
    ``cadre``: a party is a village cadre, so it starts at the township. ``result``: how it
    was settled on the spot. ``received_at``: when the resident told us, at most now; the
    registration moment when None. ``simple``: a petition matter in the simplified procedure.
    ``sender``, ``sender_due``: who set a deadline of their own (``Sender``), and its last day.
    """

    kind: Kind
    text: str
    category: str = ""
    source: str = "grid"
    area_id: int | None = None
    place: str = ""
    parties: tuple[PartyDraft, ...] = ()
    people: int | None = None
    urgent: bool = False
    violence: bool = False
    cadre: bool = False
    on_the_spot: bool = False
    result: str = ""
    occurred_at: datetime | None = None
    captured_at: datetime | None = None
    received_at: datetime | None = None
    simple: bool = False
    sender: str = ""
    sender_due: date | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the writer gets: number and codes. The same for a retry."""

    case: Case
    created: bool

    @property
    def case_number(self) -> str:
        return self.case.number

    @property
    def code(self) -> str:
        return codes.tracking_code(self.case.public_id, self.case.code_key)

    @property
    def spoken(self) -> str:
        return codes.spoken_code(self.case.public_id, self.case.code_key)

    @property
    def pin(self) -> str:
        return codes.pin(self.case.public_id, self.case.code_key)


Terms = tuple[Category, Source]
DEFAULT_CATEGORY = {
    Kind.DISPUTE: "D99", Kind.EVENT: "E03", Kind.REQUEST: "E02", Kind.PETITION: "P99",
}  # fmt: skip


def register(draft: Draft, *, actor: User, key: str = "", body_digest: bytes = b"") -> Receipt:
    """Register ``draft`` for ``actor`` and return its receipt.

    With ``key`` a second call by the same person answers the first one's receipt
    (``created`` False). Raises ``BadInput`` naming the field, ``NotAllowed`` when no post of
    the actor registers matters at that place. Nothing is written on any of them.
    """
    scope = f"user:{actor.pk}:register"
    facts = facts_for(actor, draft.area_id, scope, key, len(draft.parties))
    posts = registering_posts(actor)
    if facts.known:
        return earlier(facts.known, body_digest)
    try:
        case, rows = prepared(draft, actor, posts, facts)
        if key:
            rows.append(
                new(IdempotencyKey, tenant_id=case.tenant_id, scope=scope, key=key,
                    body_digest=body_digest, result=case.number, at=facts.now)
            )  # fmt: skip
        write(rows)
    except IntegrityError as error:
        # Somebody sent the same key at the same moment and was first.
        known = facts_for(actor, draft.area_id, scope, key, 0).known
        if "idempotency_once" in str(error) and known:
            return earlier(known, body_digest)
        if out_of_date(error):
            raise BadInput(
                "Places have just been reorganised. Please choose the place again.", field="area"
            ) from error
        raise
    return Receipt(case, created=True)


def earlier(known: tuple[str, bytes], body_digest: bytes) -> Receipt:
    """The receipt already given for a key; raises ``BadInput`` for another body."""
    number, digest = known
    if body_digest and digest != body_digest:
        raise BadInput("This key was already used for another matter.", field="key")
    return Receipt(Case.objects.get(number=number), created=False)


def write(rows: Sequence[Model | Row]) -> None:
    """Write all rows or none. Sent in one message they are a transaction of their own; inside
    the caller's they are undone alone, so that the key already used can still be looked up."""
    if connection.in_atomic_block:
        with transaction.atomic():
            insert_all(rows)
    else:
        insert_all(rows)


def prepared(
    draft: Draft, actor: User, posts: list[Post], facts: Facts
) -> tuple[Case, list[Model | Row]]:
    """Check the draft against the rows it names; the case and all its rows, none written."""
    text = checked_text(draft)
    category, source = terms(draft)
    area, tenant_id, post = place_and_post(facts, posts)
    if draft.cadre:
        draft, area = replace(draft, place=said(area, draft.place)), lifted(area)
    now = facts.now
    times(draft, now)
    case = unsaved(
        Case, id=facts.case_id, tenant_id=tenant_id, area_id=area.pk, kind=draft.kind.value,
        category_id=category.pk, source_id=source.pk, reporter_id=actor.pk,
        reporting_unit_id=post.unit_id,
        status=lodging.FIRST.get(draft.kind, Status.REGISTERED).value,
        urgent=draft.urgent or draft.violence or category.urgent,
        restricted=category.restricted, on_the_spot=draft.on_the_spot,
        lifted=draft.cadre, occurred_at=draft.occurred_at, captured_at=draft.captured_at,
        received_at=draft.received_at or now, registered_at=now,
        **area.stamp,
    )  # fmt: skip
    case.number = f"{facts.prefix}{now.astimezone(clocks.ZONE).year}-{facts.serial:06d}"
    make_codes(case)
    clock, extra = start(case, draft, area, post, facts, (category, source))
    parties = [
        party(case, one, pk, now) for one, pk in zip(draft.parties, facts.party_ids, strict=True)
    ]
    rows: list[Model | Row] = [
        case, story(case, draft, text), *parties, clock, *extra,
        new(CaseSearch, case_id=case.pk, tenant_id=tenant_id,
            text=search_text(case, text, draft)),
    ]  # fmt: skip
    called = oncall.messages_to(extra, urgent=case.path == Path.URGENT)
    rows += chain(case, first_event(case, draft, actor, post, text, parties, clock, called), None)
    return case, rows


def make_codes(case: Case) -> None:
    """Give a new case its query code's look-ups; the code itself is never stored."""
    case.code_key = codes.current_key()
    code = codes.tracking_code(case.public_id, case.code_key)
    case.code_lookup = codes.code_lookup(code)
    case.spoken_lookup = codes.spoken_lookup(code[: codes.SPOKEN_LENGTH])


def story(case: Case, draft: Draft, text: str) -> Row:
    """The unsaved words of a new case."""
    return new(
        Story, case_id=case.pk, tenant_id=case.tenant_id,
        summary=headlines.summary(text, draft.parties), text=text, place=draft.place,
        people=draft.people,
    )  # fmt: skip


def checked_text(draft: Draft) -> str:
    text = draft.text.strip()
    if not any(char.isalnum() for char in text):
        raise BadInput("Please write a sentence about what happened.", field="text")
    if len(text) > MAX_TEXT:
        raise BadInput("At most %(most)s characters.", field="text", most=MAX_TEXT)
    if len(draft.parties) > MAX_PARTIES:
        raise BadInput("At most %(most)s parties.", field="parties", most=MAX_PARTIES)
    if draft.on_the_spot and draft.cadre:
        raise BadInput("A matter with a village cadre goes to the township.", field="on_the_spot")
    if draft.on_the_spot and not draft.result.strip():
        raise BadInput("Please write how it was settled.", field="result")
    return text


def terms(draft: Draft) -> Terms:
    """The category and source rows named by the draft, of the right kind and in force."""
    code = draft.category or DEFAULT_CATEGORY[draft.kind]
    category = vocabulary.category(code)
    if category is None or (category.kind != draft.kind.value and not category.urgent):
        raise BadInput("Choose a category from the list.", field="category")
    lodging.check(draft, danger=category.urgent or draft.violence)
    if draft.on_the_spot and (category.urgent or draft.violence):
        raise BadInput(
            "An urgent matter is passed on at once; it is not settled on the spot.",
            field="on_the_spot",
        )
    source = vocabulary.source(draft.source)
    if source is None:
        raise BadInput("Choose a source from the list.", field="source")
    return category, source


def registering_posts(actor: User) -> list[Post]:
    """The posts of ``actor`` that register matters, the closest last."""
    posts = [post for post in actor.posts if post.role in UNIT_ROLES]
    if not posts:
        raise NotAllowed("Your post does not register matters.")
    return posts


def place_and_post(facts: Facts, posts: list[Post]) -> tuple[Place, int, Post]:
    """The place, its customer, and the post of the actor that registers there.

    The closest one; of two at one place the one in the coordinating unit.
    """
    area = facts.area
    over = [post for post in posts if area and area.path.startswith(post.area_path)]
    if area is None or not over:
        raise BadInput("Choose a place within your area.", field="area")
    if area.level not in COLUMN_LEVELS:
        raise BadInput("Choose a place below the province.", field="area")
    if area.tenant_id is None:
        raise BadInput("No customer is set up for this place.", field="area")
    return area, area.tenant_id, max(over, key=lambda post: (post.level, post.coordinating))


def times(draft: Draft, now: datetime) -> None:
    """Occurred and received lie in the past, and not longer than a hundred years ago."""
    for name in ("occurred_at", "received_at"):
        moment = getattr(draft, name)
        if moment and (moment > now or (now - moment).days > 36_500):
            raise BadInput("This moment cannot be.", field=name)
    if draft.occurred_at and draft.received_at and draft.occurred_at > draft.received_at:
        raise BadInput("It cannot be received before it happened.", field="received_at")


def start(
    case: Case, draft: Draft, area: Place, post: Post, facts: Facts, named: Terms
) -> tuple[Clock, list[Model]]:
    """Give a new case its path, holder, level, clocks and due moment.

    E09, emergencies and violence take the urgent path at once and never a ladder; what was
    settled on the spot waits for its verification; disputes climb; the rest has a limit.
    """
    units, clock_id, now = facts.units(area), facts.clock_id, facts.now
    (category, source), policies = named, facts.policies(area)
    limit_clock = partial(clocks.limit_clock, case, policies=policies)
    nearer = post.coordinating or case.lifted
    level = min(post.level, Level(area.level)) if nearer else post.level
    holder = units.find(level, "") if case.lifted else units.coordinating(level)
    case.holder_unit_id = holder.pk if holder else post.unit_id
    case.level, case.from_unit_id = level.value, post.unit_id
    extra: list[Model] = []
    if case.urgent and (category.urgent or draft.violence):
        case.path = Path.URGENT.value
        extra += urgency.take_in(case, units, now)
        clock = limit_clock(LimitCode.URGENT, case.received_at, pk=clock_id)
    elif draft.on_the_spot:
        case.path = Path.LADDER.value if draft.kind == Kind.DISPUTE else Path.LIMIT.value
        case.status, case.outcome = Status.DONE.value, Outcome.SPOT.value
        case.done_by_id, case.done_at = case.reporter_id, now
        clock = limit_clock(LimitCode.VERIFY, now, pk=clock_id, watched=False)
    elif draft.kind is Kind.PETITION:
        clock, extra = lodging.take_in(case, draft, area, post, facts, source)
    elif draft.kind == Kind.DISPUTE:
        case.path = Path.LADDER.value
        clock = clocks.ladder_clock(case, policies, units, pk=clock_id, from_level=level, now=now)
        rung = policies.ladder().rungs[case.rung]
        first = units.find(rung.level, rung.unit_kind)
        case.holder_unit_id, case.level = first.pk, units.level_of(first).value
    else:
        case.path = Path.LIMIT.value
        clock = limit_clock(limit_of(case.urgent, category, source), case.received_at, pk=clock_id)
        extra.append(limit_clock(LimitCode.SIGN, now, watched=False))
    if not (post.unit_id == case.holder_unit_id or post.sees_area or hidden_from(case, post)):
        # A department's officer goes on seeing what they registered for somebody else to do.
        extra.append(
            CaseUnit(case_id=case.pk, tenant_id=case.tenant_id, unit_id=post.unit_id,
                     part="reader", since=now)
        )  # fmt: skip
    extra += [*lodging.by_sender(case, draft, now), *oncall.call_in(case, now)]
    steps: list[Model] = [clocks.first_step(case, clock)] if clock.ladder else []
    begun = [clock, *(row for row in extra if isinstance(row, Clock))]
    case.due_at, case.amber_at = min(map(clocks.next_due, begun)), min(map(clocks.amber_of, begun))
    case.provisional_from = clocks.provisional_from(case, begun)
    return clock, [*steps, *extra]


def hidden_from(case: Case, post: Post) -> bool:
    """Whether the writer's unit is not to go on seeing what it registered."""
    return case.restricted or (case.lifted and post.level > Level.TOWNSHIP)


def limit_of(urgent: bool, category: Category, source: Source) -> LimitCode:
    """Which limit an event or request has (docs/rules.md)."""
    if urgent:
        return LimitCode.EVENT_EMERGENCY
    if category.utility:
        return LimitCode.EVENT_UTILITY
    if source.code == "hotline":
        return LimitCode.HOTLINE
    return LimitCode.EVENT_GENERAL


def first_event(
    case: Case, draft: Draft, actor: User, post: Post, text: str, parties: list[Row],
    clock: Clock, called: list[Message],
) -> Happening:  # fmt: skip
    """The first event of a case: its words, and who hears of it at once."""
    words = [Words("story", text)]
    words += [Words("party", row.values["name"], row.pk) for row in parties if row.values["name"]]
    if draft.result.strip():
        words.append(Words("result", draft.result.strip()))
    urgent = case.path == Path.URGENT
    messages = [Message(unit_id=case.holder_unit_id, urgent=urgent)]
    messages += called
    return Happening(
        Verb.REGISTER, case.registered_at, actor_id=actor.pk, unit_id=post.unit_id,
        clock_id=clock.pk, words=words, messages=messages,
    )  # fmt: skip


def party(case: Case, draft: PartyDraft, pk: int, now: datetime) -> Row:
    """The unsaved row of one party, phone encrypted with its blind index and tail."""
    name, phone = draft.name.strip(), draft.phone.strip()
    if not name and not phone:
        raise BadInput("A party needs a name or a phone.", field="parties")
    sealed = {}
    if phone:
        digits = keyring.phone_digits(phone)
        sealed = {
            "phone": keyring.encrypt(digits, f"party.phone:{pk}"),
            "phone_index": keyring.blind_index(digits, "phone"),
            "phone_tail": keyring.phone_tail(digits),
        }
    return new(
        Party, id=pk, case_id=case.pk, tenant_id=case.tenant_id, side=draft.side, name=name,
        address=draft.address.strip(), minor=draft.minor, added_at=now, **sealed,
    )  # fmt: skip


def search_text(case: Case, text: str, draft: Draft) -> str:
    """The words a new case is found by."""
    return headlines.found_by(
        case, text, draft.place, [(one, one.address, one.phone[-4:]) for one in draft.parties]
    )
