"""Acts that move responsibility: answer, transfer, hand down, raise, call in, correct."""

from cases import clocks, gridtasks, oncall, urgency
from cases.acting import Act
from cases.events import Words
from cases.holders import PlaceUnits, holders_of, units_of
from cases.models import Assignment, Case, CaseSearch, CaseUnit, Category, Clock, ClockStep
from cases.rules.ladder import AtEnd
from cases.rules.limits import LimitCode
from cases.rules.workflow import ClockCode, Kind, Path, Status, Verb
from grids.errors import BadInput, WrongState
from grids.models import Area, Posting, Unit
from grids.models.area import STAMP_COLUMNS
from grids.roles import Level, Role, UnitKindCode
from grids.succession import unit_in_force


def take_over(act: Act, unit: Unit, level: Level | None = None) -> None:
    """Make ``unit`` the holder; who had it can be returned to and keeps a read-only view.

    A deadline set for the unit that had it ends with its turn.
    """
    case = act.case
    clocks.stop(case, act.now, [ClockCode.HANDED_DOWN.value], outcome="replaced")
    keep(case, case.holder_unit_id, "reader", act)
    case.from_unit_id, case.holder_unit_id = case.holder_unit_id, unit.pk
    case.level = (level or held_level(unit)).value
    act.other_id = unit.pk
    act.tell_unit(unit.pk)
    act.tell_user(case.reporter_id)  # the reporter hears of every hand-over
    if case.urgent:
        act.messages += oncall.follow(case, act.now)


def held_level(unit: Unit) -> Level:
    """The level a case stands at with ``unit``; nothing stands at the province."""
    return max(Level(unit.area.level), Level.CITY)


def keep(case: Case, unit_id: int | None, part: str, act: Act) -> None:
    if unit_id is None:
        return
    CaseUnit.objects.get_or_create(
        case=case, unit_id=unit_id, part=part, until=None,
        defaults={"tenant_id": case.tenant_id, "since": act.now},
    )  # fmt: skip


def chosen_unit(act: Act, *, own: bool = False, helping: bool = False) -> Unit:
    """The unit named in the form, of the same customer; the holder itself only with ``own``.

    A dispute with a village cadre never comes back to the village but for help.
    """
    unit = (
        Unit.objects.current()
        .select_related("area", "kind")
        .filter(pk=act.inputs.unit_id or 0, tenant_id=act.case.tenant_id)
        .first()
    )
    if unit is None:
        raise BadInput("Choose a unit from the list.", field="unit")
    if unit.pk == act.case.holder_unit_id and not own:
        raise BadInput("This unit already has the case.", field="unit")
    if act.case.restricted and not unit.kind.government:
        raise BadInput("This case stays with public bodies.", field="unit")
    if act.case.lifted and unit.area.level > act.case.area.level and not helping:
        raise BadInput("A village does not decide about its own cadre.", field="unit")
    if unit.kind_id == UnitKindCode.GRID_TEAM.value:  # grid workers do what their list says
        gridtasks.check(act.case.category, unit, act.now.astimezone(clocks.ZONE).date())
    if act.case.party_units.filter(unit=unit).exists():
        raise BadInput("This unit is a party to the case.", field="unit")
    if not unit.kind.government and act.verb is not Verb.CO_HANDLE:
        raise BadInput("Only public bodies are responsible; call this one in to help.",
                       field="unit")  # fmt: skip
    return unit


def answer(act: Act) -> None:
    """Answer a return: the case goes back to who returned it."""
    act.need(act.inputs.note, "note", "Please write your answer.")
    back = unit_in_force(act.case.from_unit_id or act.case.reporting_unit_id)
    take_over(act, Unit.objects.select_related("area").get(pk=back))


def transfer(act: Act) -> None:
    """Give the case to another unit, which must sign for it; the ladder runs on.

    A ladder only climbs: rungs below the level of the new unit are left behind.
    """
    act.need(act.inputs.note, "note", "Please write why.")
    unit = chosen_unit(act)
    take_over(act, unit)
    pass_rungs(act, unit)


def pass_rungs(act: Act, unit: Unit) -> None:
    """Leave the rungs below the level of the new unit behind."""
    clock = climbing(act.case)
    while clock and climbs_next(clock) and clock.levels[clock.rung] > act.case.level:
        advance(act, clock, unit, Level(act.case.level), "transferred")


