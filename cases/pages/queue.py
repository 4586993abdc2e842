"""The queue page: tabs, filters and one page of matters, all of it in the address."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import quote_plus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases import filters, looks, queues
from cases.filters import LAMPS, Choice, Terms
from cases.names import Names, names_of
from cases.pages.intake import asked_from, staff
from cases.pages.lines import rows
from cases.queues import MOST, UNREAD_KEY, BadQuery, Cursor, Filters, Page, Tab
from cases.rules.workflow import CLOSED, Kind, Status
from grids.errors import BadInput, NotAllowed
from grids.models import User
from grids.roles import UNIT_ROLES, Level
from grids.sheets import escaped, fill, fill_page
from grids.staffing import Post

TABS = (
    Tab.TO_DO, Tab.WORKING, Tab.CO, Tab.RETURNED, Tab.SUPERVISED, Tab.FINISHED, Tab.MINE,
)  # fmt: skip
CURRENT_TAB, CURRENT_CHIP = ' aria-current="page"', ' aria-current="true"'
PLAIN = re.compile(r"[\w.-]*", re.ASCII).fullmatch  # needs no quoting in an address
WITHIN_TO_DO = (Tab.TO_DO, Tab.NAMED, Tab.VERIFY)


@dataclass(frozen=True, slots=True)
class Link:
    """A tab, a chip or a choice of post."""

    url: str
    label: str
    current: bool
    count: str = ""
    tone: str = ""


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
    figures = queues.figures(user, chosen)
    request.META[UNREAD_KEY] = figures.unread
    problem, found = "", Page([])
    try:
        found = queues.page(
            user, chosen, tab, now=figures.now, filters=narrowed,
            cursor=Cursor.read(query.get("after", "")),
        )  # fmt: skip
    except BadInput as error:
        problem = _(error.message) % error.values
    if narrowed.words and not problem:
        looks.searched(user, len(found.lines), asked_from(request))
    parents = {place.id} if place else set()
    names = names_of(found.lines, {post.area_id for post in chosen} | parents)
    kept = {name: query[name] for name in ("tab", "post", *filters.NAMES) if query.get(name)}
    clear = address(kept, **dict.fromkeys(filters.NAMES, "")) if narrowed != Filters() else ""
    matters = fill(
        "cases/_matters.html",
        posts=chips(post_links(kept, posts, chosen)),
        tabs=tabs(tab_links(user, kept, tab, chosen, figures.tabs)),
        within=chips(within_links(kept, tab, chosen)),
        bar=bar(kept, known, tab, names, place, clear),
        problem=problem,
        export="" if user.works_in_the_field else out_of(address(kept)),
        list=fill(
            "cases/_queue.html",
            rows=rows(found.lines, figures.now, known, names, chosen),
            newer=address(kept, after=found.previous) if found.previous else "",
            older=address(kept, after=found.next) if found.next else "",
            empty="" if found.lines else why_empty(tab, narrowed),
            searching=narrowed.words, clear=clear,
        ),
    )  # fmt: skip
    page = fill_page(request, "cases/queue.html", matters=matters)
    return HttpResponse(page, status=422 if problem else 200)


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
    return Tab(asked) if asked else Tab.TO_DO


# --- links ------------------------------------------------------------------------------
def address(kept: dict[str, str], **changes: str) -> str:
    """The address of this page with some of its parameters changed; empty ones are left out."""
    values = [
        f"{name}={value if PLAIN(value) else quote_plus(value)}"
        for name, value in (kept | changes).items()
        if value
    ]
    return f"{here()}?{'&'.join(values)}" if values else here()


@cache
def here() -> str:
    """The path of this page, looked up once: it stands in some twenty links."""
    return reverse("cases:queue")


def out_of(page: str) -> str:
    """The address that takes the list of ``page`` out."""
    return f"{reverse('cases:export')}{page[len(here()) :]}"


def only_post(kept: dict[str, str]) -> dict[str, str]:
    return {"post": kept["post"]} if "post" in kept else {}


def tab_links(
    user: User, kept: dict[str, str], tab: Tab, posts: Sequence[Post], counts: dict[Tab, int]
) -> list[Link]:
    shown = [*TABS, Tab.AREA] if any(post.sees_area for post in posts) else TABS
    # In the field a return means one thing: something is missing.
    labels = {Tab.RETURNED: _("To be supplemented")} if user.works_in_the_field else {}
    current = Tab.TO_DO if tab in WITHIN_TO_DO else tab
    return [
        Link(
            address(only_post(kept), tab=one.value), labels.get(one) or _(one.label),
            one is current,
            capped(counts.get(one, 0)), "hot" if one is Tab.TO_DO else "",
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
    shown = [Tab.TO_DO]
    if any(post.role in UNIT_ROLES for post in posts):
        shown.append(Tab.NAMED)
    if any(post.sees_area and post.level <= Level.VILLAGE for post in posts):
        shown.append(Tab.VERIFY)
    if tab not in WITHIN_TO_DO or len(shown) == 1:
        return []
    labels = {Tab.TO_DO: _("To sign for or review")}
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


def chips(links: Iterable[Link]) -> SafeString:
    return SafeString(
        "".join(
            f'<a class="chip" href="{escaped(one.url)}"{CURRENT_CHIP if one.current else ""}>'
            f"{escaped(one.label)}</a>"
            for one in links
        )
    )


def tabs(links: Iterable[Link]) -> SafeString:
    """The tabs, the figure of each beside its name."""
    drawn = []
    for one in links:
        tone = f" {one.tone}" if one.tone else ""
        badge = f' <span class="badge{tone}">{escaped(one.count)}</span>' if one.count else ""
        here = CURRENT_TAB if one.current else ""
        drawn.append(f'<a href="{escaped(one.url)}"{here}>{escaped(one.label)}{badge}</a>')
    return SafeString("".join(drawn))


# --- filter bar -------------------------------------------------------------------------
def bar(
    kept: dict[str, str], known: Terms, tab: Tab, names: Names, place: Choice | None, clear: str
) -> SafeString:
    """The filter bar."""
    ended = tab is Tab.FINISHED
    places = {str(pk): name for pk, name in names.below.items()}
    if place:
        places = {place.code: place.name} | places
    chosen = kept.get
    return fill(
        "cases/_filters.html",
        here=here(), tab=chosen("tab", ""), post=chosen("post", ""), lamp=chosen("lamp", ""),
        q=chosen("q", ""), clear=clear,
        opened=chosen("kind") or chosen("status") or chosen("source") or "",
        areas=options(places.items(), chosen("area")),
        categories=options(known.offered_categories, chosen("category")),
        sources=options(known.offered_sources, chosen("source")),
        kinds=options(kinds(get_language()), chosen("kind")),
        statuses=options(statuses(get_language(), ended), chosen("status")),
        lamps=chips([] if ended else lamp_links(kept)),
    )  # fmt: skip


def lamp_links(kept: dict[str, str]) -> list[Link]:
    return [
        Link(
            address(kept, lamp="" if kept.get("lamp") == one else one.value), _(one.label),
            kept.get("lamp") == one,
        )
        for one in LAMPS
    ]  # fmt: skip


Options = tuple[tuple[str, str], ...]  # code and name of each


@cache
def kinds(language: str | None) -> Options:
    return tuple((one.value, _(one.label)) for one in Kind)


@cache
def statuses(language: str | None, ended: bool) -> Options:
    """The statuses of open or of ended matters; sealed ones stand in no list."""
    found = [one for one in Status if (one in CLOSED) == ended and one is not Status.SEALED]
    return tuple((one.value, _(one.label)) for one in found)


def options(choices: Iterable[tuple[str, str]], chosen: str | None) -> SafeString:
    """The lines of a list; nothing when there are none."""
    drawn = lines_of_list(tuple(choices))
    if chosen:
        mark = f'<option value="{escaped(chosen)}"'
        drawn = drawn.replace(f"{mark}>", f"{mark} selected>", 1)
    return SafeString(drawn)


@lru_cache(maxsize=256)
def lines_of_list(choices: Options) -> str:
    return "".join(
        f'<option value="{escaped(code)}">{escaped(name)}</option>' for code, name in choices
    )


# --- an empty list ----------------------------------------------------------------------
def why_empty(tab: Tab, narrowed: Filters) -> str:
    """Why nothing is here, in one sentence."""
    if narrowed.words:
        return _("Nothing within your area has these words. Try fewer, or the case number.")
    if narrowed != Filters():
        return _("Nothing matches these filters.")
    return {
        Tab.TO_DO: _("Nothing waits for you. New matters appear here by themselves."),
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
