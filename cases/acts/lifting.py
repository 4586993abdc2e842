"""A party turns out to be a village cadre: the township takes over, the village stays out."""

from cases.acting import Act
from cases.acts.moving import held_level, new_rungs, pass_rungs, take_over
from cases.events import Words
from cases.holders import units_of
from cases.models import Story
from cases.rules.workflow import Status
from cases.superiors import coordinator_above
from grids.errors import WrongState
from grids.models import Area, Posting, Unit
from grids.models.area import STAMP_COLUMNS
from grids.roles import Level


def lift(act: Act) -> None:
    """Stamp the case with the township, end what the village had in it, move it up."""
    case = act.case
    act.need(act.inputs.note, "note", "Please write who is meant, by post.")
    if case.lifted:
        raise WrongState("The township has this case already.")
    place = case.area
    if place.level > Level.TOWNSHIP:
        above = case.township or case.district or case.city
        restamp(act, place, above or place)
    case.lifted = True
    below = Unit.objects.filter(area__path__startswith=place_path(act), area__level__gt=4)
    case.units.filter(unit__in=below, until=None).update(until=act.now)
    posted = Posting.objects.running().filter(unit__in=below)
    case.assignments.filter(until=None, user__in=posted.values("user")).update(until=act.now)
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    if holder.area.level > case.area.level:
        unit = coordinator_above(case, holder.area.level)
        take_over(act, unit)
        case.units.filter(unit__in=below, until=None).update(until=act.now)
        case.from_unit_id = unit.pk
        pass_rungs(act, unit)
        act.target = Status.REGISTERED
    case.level = held_level(
        Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    ).value


def place_path(act: Act) -> str:
    path: str = act.case.area.path
    return path


def restamp(act: Act, old: Area, above: Area) -> None:
    """Move the case to ``above``; the place below is kept in words."""
    case = act.case
    names = [one.name for one in (case.village, case.grid, case.microgrid) if one]
    act.words += [Words("area.old", old.name), Words("area.new", above.name)]
    case.area = above
    for column in STAMP_COLUMNS:
        setattr(case, column, getattr(above, column))
    story = Story.objects.get(case=case)
    story.place = " ".join([*names, story.place]).strip()[:120]
    story.save(update_fields=["place"])
    new_rungs(case, units_of(above))
