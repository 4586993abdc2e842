"""Ending a post: what is open, who follows, and the move in one step."""

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
from grids import personnel
from grids.errors import BadInput, NotVisible, WrongState
from grids.models import Posting, User
from grids.office_forms import OfficeForm, day_field, day_of

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
            return redirect("office:person", posting.user.public_id)
        status = 422
    return page(request, form, manager, posting, status)


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
        "back": reverse("office:person", args=[posting.user.public_id]),
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
