"""Load the demonstration once, whole or not at all."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from cases import clocks, figures, sealing
from cases.holders import units_of
from cases.intake import Draft
from cases.models import Case, Policy
from cases.rules.workflow import Kind, Status, Verb
from cases.transitions import database_now
from cases.writing import Row, insert_all, kind
from governance.demo import cast, fates, ladders, matters, opening, petitions, places, supervision
from governance.demo.cast import Crew
from governance.demo.fates import Fate
from governance.demo.history import Actor, Ground, History
from governance.demo.keys import Keys
from governance.demo.ladders import Ladders
from governance.demo.matters import Matter
from governance.demo.opening import Terms, Writer
from governance.demo.places import Places
from governance.demo.play import Play
from grids.errors import WrongState
from grids.models import Area, Unit, User
from grids.roles import Level, UnitKindCode

SEED = 20_260  # the same stories in every installation, told from its own today
NEWS = timedelta(hours=20)  # younger events still go to people's bells
CHUNK = 300  # cases written together
STATEMENT = 500  # rows in one message
PATIENCE = (
    "SET LOCAL lock_timeout = '10min'; SET LOCAL statement_timeout = '10min';"
    " SET LOCAL jieyou.set_based = 'on';"
    " SET LOCAL idle_in_transaction_session_timeout = 0"
)
# Where the cases lie, by share. Within a town the villages share by their grids.
SHARES = {places.TOWN: 46, places.NEXT_TOWN: 24, "": 30}
HOME_SHARE = 0.3  # of the first town's cases, how many lie in the home village


def load(cases: int, say: Callable[[str], None]) -> None:
    """Load places, people, about ``cases`` matters and the petition matters beside them; nothing
    if they are there already.

    Raises ``WrongState`` outside demo mode and for a database with cases of its own.
    """
    if not settings.DEMO:
        raise WrongState("Demonstration data is loaded in demo mode only (DEMO=1).")
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One long transaction; a slow machine thinks longer than a web request may.
            cursor.execute(PATIENCE)
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demonstration'))")
        if ladders.is_loaded():
            cast.set_passwords()
            return
        if Policy.objects.filter(area=None, code=ladders.REAL).exists() or Case.objects.exists():
            raise WrongState("This database holds real cases. Demonstration data never joins them.")
        now = database_now()
        today = now.astimezone(clocks.ZONE).date()
        found = places.build()
        say("Places are in.")
        crew = cast.engage(found, today)
        policies = ladders.set_ladders(found, today - timedelta(days=400), today)
        count = Telling(found, crew, policies, now).tell(cases)
        accuse(found)
        supervision.supervise()
        count += petitions.lodge(found.town)
        ladders.put_mark(today)
        say(f"{count} cases are in.")
    figures.fold()


def accuse(found: Places) -> None:
    """One sealed matter about a unit of the invented town, told by the grid worker: it waits
    for the district's liaison."""
    about = Unit.objects.get(area=found.town, name=places.COMPLAINED_ABOUT)
    told = Draft(kind=Kind.REQUEST, text=matters.ACCUSATION, source="grid_proxy")
    writer = User.objects.get(username="grid")
    sealing.register(told, about.pk, "", actor=writer, key="demonstration", digest=b"")


@dataclass(frozen=True, slots=True)
class Planned:
    """One case to be told: when it was registered, where, by whom, and how it goes."""

    at: datetime
    ground: Ground
    writer: Writer
    writer_kind: str
    matter: Matter
    fate: Fate
    to_petition: bool = False  # the district hands it to its petition office


