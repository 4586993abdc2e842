"""The queue page: tabs, filters and one page of matters, all of it in the address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases import filters, queues
from cases.filters import LAMPS, Choice, Names, Terms
from cases.pages.intake import staff
from cases.queues import MOST, BadQuery, Cursor, Filters, Line, Page, Tab
from cases.rules.lamp import Lamp, LampCode
from cases.rules.workflow import CLOSED, Kind, Status
from grids.errors import BadInput, NotAllowed
from grids.models import User
from grids.roles import UNIT_ROLES, Level
from grids.staffing import Post

TABS = (
    Tab.TODO, Tab.WORKING, Tab.CO, Tab.RETURNED, Tab.SUPERVISED, Tab.FINISHED, Tab.MINE,
)  # fmt: skip
EDGES = frozenset({LampCode.OVER, LampCode.SOON})
WITHIN_TODO = (Tab.TODO, Tab.NAMED, Tab.VERIFY)
TONES = {
    Status.RETURNED: "warn", Status.SUSPENDED: "warn", Status.DONE: "info",
    Status.VERIFIED: "info", Status.STRUCK: "ok",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A tab, a chip or a choice of post."""

    url: str
    label: str
    current: bool
    count: str = ""
    tone: str = ""


class Row(NamedTuple):
    """A line of the table: its markup before and after the lamp, which the page draws."""

    head: SafeString
    lamp: Lamp
    due_at: datetime | None
    tail: SafeString


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """One page of one queue. Seven statements, session and bell included; one more with a
    place in the address."""
    user = staff(request)
    posts = working_posts(user)
    query = request.GET.dict()
    chosen = chosen_posts(posts, query.get("post", ""))
    tab = tab_named(query.get("tab", ""))
    known = filters.terms()
    place = filters.chosen_place(chosen, query.get("area", ""))
    narrowed = filters.read(query, known, place)
    now, counts = queues.badges(user, chosen)
    problem, found = "", Page([])
    try:
        found = queues.page(
            user, chosen, tab, now=now, filters=narrowed,
            cursor=Cursor.read(query.get("after", "")),
        )  # fmt: skip
    except BadInput as error:
        problem = _(error.message) % error.values
    parents = {place.id} if place else set()
    names = filters.names_of(found.lines, {post.area_id for post in chosen} | parents)
    kept = {name: query[name] for name in ("tab", "post", *filters.NAMES) if query.get(name)}
    context = {
        "tabs": tab_links(user, kept, tab, chosen, counts),
        "within": within_links(kept, tab, chosen),
        "posts": post_links(kept, posts, chosen),
        "rows": rows_of(found.lines, now, known, names, chosen),
        "previous": address(kept, after=found.previous) if found.previous else "",
        "next": address(kept, after=found.next) if found.next else "",
        "problem": problem,
        "query": kept,
        "searching": bool(narrowed.words),
        "narrowed": narrowed != Filters(),
        "clear": address(kept, **dict.fromkeys(filters.NAMES, "")),
        "empty": why_empty(tab, narrowed),
        **bar(kept, known, tab, names, place),
    }
    return render(request, "cases/queue.html", context, status=422 if problem else 200)


# --- who looks at which queue -----------------------------------------------------------
def working_posts(user: User) -> list[Post]:
    """The posts of ``user`` that work on cases; raises ``NotAllowed`` when there are none."""
    posts = [post for post in user.posts if post.sees_unit or post.sees_assigned]
    if not posts:
        raise NotAllowed("Your post has no queue of matters.")
    return posts


def chosen_posts(posts: list[Post], asked: str) -> list[Post]:
    """The one post an address names, or all of them."""
    if not asked:
        return posts
    chosen = [post for post in posts if str(post.id) == asked]
    if not chosen:
        raise BadQuery("This is none of your posts.")
    return chosen


def tab_named(asked: str) -> Tab:
    if asked and asked not in Tab.values():
        raise BadQuery("This list does not exist.")
    return Tab(asked) if asked else Tab.TODO


# --- links ------------------------------------------------------------------------------
def address(kept: dict[str, str], **changes: str) -> str:
    """The address of this page with some of its parameters changed; empty ones are left out."""
    values = {name: value for name, value in (kept | changes).items() if value}
    return f"{here()}?{urlencode(values)}" if values else here()


@cache
def here() -> str:
    """The path of this page, looked up once: it stands in some twenty links."""
    return reverse("cases:queue")


def only_post(kept: dict[str, str]) -> dict[str, str]:
    return {"post": kept["post"]} if "post" in kept else {}


def tab_links(
    user: User, kept: dict[str, str], tab: Tab, posts: Sequence[Post], counts: dict[Tab, int]
) -> list[Link]:
    shown = [*TABS, Tab.AREA] if any(post.sees_area for post in posts) else TABS
    # In the field a return means one thing: something is missing.
    labels = {Tab.RETURNED: _("To be supplemented")} if user.works_in_the_field else {}
    current = Tab.TODO if tab in WITHIN_TODO else tab
    return [
        Link(
            address(only_post(kept), tab=one.value), labels.get(one) or _(one.label),
            one is current,
            capped(counts.get(one, 0)), "hot" if one is Tab.TODO else "",
        )
        for one in shown
    ]  # fmt: skip


def capped(count: int) -> str:
    """A figure for a badge: nothing for nothing, 99+ where counting stopped."""
    if not count:
        return ""
    return f"{MOST - 1}+" if count >= MOST else str(count)


