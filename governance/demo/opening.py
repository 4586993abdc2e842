"""The first event of an invented case: what ``cases.intake`` writes, at a moment of the past."""

from dataclasses import dataclass
from datetime import datetime

from cases import clocks, codes, headlines, intake, urgency
from cases.events import Happening, Message, Words
from cases.intake import Draft
from cases.models import Case, CaseSearch, CaseUnit, Category, Clock, Party, Source, Story
from cases.rules.limits import LimitCode
from cases.rules.workflow import Kind, Outcome, Path, Status, Verb
from governance.demo.history import Actor, Ground, History
from governance.demo.keys import Keys
from grids.models import Tenant
from grids.models.area import STAMP_COLUMNS
from grids.roles import Level


@dataclass(frozen=True, slots=True)
class Terms:
    """The rows that are named by code, read once."""

    categories: dict[str, Category]
    sources: dict[str, Source]
    tenants: dict[int, Tenant]

    @classmethod
    def read(cls) -> "Terms":
        return cls(
            {row.code: row for row in Category.objects.all()},
            {row.code: row for row in Source.objects.all()},
            Tenant.objects.in_bulk(),
        )


@dataclass(frozen=True, slots=True)
class Writer:
    """Who registers: the actor, and the level their unit coordinates."""

    actor: Actor
    level: Level


def register(
    draft: Draft, writer: Writer, at: datetime, ground: Ground, terms: Terms, keys: Keys,
    told_from: datetime,
) -> History:  # fmt: skip
    """Register ``draft`` at ``at`` and return its history, as ``intake.write`` would."""
    area, tenant = ground.area, terms.tenants[ground.area.tenant_id or 0]
    category = terms.categories[draft.category]
    case = Case(
        pk=keys.take("cases_case_id_seq"), tenant_id=tenant.pk, area=area, kind=draft.kind.value,
        number=keys.number(tenant, at.astimezone(clocks.ZONE).year),
        category=category, source=terms.sources[draft.source],
        reporter_id=writer.actor.user_id, reporting_unit_id=writer.actor.unit_id,
        status=Status.REGISTERED.value, urgent=draft.urgent or category.urgent,
        restricted=category.restricted, on_the_spot=draft.on_the_spot,
        occurred_at=draft.occurred_at, captured_at=draft.captured_at,
        received_at=draft.received_at or at, registered_at=at,
        **{column: getattr(area, column) for column in STAMP_COLUMNS},
    )  # fmt: skip
    case.code_key = codes.current_key()
    code = codes.tracking_code(case.public_id, case.code_key)
    case.code_lookup = codes.code_lookup(code)
    case.spoken_lookup = codes.spoken_lookup(code[: codes.SPOKEN_LENGTH])
    story = History(case, ground, keys, told_from)
    clock, helpers = start(story, draft, writer)
    tell(story, draft, writer, clock, helpers)
    return story


def start(story: History, draft: Draft, writer: Writer) -> tuple[Clock, list[CaseUnit]]:
    """Path, holder, level, clocks and due moment, as ``intake.start`` settles them."""
    case, units, at = story.case, story.ground.units, story.case.registered_at
    level = Level(min(writer.level, case.area.level))
    holder = units.coordinating(level)
    case.holder_unit_id = holder.pk if holder else writer.actor.unit_id
    case.level, case.from_unit_id = level.value, writer.actor.unit_id
    helpers: list[CaseUnit] = []
    if case.category.urgent:
        case.path = Path.URGENT.value
        helpers = urgency.take_in(case, units, at)
        clock = clocks.limit_clock(
            case, LimitCode.URGENT, case.received_at, policies=story.ground.policies
        )
    elif draft.on_the_spot:
        case.path = Path.LADDER.value if draft.kind == Kind.DISPUTE else Path.LIMIT.value
        case.status, case.outcome = Status.DONE.value, Outcome.SPOT.value
        case.done_by_id, case.done_at = case.reporter_id, at
        clock = clocks.limit_clock(
            case, LimitCode.VERIFY, at, watched=False, policies=story.ground.policies
        )
    elif draft.kind == Kind.DISPUTE:
        case.path = Path.LADDER.value
        policies = story.ground.policies
        pk = story.keys.take("cases_clock_id_seq")
        clock = clocks.ladder_clock(case, policies, units, pk=pk, from_level=level, now=at)
        rung = policies.ladder().rungs[case.rung]
        first = units.find(rung.level, rung.unit_kind)
        case.holder_unit_id, case.level = first.pk, units.level_of(first).value
    else:
        case.path = Path.LIMIT.value
        clock = clocks.limit_clock(
            case, intake.limit_of(case.urgent, case.category, case.source), case.received_at,
            policies=story.ground.policies,
        )  # fmt: skip
        story.start_limit(LimitCode.SIGN, at)
    story.start(clock, step=bool(clock.ladder))
    for helper in helpers:
        story.parts[helper.unit_id, helper.part] = helper
        story.add(helper)
    story.repeat_dues()
    return clock, helpers


def tell(
    story: History, draft: Draft, writer: Writer, clock: Clock, helpers: list[CaseUnit]
) -> None:
    """The words of the case, its parties and its first event."""
    case = story.case
    story.parties = [
        Party(
            **intake.party(
                case, one, story.keys.take("cases_party_id_seq"), case.registered_at
            ).values
        )
        for one in draft.parties
    ]
    story.rows += [
        Story(case_id=case.pk, tenant_id=case.tenant_id,
              summary=headlines.summary(draft.text, draft.parties), text=draft.text,
              place=draft.place, people=draft.people),
        *story.parties,
        CaseSearch(case_id=case.pk, tenant_id=case.tenant_id,
                   text=intake.search_text(case, draft.text, draft)),
    ]  # fmt: skip
    words = [Words("story", draft.text)]
    words += [Words("party", row.name, row.pk) for row in story.parties if row.name]
    if draft.result:
        words.append(Words("result", draft.result))
    told = [story.holder_id, *(row.unit_id for row in helpers)]
    urgent = case.path == Path.URGENT
    story.begin(
        Happening(
            Verb.REGISTER, case.registered_at, actor_id=writer.actor.user_id,
            unit_id=writer.actor.unit_id, clock_id=clock.pk, words=words,
            messages=[Message(unit_id=unit_id, urgent=urgent) for unit_id in told],
        )
    )  # fmt: skip