def hand_down(act: Act) -> None:
    """Give the case to a unit below with a deadline of the sender's own."""
    act.need(act.inputs.note, "note", "Please write what is to be done.")
    unit = chosen_unit(act)
    holder = Unit.objects.select_related("area").get(pk=act.case.holder_unit_id or 0)
    if unit.area_id == holder.area_id or not unit.area.path.startswith(holder.area.path):
        raise BadInput("Choose a unit below yours.", field="unit")
    until = act.inputs.until
    if until is None or until <= act.now:
        raise BadInput("Choose a deadline in the future.", field="until")
    keep(act.case, holder.pk, "supervisor", act)
    take_over(act, unit)
    Clock.objects.create(
        case=act.case, tenant_id=act.case.tenant_id, code=ClockCode.HANDED_DOWN.value,
        started_at=act.now, due_at=until,
    )  # fmt: skip


def hand_over(act: Act) -> None:
    """The post of who had it has ended: to a successor, to another unit, or to the unit's pool.

    Status and clocks stay; only whose it is changes.
    """
    case, heir = act.case, act.inputs.user_id
    if act.inputs.unit_id and act.inputs.unit_id != case.holder_unit_id:
        unit = Unit.objects.select_related("area").get(pk=act.inputs.unit_id)
        take_over(act, unit)
        act.words.append(Words("handed_to", unit.name))
        return
    if heir and not case.recusals.filter(user_id=heir, until=None).exists():
        act.tell_user(heir)
        Assignment.objects.get_or_create(
            case=case, user_id=heir, until=None,
            defaults={"tenant_id": case.tenant_id, "task": act.inputs.result or "handle",
                      "since": act.now},
        )  # fmt: skip
        act.words.append(Words("handed_to", act.inputs.other))
        return
    act.tell_unit(case.holder_unit_id)


def co_handle(act: Act) -> None:
    """Call another unit in to help; the holder stays the holder."""
    act.need(act.inputs.note, "note", "Please write what help is needed.")
    unit = chosen_unit(act, helping=True)
    running = act.case.units.filter(unit=unit, part="co_handler", until=None)
    if running.exists():
        raise BadInput("This unit already helps.", field="unit")
    keep(act.case, unit.pk, "co_handler", act)
    act.other_id = unit.pk
    act.tell_unit(unit.pk)


def end_co_handle(act: Act) -> None:
    """A helping unit is no longer needed."""
    running = act.case.units.filter(unit_id=act.inputs.unit_id or 0, part="co_handler", until=None)
    if not running.update(until=act.now):
        raise BadInput("Choose a unit that helps.", field="unit")
    act.other_id = act.inputs.unit_id
    act.tell_unit(act.inputs.unit_id)


def raise_level(act: Act) -> None:
    """Raise by hand, with reason: the next rung now; the later moments stay where they are."""
    act.need_reason()
    act.need(act.inputs.note, "note", "Please write why.")
    case = act.case
    before = case.holder_unit_id
    keep(case, before, "co_responsible", act)
    clock = climbing(case)
    if clock is None:
        return raise_without_ladder(act)
    while climbs_next(clock):
        unit = Unit.objects.select_related("area").get(pk=clock.holders[clock.rung])
        level = Level(clock.levels[clock.rung])
        advance(act, clock, unit, level, "raised")
        if unit.pk != before:  # a place that lacks a level has one unit on two rungs
            return take_over(act, unit, level)
    raise WrongState("This is the top of the ladder.")


def climbing(case: Case) -> Clock | None:
    """The ladder that runs on ``case``."""
    return clocks.running(case).filter(code=ClockCode.LADDER.value, held_at=None).first()


def climbs_next(clock: Clock) -> bool:
    """Whether the next moment of the ladder gives the case to a unit above."""
    return clock.rung < len(clock.ladder) and clock.actions[clock.rung] == AtEnd.CLIMB.value


def advance(act: Act, clock: Clock, unit: Unit, level: Level, outcome: str) -> None:
    """Step on to the next rung before its moment; the later moments stay where they are."""
    clocks.leave_steps([clock.pk], act.now, outcome)
    clock.rung += 1
    clock.waits_until = None
    clock.save(update_fields=["rung", "waits_until"])
    ClockStep.objects.create(
        clock=clock, tenant_id=act.case.tenant_id, rung=clock.rung, unit=unit, level=level.value,
        entered_at=act.now, due_at=clocks.next_due(clock),
    )  # fmt: skip
    act.case.rung = clock.first_rung + clock.rung


