"""Units: those of the places a manager keeps, their superiors, opening and changing them."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids import unit_office
from grids.errors import BadInput, NotVisible
from grids.models import Area, Unit
from grids.office_forms import LONGEST_SEARCH, MOST, day_of, read_id
from grids.pages.staff import built, drawn, filled, signed
from grids.unit_forms import NewUnitForm, SuperiorForm, UnitForm, kind_choices


@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """Units by place and kind; closed ones when asked for."""
    manager = signed(request)
    rows = unit_office.kept_units(manager)
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    kind, closed = request.GET.get("kind", ""), request.GET.get("closed") == "1"
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(area__name__icontains=search))
    if kind:
        rows = rows.filter(kind=kind)
    place = Area.objects.visible_to(manager).filter(pk=read_id(request.GET.get("area"))).first()
    if place is not None:
        rows = rows.filter(area__path__startswith=place.path)
    if not closed:
        rows = rows.current()
    kinds = kind_choices()
    named = dict(kinds)
    found = list(rows.select_related("area__parent", "kind").order_by(
        "area__level", "area__path", "kind__sort", "pk")[: MOST + 1])  # fmt: skip
    context = {
        "lines": [(unit, named.get(unit.kind_id, unit.kind.name)) for unit in found[:MOST]],
        "more": len(found) > MOST, "kinds": kinds, "kind": kind, "search": search,
        "closed": closed, "place": place,
    }  # fmt: skip
    return render(request, "grids/units.html", context)


@require_GET
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit and its superiors."""
    manager = signed(request)
    one = unit_office.find(manager, pk)
    kinds = dict(kind_choices())
    context = {
        "unit": one, "kind": kinds.get(one.kind_id, one.kind.name),
        "relations": unit_office.superiors(one),
    }  # fmt: skip
    return render(request, "grids/unit.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new unit."""
    manager = signed(request)
    unit_office.kept_units(manager)
    form = built(request, NewUnitForm, manager)
    if filled(request, form) and isinstance(form, NewUnitForm):
        data = form.cleaned_data
        try:
            found = unit_office.open_kept(
                manager, area=form.chosen_area(), kind=data["kind"], name=data["name"],
                phone=data["phone"], valid_from=day_of(data["valid_from"]),
            )  # fmt: skip
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("office:unit", found.pk)
    return drawn(request, form, _("New unit"), reverse("office:units"))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and phone of a unit."""
    manager = signed(request)
    one = unit_office.find(manager, pk)
    form = built(request, UnitForm, manager, name=one.name, phone=one.phone)
    if filled(request, form):
        data = form.cleaned_data
        try:
            unit_office.edit(manager, one, name=data["name"], phone=data["phone"])
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("office:unit", one.pk)
    return drawn(request, form, _("Change the unit"), reverse("office:unit", args=[one.pk]))


@require_http_methods(["GET", "POST"])
def relate(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a superior from a day on."""
    manager = signed(request)
    one = unit_office.find(manager, pk)
    form = built(request, SuperiorForm, manager)
    if filled(request, form) and isinstance(form, SuperiorForm):
        data = form.cleaned_data
        try:
            unit_office.relate(
                manager, one, form.chosen(), data["line"], day_of(data["valid_from"])
            )
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("office:unit", one.pk)
    back = reverse("office:unit", args=[one.pk])
    return drawn(request, form, _("Name a superior"), back, about=one.name)


@require_POST
def unrelate(request: HttpRequest, pk: int, relation: int) -> HttpResponse:
    """End a relation from today on."""
    manager = signed(request)
    one: Unit = unit_office.find(manager, pk)
    found = next((row for row in unit_office.superiors(one) if row.pk == relation), None)
    if found is None:
        raise NotVisible("There is no such unit in your area.")
    unit_office.end(manager, found, timezone.localdate())
    messages.success(request, _("Saved."))
    return redirect("office:unit", one.pk)
