"""The intake form: what a person typed becomes a ``Draft``, or says at which field it is wrong.

Shape only. What the rules say is said by ``intake.register``; ``add_refusal`` puts its answer at
the field it names, so page and API give the same answers.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.attachments import MOST_FILES
from cases.intake import MAX_TEXT, Draft, PartyDraft
from cases.models import Category, Source
from cases.models.terms import Term
from cases.petition_forms import at_intake
from cases.plain_field import PlainField
from cases.rules.workflow import Kind
from grids import keyring
from grids.errors import BadInput, BrokenRule
from grids.models import Area, User
from grids.roles import UNIT_ROLES, Level
from grids.staffing import Post

PARTY_ROWS = 4
MOST_PEOPLE = 100_000
FEW_PLACES = 4  # up to so many are chips, more are a list
LEVELS_BELOW = 2  # a district lists its villages, not its thousands of grids
DISPUTES = "纠纷"  # ends every name in the official list; on a chip it goes without saying
SIDES = {
    Kind.DISPUTE: {
        "applicant": gettext_lazy("Applicant"),
        "respondent": gettext_lazy("Respondent"),
        "other": gettext_lazy("Other"),
    },
    Kind.EVENT: {
        "applicant": gettext_lazy("Who told us"),
        "respondent": gettext_lazy("Who is concerned"),
        "other": gettext_lazy("Other"),
    },
}


def words(error: BrokenRule) -> str:
    """A refusal as one sentence in the reader's language."""
    text = _(error.message)
    return text % error.values if error.values else text


def in_language(term: Term) -> str:
    """The name of a category or source in the reader's language."""
    return term.name_en if (get_language() or "").startswith("en") else term.name


# --- fields -----------------------------------------------------------------------------
class PhotosInput(forms.FileInput):
    """A file input for several pictures."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.FileField):
    """Up to ``MOST_FILES`` uploads; what they are is judged by ``cases.attachments``."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        uploads = [one for one in data or [] if isinstance(one, UploadedFile)]
        if len(uploads) > MOST_FILES:
            raise forms.ValidationError(
                words(BadInput("At most %(most)s photos for one case.", most=MOST_FILES))
            )
        return uploads


def moment_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(
        label=label,
        required=False,
        widget=widget,
        error_messages={"invalid": gettext_lazy("Enter a date and a time.")},
    )


# --- places -----------------------------------------------------------------------------
def registering_posts(user: User) -> list[Post]:
    """The posts of ``user`` that register matters, the closest to the ground last."""
    return [post for post in user.posts if post.role in UNIT_ROLES]


def places(user: User) -> list[tuple[str, str]]:
    """(id, name) of the areas offered to ``user``: own posts' areas and two levels below."""
    own = {post.area_path: post.level for post in registering_posts(user)}
    offered = Q(pk__in=[])
    for path, level in own.items():
        offered |= Q(path__startswith=path, level__lte=level + LEVELS_BELOW)
    rows = list(
        Area.objects.current()
        .filter(offered | Q(path__in=[step for path in own for step in prefixes(path)]))
        .order_by("path")
        .values_list("path", "level", "name")
    )
    names = {path: (level, name) for path, level, name in rows}
    # Names begin below the post; posts in several places are told apart by the one above.
    base = min(own.values(), default=Level.TOWNSHIP) - (2 if len(own) > 1 else 0)
    found = []
    for path, _level, name in rows:
        if any(path.startswith(one) for one in own):
            chain = [names[one] for one in prefixes(path)[:-1] if one in names]
            parts = [part for level, part in chain if level > base]
            found.append((path.split(".")[-2], " · ".join([*parts, name])))
    return found


def prefixes(path: str) -> list[str]:
    """``1.5.9.`` as ``1.``, ``1.5.``, ``1.5.9.``."""
    ids = path.split(".")[:-1]
    return [".".join(ids[: count + 1]) + "." for count in range(len(ids))]


# --- the form ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PartyRow:
    """The bound fields of one party."""

    number: int
    name: forms.BoundField
    phone: forms.BoundField
    address: forms.BoundField
    side: forms.BoundField
    minor: forms.BoundField


