"""The requests that somebody stays away which wait for the reader's decision."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import recusals
from cases.pages.intake import staff
from cases.transitions import database_now
from grids.errors import NotAllowed
from grids.models import User


def decides(user: User) -> bool:
    """Whether one of the person's posts may have to decide."""
    return any(post.sees_unit or post.sees_figures for post in user.posts)


@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """About matters, the next due first; nobody is counted here."""
    user = staff(request)
    if not decides(user):
        raise NotAllowed("Your post decides on no recusals.")
    found = recusals.to_decide(user, database_now())
    return render(request, "cases/recusals.html", {"found": found})
