"""Which cases feed which list of a person, as conditions in SQL on the row ``c``.

Written out instead of built: the queue page is the most visited one, and putting these
conditions together by query sets took longer than asking them. What they let through is held
against ``visible_to`` by a test.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cases.rules.workflow import Status
from grids.roles import COLUMN_LEVELS, Level
from grids.staffing import Post
from grids.words import Word


class Tab(Word):
    """The lists, in the order of the tabs; the last three are chips within the first."""

    TO_DO = "todo", "To do"
    WORKING = "working", "Under way"
    CO = "co", "Co-handling"
    RETURNED = "returned", "Returned matters"
    SUPERVISED = "supervised", "Supervised"
    FINISHED = "finished", "Concluded"
    MINE = "mine", "Registered by me"
    NAMED = "named", "Given to me by name"
    VERIFY = "verify", "To be verified"
    AREA = "area", "Whole area"


class Part(NamedTuple):
    """A condition and its values."""

    sql: str
    values: tuple[Any, ...] = ()


def all_of(*parts: Part) -> Part:
    return Part(
        " AND ".join(f"({part.sql})" for part in parts),
        tuple(value for part in parts for value in part.values),
    )


def any_of(parts: Sequence[Part]) -> Part:
    return Part(
        " OR ".join(f"({part.sql})" for part in parts) or "false",
        tuple(value for part in parts for value in part.values),
    )


def one_of(column: str, values: Sequence[Any]) -> Part:
    """``column`` is one of ``values``, written so that a kept plan knows how many there are."""
    if not values:
        return Part("false")
    return Part(f"{column} IN ({', '.join(['%s'] * len(values))})", tuple(values))


def status_in(*statuses: Status) -> Part:
    """Written into the SQL: plans are kept, and these are what an index or a guess hangs on."""
    words = ", ".join(f"'{status.value}'" for status in statuses)
    return Part(f"c.status IN ({words})")


OPEN = Part("c.closed_at IS NULL")
CLOSED = Part("c.closed_at IS NOT NULL")
LISTED = Part("c.supervised_at IS NOT NULL")
ORDINARY = Part("NOT c.restricted")
RESTRICTED = Part("c.restricted")
WAITING = status_in(
    Status.REGISTERED, Status.CONTESTED, Status.LODGED, Status.FORWARDED, Status.ENTRUSTED,
    Status.OBJECTED, Status.REVIEW, Status.REREVIEW,
)  # fmt: skip
RETURNED = status_in(Status.RETURNED)
SUSPENDED = status_in(Status.SUSPENDED)
AT_WORK = status_in(
    Status.SIGNED, Status.HANDLING, Status.MEDIATING, Status.SUSPENDED, Status.DONE,
    Status.VERIFIED, Status.ACCEPTED, Status.CONCILIATING, Status.REPLIED, Status.REVIEWED,
    Status.WITHDRAWN,
)  # fmt: skip
RESULTS = status_in(Status.DONE, Status.VERIFIED)
NOW = Part("now()")
CO_PARTS = ["co_handler", "co_responsible", "on_duty"]


# --- scope ------------------------------------------------------------------------------
def held(posts: Iterable[Post], *, together: bool) -> list[Part]:
    """What the units of the posts hold: one part per unit, or one for all of them.

    Only a single unit can be read along its index in order; counting needs no order.
    """
    units = list(dict.fromkeys(post.unit_id for post in posts if post.sees_unit))
    if together and units:
        return [one_of("c.holder_unit_id", units)]
    return [Part("c.holder_unit_id = %s", (unit,)) for unit in units]


def named(user_id: int) -> Part:
    """What is assigned to a person by name."""
    return Part(
        "c.id IN (SELECT a.case_id FROM cases_assignment a"
        " WHERE a.user_id = %s AND a.until IS NULL)",
        (user_id,),
    )


def on_duty(user_id: int) -> Part:
    """What a person acts on for another unit out of hours."""
    return Part(
        "c.id IN (SELECT a.case_id FROM cases_assignment a"
        " WHERE a.user_id = %s AND a.until IS NULL AND a.task = 'duty')",
        (user_id,),
    )


def at_hand(user_id: int, posts: Sequence[Post], *, together: bool) -> list[Part]:
    """What the posts work on: held by their units, or for mediators assigned by name."""
    found = held(posts, together=together)
    if mediating := [post for post in posts if post.sees_assigned]:
        places = [place(post) for post in mediating if post.level in COLUMN_LEVELS]
        found.append(all_of(named(user_id), any_of(places)))
    return found


def place(post: Post) -> Part:
    """The cases of the area of a post."""
    return Part(f"c.{post.level.column}_id = %s", (post.area_id,))


def area_posts(posts: Iterable[Post]) -> list[Post]:
    return [post for post in posts if post.sees_area and post.level in COLUMN_LEVELS]


def area(post: Post) -> Part:
    """The ordinary cases of the area of a coordinating post."""
    return all_of(place(post), ORDINARY)


def taking_part(posts: Iterable[Post], parts: Sequence[str] | None = None) -> Part:
    """The cases in which the units of the posts take part, in any way unless ``parts``."""
    units = list(dict.fromkeys(post.unit_id for post in posts if post.sees_unit))
    condition = all_of(one_of("u.unit_id", units), Part("u.until IS NULL"))
    if parts is not None:
        condition = all_of(condition, one_of("u.part", parts))
    return Part(
        f"c.id IN (SELECT u.case_id FROM cases_caseunit u WHERE {condition.sql})", condition.values
    )


def seen(user_id: int, posts: Sequence[Post]) -> Part:
    """Everything the posts may see, as ``visible_to`` has it; for few rows, never in order."""
    granted = [*at_hand(user_id, posts, together=True), *map(area, area_posts(posts))]
    if any(post.sees_unit for post in posts):
        granted.append(on_duty(user_id))
    return any_of([*granted, taking_part(posts)])


def not_recused(user_id: int) -> Part:
    """Read once for all rows: a person is recused from a few cases, a list has many."""
    return Part(
        "c.id NOT IN (SELECT r.case_id FROM cases_recusal r"
        " WHERE r.user_id = %s AND r.until IS NULL)",
        (user_id,),
    )


# --- lists ------------------------------------------------------------------------------
def branches(
    user_id: int, posts: Sequence[Post], tab: Tab, now: Part, *, together: bool = False
) -> list[Part]:
    """The parts that feed ``tab``, each on one column; ``now`` is a value or ``NOW``."""
    if not posts:
        return []
    recused = not_recused(user_id)
    return [all_of(part, recused) for part in fed(user_id, posts, tab, now, together)]


def fed(user_id: int, posts: Sequence[Post], tab: Tab, now: Part, together: bool) -> list[Part]:
    mine = all_of(Part("c.reporter_id = %s", (user_id,)), seen(user_id, posts))
    if tab is Tab.AREA:
        return [all_of(area(post), OPEN) for post in area_posts(posts)]
    if tab is Tab.VERIFY:
        own = [post for post in area_posts(posts) if post.level <= Level.VILLAGE]
        return [all_of(area(post), OPEN, to_verify(post)) for post in own]
    if tab is Tab.SUPERVISED:
        return supervised(user_id, posts, together)
    if tab is Tab.CO:
        return [all_of(OPEN, taking_part(posts, CO_PARTS))]
    if tab is Tab.MINE:
        return [mine]
    if tab is Tab.NAMED:
        return [all_of(named(user_id), OPEN, seen(user_id, posts))]
    work = at_hand(user_id, posts, together=together)
    if tab is Tab.RETURNED:
        # A return concerns who holds it now, and who wrote it.
        return [all_of(part, OPEN, RETURNED) for part in [*work, mine]]
    return [all_of(part, *of_work(tab, now)) for part in work]


def of_work(tab: Tab, now: Part) -> list[Part]:
    """What a tab shows of the cases at hand."""
    if tab is Tab.FINISHED:
        return [CLOSED]
    if tab is Tab.WORKING:
        return [OPEN, AT_WORK]
    # To be signed for, or suspended beyond the day of review.
    review = all_of(SUSPENDED, Part(f"c.due_at <= {now.sql}", now.values))
    return [OPEN, any_of([WAITING, review])]


def supervised(user_id: int, posts: Sequence[Post], together: bool) -> list[Part]:
    """The supervision list: of the area, and what is held beyond it or restricted."""
    own = area_posts(posts)
    found = [all_of(area(post), OPEN, LISTED) for post in own]
    units = {post.unit_id for post in own}
    rest = [post for post in posts if post.unit_id not in units]
    found += [all_of(part, OPEN, LISTED) for part in at_hand(user_id, rest, together=together)]
    found += [all_of(part, OPEN, LISTED, RESTRICTED) for part in held(own, together=together)]
    return found


def to_verify(post: Post) -> Part:
    """Results somebody else of this or a lower level reported, for this post to verify.

    Mirrors ``standing.may_verify``. From the district up only what the level itself and the
    one below did: the rest is verified nearer to it.
    """
    deepest = Level.MICROGRID if post.level >= Level.TOWNSHIP else Level(post.level.value + 1)
    levels = Part("c.level BETWEEN %s AND %s", (post.level.value, deepest.value))
    return all_of(RESULTS, levels, Part("c.done_by_id IS DISTINCT FROM %s", (post.user_id,)))
