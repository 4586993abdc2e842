"""Forms of the unit pages."""

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from grids import powers
from grids.models import Area, Unit, UnitKind, User
from grids.models.unit import UnitQuerySet
from grids.office_forms import MOST, OfficeForm, day_field, read_id, unit_choices


def kind_choices() -> list[tuple[str, str]]:
    """The kinds of unit in the reader's language."""
    column = "name_en" if get_language() == "en" else "name"
    rows = UnitKind.objects.filter(valid_to=None).order_by("sort")
    return list(rows.values_list("code", column))


def offered(manager: User) -> UnitQuerySet:
    """The running units that may be named as superior or as heir."""
    return Unit.objects.visible_to(manager).current()


class UnitForm(OfficeForm):
    """Name and phone of a unit."""

    name = forms.CharField(label=gettext_lazy("Name of the unit"), max_length=80)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=20, required=False,
        help_text=gettext_lazy("The office's number; residents see it."),
    )  # fmt: skip


class NewUnitForm(UnitForm):
    """A new unit at a place."""

    field_order = ("area", "kind", "name", "phone", "valid_from")
    area = forms.ChoiceField(label=gettext_lazy("Place"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    valid_from = day_field(gettext_lazy("First day"))

    @property
    def searchable(self) -> bool:
        return True

    def draw(self) -> None:
        kinds = [("", _("Choose …")), *kind_choices()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["area"].choices = self.places()  # type: ignore[attr-defined]
        self.fields["valid_from"].initial = timezone.localdate()

    def kept(self) -> Q:
        within = Q(pk__in=[])
        for post in self.manager.posts:
            if powers.keeps_units(post):
                within |= Q(tenant_id=post.tenant_id, path__startswith=post.area_path)
        return within

    def places(self) -> list[tuple[str, str]]:
        rows = Area.objects.current().filter(self.kept())
        chosen = Q(pk=read_id(self.given("area")))
        if self.search:
            rows = rows.filter(Q(name__icontains=self.search) | chosen)
        listed = list(rows.select_related("parent").order_by("level", "path")[:MOST])
        if (pk := read_id(self.given("area"))) and all(row.pk != pk for row in listed):
            again = Area.objects.current().filter(self.kept(), chosen)
            listed += list(again.select_related("parent"))
        pairs = [
            (str(row.pk), f"{row.parent.name} {row.name}" if row.parent else row.name)
            for row in listed
        ]
        return [("", _("Choose …")), *pairs]

    def chosen_area(self) -> Area:
        """The place chosen in the list."""
        rows = Area.objects.filter(self.kept())
        return rows.get(pk=read_id(self.cleaned_data["area"]))


class SuperiorForm(OfficeForm):
    """A superior in one of the two lines, from a day on."""

    line = forms.ChoiceField(
        label=gettext_lazy("Line"), widget=forms.RadioSelect,
        choices=[
            ("government", gettext_lazy("Government of the same level")),
            ("business", gettext_lazy("Superior in the same line of work")),
        ],
    )  # fmt: skip
    superior = forms.ChoiceField(label=gettext_lazy("Superior"))
    valid_from = day_field(gettext_lazy("First day"))

    @property
    def searchable(self) -> bool:
        return True

    def draw(self) -> None:
        self.fields["superior"].choices = unit_choices(  # type: ignore[attr-defined]
            self.offered(), self.search, self.given("superior")
        )
        self.fields["valid_from"].initial = timezone.localdate()

    def offered(self) -> UnitQuerySet:
        return offered(self.manager)

    def chosen(self) -> Unit:
        """The superior chosen in the list."""
        found: Unit = self.offered().get(pk=read_id(self.cleaned_data["superior"]))
        return found
