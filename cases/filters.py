"""What a queue can be narrowed by, what its lines are called, what an address asks for."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import translation

from cases.models import Category, Source
from cases.queues import BadQuery, Filters
from cases.rules.lamp import LampCode
from cases.rules.workflow import Kind, Status
from grids.models import Area
from grids.roles import COLUMN_LEVELS, Level
from grids.staffing import Post

NAMES = ("lamp", "kind", "status", "category", "source", "area", "q")
LAMPS = (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK, LampCode.PAUSED)
LONGEST_ID = 18  # digits
KEEP = 30.0  # seconds until a change of a category is seen by every process


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: its key, its code in the address, its name.

    ``number`` is the parent of a category, the level of an area.
    """

    id: int
    code: str
    name: str
    number: int | None = None
    over: bool = False  # no longer offered, only shown on old cases


@dataclass(slots=True)
class Terms:
    """Categories and sources in one language. They change a few times a year and are asked
    for by every page, so a process keeps them for a while."""

    categories: list[Choice]
    sources: list[Choice]
    category_names: dict[int, str] = field(init=False)
    source_names: dict[int, str] = field(init=False)
    offered_categories: tuple[tuple[str, str], ...] = field(init=False)  # code and name
    offered_sources: tuple[tuple[str, str], ...] = field(init=False)
    read_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.category_names = {one.id: one.name for one in self.categories}
        self.source_names = {one.id: one.name for one in self.sources}
        self.offered_categories = offered(self.categories)
        self.offered_sources = offered(self.sources)


def offered(choices: Iterable[Choice]) -> tuple[tuple[str, str], ...]:
    """Code and name of what may still be chosen."""
    return tuple((one.code, one.name) for one in choices if not one.over)


KEPT: dict[bool, Terms] = {}  # by whether English is read


def terms() -> Terms:
    """All categories and sources, those no longer offered included."""
    english = translation.get_language() == "en"
    kept = KEPT.get(english)
    if kept is None or time.monotonic() - kept.read_at > KEEP:
        kept = KEPT[english] = Terms(
            [choice(row, english, row.parent_id) for row in Category.objects.all()],
            [choice(row, english) for row in Source.objects.all()],
        )
    return kept


def choice(row: Category | Source, english: bool, parent: int | None = None) -> Choice:
    name = row.name_en if english and row.name_en else row.name
    return Choice(row.pk, row.code, name, parent, row.valid_to is not None)


# --- reading an address -----------------------------------------------------------------
def read(query: Mapping[str, str], known: Terms, place: Choice | None) -> Filters:
    """The filters an address asks for; raises ``BadQuery`` for values that do not exist."""
    lamp, kind, status = (query.get(name, "") for name in ("lamp", "kind", "status"))
    if lamp not in ("", *LampCode.values()) or kind not in ("", *Kind.values()):
        raise unknown()
    if status not in ("", *Status.values()):
        raise unknown()
    source = one_of(known.sources, query.get("source", ""))
    return Filters(
        lamp=LampCode(lamp) if lamp else None, kind=kind, status=status,
        categories=with_lines_below(known.categories, query.get("category", "")),
        source=source.id if source else None,
        area=(Level(place.number or 0), place.id) if place else None,
        words=query.get("q", "").strip(),
    )  # fmt: skip


def unknown() -> BadQuery:
    return BadQuery("This filter does not exist.")


def chosen_place(posts: Sequence[Post], text: str) -> Choice | None:
    """The place an address names, within the areas of the posts; one statement if any."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        raise unknown()
    within = Q(pk__in=[])
    for post in posts:
        within |= Q(path__startswith=post.area_path)
    row = Area.objects.filter(within, pk=int(text), valid_to=None).first()
    if row is None or row.level not in COLUMN_LEVELS:
        raise unknown()
    return Choice(row.pk, text, row.name, row.level)


def one_of(known: Iterable[Choice], code: str) -> Choice | None:
    if not code:
        return None
    found = next((one for one in known if one.code == code), None)
    if found is None:
        raise unknown()
    return found


def with_lines_below(known: Sequence[Choice], code: str) -> tuple[int, ...]:
    """A category and its sublines."""
    chosen = one_of(known, code)
    if chosen is None:
        return ()
    return (chosen.id, *(one.id for one in known if one.number == chosen.id))
