"""The intake page and the receipt that follows it."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import attachments, intake, looks
from cases.duplicates import nearby
from cases.intake import Draft, Receipt
from cases.intake_form import IntakeForm, digest, registering_posts
from cases.models import Case
from cases.receipt import slip
from cases.rules.workflow import Kind, Status
from cases.transitions import database_now
from grids.errors import BadInput, BrokenRule, NotAllowed
from grids.models import Area, User


def staff(request: HttpRequest) -> User:
    """The signed-in member of staff; every page here is closed to others."""
    assert isinstance(request.user, User)
    return request.user


def asked_from(request: HttpRequest) -> str | None:
    """The network address a request comes from, as far as the server knows it."""
    return request.META.get("REMOTE_ADDR") or None


def shell(user: User) -> str:
    """The template around a page: the phone's for grid workers, the desk's for the rest."""
    return "field.html" if user.works_in_the_field else "base.html"


# --- the form ---------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Record one matter. One form, one case, however often it is sent."""
    user = staff(request)
    if not registering_posts(user):
        raise NotAllowed("Your post does not register matters.")
    if request.method == "GET":
        kind = kind_named(request.GET.get("kind"))
        return kept_for_a_step_back(page(request, IntakeForm(user, kind)))
    kind = kind_named(request.POST.get("kind"))
    if "kind_to" in request.POST or "check" in request.POST:
        return look_again(request, kind_named(request.POST.get("kind_to"), kind))
    form = IntakeForm(user, kind, request.POST, request.FILES)
    if not form.is_valid():
        return page(request, form, status=422)
    draft = form.draft()
    try:
        receipt = submit(draft, form, user)
    except BadInput as error:
        return refused(request, form, error)
    if Case.objects.visible_to(user).filter(pk=receipt.case.pk).exists():
        return redirect("cases:receipt", receipt.case_number)
    # A protected matter leaves the writer's view at once; this is the only sight of its receipt.
    return receipt_page(request, receipt.case, [], protected=True)


def kept_for_a_step_back(empty: HttpResponse) -> HttpResponse:
    """Let the browser keep the empty form, which tells nothing. After a lost answer people step
    back and press again; a form loaded anew would bring another key, and a second case."""
    empty["Cache-Control"] = "private, no-cache"
    return empty


def kind_named(name: str | None, otherwise: Kind = Kind.DISPUTE) -> Kind:
    return Kind(name) if name in Kind.values() else otherwise


@transaction.atomic
def submit(draft: Draft, form: IntakeForm, user: User) -> Receipt:
    """Register the draft and keep its photos, both or neither."""
    key = str(form.cleaned_data["key"])
    receipt = intake.register(draft, actor=user, key=key, body_digest=digest(draft))
    if receipt.created:
        attachments.accept(receipt.case, form.cleaned_data["photos"], actor=user)
    return receipt


def refused(request: HttpRequest, form: IntakeForm, error: BrokenRule) -> HttpResponse:
    """The form again, with the refusal at its field and nothing lost but the photos."""
    if error.field == "key":
        # Sent before with other words, for example after a step back in the browser.
        form.renew_key()
        form.add_error(
            None,
            _("This form was sent before. If this is another matter, press submit once more."),
        )
    else:
        form.add_refusal(error)
    return page(request, form, status=422)


def look_again(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The form with another kind, or with what is alike nearby. Nothing is written."""
    user = staff(request)
    form = IntakeForm(user, kind, initial=request.POST.dict())
    form.fields["text"].widget.attrs.pop("autofocus", None)
    context: dict[str, Any] = {"photos_lost": bool(request.FILES)}
    if "check" in request.POST:
        area = chosen_area(user, request.POST.get("area", ""))
        text = request.POST.get("text", "")
        context["checked"] = True
        context["alike"] = nearby(user, area, text, database_now()) if area else []
    return page(request, form, **context)


def chosen_area(user: User, pk: str) -> Area | None:
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return Area.objects.visible_to(user).filter(pk=int(pk)).first()


def page(
    request: HttpRequest, form: IntakeForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    user = staff(request)
    if status == 422 and "key" in form.errors:
        form.renew_key()
    context = {
        "form": form,
        "kind": form.kind,
        "kinds": list(Kind),
        "shell": shell(user),
        "desk": not user.works_in_the_field,
        "photos_lost": bool(request.FILES),
    } | context
    return render(request, "cases/new.html", context, status=status)


# --- the receipt ------------------------------------------------------------------------
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of a matter the reader recorded, while it is visible to them."""
    user = staff(request)
    rows = Case.objects.visible_to(user).filter(reporter=user)
    case = get_object_or_404(
        rows.select_related("holder_unit", "area", "village", "story"), number=number
    )
    alike: list[Case] = []
    if case.status == Status.REGISTERED:
        alike = nearby(user, case.area, case.story.text, database_now(), leave_out=case.pk)
    return receipt_page(request, case, alike)


def receipt_page(
    request: HttpRequest, case: Case, alike: list[Case], *, protected: bool = False
) -> HttpResponse:
    user = staff(request)
    looks.look(user, case, "print", fields="receipt", address=asked_from(request))
    address = request.build_absolute_uri(reverse("cases:progress"))
    context = {
        "case": case,
        "slip": slip(case, address),
        "alike": alike,
        "protected": protected,
        "unsigned": case.status == Status.REGISTERED,
        "shell": shell(user),
        "desk": not user.works_in_the_field,
    }
    return render(request, "cases/receipt.html", context)
