"""Renaming and closing a grid from its own page, through the one writer of the tree."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cases.intake_form import in_language
from cases.models import Case
from cases.pages.areas import carried_out
from cases.pages.intake import staff
from grids import gridbook
from grids.models import Area, Posting, User
from grids.roles import AreaChangeKind, Level, Role

MOST = 100  # lines of a list


@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """A new name for a grid and its team; the old one stays in its history."""
    user = staff(request)
    area = gridbook.grid(user, pk)
    back = reverse("grids:detail", args=[area.pk])
    return carried_out(request, user, area, AreaChangeKind.RENAME, back, lambda done: back)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a grid with its micro-grids: what is open and who works there is listed, then its
    matters go to the place above and its posts end, in one step."""
    user = staff(request)
    area = gridbook.grid(user, pk)
    return carried_out(
        request, user, area, AreaChangeKind.CLOSE, reverse("grids:detail", args=[area.pk]),
        lambda done: reverse("grids:list"), concerned(user, area),
    )  # fmt: skip


def concerned(user: User, area: Area) -> dict[str, object]:
    """The open matters of a grid that the reader sees, and whose posts end with it."""
    inside = {"microgrid": area.pk} if area.level == Level.MICROGRID else {"grid": area.pk}
    rows = Case.objects.visible_to(user).open().filter(**inside)
    rows = rows.select_related("category", "holder_unit").order_by("due_at", "pk")
    listed = list(rows[: MOST + 1])
    posts = Posting.objects.visible_to(user).current().filter(area__path__startswith=area.path)
    posts = posts.select_related("user", "area").order_by("area__path", "role", "pk")
    return {
        "listed": [(case, in_language(case.category)) for case in listed[:MOST]],
        "more": len(listed) > MOST,
        "ending": [(post, Role(post.role)) for post in posts[:MOST]],
    }