def within_links(kept: dict[str, str], tab: Tab, posts: Sequence[Post]) -> list[Link]:
    """The parts of the first tab: to act on, given by name, to be verified."""
    shown = [Tab.TODO]
    if any(post.role in UNIT_ROLES for post in posts):
        shown.append(Tab.NAMED)
    if any(post.sees_area and post.level <= Level.VILLAGE for post in posts):
        shown.append(Tab.VERIFY)
    if tab not in WITHIN_TODO or len(shown) == 1:
        return []
    labels = {Tab.TODO: _("To sign for or review")}
    return [
        Link(
            address(only_post(kept), tab=one.value), labels.get(one) or _(one.label), one is tab
        )
        for one in shown
    ]  # fmt: skip


def post_links(kept: dict[str, str], posts: list[Post], chosen: list[Post]) -> list[Link]:
    """A choice of posts for whoever has several."""
    if len(posts) < 2:
        return []
    rest = {name: value for name, value in kept.items() if name not in ("post", "area")}
    every = Link(address(rest), _("All my posts"), len(chosen) > 1)
    return [every] + [
        Link(address(rest, post=str(post.id)), post.unit_name, chosen == [post]) for post in posts
    ]


def bar(
    kept: dict[str, str], known: Terms, tab: Tab, names: Names, place: Choice | None
) -> dict[str, object]:
    """The lists of the filter bar."""
    ended = tab is Tab.FINISHED
    lamps = [] if ended else LAMPS
    areas = {str(pk): name for pk, name in names.below.items()}
    if place:
        areas = {place.code: place.name} | areas
    statuses = {one.value: _(one.label) for one in Status if (one in CLOSED) == ended}
    return {
        "lamps": [
            Link(
                address(kept, lamp="" if kept.get("lamp") == one else one.value), _(one.label),
                kept.get("lamp") == one,
            )
            for one in lamps
        ],
        "kinds": options({one.value: _(one.label) for one in Kind}, kept.get("kind")),
        "statuses": options(statuses, kept.get("status")),
        "categories": options(offered(known.categories), kept.get("category")),
        "sources": options(offered(known.sources), kept.get("source")),
        "areas": options(areas, kept.get("area")) if areas else "",
    }  # fmt: skip


def offered(choices: Iterable[Choice]) -> dict[str, str]:
    return {one.code: one.name for one in choices if not one.over}


def options(choices: Mapping[str, str], chosen: str | None) -> SafeString:
    """The lines of a list. Made here: drawn by the template they took a third of the page."""
    return SafeString(
        "".join(
            f'<option value="{escape(code)}"{" selected" if code == chosen else ""}>'
            f"{escape(name)}</option>"
            for code, name in choices.items()
        )
    )


# --- rows -------------------------------------------------------------------------------
MARKS = ("tone", "lamp", "url", "title", "tags", "number", "category", "place", "status", "holder",
         "source")  # fmt: skip


@cache
def line_markup(language: str) -> tuple[str, str]:
    """The markup of one line around its lamp, with ``{title}`` and so on in place of values.

    The template is drawn once per language and filled per line: fifty lines drawn by the
    template engine took most of the time of the page.
    """
    drawn = render_to_string("cases/_line.html", {name: f"{{{name}}}" for name in MARKS})
    head, _lamp, tail = drawn.partition("{lamp}")
    return head, tail


def rows_of(
    lines: Iterable[Line], now: datetime, known: Terms, names: Names, posts: Sequence[Post]
) -> list[Row]:
    head, tail = line_markup(get_language() or "")
    under = min(max(Level.DISTRICT, min(post.level for post in posts)), Level.VILLAGE)
    pattern = reverse("cases:detail", args=["-"])
    statuses = {one.value: tag(TONES.get(one, ""), _(one.label)) for one in Status}
    marks = marks_of_lines()
    rows = []
    for line in lines:
        light = line.lamp(now)
        category = known.category_names.get(line.category_id, "")
        filled = tail.format(
            url=escape(pattern.replace("-", line.number)),
            title=escape(line.summary or category),
            tags="".join(mark for name, mark in marks.items() if getattr(line, name)),
            number=escape(line.number), category=escape(category),
            place=escape(names.place(line, under)), status=statuses[line.status],
            holder=escape(names.units.get(line.holder_unit_id or 0, "")),
            source=escape(known.source_names.get(line.source_id, "")),
        )  # fmt: skip
        tone = light.code.value if light.code in EDGES else ""
        rows.append(Row(SafeString(head.format(tone=tone)), light, line.due_at, SafeString(filled)))
    return rows


def tag(tone: str, words: str) -> str:
    return f'<span class="tag {tone}">{escape(words)}</span>'


def marks_of_lines() -> dict[str, str]:
    """What stands behind the title of a line, by the column that says so."""
    return {
        "urgent": tag("err", _("Urgent")), "restricted": tag("warn", _("Restricted")),
        "supervised_at": tag("warn", _("Supervised")),
        "on_the_spot": tag("", _("Settled on the spot")),
    }  # fmt: skip


def why_empty(tab: Tab, narrowed: Filters) -> str:
    """Why nothing is here, in one sentence."""
    if narrowed.words:
        return _("Nothing within your area has these words. Try fewer, or the case number.")
    if narrowed != Filters():
        return _("Nothing matches these filters.")
    return {
        Tab.TODO: _("Nothing waits for you. New matters appear here by themselves."),
        Tab.WORKING: _("Nothing is under way at your unit."),
        Tab.CO: _("No other unit has asked you to co-handle."),
        Tab.RETURNED: _("Nothing was returned."),
        Tab.SUPERVISED: _("Nothing is on the supervision list."),
        Tab.FINISHED: _("Nothing is closed yet."),
        Tab.MINE: _("You have not registered a matter yet."),
        Tab.NAMED: _("Nothing was given to you by name."),
        Tab.VERIFY: _("No result waits for verification."),
        Tab.AREA: _("No matter is open in your area."),
    }[tab]