def raise_without_ladder(act: Act) -> None:
    """Raise a case with a limit: to the coordinating unit of the next level up."""
    units = units_of(act.case.area)
    above = sorted((level for level in units.present if level < act.case.level), reverse=True)
    for level in above:
        if level >= Level.DISTRICT and (unit := units.coordinating(level)):
            take_over(act, unit, level)
            return
    raise WrongState("This is the top of the ladder.")


def reclassify(act: Act) -> None:
    """Correct category or place: columns are stamped anew, running clocks keep their moments.

    A correction to an urgent category takes the urgent path at once.
    """
    case = act.case
    act.need(act.inputs.note, "note", "Please write why.")
    if act.inputs.category:
        category = Category.objects.filter(code=act.inputs.category, valid_to=None).first()
        urgent = case.kind != Kind.PETITION and category is not None and category.urgent
        if category is None or (category.kind != case.kind and not urgent):
            raise BadInput("Choose a category from the list.", field="category")
        act.words += [
            Words("category.old", case.category.code),
            Words("category.new", category.code),
        ]
        case.category = category
    if act.inputs.area_id and act.inputs.area_id != case.area_id:
        move_place(act, act.inputs.area_id)
    if case.category.urgent and case.path != Path.URGENT:
        go_urgent(act)


def move_place(act: Act, area_id: int) -> None:
    case = act.case
    area = Area.objects.filter(pk=area_id, tenant_id=case.tenant_id, valid_to=None).first()
    if area is None or area.level < Level.CITY:
        raise BadInput("Choose a place of the same customer.", field="area")
    if case.lifted and area.level > Level.TOWNSHIP:
        raise BadInput("A village does not decide about its own cadre.", field="area")
    act.words += [Words("area.old", case.area.name), Words("area.new", area.name)]
    case.area = area
    for column in STAMP_COLUMNS:
        setattr(case, column, getattr(area, column))
    leave_behind(act)
    units = units_of(area)
    new_rungs(case, units)
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    if case.kind == Kind.PETITION or area.path.startswith(holder.area.path):
        return  # the unit that has it is in charge of the new place as well
    unit = units.find(Level(case.level), holder.kind_id)
    take_over(act, unit, units.level_of(unit))
    act.target = Status.REGISTERED


def leave_behind(act: Act) -> None:
    """Mediators of the old place have no part in it any more; those in charge choose anew."""
    around = [int(part) for part in act.case.area.path.split(".") if part]
    here = Posting.objects.running().filter(role=Role.MEDIATOR.value, area__in=around)
    named = act.case.assignments.filter(until=None, task="mediate")
    named.exclude(user__in=here.values("user")).update(until=act.now)


def new_rungs(case: Case, units: PlaceUnits[Unit]) -> None:
    """Name the units of the coming rungs anew for the place the case now lies in."""
    for clock in clocks.running(case).filter(code=ClockCode.LADDER.value):
        rungs = range(clock.first_rung + 1, clock.first_rung + len(clock.ladder) + 1)
        ladder = clocks.ladder_of(clock)
        top = len(ladder.rungs) - 1
        found = holders_of(ladder, (min(rung, top) for rung in rungs), units)
        clock.holders = [one.unit_id for one in found]
        clock.levels = [one.level.value for one in found]
        clock.save(update_fields=["holders", "levels"])


def go_urgent(act: Act) -> None:
    """Leave the ladder: the urgent path has its own holder, limit and helpers.

    What becomes restricted is found by its words no longer and leaves everybody who only had
    it before.
    """
    case = act.case
    clocks.stop(case, act.now, outcome="replaced")
    case.path, case.urgent, case.restricted = Path.URGENT.value, True, case.category.restricted
    before = case.holder_unit_id
    if case.restricted:
        case.units.filter(until=None).update(until=act.now)
        case.assignments.filter(until=None).update(until=act.now)
        CaseSearch.objects.filter(case=case).update(text=case.number)
    helpers = urgency.take_in(case, units_of(case.area), act.now)
    case.from_unit_id = before
    for row in helpers:
        keep(case, row.unit_id, "co_handler", act)
        act.tell_unit(row.unit_id)
    act.tell_unit(case.holder_unit_id)
    act.messages += oncall.follow(case, act.now)
    clock = clocks.limit_clock(case, LimitCode.URGENT, act.now)
    clock.save(force_insert=True)
    clocks.first_step(case, clock).save(force_insert=True)
    act.target = Status.REGISTERED
