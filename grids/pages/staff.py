"""Staff: the accounts and posts below a manager, and what may be done to them."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids import personnel
from grids.errors import BadInput, BrokenRule, NotVisible
from grids.models import Change, Posting, User
from grids.office_forms import (
    LONGEST_SEARCH,
    MOST,
    NameForm,
    OfficeForm,
    PersonForm,
    PostForm,
    ReasonForm,
    SubstituteForm,
    day_of,
)
from grids.passwords import Slip


def signed(request: HttpRequest) -> User:
    """The signed-in member of staff; every page here is closed to others."""
    assert isinstance(request.user, User)
    return request.user


# --- list and page of one person --------------------------------------------------------
@require_GET
def staff(request: HttpRequest) -> HttpResponse:
    """Everybody whose books the reader keeps, by place and unit; nobody is counted."""
    manager = signed(request)
    personnel.book_posts(manager)
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    rows = Posting.objects.visible_to(manager).current()
    if search:
        rows = rows.filter(
            Q(user__display_name__icontains=search) | Q(user__username__icontains=search)
            | Q(unit__name__icontains=search) | Q(area__name__icontains=search)
        )  # fmt: skip
    rows = rows.select_related("user", "unit", "area", "substitute_for__user")
    lines = list(rows.order_by("unit__area__path", "unit__pk", "pk")[: MOST + 1])
    idle = personnel.without_post(manager, search)[:MOST]
    context = {
        "lines": lines[:MOST], "more": len(lines) > MOST, "idle": idle, "search": search,
        "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "grids/staff.html", context)


@require_GET
def person(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One account: its posts, and what the reader may do to it."""
    manager = signed(request)
    return show(request, manager, personnel.find(manager, public_id))


def show(
    request: HttpRequest, manager: User, one: User, problem: BrokenRule | None = None
) -> HttpResponse:
    today = timezone.localdate()
    rows = posts_of(manager, [one.pk])
    posts = [
        (row, row.ended_on is None or row.ended_on > today,
         row.user_id != manager.pk and personnel.may_post(manager, row.role, row.unit))
        for row in rows
    ]  # fmt: skip
    context = {
        "one": one, "posts": posts, "today": today,
        "manages": personnel.may_manage(manager, one), "self": one.pk == manager.pk,
        "changes": [(row, done(row)) for row in personnel.changes_of(one)],
        "reasons": ReasonForm(manager),
        "problem": problem and str(_(problem.message) % problem.values),
    }  # fmt: skip
    return render(request, "grids/person.html", context, status=422 if problem else 200)


def posts_of(manager: User, people: Iterable[int]) -> QuerySet[Posting]:
    """The posts of some accounts that stand in the manager's books, the latest first."""
    rows: QuerySet[Posting] = Posting.objects.visible_to(manager).filter(user__in=list(people))
    return rows.select_related("unit__area", "area", "substitute_for__user").order_by("-pk")


DONE = {
    "open": gettext_noop("Account opened"),
    "rename": gettext_noop("Name corrected"),
    "reset": gettext_noop("One-time password given"),
    "disable": gettext_noop("Account disabled"),
    "enable": gettext_noop("Account enabled"),
    "sign_out": gettext_noop("Signed out everywhere"),
    "post": gettext_noop("Post given"),
    "substitute": gettext_noop("Named as substitute"),
    "end": gettext_noop("Post ended"),
}


def done(row: Change) -> str:
    """What a row of the log says in the reader's language."""
    return _(DONE[row.action]) if row.action in DONE else row.action


# --- forms ------------------------------------------------------------------------------
def filled(request: HttpRequest, form: OfficeForm) -> bool:
    """Whether a form was sent to be judged, rather than to search its lists."""
    return request.method == "POST" and "search" not in request.POST and form.is_valid()


def drawn(
    request: HttpRequest, form: OfficeForm, title: str, back: str, **context: Any
) -> HttpResponse:
    """The page of a form; after a search it is drawn anew with what was typed."""
    status = 422 if form.is_bound and form.errors else 200
    values = {"form": form, "title": title, "back": back, "button": title} | context
    return render(request, "grids/office_form.html", values, status=status)


Build = Callable[..., OfficeForm]