class IntakeForm(forms.Form):
    """One matter as told. ``kind`` decides the categories; ``user`` the places and sources."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = PlainField(
        label=gettext_lazy("What happened?"), lines=True, max_length=MAX_TEXT,
        widget=forms.Textarea,
        error_messages={
            "required": gettext_lazy("Please write a sentence about what happened."),
            "max_length": gettext_lazy("At most %(limit_value)s characters."),
        },
    )  # fmt: skip
    category = forms.ChoiceField(
        label=gettext_lazy("Which category?"), required=False, widget=forms.RadioSelect
    )
    area = forms.ChoiceField(label=gettext_lazy("Where?"))
    place = PlainField(
        label=gettext_lazy("House number or landmark"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    photos = PhotosField(
        label=gettext_lazy("Photos"), required=False,
        widget=PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )  # fmt: skip
    urgent = forms.BooleanField(label=gettext_lazy("Urgent"), required=False)
    violence = forms.BooleanField(
        label=gettext_lazy("Somebody is hurt or threatened"), required=False
    )
    cadre = forms.BooleanField(
        label=gettext_lazy("A party is a cadre of this village"), required=False,
        help_text=gettext_lazy("It starts at the township; the village sees nothing of it."),
    )  # fmt: skip
    on_the_spot = forms.BooleanField(label=gettext_lazy("Settled on the spot"), required=False)
    result = PlainField(
        label=gettext_lazy("How was it settled?"), lines=True, required=False,
        max_length=MAX_TEXT, widget=forms.Textarea,
    )  # fmt: skip
    category_more = forms.ChoiceField(
        label=gettext_lazy("Another category"), required=False,
        help_text=gettext_lazy("Counts instead of the one chosen above."),
    )  # fmt: skip
    source = forms.ChoiceField(label=gettext_lazy("How did it reach us?"))
    people = PlainField(
        label=gettext_lazy("How many people are involved"), required=False, max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    occurred_at = moment_field(gettext_lazy("When it happened"))
    received_at = moment_field(gettext_lazy("When we were told"))

    def __init__(
        self,
        user: User,
        kind: Kind,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        posts = registering_posts(user)
        field_work = user.works_in_the_field
        start = {
            "key": uuid.uuid4(),
            "area": str(posts[-1].area_id) if posts else "",
            "source": "grid" if field_work else "window",
        }
        super().__init__(data, files, initial={**start, **(initial or {})})
        self.kind = kind
        self.fields.update(at_intake(kind))
        self._offer_categories(list(Category.objects.filter(valid_to=None)))
        self._offer_places(places(user))
        sources = Source.objects.filter(valid_to=None, staff_entry=True)
        choice(self, "source").choices = [(row.code, in_language(row)) for row in sources]
        self._add_parties()
        if field_work:
            self.fields["text"].help_text = _("Tap the microphone of the keyboard and speak.")
        elif data is None:
            self.fields["text"].widget.attrs["autofocus"] = True
        self.fields["text"].widget.attrs["rows"] = 5
        self.fields["result"].widget.attrs["rows"] = 3
        self.fields["received_at"].help_text = _("Empty: just now. Legal time limits run from it.")

    def _offer_categories(self, rows: list[Category]) -> None:
        """Frequent ones of the kind as chips; all of them, and what is pressing, as a list."""
        own = [row for row in rows if row.kind == self.kind]
        chips = [(row.code, in_language(row).removesuffix(DISPUTES)) for row in own if row.frequent]
        choice(self, "category").choices = chips
        pressing = [(row.code, in_language(row)) for row in rows if row.urgent and row not in own]
        listed: list[Any] = [("", _("As chosen above"))]
        tops = [row for row in own if row.parent_id is None]
        for top in tops:
            listed.append((top.code, in_language(top)))
            below = [row for row in own if row.parent_id == top.pk]
            listed += [(row.code, f"{in_language(top)} · {in_language(row)}") for row in below]
        if pressing:
            listed.append((_("Danger to people"), pressing))
        choice(self, "category_more").choices = listed

    def _offer_places(self, offered: list[tuple[str, str]]) -> None:
        field = choice(self, "area")
        if len(offered) <= FEW_PLACES:
            field.widget = forms.RadioSelect()
        field.choices = offered

    def _add_parties(self) -> None:
        sides = list(SIDES.get(self.kind, SIDES[Kind.EVENT]).items())
        off = {"autocomplete": "off"}
        for row in range(1, PARTY_ROWS + 1):
            self.fields[f"name_{row}"] = PlainField(
                label=_("Name"), required=False, max_length=40, widget=forms.TextInput(attrs=off)
            )
            self.fields[f"phone_{row}"] = PlainField(
                label=_("Phone"), required=False, max_length=40,
                widget=forms.TextInput(attrs={"type": "tel", **off}),
            )  # fmt: skip
            self.fields[f"address_{row}"] = PlainField(
                label=_("Address"), required=False, max_length=120,
                widget=forms.TextInput(attrs=off),
            )  # fmt: skip
            self.fields[f"side_{row}"] = forms.ChoiceField(
                label=_("Side"), required=False, choices=sides,
                initial=sides[min(row, 2) - 1][0],
            )  # fmt: skip
            self.fields[f"minor_{row}"] = forms.BooleanField(
                label=_("A minor, under 18"), required=False
            )

    # --- checking -----------------------------------------------------------------------
    def clean_people(self) -> int | None:
        text = self.cleaned_data["people"]
        if not text:
            return None
        if not re.fullmatch("[0-9]{1,6}", text) or not 1 <= int(text) <= MOST_PEOPLE:
            raise forms.ValidationError(_("Enter a whole number."))
        return int(text)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not any(mark.isalnum() for mark in text):
            raise forms.ValidationError(_("Please write a sentence about what happened."))
        return text

    def clean(self) -> None:
        values = self.cleaned_data
        if values.get("result") and not values.get("on_the_spot"):
            self.add_error(
                "on_the_spot", _("Switch this on if it is settled; if not, clear the text below.")
            )
        for row in range(1, PARTY_ROWS + 1):
            self._check_party(row)

    def _check_party(self, row: int) -> None:
        values = self.cleaned_data
        name, phone = values.get(f"name_{row}"), values.get(f"phone_{row}")
        if phone:
            self._try(f"phone_{row}", lambda: keyring.phone_digits(phone))
        alone = values.get(f"address_{row}") and not name and not phone
        if alone and not {f"name_{row}", f"phone_{row}"} & set(self.errors):
            self.add_error(f"name_{row}", _("A party needs a name or a phone."))

    def _try(self, field: str, check: Callable[[], object]) -> None:
        try:
            check()
        except BadInput as error:
            self.add_error(field, words(error))

    def add_refusal(self, error: BrokenRule) -> None:
        """Show a refusal of the door at the field it names."""
        field = {"parties": "name_1", "phone": "phone_1"}.get(error.field, error.field)
        self.add_error(field if field in self.fields else None, words(error))

    def renew_key(self) -> None:
        """Let the next sending of this form count as another matter."""
        self.data = {**dict(self.data.items()), "key": str(uuid.uuid4())}

    # --- what comes out -----------------------------------------------------------------
    @property
    def party_rows(self) -> list[PartyRow]:
        """The party fields row by row, for the template."""
        parts = ("name", "phone", "address", "side", "minor")
        return [
            PartyRow(row, *(self[f"{part}_{row}"] for part in parts))
            for row in range(1, PARTY_ROWS + 1)
        ]

    def parties(self) -> tuple[PartyDraft, ...]:
        values = self.cleaned_data
        rows = [
            PartyDraft(
                name=values[f"name_{row}"], phone=values[f"phone_{row}"],
                address=values[f"address_{row}"], side=values[f"side_{row}"] or "applicant",
                minor=values[f"minor_{row}"],
            )
            for row in range(1, PARTY_ROWS + 1)
        ]  # fmt: skip
        return tuple(one for one in rows if one.name or one.phone)

    def draft(self) -> Draft:
        """The valid form as a draft."""
        values = self.cleaned_data
        return Draft(
            kind=self.kind,
            text=values["text"],
            category=values["category_more"] or values["category"],
            source=values["source"],
            area_id=int(values["area"]),
            place=values["place"],
            parties=self.parties(),
            people=values["people"],
            urgent=values["urgent"],
            violence=values["violence"],
            cadre=values["cadre"],
            on_the_spot=values["on_the_spot"],
            result=values["result"],
            occurred_at=values["occurred_at"],
            received_at=values["received_at"],
            simple=values.get("simple", False),
            sender=values["sender"],
            sender_due=values["sender_due"],
        )


def choice(form: forms.Form, name: str) -> forms.ChoiceField:
    """The choice field ``name`` of ``form``."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field


def digest(draft: Draft) -> bytes:
    """What makes two submitted forms the same: everything that was told."""
    return hashlib.sha256(repr(draft).encode()).digest()
