"""Which place of a later edition is which place of the tree: pure, nothing is read or written.

Level by level from the top, in this order:

1. under a paired parent, equal names are the same place; with another code it was recoded;
2. under a paired parent, equal codes with other names: it was renamed;
3. a name that is there once in the city, in the tree and in the edition, under another parent:
   it was moved;
4. what is left is gone, or new.

A code only speaks within its own system: a place whose code belongs to another one has
``code=""`` here, so it is found by its name under a paired parent and never otherwise. What could
be read in two ways is ``unsure``: a person decides on it alone.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from grids.words import Word

CITY = 2  # places move within a city
Pairs = Sequence[tuple[int | None, int | None]]


class ChangeKind(Word):
    """What a later edition says about one place."""

    NEW = "new", "New"
    GONE = "gone", "Gone"
    RENAMED = "renamed", "Renamed"
    MOVED = "moved", "Moved"
    RECODED = "recoded", "New code"


class Place(NamedTuple):
    """One place of the tree or line of an edition. ``listed``: its absence means something."""

    key: int
    parent: int | None
    level: int
    name: str
    code: str
    listed: bool = True


class Match(NamedTuple):
    """A place and its line; ``kind`` is None where nothing changed."""

    old: Place
    new: Place
    kind: ChangeKind | None
    unsure: bool = False


@dataclass(slots=True)
class Outcome:
    """What a comparison found; each place of either side is in exactly one list."""

    matches: list[Match] = field(default_factory=list)
    gone: list[tuple[Place, bool]] = field(default_factory=list)  # with whether it is unsure
    new: list[tuple[Place, bool]] = field(default_factory=list)
    paired: dict[int | None, int | None] = field(default_factory=dict)  # line: place


def compare(old: Iterable[Place], new: Iterable[Place], roots: Pairs) -> Outcome:
    """Pair everything below ``roots``, which are paired already; the roots are not in the
    outcome. ``(None, None)`` pairs the top of both sides.
    """
    return Comparison(list(old), list(new), roots).run()


class Side:
    """One side of a comparison: the places by level, and the city each belongs to."""

    def __init__(self, places: list[Place], tops: Iterable[int | None]) -> None:
        self.children: dict[int | None, list[Place]] = defaultdict(list)
        for place in places:
            self.children[place.parent].append(place)
        self.by_level: dict[int, list[Place]] = defaultdict(list)
        self.city: dict[int, Hashable] = {}
        for number, top in enumerate(tops):
            self._descend(top, ("top", number))

    def _descend(self, top: int | None, city: Hashable) -> None:
        """Everything below ``top``; ``city`` of what lies in none is the pair of roots."""
        waiting = [(child, city) for child in self.children[top]]
        while waiting:
            place, within = waiting.pop()
            if place.level == CITY:
                within = place.key
            self.by_level[place.level].append(place)
            self.city[place.key] = within
            if place.key in self.children:
                waiting += [(child, within) for child in self.children[place.key]]


class Comparison:
    """The state of one comparison."""

    def __init__(self, old: list[Place], new: list[Place], roots: Pairs) -> None:
        self.old = Side(old, [one for one, _ in roots])
        self.new = Side(new, [one for _, one in roots])
        self.paired: dict[int | None, int | None] = {there: here for here, there in roots}
        self.matches: list[Match] = []
        self.outcome = Outcome(self.matches, paired=self.paired)

    def run(self) -> Outcome:
        for level in sorted(self.old.by_level.keys() | self.new.by_level.keys()):
            self._level(self.old.by_level[level], self.new.by_level[level])
        return self.outcome

    def _level(self, old: list[Place], new: list[Place]) -> None:
        self.left_old = {place.key: place for place in old}
        self.left_new = {place.key: place for place in new}
        self._by_name()
        self._by_code()
        self._by_city(Counter(self._old_name(one) for one in old),
                      Counter(self._new_name(one) for one in new))  # fmt: skip
        here = Counter(self._old_name(one) for one in self.left_old.values())
        there = Counter(self._new_name(one) for one in self.left_new.values())
        self.outcome.gone += [
            (one, self._old_name(one) in there) for one in self.left_old.values() if one.listed
        ]
        self.outcome.new += [(one, self._new_name(one) in here) for one in self.left_new.values()]

    # --- where a place lies, in the words of the tree ---------------------------------------
    def _new_parent(self, place: Place) -> Hashable:
        """The place of the tree that is the parent of a line; None where there is none."""
        return (self.paired[place.parent],) if place.parent in self.paired else None

    def _new_city(self, place: Place) -> Hashable:
        city = self.new.city[place.key]
        return self.paired.get(city, ("new", city)) if isinstance(city, int) else city

    def _old_name(self, place: Place) -> Hashable:
        return self.old.city[place.key], place.name

    def _new_name(self, place: Place) -> Hashable:
        return self._new_city(place), place.name

    # --- the rules --------------------------------------------------------------------------
    def _by_name(self) -> None:
        def here(one: Place) -> Hashable:
            return (one.parent,), one.name

        def there(one: Place) -> Hashable:
            return (parent, one.name) if (parent := self._new_parent(one)) else None

        for olds, news in self._groups(here, there):
            alone = len(olds) == len(news) == 1
            for one in list(olds):
                twin = next((line for line in news if one.code and line.code == one.code), None)
                if twin is not None:
                    self._pair(one, twin, None)
                    olds.remove(one)
                    news.remove(twin)
            if len(olds) == len(news) == 1:
                self._pair(olds[0], news[0], ChangeKind.RECODED, unsure=not alone)

    def _by_code(self) -> None:
        def here(one: Place) -> Hashable:
            return ((one.parent,), one.code) if one.code else None

        def there(one: Place) -> Hashable:
            parent = self._new_parent(one)
            return (parent, one.code) if parent and one.code else None

        names_here = {self._old_name(one) for one in self.left_old.values()}
        names_there = {self._new_name(one) for one in self.left_new.values()}
        for olds, news in self._groups(here, there):
            if len(olds) == len(news) == 1:
                old, new = olds[0], news[0]
                # The old name may stand elsewhere in the city: then the code may name another
                # place by now.
                doubt = self._old_name(old) in names_there or self._new_name(new) in names_here
                self._pair(old, new, ChangeKind.RENAMED, unsure=doubt)

    def _by_city(self, known: Counter[Hashable], told: Counter[Hashable]) -> None:
        def here(one: Place) -> Hashable:
            return self._old_name(one) if one.code else None

        for olds, news in self._groups(here, self._new_name):
            if len(olds) == len(news) == 1 and self._new_parent(news[0]) != (olds[0].parent,):
                name = self._old_name(olds[0])
                once = known[name] == told[name] == 1
                self._pair(olds[0], news[0], ChangeKind.MOVED, unsure=not once)

    def _groups(
        self, here: Callable[[Place], Hashable], there: Callable[[Place], Hashable]
    ) -> Iterator[tuple[list[Place], list[Place]]]:
        """What is left of both sides under one key; a key of None stands for none."""
        olds: dict[Hashable, list[Place]] = defaultdict(list)
        for one in self.left_old.values():
            if (key := here(one)) is not None:
                olds[key].append(one)
        news: dict[Hashable, list[Place]] = defaultdict(list)
        for one in self.left_new.values():
            if (key := there(one)) is not None and key in olds:
                news[key].append(one)
        for key, found in news.items():
            yield olds[key], found

    def _pair(self, old: Place, new: Place, kind: ChangeKind | None, unsure: bool = False) -> None:
        self.matches.append(Match(old, new, kind, unsure))
        self.paired[new.key] = old.key
        del self.left_old[old.key]
        del self.left_new[new.key]