def built(request: HttpRequest, build: Build, *parts: Any, **initial: Any) -> OfficeForm:
    """The form of this request: fresh, sent, or searched."""
    search = request.POST.get("q", request.GET.get("q", ""))
    if request.method == "POST" and "search" not in request.POST:
        return build(*parts, request.POST, search=search)
    form = build(*parts, search=search, initial=initial)
    if request.method == "POST":
        kept = {name: request.POST.get(name, "") for name in form.fields}
        form = build(*parts, search=search, initial=initial | {k: v for k, v in kept.items() if v})
    return form


@require_http_methods(["GET", "POST"])
def engage(request: HttpRequest) -> HttpResponse:
    """A new account with its first post; the answer is the slip, printed once."""
    manager = signed(request)
    personnel.book_posts(manager)
    form = built(request, PersonForm, manager)
    if filled(request, form) and isinstance(form, PersonForm):
        data = form.cleaned_data
        unit = form.chosen_unit()
        try:
            slip = personnel.engage(
                manager, username=data["username"], name=data["name"], role=data["role"],
                unit=unit, area=unit.area, started_on=day_of(data["started_on"]),
                ended_on=data["ended_on"], now=timezone.now(),
            )  # fmt: skip
        except BadInput as error:
            form.add_refusal(error)
        else:
            return slips(request, [slip])
    return drawn(request, form, _("New account"), reverse("office:staff"))


def slips(request: HttpRequest, found: list[Slip]) -> HttpResponse:
    """The slips, to be printed now: no page shows these passwords again."""
    return render(request, "grids/slips.html", {"slips": found, "day": timezone.localdate()})


@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Correct a name."""
    manager = signed(request)
    one = personnel.find(manager, public_id)
    personnel.need_below(manager, one)
    form = built(request, NameForm, manager, name=one.display_name)
    back = reverse("office:person", args=[one.public_id])
    if filled(request, form):
        try:
            personnel.rename(manager, one, form.cleaned_data["name"])
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    return drawn(request, form, _("Correct the name"), back, about=one.username)


@require_POST
def reset(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new one-time password, with a reason that is kept; the answer is the slip."""
    manager = signed(request)
    one = personnel.find(manager, public_id)
    try:
        slip = personnel.reset(manager, one, timezone.now(), request.POST.get("words", ""))
    except BadInput as error:
        return show(request, manager, one, error)
    return slips(request, [slip])


@require_POST
def switch(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Disable or enable an account."""
    manager = signed(request)
    one = personnel.find(manager, public_id)
    active = request.POST.get("active") == "1"
    personnel.switch(manager, one, active=active)
    messages.success(request, _("Account enabled.") if active else _("Account disabled."))
    return redirect("office:person", one.public_id)


@require_POST
def sign_out(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """End every session of a person."""
    manager = signed(request)
    one = personnel.find(manager, public_id)
    personnel.sign_out(manager, one)
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": one})
    return redirect("office:person", one.public_id)


# --- posts ------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One more post for a person."""
    manager = signed(request)
    one = personnel.find(manager, public_id)
    personnel.need_another(manager, one)
    form = built(request, PostForm, manager)
    back = reverse("office:person", args=[one.public_id])
    if filled(request, form) and isinstance(form, PostForm):
        data, unit = form.cleaned_data, form.chosen_unit()
        try:
            personnel.post(
                manager, one, role=data["role"], unit=unit, area=unit.area,
                started_on=day_of(data["started_on"]), ended_on=data["ended_on"],
            )  # fmt: skip
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    return drawn(request, form, _("Give a post"), back, about=str(one))


def looked_up(manager: User, pk: int) -> Posting:
    """A post in the manager's books; raises ``NotVisible``."""
    rows = Posting.objects.visible_to(manager).select_related("unit__area", "user", "area")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotVisible("There is no such post in your area.")
    return found


@require_http_methods(["GET", "POST"])
def substitute(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody who stands in for a post for some days."""
    manager = signed(request)
    posting = looked_up(manager, pk)
    personnel.need_post(manager, posting)
    search = request.POST.get("q", request.GET.get("q", ""))
    people = personnel.choices(manager, search, without=posting.user_id)
    form = built(request, SubstituteForm, manager, people)
    back = reverse("office:person", args=[posting.user.public_id])
    if filled(request, form):
        data = form.cleaned_data
        one = personnel.find(manager, uuid.UUID(data["colleague"]))
        days: tuple[date, date] = day_of(data["started_on"]), day_of(data["ended_on"])
        try:
            personnel.substitute(manager, posting, one, *days)
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    about = f"{posting.user} · {posting.unit.name}"
    return drawn(request, form, _("Name a substitute"), back, about=about)
