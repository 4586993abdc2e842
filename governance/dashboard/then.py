"""The figures of a past day: the matters as their events left them, in the tree of that day.

Nothing done later changes them: no merger, no move, no closing. Places stand under the names
and below the places they had on that day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cases import past
from cases.rules.lamp import LampCode
from grids import asof
from grids.asof import PlaceThen
from grids.errors import NotVisible
from grids.models import User
from grids.roles import Level
from grids.staffing import Post

LAMPS = tuple(
    code.value
    for code in (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK, LampCode.PAUSED)
)


@dataclass(slots=True)
class Line:
    """Numbers of one place or level; ``place`` is None for a level, and for what lay in the
    place asked for and in none below it."""

    place: PlaceThen | None = None
    level: Level | None = None
    lamps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LAMPS, 0))
    closed: int = 0

    @property
    def open(self) -> int:
        return sum(self.lamps.values())

    def add(self, one: past.Stood) -> None:
        if one.state in self.lamps:
            self.lamps[one.state] += one.cases
        else:
            self.closed += one.cases


@dataclass(slots=True)
class Report:
    """What a day looked like. ``above`` leads down to ``place``, as far as the posts go."""

    on: date
    since: date
    place: PlaceThen
    above: list[PlaceThen]
    total: Line
    places: list[Line]
    itself: Line
    levels: list[Line]


def first_day(on: date, days: int) -> date:
    """The first day of the period of ``days`` that ends with ``on``."""
    return on - timedelta(days=days - 1)


def report(user: User, posts: list[Post], wanted: int | None, on: date, days: int) -> Report:
    """The figures of ``on`` at the place ``wanted``, the first post's by default.

    Raises ``NotVisible`` for what did not lie in an area of ``posts`` on that day.
    """
    above = covered(posts, posts[0].area_id if wanted is None else wanted, on)
    place, since = above[-1], first_day(on, days)
    begin: datetime = past.end_of(since - timedelta(days=1))
    stood = past.standing_then(user, on, begin)
    known = asof.with_ancestors({one.area_id for one in stood}, on)
    below = {one.id: Line(one) for one in asof.children([place.id], on)}
    total, itself, levels = Line(place), Line(), {level: Line(level=level) for level in Level}
    for one in stood:
        chain = [step.id for step in asof.chain(one.area_id, known)]
        if place.id not in chain:
            continue
        rest = chain[chain.index(place.id) + 1 :]
        for line in (total, below.get(rest[0], itself) if rest else itself):
            line.add(one)
        if one.state in LAMPS:
            levels[Level(one.level)].add(one)
    standing = [line for line in levels.values() if line.open]
    return Report(on, since, place, above, total, list(below.values()), itself, standing)


def covered(posts: list[Post], wanted: int, on: date) -> list[PlaceThen]:
    """The line from the post's place down to ``wanted`` on that day."""
    line = asof.chain(wanted, asof.with_ancestors([wanted], on))
    own = {post.area_id for post in posts}
    first = next((number for number, place in enumerate(line) if place.id in own), None)
    if first is None:
        raise NotVisible("There was no such place in your area on that day.")
    return line[first:]