class Telling:
    """Everything the stories are drawn from, and the stories."""

    def __init__(self, found: Places, crew: Crew, policies: Ladders, now: datetime) -> None:
        self.places, self.crew, self.policies, self.now = found, crew, policies, now
        self.lot = Random(SEED)
        self.keys, self.terms = Keys(), Terms.read()
        self.grounds: dict[int, Ground] = {}
        self.areas = self.areas_by_town()
        extra = Unit.objects.filter(area=found.town, name__in=places.EXTRA_UNITS)
        self.extra = {unit.name: unit for unit in extra}
        self.latest: dict[int, Play] = {}  # by village, the one that others may be merged into

    def areas_by_town(self) -> dict[str, list[Area]]:
        """Grids by the invented town they lie in, all others under the empty name."""
        towns = {self.places.town.pk: places.TOWN, self.places.next_town.pk: places.NEXT_TOWN}
        found: dict[str, list[Area]] = {name: [] for name in SHARES}
        grids = Area.objects.current().filter(level=Level.GRID, tenant__isnull=False)
        for grid in (
            grids.filter(units__postings__isnull=False).select_related("village").distinct()
        ):
            found[towns.get(grid.township_id or 0, "")].append(grid)
        return found

    # --- plan ---------------------------------------------------------------------------
    def tell(self, count: int) -> int:
        """Write the featured cases and as many more as make ``count``; how many there are."""
        planned = list(self.featured())
        planned += [self.planned() for _ in range(count - len(planned))]
        planned.sort(key=lambda one: one.at)
        years = Counter((one.ground.area.tenant_id, year_of(one.at)) for one in planned)
        for (tenant_id, year), number in years.items():
            self.keys.reserve(tenant_id or 0, year, number)
        for start in range(0, len(planned), CHUNK):
            rows: list[Model | Row] = []
            for one in planned[start : start + CHUNK]:
                rows += self.lived(one).rows
            write(rows)
        return len(planned)

    def planned(self) -> Planned:
        """One case by the official mix."""
        lot = self.lot
        kind = fates.draw(lot, matters.KINDS)
        is_open = lot.random() < fates.OPEN_SHARE
        fate = fates.open_fate(lot, kind) if is_open else fates.closed_fate(lot, kind)
        return self.plan(kind, fate, self.place(), fates.draw(lot, matters.WRITERS))

    def place(self) -> Area:
        """A grid, drawn by the shares of the towns."""
        lot = self.lot
        grids = self.areas[fates.draw(lot, SHARES)]
        home = [grid for grid in grids if grid.village and grid.village.name == cast.HOME_VILLAGE]
        if home and lot.random() < HOME_SHARE:
            return fates.draw(lot, {grid: 3 if grid.name == cast.HOME_GRID else 1 for grid in home})
        return lot.choice(grids)

    def plan(self, kind: Kind, fate: Fate, grid: Area, writer_kind: str) -> Planned:
        """Settle writer, matter and moment of one case."""
        lot = self.lot
        if fate.spot:
            writer_kind = "grid"
        ground = self.ground(grid)
        writer = self.writer(ground, writer_kind)
        matter = matters.draw(lot, kind)
        if fate.rest is None:
            at = fates.some_day(lot, self.now)
        else:
            ladder = ground.policies.ladder()
            at = fates.beginning(lot, kind, fate, ladder, writer.level, self.now)
        to_petition = kind == Kind.DISPUTE and writer_kind == "district" and lot.random() < 0.5
        return Planned(at, ground, writer, writer_kind, matter, fate, to_petition)

    def adviser(self, grid: Area, category: str) -> Unit | None:
        """The unit of the first town that is made for such matters."""
        if grid.township_id != self.places.town.pk:
            return None
        names = (name for name, (_, codes) in places.EXTRA_UNITS.items() if category in codes)
        return self.extra.get(next(names, ""))

    def ground(self, area: Area) -> Ground:
        if area.pk not in self.grounds:
            self.grounds[area.pk] = Ground(area, units_of(area), self.policies.at(area))
        return self.grounds[area.pk]

    def writer(self, ground: Ground, kind: str) -> Writer:
        """Somebody of the coordinating unit at that level."""
        level = Level[kind.upper()]
        unit = ground.units.coordinating(level)
        assert unit is not None
        people = self.crew.by_unit[unit.pk]
        own = people[0] if self.lot.random() < 0.6 else self.lot.choice(people)
        return Writer(Actor(own, unit.pk), level)

    # --- featured -----------------------------------------------------------------------
    def featured(self) -> Iterator[Planned]:
        """What every login must find in its queue, however few cases are loaded."""
        home = self.areas[places.TOWN][0]
        for grid in self.areas[places.TOWN]:
            if grid.village and (grid.village.name, grid.name) == (
                cast.HOME_VILLAGE,
                cast.HOME_GRID,
            ):
                home = grid
        next_town = self.areas[places.NEXT_TOWN][0]
        district = self.places.other_district.pk
        other = next(grid for grid in self.areas[""] if grid.district_id == district)
        stands = [
            (home, Status.REGISTERED, Level.GRID), (home, Status.SIGNED, Level.GRID),
            (home, Status.REGISTERED, Level.VILLAGE), (home, Status.MEDIATING, Level.VILLAGE),
            (home, Status.MEDIATING, Level.TOWNSHIP), (home, Status.DONE, Level.VILLAGE),
            (home, Status.RETURNED, Level.VILLAGE), (home, Status.REGISTERED, Level.TOWNSHIP),
            (home, Status.SUSPENDED, Level.TOWNSHIP), (home, Status.SIGNED, Level.DISTRICT),
            (next_town, Status.REGISTERED, Level.TOWNSHIP), (next_town, Status.DONE, Level.VILLAGE),
            (other, Status.REGISTERED, Level.DISTRICT), (other, Status.SIGNED, Level.TOWNSHIP),
        ]  # fmt: skip
        for grid, rest, level in stands:
            aside = Verb.ASSIGN if rest == Status.MEDIATING else None
            fate = Fate(Verb.AGREE_ORAL, level=level, rest=rest, aside=aside)
            if rest in (Status.SUSPENDED, Status.DONE):
                fate = replace(fate, work=Verb.FINISH)
            yield self.plan(Kind.DISPUTE, fate, grid, "grid")
        late = Fate(Verb.FINISH, level=Level.DISTRICT, rest=Status.SIGNED, late=True)
        yield self.plan(Kind.DISPUTE, late, home, "grid")
        for status in (Status.REGISTERED, Status.SIGNED):
            fate = Fate(Verb.AGREE_ORAL, level=Level.DISTRICT, rest=status)
            one = self.plan(Kind.DISPUTE, fate, home, "district")
            yield replace(one, to_petition=True)

    # --- live ---------------------------------------------------------------------------
    def lived(self, one: Planned) -> History:
        """The whole history of a planned case up to now."""
        one, other = self.settled(one)
        story = opening.register(
            self.draft(one), one.writer, one.at, one.ground, self.terms, self.keys,
            self.now - NEWS,
        )  # fmt: skip
        village_id, category = one.ground.area.village_id or 0, one.matter.category
        play = Play(story, one.matter, one.fate, self.crew, self.lot, self.now)
        play.other = other.story if other else None
        play.adviser = self.adviser(one.ground.area, category)
        if one.to_petition:
            office = one.ground.units.find(Level.DISTRICT, UnitKindCode.PETITION_OFFICE.value)
            play.hand_to(office, Level.DISTRICT)
        elif self.takes_over(one, play.adviser):
            assert play.adviser is not None
            play.hand_to(play.adviser, Level.TOWNSHIP)
        if one.fate.spot:
            play.tell_parties()
        play.run()
        if one.fate.work != Verb.MERGE and not story.case.restricted:
            self.latest[village_id] = play
        return story

    def takes_over(self, one: Planned, adviser: Unit | None) -> bool:
        """Whether the township hands an event or request to the unit made for it; a body
        outside government only helps."""
        told = one.writer_kind == "township" and one.matter.kind != Kind.DISPUTE
        return told and adviser is not None and adviser.pk in self.crew.by_unit

    def settled(self, one: Planned) -> tuple[Planned, Play | None]:
        """The plan made sensible: a merged case tells what the other one told, nobody settles
        an emergency on the spot, lets it lie, or makes an entry void that others have."""
        fate, other = one.fate, self.latest.get(one.ground.area.village_id or 0)
        urgent = self.terms.categories[one.matter.category].urgent
        if fate.work == Verb.MERGE:
            ends = other and (other.story.case.closed_at or self.now)
            if other and ends and ends > one.at + timedelta(days=2) and not urgent:
                return replace(one, matter=other.matter), other
            fate = replace(fate, work=Verb.FINISH)
        if urgent and fate.rest == Status.REGISTERED:
            fate = replace(fate, rest=Status.HANDLING)
        if fate.work == Verb.VOID and one.writer_kind in ("township", "district"):
            fate = replace(fate, work=Verb.FINISH)
        if fate.finish == Verb.STRIKE_SILENT and not one.matter.parties:
            fate = replace(fate, finish=Verb.VERIFY)  # nobody was told, so silence says nothing
        return replace(one, fate=replace(fate, spot=fate.spot and not urgent)), None

    def draft(self, one: Planned) -> Draft:
        """The matter as told at the desk, some of it hours after it was heard of."""
        lot, kind = self.lot, one.matter.kind
        source = matters.pick(lot, matters.SOURCES[one.writer_kind])
        if source == "grid" and kind == Kind.REQUEST:
            source = "grid_proxy"  # a request is told by somebody
        told = one.at - timedelta(minutes=lot.uniform(5, 600)) if lot.random() < 0.15 else None
        return Draft(
            kind, one.matter.text, one.matter.category, source, one.ground.area.pk,
            parties=one.matter.parties, people=one.matter.people, on_the_spot=one.fate.spot,
            result=one.matter.result if one.fate.spot else "", received_at=told,
            occurred_at=told and told - timedelta(hours=lot.uniform(1, 40)),
        )  # fmt: skip


def year_of(moment: datetime) -> int:
    """The year a case registered at ``moment`` is numbered in."""
    return moment.astimezone(clocks.ZONE).year


def write(rows: list[Model | Row]) -> None:
    """Insert unsaved rows of any models, many in one message."""
    rows.sort(key=lambda row: (kind(row)[0].__name__, row.pk is None))
    for start in range(0, len(rows), STATEMENT):
        insert_all(rows[start : start + STATEMENT])
