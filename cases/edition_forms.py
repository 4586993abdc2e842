"""Forms about later editions of the list of places: the file, and which changes are meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.area_forms import DOCUMENT, pairs
from cases.plain_field import PlainField
from grids.bodies import digits
from grids.edition_reading import MOST_BYTES, Reading
from grids.gridforms import RuledForm
from grids.importing import Edition
from grids.matching import ChangeKind
from grids.models import Area, EditionChange, User
from grids.models.edition import ChangeState


class ReadForm(RuledForm):
    """A table with the official list of a later edition, for one place."""

    root = forms.ChoiceField(
        label=gettext_lazy("Place"),
        help_text=gettext_lazy("The file may hold more; only what lies in it is compared."),
    )
    # Not demanded by the browser, as everywhere: the page says what is missing.
    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)
    year = forms.IntegerField(
        label=gettext_lazy("Year of the edition"), min_value=1949, max_value=2200,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    system = PlainField(
        label=gettext_lazy("Code system"), max_length=20,
        help_text=gettext_lazy(
            "NBS for the codes of the statistics bureau. Codes of another system are never "
            "taken for these."
        ),
    )  # fmt: skip
    root_code = PlainField(
        label=gettext_lazy("Code of the place in the file"), max_length=20, required=False,
        help_text=gettext_lazy("Only where it has another code there."),
    )  # fmt: skip
    document = PlainField(
        label=gettext_lazy("Document it rests on"), max_length=DOCUMENT, required=False,
        help_text=gettext_lazy("Number of the approval or order, as it is kept in the history."),
    )  # fmt: skip

    def __init__(self, roots: list[Area], data: Any = None, files: Any = None) -> None:
        first = roots[0] if roots else None
        system = first.code_system if first and first.code_system else Edition().system
        super().__init__(
            data, files, initial={"system": system, "root": first.pk if first else None}
        )
        self.roots = {str(one.pk): one for one in roots}
        field = self.fields["root"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, one.name) for key, one in self.roots.items()]

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

    def reading(self, reader: User) -> Reading:
        data = self.cleaned_data
        return Reading(
            data["system"], data["year"], self.roots[data["root"]], data["root_code"],
            data["document"], reader,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Which changes of an edition are meant; empty values mean any."""

    kind: str = ""
    state: str = ""
    county: int | None = None
    unsure: bool = False
    q: str = ""

    @classmethod
    def of(cls, data: Mapping[str, str]) -> Filter:
        """What a query string or a sent form says; unknown values count as empty."""
        kind, state = data.get("kind", ""), data.get("state", "")
        return cls(
            kind=kind if kind in ChangeKind.values() else "",
            state=state if state in ChangeState.values() else "",
            county=digits(data.get("county", "")),
            unsure=data.get("unsure", "") == "1",
            q=data.get("q", "").strip()[:40].replace("\x00", ""),
        )

    def narrow(self, rows: QuerySet[EditionChange]) -> QuerySet[EditionChange]:
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.state:
            rows = rows.filter(state=self.state)
        if self.county is not None:
            rows = rows.filter(county=self.county)
        if self.unsure:
            rows = rows.filter(unsure=True)
        if self.q:
            sought = Q(old_name__icontains=self.q) | Q(new_name__icontains=self.q)
            codes = Q(old_code__startswith=self.q) | Q(new_code__startswith=self.q)
            rows = rows.filter(sought | codes)
        return rows

    def fields(self) -> list[tuple[str, str]]:
        """Names and values that say the same again; those that are set."""
        found = [("kind", self.kind), ("state", self.state), ("q", self.q)]
        if self.county is not None:
            found.append(("county", str(self.county)))
        if self.unsure:
            found.append(("unsure", "1"))
        return [one for one in found if one[1]]

    def query(self, **more: object) -> str:
        """As a query string, with ``more`` in place of what it says itself."""
        told = dict(self.fields()) | {name: str(value) for name, value in more.items()}
        return urlencode({name: value for name, value in told.items() if value})


class HeirForm(RuledForm):
    """Which place takes over what is gone, or which new one it is."""

    heir = forms.ChoiceField(
        label=gettext_lazy("Went into"), required=False,
        help_text=gettext_lazy(
            "The place that takes over its matters, grids and people. Without one it is the "
            "place above."
        ),
    )  # fmt: skip

    twin = forms.ChoiceField(
        label=gettext_lazy("Is the same place as"), required=False,
        help_text=gettext_lazy(
            "A new place of the edition that is this one under another name and code. It keeps "
            "its history, matters and people."
        ),
    )  # fmt: skip

    def __init__(
        self,
        change: EditionChange,
        places: list[Area],
        twins: list[EditionChange],
        data: Any = None,
    ) -> None:
        super().__init__(data, initial={"heir": str(change.heir_id or "")})
        if not twins:
            del self.fields["twin"]
        else:
            other = self.fields["twin"]
            assert isinstance(other, forms.ChoiceField)
            named = [(str(one.pk), f"{one.new_name} {one.new_code}") for one in twins]
            other.choices = [("", _("no new place")), *named]
        field = self.fields["heir"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("the place above")), *pairs(places)]
