"""Who hears of what, and what nobody can switch off. Pure Python.

A message names an event (a verb or a mark of a deadline) and the unit or person it is about;
this table says who of the unit hears of it. Whoever is kept away from a case is left out of all
of it, and of a sealed matter nobody hears anything (cases/hearing.py).
"""

from collections.abc import Mapping

from cases.rules.lamp import Mark
from cases.rules.workflow import Verb
from grids.words import Word


class Ear(Word):
    """Somebody who may be told, seen from the unit a message is about."""

    WORKERS = "workers", "who works on matters in the unit"
    HEAD = "head", "the head of the unit"
    NAMED = "named", "who works on the matter by name"
    LEFT = "left", "the head of the unit whose time ran out"
    DESK = "desk", "the supervision desk of the unit above"


class Topic(Word):
    """What a person or a channel can switch off."""

    NEW = "new", "New matters and hand-overs"
    AMBER = "amber", "Deadlines coming near"
    RED = "red", "Overdue matters"
    RETURNED = "returned", "Returns and decisions on who is responsible"
    SUPERVISED = "supervised", "Supervision and nudges"
    COURSE = "course", "What else happens to a matter"


WORKERS = frozenset({Ear.WORKERS})
AT_WORK = frozenset({Ear.WORKERS, Ear.NAMED})
# What is not listed is heard by those who work in the unit.
AUDIENCE: Mapping[str, frozenset[Ear]] = {
    Mark.QUARTER: AT_WORK,
    Mark.THREE_DAYS: AT_WORK,
    Mark.ONE_DAY: AT_WORK,
    Mark.DUE: AT_WORK | {Ear.HEAD},
    Mark.THREE_OVER: frozenset({Ear.HEAD, Ear.DESK}),
    Verb.RESTART: AT_WORK,  # only where a deadline comes earlier, as for the next one
    Verb.RECOUNT: AT_WORK,
    Verb.CLIMB: WORKERS | {Ear.LEFT},
    Verb.REPORT_UP: WORKERS | {Ear.HEAD, Ear.DESK},
    Verb.SUPERVISE: WORKERS | {Ear.HEAD},
    Verb.ORDER: WORKERS | {Ear.HEAD},
    Verb.ISSUE_LISTED: WORKERS | {Ear.HEAD},
    Verb.REPLY_ORDER: WORKERS | {Ear.HEAD},
    Verb.ORDER_LATE: WORKERS | {Ear.HEAD},
    Verb.REPORT_GRAVE: WORKERS | {Ear.HEAD},
}
TOPICS: Mapping[str, Topic] = {
    **dict.fromkeys(
        (Verb.REGISTER, Verb.TRANSFER, Verb.HAND_DOWN, Verb.RAISE, Verb.ASSIGN, Verb.CO_HANDLE,
         Verb.HAND_OVER, Verb.REORGANISE, Verb.REOPEN, Verb.CLIMB),
        Topic.NEW,
    ),
    **dict.fromkeys((Mark.QUARTER, Mark.THREE_DAYS, Mark.ONE_DAY), Topic.AMBER),
    **dict.fromkeys((Mark.DUE, Mark.THREE_OVER), Topic.RED),
    **dict.fromkeys((Verb.RETURN, Verb.ANSWER, Verb.RULE), Topic.RETURNED),
    **dict.fromkeys(
        (Verb.REPORT_UP, Verb.SUPERVISE, Verb.NUDGE, Verb.ORDER, Verb.ISSUE_LISTED,
         Verb.REPLY_ORDER, Verb.ACCEPT_REPLY, Verb.REJECT_REPLY, Verb.DELIST, Verb.ORDER_LATE,
         Verb.RECOUNT_ORDER, Verb.REPORT_GRAVE),
        Topic.SUPERVISED,
    ),
}  # fmt: skip
# Sent to a group at once; everything else waits for the digest of its half hour.
AT_ONCE = frozenset({Topic.RED, Topic.SUPERVISED})


def ears(code: str) -> frozenset[Ear]:
    """Who hears of the event ``code`` in the unit it is about."""
    return AUDIENCE.get(code, WORKERS)


def topic(code: str) -> Topic:
    """Under which heading the event ``code`` is switched on and off."""
    return TOPICS.get(code, Topic.COURSE)
