"""Ending a post or closing a unit: what is open, who follows, and the move in one step."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases import handover
from cases.handover import Work
from cases.intake_form import in_language
from cases.models import Case
from grids import personnel, unit_office
from grids.errors import BadInput, NotVisible, WrongState
from grids.models import Posting, Unit, User
from grids.models.unit import UnitQuerySet
from grids.office_forms import OfficeForm, day_field, day_of, read_id, unit_choices
from grids.roles import Level

MOST = 100  # lines of the list


class EndForm(OfficeForm):
    """The first day without the post, and who follows."""

    ended_on = day_field(gettext_lazy("First day without it"))
    successor = forms.ChoiceField(
        label=gettext_lazy("Who follows"), required=False,
        help_text=gettext_lazy("Without a successor the matters go back to the unit."),
    )  # fmt: skip

    def draw(self) -> None:
        self.fields["ended_on"].initial = timezone.localdate()

    @property
    def searchable(self) -> bool:
        return True

    def offer(self, people: list[tuple[str, str]]) -> None:
        """Fill the list of successors."""
        choices = [("", _("Nobody yet")), *people]
        self.fields["successor"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a post. The page lists what is open of it; saving moves all of it, or nothing."""
    manager = request.user
    assert isinstance(manager, User)
    rows = (
        Posting.objects.visible_to(manager).current().select_related("unit__area", "area", "user")
    )
    posting = rows.filter(pk=pk).first()
    if posting is None:
        raise NotVisible("There is no such post in your area.")
    personnel.need_post(manager, posting)
    search = request.POST.get("q", request.GET.get("q", ""))
    sent = request.method == "POST" and "search" not in request.POST
    form = EndForm(manager, request.POST if sent else None, search=search)
    form.offer(personnel.choices(manager, search, without=posting.user_id))
    status = 200
    if sent:
        if form.is_valid() and ended(form, manager, posting):
            messages.success(request, _("The post has ended; its open matters have moved."))
            return redirect(came_from(request, posting))
        status = 422
    return page(request, form, manager, posting, status)


class CloseForm(OfficeForm):
    """The first day without a unit, and which unit takes what is open."""

    on = day_field(gettext_lazy("First day without it"))
    heir = forms.ChoiceField(
        label=gettext_lazy("Unit that takes the open matters"), required=False,
        help_text=gettext_lazy("Needed while something is open."),
    )  # fmt: skip

    @property
    def searchable(self) -> bool:
        return True

    def draw(self) -> None:
        self.fields["on"].initial = timezone.localdate()
        self.fields["heir"].choices = unit_choices(  # type: ignore[attr-defined]
            self.offered(), self.search, self.given("heir")
        )

    def offered(self) -> UnitQuerySet:
        return Unit.objects.visible_to(self.manager).current()

    def chosen(self) -> Unit | None:
        """The unit chosen in the list."""
        return self.offered().filter(pk=read_id(self.cleaned_data["heir"])).first()


@require_http_methods(["GET", "POST"])
def close_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a unit; its open matters go to another one in the same step."""
    manager = request.user
    assert isinstance(manager, User)
    unit = unit_office.find(manager, pk)
    search = request.POST.get("q", request.GET.get("q", ""))
    sent = request.method == "POST" and "search" not in request.POST
    form = CloseForm(manager, request.POST if sent else None, search=search)
    if sent and form.is_valid():
        try:
            handover.close_unit(manager, unit, day_of(form.cleaned_data["on"]), form.chosen())
        except (BadInput, WrongState) as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("The unit is closed; its open matters have moved."))
            return redirect("office:unit", unit.pk)
    context = {
        "form": form, "title": _("Close the unit"), "button": _("Close the unit"),
        "back": reverse("office:unit", args=[unit.pk]), "about": unit.name, "danger": True,
    }  # fmt: skip
    return render(request, "grids/office_form.html", context, status=422 if form.errors else 200)


def came_from(request: HttpRequest, posting: Posting) -> str:
    """The page that led here and that shows what became of it: the grid's, or the person's."""
    if request.GET.get("from") == "grid" and posting.area.level >= Level.GRID:
        return reverse("grids:detail", args=[posting.area_id])
    return reverse("office:person", args=[posting.user.public_id])


def ended(form: EndForm, manager: User, posting: Posting) -> bool:
    """Whether the post was ended; else the form says why not."""
    chosen = form.cleaned_data["successor"]
    heir = personnel.find(manager, uuid.UUID(chosen)) if chosen else None
    try:
        handover.end(
            manager, posting, day_of(form.cleaned_data["ended_on"]),
            today=timezone.localdate(), heir=heir,
        )  # fmt: skip
    except (BadInput, WrongState) as error:
        form.add_refusal(error)
        return False
    return True


def page(
    request: HttpRequest, form: EndForm, manager: User, posting: Posting, status: int
) -> HttpResponse:
    work = handover.work_of(posting)
    listed = open_matters(manager, work)
    context = {
        "form": form, "posting": posting, "work": work,
        "listed": [(case, in_language(case.category)) for case in listed[:MOST]],
        "more": len(listed) > MOST, "hidden": hidden(work, listed),
        "back": came_from(request, posting),
    }  # fmt: skip
    return render(request, "cases/end_post.html", context, status=status)


def open_matters(manager: User, work: Work) -> list[Case]:
    """What moves, as far as the manager may see it at all."""
    moving = {row.case_id for row in work.named} | {case.pk for case in work.held}
    rows = Case.objects.visible_to(manager).filter(pk__in=moving)
    return list(rows.select_related("category", "holder_unit").order_by("due_at", "pk"))


def hidden(work: Work, listed: list[Case]) -> bool:
    """Whether something moves that the manager may not see."""
    moving = {row.case_id for row in work.named} | {case.pk for case in work.held}
    return bool(moving - {case.pk for case in listed})
