"""Forms about grids. Shape only; what the rules say is added at the field it names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids import outline, tree
from grids.errors import BrokenRule
from grids.gridbook import Sketch
from grids.models import Area
from grids.roles import AreaKind, Level, Role

MOST_BYTES = 512 * 1024  # of an imported file
GRID_KINDS = (AreaKind.GENERAL_GRID, AreaKind.DEDICATED_GRID)


def words(error: BrokenRule) -> str:
    """A refusal as one sentence in the reader's language."""
    text = _(error.message)
    return text % error.values if error.values else text


class RuledForm(forms.Form):
    """A form whose refusals come from a door."""

    def add_refusal(self, error: BrokenRule) -> None:
        """Put the sentence of a rule at the field it is about."""
        self.add_error(error.field if error.field in self.fields else None, words(error))


class GridForm(RuledForm):
    """What is written about a grid. Of a known one the name is not asked: renaming has a past."""

    rev = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    name = forms.CharField(
        label=gettext_lazy("Name of the grid"), max_length=60,
        help_text=gettext_lazy("For example 第3网格"),
    )  # fmt: skip
    number = forms.CharField(
        label=gettext_lazy("Number"), max_length=20,
        help_text=gettext_lazy("Once in the village. The code is made of it where it is free."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), widget=forms.RadioSelect)
    households = forms.IntegerField(
        label=gettext_lazy("Households"), required=False, min_value=0,
        max_value=tree.MOST_HOUSEHOLDS,
        help_text=gettext_lazy("Usual sizes: a grid 300 to 500 households, a micro-grid 50 to 80."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    boundary = forms.CharField(
        label=gettext_lazy("Boundary in words"), required=False, max_length=2000,
        help_text=gettext_lazy("Residents read this on the public notice."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    outline = forms.CharField(
        label=gettext_lazy("Outline as GeoJSON"), required=False,
        max_length=outline.MOST_CHARACTERS,
        help_text=gettext_lazy(
            "A Polygon or MultiPolygon in degrees, longitude first, taken from an approved map. "
            "Only the shape is kept."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )  # fmt: skip
    map_approval = forms.CharField(
        label=gettext_lazy("Approval number of the map"), required=False, max_length=40,
        help_text=gettext_lazy("Needed with an outline, for example GS(2024)0650号"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, level: Level, initial: Any = None, known: bool = False):
        super().__init__(data, initial=initial)
        if known:
            del self.fields["name"]
        kinds = (AreaKind.MICROGRID,) if level == Level.MICROGRID else GRID_KINDS
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, _(kind.label)) for kind in kinds]
        field.initial = kinds[0].value

    def sketch(self, name: str = "") -> Sketch:
        """The cleaned values; ``name`` of a known grid."""
        data = self.cleaned_data
        return Sketch(
            name=data.get("name") or name, number=data["number"], kind=data["kind"],
            households=data["households"], boundary=data["boundary"], outline=data["outline"],
            map_approval=data["map_approval"],
        )  # fmt: skip


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class CrewForm(RuledForm):
    """Who works in a grid, as what, from when."""

    account = forms.CharField(
        label=gettext_lazy("Account name"), max_length=40,
        help_text=gettext_lazy("Of somebody who has an account already."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    role = forms.ChoiceField(label=gettext_lazy("As"), widget=forms.RadioSelect)
    started_on = day_field(gettext_lazy("From"))
    ended_on = day_field(
        gettext_lazy("Until"), required=False, help_text=gettext_lazy("The first day without it.")
    )

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial={"role": Role.GRID_WORKER.value, **(initial or {})})
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, _(role.label)) for role in (Role.GRID_WORKER, Role.GRID_LEAD)]


class FileForm(RuledForm):
    """A CSV file to look through, nothing more."""

    # Not demanded by the browser: no form of this product makes anybody hand in a file.
    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            raise forms.ValidationError(_("Choose a file."))
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)s kB. Import it in parts.")
                % {"most": MOST_BYTES // 1024}
            )
        return file


def initial_of(area: Area, rev: int, text: str) -> dict[str, Any]:
    """What the form of a known grid shows first."""
    return {
        "rev": rev, "number": area.number, "kind": area.kind, "households": area.households,
        "boundary": area.boundary, "outline": text, "map_approval": area.map_approval,
    }  # fmt: skip
