"""The supervision desk (督办台): the list by lamp and unit, one order, its sheet, a file."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import export, looks, orders, orders_file
from cases.models import Case, SupervisionOrder
from cases.orders import LAMPS, Asked, Line, Show
from cases.pages.case import looked_up
from cases.pages.export import as_file, query_of, what_for
from cases.pages.intake import asked_from, shell, staff
from cases.queues import Cursor
from cases.rules.supervision import Cause
from cases.rules.workflow import Status, Verb
from cases.transitions import database_now
from grids.errors import BadInput, BrokenRule, NotAllowed, NotVisible
from grids.models import User

NAMES = ("show", "lamp", "unit", "cause")
PRESSED = (Verb.REPLY_ORDER, Verb.ACCEPT_REPLY, Verb.REJECT_REPLY, Verb.DELIST)
IN_LISTS = PRESSED[:-1]  # an order is ended where it can be read


def reader(request: HttpRequest) -> User:
    """Who looks; raises ``NotAllowed`` for posts that have nothing to do with orders."""
    user = staff(request)
    if not orders.reads(user):
        raise NotAllowed("Your post has no supervision list.")
    return user


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The list the address asks for, its tabs with counts, and what is open by unit."""
    user, now = reader(request), database_now()
    query = request.GET.dict()
    asked, cursor = orders.read(query), Cursor.read(query.get("after", ""))
    found, more = orders.page(user, asked, now, cursor)
    kept = {name: query[name] for name in NAMES if query.get(name)}
    counted, units = orders.counts(user, now), orders.by_unit(user, now)
    frame = shell(user)
    context = {
        "shell": frame,
        "desk": frame == "base.html",
        "asked": asked,
        "tabs": [
            (address(kept, show=one.value), _(one.label), counted[one], one is asked.show)
            for one in Show
        ],
        "lamps": [(one.value, _(one.label)) for one in LAMPS],
        "causes": [(one.value, _(one.label)) for one in Cause],
        "units": units,
        "lines": [(one, buttons(one)) for one in found],
        "previous": address(kept) if cursor else "",
        "next": address(kept, after=more) if more else "",
        "export": "" if user.works_in_the_field else f"{reverse('cases:orders_export')}"
        + (f"?{urlencode(kept)}" if kept else ""),
        "narrowed": bool(asked.lamp or asked.unit or asked.cause),
        "clear": address({"show": asked.show.value}),
    }  # fmt: skip
    return render(request, "cases/orders.html", context)


def address(kept: dict[str, str], **changes: str) -> str:
    """The address of the list with some of its parameters changed."""
    values = {name: value for name, value in (kept | changes).items() if value}
    here = reverse("cases:orders")
    return f"{here}?{urlencode(values)}" if values else here


def buttons(line: Line) -> list[tuple[str, str, bool]]:
    """(address, label, first) of the acts the reader may do about an order."""
    return [
        (act_url(line.row, verb), _(verb.label), verb in (Verb.REPLY_ORDER, Verb.ACCEPT_REPLY))
        for verb in IN_LISTS
        if verb in line.able
    ] + [
        (reverse("cases:order_new", args=[line.row.case.number]), _("Supervise"), False)
        for verb in line.able & {Verb.ORDER}
    ]


def act_url(row: SupervisionOrder, verb: Verb) -> str:
    path = reverse("cases:act", args=[row.case.number, verb.value])
    return f"{path}?order={row.pk}"


@require_GET
def one(request: HttpRequest, number: str, order_id: int) -> HttpResponse:
    """One order with its thread. A look at the matter, kept as one."""
    user = staff(request)
    case, row = the_order(user, number, order_id)
    looks.look(user, case, "view", fields=f"order:{row.pk}", address=asked_from(request))
    found = orders.whole(user, case, row, database_now())
    frame = shell(user)
    context: dict[str, Any] = {
        "shell": frame,
        "desk": frame == "base.html",
        "case": case,
        "order": found.line,
        "whole": found,
        "status": Status(case.status),
        "buttons": [
            (act_url(row, verb), _(verb.label), verb in (Verb.REPLY_ORDER, Verb.ACCEPT_REPLY))
            for verb in PRESSED
            if verb in found.able
        ],
    }
    return render(request, "cases/order.html", context)


@require_GET
def printed(request: HttpRequest, number: str, order_id: int) -> HttpResponse:
    """The order as one side of A4 with a slip for the answer; kept in the access log."""
    user = staff(request)
    case, row = the_order(user, number, order_id)
    if row.issuer_id is None:
        raise NotVisible("There is no such order.")
    looks.look(user, case, "print", fields=f"order:{row.pk}", address=asked_from(request))
    now = database_now()
    found = orders.whole(user, case, row, now)
    context = {
        "case": case, "order": found.line, "whole": found, "by": user.display_name,
        "unit": user.posts[-1].unit_name, "now": now,
        "demand": found.demand,
    }  # fmt: skip
    return render(request, "cases/order_print.html", context)


def the_order(user: User, number: str, order_id: int) -> tuple[Case, SupervisionOrder]:
    """An order of a case the person may open; raises ``NotVisible``."""
    case = looked_up(user, number)
    row = orders.find(user, case, order_id)
    if row is None:
        raise NotVisible("There is no such order.")
    return case, row


# --- the list as a file -----------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def take_out(request: HttpRequest) -> HttpResponse:
    """Ask what the list of the address is for; then hand it out as CSV."""
    user = reader(request)
    if user.works_in_the_field:
        raise NotAllowed("Lists are taken out at a desk, not on a phone.")
    asked = orders.read(request.GET.dict())
    if request.method == "GET":
        return form(request, asked)
    try:
        why = export.purpose(request.POST.get("why", ""), request.POST.get("reason", ""))
        text = orders_file.csv_of(user, asked, why, database_now(), asked_from(request))
    except BadInput as error:
        return form(request, asked, problem=error)
    return as_file(text, "supervision")


def form(request: HttpRequest, asked: Asked, *, problem: BrokenRule | None = None) -> HttpResponse:
    query = query_of(request)
    return what_for(
        request, _("Supervision desk"), reverse("cases:orders_export") + query,
        reverse("cases:orders") + query, problem,
    )  # fmt: skip
