"""Recording a matter about an official or a unit. The writer keeps the receipt, nothing else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import codes, sealing
from cases.intake_form import digest, registering_posts
from cases.pages.intake import shell, staff
from cases.receipt import qr_svg
from cases.sealed_form import SealedForm
from cases.sealing import SealedReceipt
from grids.errors import BadInput, NotAllowed


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form, and what comes of it. ``start`` brings along what was typed on the ordinary form,
    ``search`` looks for a unit; both write nothing."""
    user = staff(request)
    if not registering_posts(user):
        raise NotAllowed("Your post does not register matters.")
    search = request.POST.get("q", "")
    if request.method == "GET":
        return page(request, SealedForm(user))
    if "start" in request.POST or "search" in request.POST:
        return page(request, SealedForm(user, initial=request.POST.dict(), search=search))
    form = SealedForm(user, request.POST, request.FILES, search=search)
    if not form.is_valid():
        return page(request, form, status=422)
    unit_id, written = form.about
    draft = form.draft()
    try:
        receipt = sealing.register(
            draft, unit_id, written, actor=user, key=str(form.cleaned_data["key"]),
            digest=digest(draft) + f"{unit_id}|{written}".encode(),
            uploads=form.cleaned_data["photos"],
        )  # fmt: skip
    except BadInput as error:
        return refused(request, form, error)
    return receipt_page(request, receipt)


def refused(request: HttpRequest, form: SealedForm, error: BadInput) -> HttpResponse:
    """The form again, with the refusal at its field and nothing lost but the photos."""
    if error.field == "key":
        form.renew_key()
        words = _("This form was sent before. If this is another matter, press submit once more.")
        form.add_error(None, words)
    else:
        form.add_refusal(error)
    return page(request, form, status=422)


def page(request: HttpRequest, form: SealedForm, *, status: int = 200) -> HttpResponse:
    user = staff(request)
    if status == 422 and "key" in form.errors:
        form.renew_key()
    context: dict[str, Any] = {
        "form": form,
        "shell": shell(user),
        "desk": not user.works_in_the_field,
        "photos_lost": bool(request.FILES),
    }
    return forgotten(render(request, "cases/sealed_new.html", context, status=status))


def receipt_page(request: HttpRequest, receipt: SealedReceipt) -> HttpResponse:
    """The only sight of the receipt; the matter itself is not on it."""
    user = staff(request)
    address = request.build_absolute_uri(reverse("cases:progress"))
    code = receipt.code
    context: dict[str, Any] = {
        "matter": receipt.matter,
        "code": codes.grouped(code),
        "spoken": codes.grouped(code[: codes.SPOKEN_LENGTH]),
        "pin": receipt.pin,
        "page": address,
        "qr": qr_svg(f"{address}#{code}"),
        "shell": shell(user),
        "desk": not user.works_in_the_field,
    }
    response = forgotten(render(request, "cases/sealed_receipt.html", context))
    # Behind TLS the browser drops the pages before, which held what was typed.
    response["Clear-Site-Data"] = '"cache"'
    return response


def forgotten(response: HttpResponse) -> HttpResponse:
    """Ask the browser to keep nothing of a page."""
    response["Cache-Control"] = "no-store"
    return response
