"""What a queue can be narrowed by, and what the address of a page says about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Q, QuerySet, Value
from django.utils import translation

from cases.models import Category, Source
from cases.queues import BadQuery, Filters, Line
from cases.rules.lamp import LampCode
from cases.rules.workflow import Kind, Status
from grids.models import Area, Unit
from grids.roles import COLUMN_LEVELS, Level
from grids.staffing import Post

NAMES = ("lamp", "kind", "status", "category", "source", "area", "q")
LAMPS = (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK, LampCode.PAUSED)
LONGEST_ID = 18  # digits


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: its key, its code in the address, its name in the page's language.

    ``number`` is the parent of a category, the level of an area.
    """

    id: int
    code: str
    name: str
    number: int | None
    over: bool  # no longer offered, only shown on old cases


@dataclass(slots=True)
class Choices:
    """The lists of the filter bar."""

    categories: list[Choice] = field(default_factory=list)
    sources: list[Choice] = field(default_factory=list)
    areas: list[Choice] = field(default_factory=list)

    def category_names(self) -> dict[int, str]:
        return {one.id: one.name for one in self.categories}

    def source_names(self) -> dict[int, str]:
        return {one.id: one.name for one in self.sources}


def choices(posts: Sequence[Post], area: str = "") -> Choices:
    """The categories, sources and places to narrow by; one statement.

    Places are those right below the posts, and the one chosen by ``area`` with those below it.
    """
    found = Choices()
    lists = {"c": found.categories, "s": found.sources, "a": found.areas}
    over = ExpressionWrapper(Q(valid_to__isnull=False), output_field=BooleanField())
    term = ("pk", "code", "name", "name_en")
    rows = Category.objects.values_list(Value("c"), *term, F("parent_id"), over, "sort")
    rows = rows.order_by().union(
        Source.objects.values_list(
            Value("s"), *term, Value(None, BigIntegerField()), over, "sort"
        ).order_by(),
        places(posts, area).values_list(
            Value("a"), "pk", "number", "name", Value(""), "level", over, Value(0)
        ),
        all=True,
    )
    english = translation.get_language() == "en"
    for sort, pk, code, name, name_en, number, gone, _ in sorted(rows, key=lambda row: row[7]):
        name = name_en if english and name_en else name
        lists[sort].append(Choice(pk, str(pk) if sort == "a" else code, name, number, gone))
    return found


def places(posts: Sequence[Post], area: str) -> QuerySet[Area]:
    within = Q(pk__in=[])
    for post in posts:
        within |= Q(path__startswith=post.area_path)
    near = Q(parent__in=[post.area_id for post in posts])
    if area:
        chosen = number(area)
        near |= Q(pk=chosen) | Q(parent=chosen)
    return Area.objects.filter(within, near, valid_to=None).order_by()


def read(query: Mapping[str, str], known: Choices) -> Filters:
    """The filters an address asks for; raises ``BadQuery`` for values that do not exist."""
    lamp, kind, status = (query.get(name, "") for name in ("lamp", "kind", "status"))
    if lamp not in ("", *LampCode.values()) or kind not in ("", *Kind.values()):
        raise unknown()
    if status not in ("", *Status.values()):
        raise unknown()
    source = one_of(known.sources, query.get("source", ""))
    place = one_of(known.areas, query.get("area", ""))
    if place and place.number not in COLUMN_LEVELS:
        raise unknown()
    return Filters(
        lamp=LampCode(lamp) if lamp else None, kind=kind, status=status,
        categories=with_lines_below(known.categories, query.get("category", "")),
        source=source.id if source else None,
        area=(Level(place.number or 0), place.id) if place else None,
        words=query.get("q", "").strip(),
    )  # fmt: skip


def unknown() -> BadQuery:
    return BadQuery("This filter does not exist.")


def number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        raise unknown()
    return int(text)


def one_of(known: Iterable[Choice], code: str) -> Choice | None:
    if not code:
        return None
    found = next((one for one in known if one.code == code), None)
    if found is None:
        raise unknown()
    return found


def with_lines_below(known: Iterable[Choice], code: str) -> tuple[int, ...]:
    """A category and its sublines."""
    known = list(known)
    chosen = one_of(known, code)
    if chosen is None:
        return ()
    return (chosen.id, *(one.id for one in known if one.number == chosen.id))


@dataclass(frozen=True, slots=True)
class Names:
    """Units and places by id."""

    units: Mapping[int, str]
    areas: Mapping[int, str]

    def place(self, line: Line, below: Level) -> str:
        """The names of a line's place that lie below a level, largest first."""
        parts = {
            Level.TOWNSHIP: line.township_id, Level.VILLAGE: line.village_id,
            Level.GRID: line.grid_id,
        }  # fmt: skip
        names = [self.areas.get(pk or 0, "") for level, pk in parts.items() if level > below]
        return " ".join(name for name in names if name) or self.areas.get(line.area_id, "")


def names_of(lines: Iterable[Line]) -> Names:
    """The names the lines of a page need; one statement."""
    units = {line.holder_unit_id for line in lines if line.holder_unit_id}
    areas = {
        pk
        for line in lines
        for pk in (line.township_id, line.village_id, line.grid_id, line.area_id)
        if pk
    }
    rows = Unit.objects.filter(pk__in=units).order_by().values_list(Value("u"), "pk", "name")
    rows = rows.union(
        Area.objects.filter(pk__in=areas).order_by().values_list(Value("a"), "pk", "name"),
        all=True,
    )
    found: dict[str, dict[int, str]] = {"u": {}, "a": {}}
    for sort, pk, name in rows:
        found[sort][pk] = name
    return Names(found["u"], found["a"])
