"""The list of tasks for grid workers: what is on it, what was asked for, deciding and ending."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import gridtasks
from cases.gridtasks import Wish
from cases.intake_form import in_language, words
from cases.models import GridTask
from cases.pages.intake import staff
from cases.plain_field import PlainField
from grids.bodies import digits
from grids.errors import BadInput, BrokenRule, NotAllowed, WrongState
from grids.models import Area, User
from grids.roles import UNIT_ROLES
from grids.staff import area_of

MOST = 200  # tasks of one part of the page
REFUSALS = (BadInput, WrongState)


def reading(user: User) -> Area:
    """The place whose list ``user`` reads: of the closest post that works in a unit."""
    posts = [post for post in user.posts if post.role in UNIT_ROLES]
    if not posts:
        raise NotAllowed("Your post does not work with grids.")
    return area_of(posts[-1])


def keeping(user: User) -> Area | None:
    """The district whose list ``user`` keeps."""
    posts = gridtasks.deciding_posts(user)
    return area_of(posts[-1]) if posts else None


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """What may be given to grid workers today, what waits for a decision, what was before."""
    return shown(request, staff(request))


def shown(
    request: HttpRequest, user: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    area, day = reading(user), gridtasks.today()
    known = {row.code: in_language(row) for row in gridtasks.categories()}
    rows = GridTask.objects.visible_to(user).select_related(
        "area", "asked_unit", "asked_by", "decided_by"
    )
    current = gridtasks.in_force(area, day)
    there = {row.pk for row in current}
    below = rows.filter(temporary=True, decision="approved", valid_to__gt=day).exclude(pk__in=there)
    waiting = rows.filter(temporary=True, decision="")[:MOST]
    past = rows.exclude(decision="").exclude(pk__in=there).filter(area__isnull=False)
    kept = keeping(user)
    context = {
        "area": area, "day": day, "limit": gridtasks.limit_days(area, day),
        "tasks": [line(row, known, user) for row in [*current, *below[:MOST]]],
        "waiting": [line(row, known, user) for row in waiting],
        "past": [
            line(row, known, user) for row in past.order_by("-pk")[:MOST]
            if row.decision == "refused" or (row.valid_to is not None and row.valid_to <= day)
        ],
        "keeps": kept, "asks": bool(gridtasks.asking_posts(user)), "problem": problem,
        "own": kept is not None
        and rows.filter(area=kept, temporary=False).exists(),
    }  # fmt: skip
    return render(request, "cases/grid_tasks.html", context, status=status)


def line(row: GridTask, known: dict[str, str], user: User) -> dict[str, Any]:
    """A task with the names of its matters, and what the reader may do with it."""
    return {
        "row": row,
        "matters": [known[code] for code in row.categories if code in known],
        "may_decide": gridtasks.may_decide(user, row),
        "own_wish": row.asked_by_id == user.pk and not row.decision,
        "may_end": bool(
            row.decision == "approved" and row.area and gridtasks.decides(user, row.area)
        ),
    }


# --- writing one down -----------------------------------------------------------------------
class WishForm(forms.Form):
    """A task for the list, or one for a time."""

    name = PlainField(label=gettext_lazy("Task"), max_length=80)
    source = PlainField(
        label=gettext_lazy("Document it rests on"), max_length=200,
        help_text=gettext_lazy("Title and number, as residents could look it up."),
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Matters that may be given under it"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    area = forms.ChoiceField(label=gettext_lazy("Where"))
    valid_from = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Until"), required=False,
        help_text=gettext_lazy("The first day without it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, places: list[Area], day: date, data: Any = None, *, temporary: bool):
        super().__init__(data, initial={"valid_from": day})
        self.fields["valid_to"].required = temporary
        self.places = {str(one.pk): one for one in places}
        chosen = self.fields["area"]
        matters = self.fields["categories"]
        assert isinstance(chosen, forms.ChoiceField)
        assert isinstance(matters, forms.MultipleChoiceField)
        chosen.choices = [(pk, one.name) for pk, one in self.places.items()]
        rows = gridtasks.categories().filter(parent=None)
        matters.choices = [(row.code, in_language(row)) for row in rows]

    def wish(self) -> Wish:
        data = self.cleaned_data
        return Wish(
            data["name"], data["source"], data["categories"], data["valid_from"], data["valid_to"]
        )

    def add_refusal(self, error: BrokenRule) -> None:
        self.add_error(error.field if error.field in self.fields else None, words(error))


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Put a task on the district's list, or ask for one for a time (``sort=time``)."""
    user = staff(request)
    reading(user)
    temporary = request.POST.get("sort", request.GET.get("sort", "")) != "list"
    kept = keeping(user)
    if not temporary and kept is None:
        raise NotAllowed("The district's centre keeps the list.")
    if not gridtasks.asking_posts(user):
        raise NotAllowed("A township's centre asks for temporary tasks.")
    places = gridtasks.asking_places(user) if temporary or kept is None else [kept]
    day = gridtasks.today()
    if request.method == "GET":
        return form_page(request, WishForm(places, day, temporary=temporary), temporary)
    form = WishForm(places, day, request.POST, temporary=temporary)
    status = 422
    if form.is_valid():
        area = form.places[form.cleaned_data["area"]]
        write = gridtasks.ask if temporary else gridtasks.add
        try:
            write(user, area, form.wish())
        except REFUSALS as error:
            form.add_refusal(error)
            status = error.http_status
        else:
            said = _("The district decides on it.") if temporary else _("It is on the list.")
            messages.success(request, said)
            return redirect("cases:grid_tasks")
    return form_page(request, form, temporary, status=status)


def form_page(
    request: HttpRequest, form: WishForm, temporary: bool, *, status: int = 200
) -> HttpResponse:
    title = _("Ask for a temporary task") if temporary else _("Put a task on the list")
    context = {
        "form": form, "title": title, "sort": "time" if temporary else "list",
        "back": reverse("cases:grid_tasks"),
    }  # fmt: skip
    return render(request, "cases/grid_task_form.html", context, status=status)


# --- deciding, ending, settings ---------------------------------------------------------------
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse a temporary task."""
    user = staff(request)
    reading(user)
    approve = request.POST.get("answer") == "approve"
    try:
        gridtasks.decide(user, pk, approve=approve, reason=request.POST.get("reason", ""))
    except REFUSALS as error:
        return refused(request, user, error)
    messages.success(request, _("Approved.") if approve else _("Refused."))
    return redirect("cases:grid_tasks")


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a task off the list from a day on."""
    user = staff(request)
    reading(user)
    try:
        gridtasks.end(user, pk, day_of(request.POST.get("on", "")))
    except REFUSALS as error:
        return refused(request, user, error)
    messages.success(request, _("Saved."))
    return redirect("cases:grid_tasks")


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("Enter a date.", field="on") from error


@require_POST
def settings(request: HttpRequest) -> HttpResponse:
    """Begin the district's own list, or say how long a temporary task may last."""
    user = staff(request)
    reading(user)
    kept = keeping(user)
    if kept is None:
        raise NotAllowed("The district's centre keeps the list.")
    try:
        if "adopt" in request.POST:
            gridtasks.adopt(user, kept)
        else:
            gridtasks.set_limit(user, kept, digits(request.POST.get("days", "")) or 0)
    except REFUSALS as error:
        return refused(request, user, error)
    messages.success(request, _("Saved."))
    return redirect("cases:grid_tasks")


def refused(request: HttpRequest, user: User, error: BrokenRule) -> HttpResponse:
    return shown(request, user, problem=words(error), status=error.http_status)
