"""The bell: what happened to matters that concern the person, and what they want to hear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import followups, quiet
from cases.channels import BROKEN
from cases.deciders import NOBODY_DECIDES
from cases.followups import Bell
from cases.looks import ALARM
from cases.models import Notice
from cases.offers import read_id
from cases.pages.intake import shell, staff
from cases.queues import Cursor, Tab
from cases.rules.audience import Ear, Topic, ears, topic
from cases.rules.lamp import MARKS, LampCode, Mark
from cases.rules.quiet import Quiet
from cases.rules.workflow import Verb
from cases.saying import happened
from cases.transitions import database_now
from grids.models import User
from grids.roles import EXTRACT_ROLES, UNIT_ROLES, Role

DIGEST_TABS = {
    Verb.REPORT_UP: Tab.SUPERVISED, Verb.SUPERVISE: Tab.SUPERVISED, Verb.RETURN: Tab.RETURNED,
    Verb.CO_HANDLE: Tab.CO,
}  # fmt: skip
LAMPS = {Topic.AMBER: LampCode.SOON, Topic.RED: LampCode.OVER}
CODES = frozenset(Mark.values())
# Where people without a queue find their matters.
LISTS = ((Role.MEDIATOR, "cases:mediations"), (Role.LEADER, "governance:leader"))


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as the page prints it."""

    bell: Bell
    text: str
    title: str
    url: str


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The person's own notices, newest first."""
    user = staff(request)
    cursor = Cursor.read(request.GET.get("after", ""))
    found, more = followups.bells(user, cursor)
    here, frame = reverse("cases:notices"), shell(user)
    context = {
        "lines": [line(user, one) for one in found],
        "unread": any(one.notice.read_at is None for one in found),
        "previous": here if cursor else "",
        "next": f"{here}?{urlencode({'after': more})}" if more else "",
        "shell": frame,
        "desk": frame == "base.html",
    }
    return render(request, "cases/notices.html", context)


def line(user: User, one: Bell) -> Line:
    notice, case = one.notice, one.case
    if notice.verb == Verb.SEAL:
        return sealed_line(one)
    if notice.verb == ALARM:
        return Line(
            one, _("An account went beyond a limit"), _("To the alarms"), reverse("audit:alarms")
        )
    if notice.verb == NOBODY_DECIDES:
        text = _("A request that somebody stays away waits, and nobody can decide it. Post a head.")
        return Line(one, text, _("To the units"), reverse("office:units"))
    if notice.verb == BROKEN:
        text = _("A message to a group could not be sent and was given up.")
        return Line(one, text, _("To the channels"), reverse("cases:channels"))
    text = happened(notice.verb)
    if notice.cases > 1:
        many = ngettext("%(n)s matter", "%(n)s matters", notice.cases) % {"n": notice.cases}
        return Line(one, text, many, digest_url(user, notice))
    if case is None:
        return Line(one, text, _("This matter is no longer in your area."), "")
    return Line(
        one, text, case.story.summary or case.category.name,
        reverse("cases:detail", args=[case.number]),
    )  # fmt: skip


def sealed_line(one: Bell) -> Line:
    """For the liaison, that something waits; for earlier readers, that it was passed on."""
    if one.notice.unit_id is None:
        return Line(one, _("The matter was passed on as the rules require."), "", "")
    text = _("A sealed matter waits to be received")
    return Line(one, text, "", reverse("cases:sealed"))


def digest_url(user: User, notice: Notice) -> str:
    """The list where the matters of a line of a digest stand, narrowed to their lamp."""
    roles = {post.role for post in user.posts}
    if not roles & (UNIT_ROLES | EXTRACT_ROLES):
        return next((reverse(name) for role, name in LISTS if role in roles), "")
    post = next((post for post in user.posts if post.unit_id == notice.unit_id), None)
    if notice.verb in CODES:
        wide = post.sees_area if post else any(one.sees_area for one in user.posts)
        values = {"tab": (Tab.AREA if wide else Tab.WORKING).value}
        values["lamp"] = LAMPS[topic(notice.verb)].value
    else:
        values = {"tab": DIGEST_TABS.get(Verb(notice.verb), Tab.TO_DO).value}
    if post:
        values["post"] = str(post.id)
    return f"{reverse('cases:queue')}?{urlencode(values)}"


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice, or all, as read. Only the person's own."""
    user = staff(request)
    asked = request.POST.get("notice", "")
    if mark_read(user, read_id(asked) or 0 if asked else None) and not asked:
        messages.success(request, _("All notices are marked as read."))
    return redirect("cases:notices")


def mark_read(user: User, pk: int | None) -> int:
    """Mark one of the person's own notices, or all, as read; how many."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if pk is not None:
        rows = rows.filter(pk=pk)
    return rows.update(read_at=database_now())


# --- what one wants to hear -----------------------------------------------------------------
class SettingsForm(forms.Form):
    """A person's own quiet hours, and what they do not want to be told."""

    own_quiet = forms.BooleanField(label=gettext_lazy("Quiet hours of my own"), required=False)
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"), required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    quiet_to = forms.TimeField(
        label=gettext_lazy("until"), required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("The same moment twice: no quiet hours."),
    )  # fmt: skip
    told = forms.MultipleChoiceField(
        label=gettext_lazy("Tell me of"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What is urgent always reaches you."),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None, choice: quiet.Choice) -> None:
        initial = {
            "own_quiet": choice.own, "quiet_from": choice.quiet.begins,
            "quiet_to": choice.quiet.ends,
            "told": [one.value for one in Topic if one.value not in choice.off],
        }  # fmt: skip
        super().__init__(data, initial=initial)
        fields: Mapping[str, Any] = self.fields
        fields["told"].choices = [(one.value, _(one.label)) for one in Topic]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("quiet_from", "quiet_to"):
            if data.get("own_quiet") and name not in self.errors and data.get(name) is None:
                self.add_error(name, _("Enter a time, for example 20:00."))
        return data

    def hours(self) -> Quiet | None:
        data = self.cleaned_data
        return Quiet(data["quiet_from"], data["quiet_to"]) if data["own_quiet"] else None

    def off(self) -> list[str]:
        return [one.value for one in Topic if one.value not in self.cleaned_data["told"]]


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The person's own quiet hours and what is switched off."""
    user = staff(request)
    choice = quiet.choice_of(user)
    form = SettingsForm(request.POST if request.method == "POST" else None, choice)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            quiet.choose(user, form.hours(), form.off())
            messages.success(request, _("Saved."))
            return redirect("cases:notice_settings")
        status = 422
    frame = shell(user)
    context = {
        "form": form, "choice": choice, "shell": frame, "desk": frame == "base.html",
        "marks": [
            (sign.mark.label, sign.lamp, [one.label for one in Ear if one in ears(sign.mark)])
            for sign in MARKS
        ],
    }  # fmt: skip
    return render(request, "cases/notice_settings.html", context, status=status)
