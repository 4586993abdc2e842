"""Channels of units: where messages to groups go, whether they arrive, quiet hours of the place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases import channels, quiet
from cases.channels import Wanted
from cases.dispatch import last_of, waiting_of
from cases.models import Channel
from cases.pages.intake import staff
from cases.rules.audience import Topic
from cases.rules.channels import ChannelKind, State
from cases.rules.quiet import Quiet
from cases.transitions import database_now
from grids.errors import BadInput, NotVisible
from grids.models import Unit, User
from grids.office_forms import OfficeForm, read_id, unit_choices

STATES: Mapping[str, Any] = {
    "pending": gettext_lazy("Waiting"), "claimed": gettext_lazy("On its way"),
    "sent": gettext_lazy("Sent"), "unknown": gettext_lazy("Nobody knows whether it arrived"),
    "dead": gettext_lazy("Given up"),
}  # fmt: skip
TONES = {"sent": "ok", State.UNKNOWN: "warn", State.DEAD: "err"}


@dataclass(frozen=True, slots=True)
class Row:
    """One channel as the list prints it."""

    channel: Channel
    kind: str
    states: list[tuple[str, str, int]]  # words, tone, how many of the last messages


class QuietForm(forms.Form):
    """The quiet hours of a place."""

    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_to = forms.TimeField(
        label=gettext_lazy("until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("The same moment twice: no quiet hours."),
    )


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The channels of the reader's places; the quiet hours of the place are set here."""
    user = staff(request)
    channels.need_keeper(user)
    place = channels.place_of(user)
    now = quiet.of_unit(place, database_now())
    initial = {"quiet_from": now.begins, "quiet_to": now.ends}
    form = QuietForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            quiet.choose_for(place, Quiet(data["quiet_from"], data["quiet_to"]))
            messages.success(request, _("Saved."))
            return redirect("cases:channels")
        status = 422
    rows = Channel.objects.visible_to(user).select_related("unit")
    context = {"rows": [row_of(one) for one in rows], "form": form, "place": place}
    return render(request, "cases/channels.html", context, status=status)


def row_of(channel: Channel) -> Row:
    found = waiting_of(channel)
    states = [(str(STATES[one]), TONES.get(one, ""), found[one]) for one in STATES if one in found]
    return Row(channel, _(ChannelKind(channel.kind).label), states)


# --- one channel ----------------------------------------------------------------------------
class ChannelForm(OfficeForm):
    """A channel of a unit. Address and key are written, never shown."""

    unit = forms.ChoiceField(label=gettext_lazy("For which unit"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of channel"))
    name = forms.CharField(label=gettext_lazy("Name of the channel"), max_length=40)
    url = forms.CharField(
        label=gettext_lazy("Address the messages go to"), required=False, max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        help_text=gettext_lazy("Of a robot: the whole address with its key. Empty keeps the old."),
    )  # fmt: skip
    secret = forms.CharField(
        label=gettext_lazy("Signing key"), required=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 16 characters; of DingTalk what it shows. Empty keeps it."
        ),
    )  # fmt: skip
    to = forms.CharField(
        label=gettext_lazy("Recipients"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Duty phones or mailboxes of the unit, one per line; for text messages and e-mail."
        ),
    )  # fmt: skip
    told = forms.MultipleChoiceField(
        label=gettext_lazy("What is sent"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def draw(self) -> None:
        fields: Mapping[str, Any] = self.fields
        fields["unit"].choices = unit_choices(
            channels.units_of(self.manager), self.search, self.given("unit")
        )
        fields["kind"].choices = [(one.value, _(one.label)) for one in ChannelKind]
        fields["told"].choices = [(one.value, _(one.label)) for one in Topic]
        fields["told"].initial = Topic.values()

    def wanted(self) -> Wanted:
        """What was filled in."""
        data = self.cleaned_data
        off = [one for one in Topic.values() if one not in data["told"]]
        to = tuple(line.strip() for line in data["to"].splitlines() if line.strip())
        return Wanted(ChannelKind(data["kind"]), data["name"], data["url"].strip(),
                      data["secret"].strip(), to, off)  # fmt: skip

    def chosen_unit(self) -> Unit:
        found: Unit = channels.units_of(self.manager).get(pk=read_id(self.cleaned_data["unit"]))
        return found


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write down a channel; it is switched off."""
    user = staff(request)
    channels.need_keeper(user)
    search = request.POST.get("q", request.GET.get("q", ""))
    sent = request.method == "POST" and "search" not in request.POST
    form = ChannelForm(user, request.POST if sent else None, search=search)
    if request.method == "POST" and not sent:
        kept: dict[str, object] = {name: request.POST.get(name, "") for name in form.fields}
        form = ChannelForm(
            user, search=search, initial=kept | {"told": request.POST.getlist("told")}
        )
    status = 200
    if sent:
        status = 422
        if form.is_valid():
            try:
                row = channels.open_channel(user, form.chosen_unit(), form.wanted())
            except BadInput as error:
                form.add_refusal(error)
            else:
                messages.success(request, _("Saved. Try the channel, then switch it on."))
                return redirect("cases:channel", row.pk)
    context = {
        "form": form, "title": _("New channel"), "button": _("Save"),
        "back": reverse("cases:channels"),
        "note": _("Only numbers, lamps, counts and links are sent: no names, phones or words."),
    }  # fmt: skip
    return render(request, "grids/office_form.html", context, status=status)


DOES = ("save", "test", "on", "off", "remove")


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One channel: its settings, its last messages; try it, switch it, take it away."""
    user = staff(request)
    channels.need_keeper(user)
    row = Channel.objects.visible_to(user).select_related("unit").filter(pk=pk).first()
    if row is None:
        raise NotVisible(channels.NO_ROW)
    do = request.POST.get("do", "save")
    if request.method == "POST" and do != "save":
        return done(request, user, pk, do)
    form = edit_form(user, row, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                channels.change(user, pk, form.wanted())
            except BadInput as error:
                form.add_refusal(error)
            else:
                messages.success(request, _("Saved."))
                return redirect("cases:channel", pk)
    context = {
        "row": row, "kind": _(ChannelKind(row.kind).label), "form": form,
        "last": [(one, STATES[one.state], TONES.get(one.state, "")) for one in last_of(row)],
    }  # fmt: skip
    return render(request, "cases/channel.html", context, status=status)


def edit_form(user: User, row: Channel, data: Mapping[str, Any] | None) -> ChannelForm:
    """The form of a channel that exists: its unit stays."""
    to = channels.address_of(row).to
    initial = {
        "kind": row.kind, "name": row.name, "to": "\n".join(to),
        "told": [one for one in Topic.values() if one not in row.off],
    }  # fmt: skip
    form = ChannelForm(user, data, initial=initial)
    del form.fields["unit"]
    return form


def done(request: HttpRequest, user: User, pk: int, do: str) -> HttpResponse:
    """What the buttons beside the form do."""
    if do not in DOES:
        raise BadInput("Choose from the list.", field="do")
    if do == "remove":
        channels.remove(user, pk)
        messages.success(request, _("The channel was removed."))
        return redirect("cases:channels")
    if do == "test":
        channels.try_out(user, pk)
        messages.success(request, _("A test message is on its way. Look again in a moment."))
    else:
        channels.switch(user, pk, on=do == "on")
        messages.success(request, _("Saved."))
    return redirect("cases:channel", pk)
