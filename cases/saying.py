"""What happened to a matter, in words: for the bell and for messages to groups."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.rules.lamp import Mark
from cases.rules.workflow import Verb

WORDS: Mapping[str, str | Promise] = {
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
    Verb.ORDER: gettext_lazy("Your unit must answer a supervision order"),
    Verb.ISSUE_LISTED: gettext_lazy("A supervision order was issued by itself"),
    Verb.REPLY_ORDER: gettext_lazy("An answer to your supervision order waits to be judged"),
    Verb.ACCEPT_REPLY: gettext_lazy("Your answer to a supervision order was accepted"),
    Verb.REJECT_REPLY: gettext_lazy("Your answer to a supervision order was sent back"),
    Verb.DELIST: gettext_lazy("A matter was taken off the supervision list"),
    Verb.ORDER_LATE: gettext_lazy("The answer to a supervision order is overdue"),
    Verb.RECOUNT_ORDER: gettext_lazy("An answer to a supervision order is due earlier"),
    Verb.REPORT_GRAVE: gettext_lazy("A grave or urgent matter was reported to your unit"),
    Verb.OBJECT: gettext_lazy("The resident says a matter is not settled"),
    Verb.CONFIRM: gettext_lazy("The resident confirms that a matter is settled"),
    Verb.REORGANISE: gettext_lazy("A matter came to your unit when places were reorganised"),
    Verb.REOPEN: gettext_lazy("A matter was reopened"),
    Verb.REJECT: gettext_lazy("A result was found not solved"),
    Verb.VERIFY: gettext_lazy("A result was verified"),
    Verb.RESTART: gettext_lazy("A deadline comes earlier: a rule was changed"),
    Verb.RECOUNT: gettext_lazy("A deadline comes earlier: days off were announced"),
    Mark.QUARTER: gettext_lazy("Three quarters of the time have passed"),
    Mark.THREE_DAYS: gettext_lazy("Due within three days"),
    Mark.ONE_DAY: gettext_lazy("Due within a day"),
    Mark.DUE: gettext_lazy("A matter is overdue"),
    Mark.THREE_OVER: gettext_lazy("A matter has been overdue for three days"),
}


def happened(code: str) -> str:
    """The event ``code`` as a sentence to those who hear of it."""
    return str(WORDS.get(code, "")) or _(Verb(code).label)
