"""Masked extracts for bodies outside government, and naming such a body as a party."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import extracts as masked
from cases.acting import MOVED_ON
from cases.offers import read_id
from cases.pages.case import looked_up
from cases.pages.intake import staff
from cases.rules.workflow import Stand
from cases.standing import standing
from grids import access
from grids.errors import BadInput, NotAllowed
from grids.roles import EXTRACT_ROLES

LONGEST_NOTE = 1000


@require_GET
def extracts(request: HttpRequest) -> HttpResponse:
    """What the reader's body is called in to help with."""
    user = staff(request)
    if not any(post.role in EXTRACT_ROLES for post in user.posts):
        raise NotAllowed("Your post works with no extracts.")
    return render(request, "cases/extracts.html", {"lines": masked.listed(user)})


@require_http_methods(["GET", "POST"])
def extract(request: HttpRequest, number: str) -> HttpResponse:
    """One masked extract, and the form to report back."""
    user = staff(request)
    case, shown = masked.find(user, number)
    access.looked(
        user, "view", case.number, tenant_id=case.tenant_id, fields="extract",
        address=request.META.get("REMOTE_ADDR"),
    )  # fmt: skip
    note, problem = request.POST.get("note", "")[:LONGEST_NOTE], ""
    if request.method == "POST":
        try:
            masked.report(user, number, note)
        except BadInput as error:
            problem = _(error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:extracts")
    context = {"one": shown, "note": note, "problem": problem}
    return render(request, "cases/extract.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
def party_unit(request: HttpRequest, number: str) -> HttpResponse:
    """Name a body outside government as a party of the case."""
    user = staff(request)
    case = looked_up(user, number)
    if not {Stand.HOLDER, Stand.COORDINATOR} & standing(user, case).stands:
        raise NotAllowed("Your post does not allow this on this case.")
    problem = ""
    if request.method == "POST":
        try:
            if case.closed_at is not None:
                raise BadInput(MOVED_ON, field="unit")
            masked.name_party(user, number, read_id(request.POST.get("unit")) or 0)
        except BadInput as error:
            problem = _(error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:detail", number)
    context = {"case": case, "units": masked.outside_units(user, case), "problem": problem}
    return render(request, "cases/party_unit.html", context, status=422 if problem else 200)
