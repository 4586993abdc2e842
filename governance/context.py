"""What every page shows around its content: navigation, post, notices, text size."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases.queues import UNREAD, UNREAD_KEY
from governance.office import OfficePage, offered_to
from grids.models import User
from grids.prepared import ask
from grids.roles import EXTRACT_ROLES, FIGURE_ROLES, UNIT_ROLES, Level, Role
from grids.sheets import fill

TEXT_SIZES = ("", "l", "xl", "xxl")
TEXT_SIZE_COOKIE = "text_size"


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the main navigation."""

    url: str
    label: str
    current: bool
    count: int | None = None


@cache
def address(name: str) -> str:
    """The address of a page, or nothing while the page does not exist."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def office_of(user: User) -> list[tuple[str, OfficePage]]:
    """(address, page) of the management pages the user's posts lead to."""
    found = [(address(page.name), page) for page in offered_to(user)]
    return [(url, page) for url, page in found if url]


def pages_of(user: User) -> list[tuple[str, str]]:
    """(url name, label) of the pages the user's posts lead to, the home page first."""
    office = [("office", _("Office"))] if office_of(user) else []
    if user.works_in_the_field:
        return [("cases:home", _("Home")), ("cases:new", _("Record")), *office]
    pages = []
    roles = {post.role for post in user.posts}
    if roles & UNIT_ROLES:
        pages += [("cases:queue", _("Matters")), ("cases:new", _("Register"))]
    if roles & EXTRACT_ROLES:
        pages.append(("cases:extracts", _("Called in")))
    if Role.MEDIATOR in roles:
        pages.append(("cases:mediations", _("Mediations")))
    if Role.DISCIPLINE_LIAISON in roles:
        pages.append(("cases:sealed", _("Sealed matters")))
    if any(post.sees_area and post.level <= Level.VILLAGE for post in user.posts):
        pages.append(("cases:revisits", _("Revisits")))
    if roles & FIGURE_ROLES or any(post.sees_figures for post in user.posts):
        pages.append(("governance:leader", _("Overview")))
    return pages + office


def navigation(request: HttpRequest, user: User) -> list[Link]:
    """The main navigation; a page is current when the address lies below it."""
    found = [(address(name), label) for name, label in pages_of(user)]
    return [Link(url, label, request.path.startswith(url)) for url, label in found if url]


def unread(request: HttpRequest, user: User) -> int:
    """Unread notices of the user's own bell, at most ``MOST_UNREAD``; one query, unless the
    page has asked for its figures already."""
    count: int | None = request.META.get(UNREAD_KEY)
    return ask(UNREAD, [user.pk])[0][0] if count is None else count


def post_label(user: User) -> str:
    """The closest post as 第1网格 · 网格员; empty without a post."""
    if not user.posts:
        return ""
    post = user.posts[-1]
    return f"{post.unit_name} · {_(post.role.label)}"


def text_size(request: HttpRequest, user: User | None) -> str:
    """The chosen size of letters: the person's, else the browser's."""
    size = user.text_size if user else request.COOKIES.get(TEXT_SIZE_COOKIE, "")
    return size if size in TEXT_SIZES else ""


class Signed:
    """Whoever is signed in, while the top of a page is drawn (grids/sheets.py)."""

    is_authenticated = True

    def __str__(self) -> str:
        return "{user}"


class Asked:
    """The request, while the top of a page is drawn."""

    get_full_path = "{path}"


SIGNED, ASKED = Signed(), Asked()


def top(request: HttpRequest, user: User) -> SafeString:
    """The top of a page for ``user``: navigation, bell, text size, language, account."""
    unread_notices = unread(request, user)
    shape = (
        ("nav", tuple(navigation(request, user))), ("text_size", text_size(request, user)),
        ("user", SIGNED), ("request", ASKED),
    )  # fmt: skip
    return fill(
        "_top.html", shape, user=str(user), post_label=post_label(user),
        unread_notices=str(unread_notices or ""), path=request.get_full_path(),
        csrf_token=get_token(request),
    )  # fmt: skip


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of ``base.html``. Two queries for a signed-in user (one is the posts, which
    views ask for anyway), none for anybody else."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"demo": settings.DEMO, "nav": [], "text_size": text_size(request, None)}
    return {
        "demo": settings.DEMO,
        # Asked by the template, so that pages with a top of their own do not pay for this one.
        "top": partial(top, request, user),
        "frame": (("demo", settings.DEMO), ("text_size", text_size(request, user))),
        "nav": partial(navigation, request, user),
        "unread_notices": cache(partial(unread, request, user)),
        "text_size": text_size(request, user),
        "post_label": post_label(user),
        "posts": user.posts,
    }
