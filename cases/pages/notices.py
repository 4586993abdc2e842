"""The bell: what happened to matters that concern the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from cases import followups
from cases.deciders import NOBODY_DECIDES
from cases.followups import Bell
from cases.looks import ALARM
from cases.models import Notice
from cases.offers import read_id
from cases.pages.intake import shell, staff
from cases.queues import Cursor, Tab
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids.models import User

WORDS: Mapping[Verb, str | Promise] = {
    Verb.REGISTER: gettext_lazy("A new matter waits to be signed for"),
    Verb.CLIMB: gettext_lazy("An overdue matter was raised to your unit by itself"),
    Verb.RAISE: gettext_lazy("A matter was raised to your level by hand"),
    Verb.RETURN: gettext_lazy("A matter was returned"),
    Verb.ANSWER: gettext_lazy("A return was answered"),
    Verb.TRANSFER: gettext_lazy("A matter was transferred"),
    Verb.HAND_DOWN: gettext_lazy("A matter was handed down"),
    Verb.CO_HANDLE: gettext_lazy("Your unit is called in to co-handle"),
    Verb.END_CO_HANDLE: gettext_lazy("Your co-handling has ended"),
    Verb.ASSIGN: gettext_lazy("A matter was given to you"),
    Verb.HAND_OVER: gettext_lazy("A matter was handed over when a post ended"),
    Verb.NUDGE: gettext_lazy("You are reminded of a matter"),
    Verb.SUPPLEMENT: gettext_lazy("Something was added to a matter"),
    Verb.REPORT_UP: gettext_lazy("An overdue matter was reported upward"),
    Verb.SUPERVISE: gettext_lazy("An overdue matter entered the supervision list"),
    Verb.OBJECT: gettext_lazy("The resident says a matter is not settled"),
    Verb.CONFIRM: gettext_lazy("The resident confirms that a matter is settled"),
    Verb.REORGANISE: gettext_lazy("A matter came to your unit when places were reorganised"),
    Verb.REOPEN: gettext_lazy("A matter was reopened"),
    Verb.REJECT: gettext_lazy("A result was found not solved"),
    Verb.VERIFY: gettext_lazy("A result was verified"),
}
DIGEST_TABS = {
    Verb.REPORT_UP: Tab.SUPERVISED, Verb.SUPERVISE: Tab.SUPERVISED, Verb.RETURN: Tab.RETURNED,
    Verb.CO_HANDLE: Tab.CO,
}  # fmt: skip


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
    text = str(WORDS.get(Verb(notice.verb), "")) or _(Verb(notice.verb).label)
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
    """The queue where the matters of a notice for many stand."""
    tab = DIGEST_TABS.get(Verb(notice.verb), Tab.TO_DO)
    values = {"tab": tab.value}
    post = next((post for post in user.posts if post.unit_id == notice.unit_id), None)
    if post:
        values["post"] = str(post.id)
    return f"{reverse('cases:queue')}?{urlencode(values)}"


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice, or all, as read. Only the person's own."""
    user = staff(request)
    rows = Notice.objects.filter(user=user, read_at=None)
    asked = request.POST.get("notice", "")
    if asked:
        rows = rows.filter(pk=read_id(asked) or 0)
    if rows.update(read_at=database_now()) and not asked:
        messages.success(request, _("All notices are marked as read."))
    return redirect("cases:notices")
