"""Work that rests for a named cause, until a day on which somebody is asked again.

On the review day a job asks the unit responsible; it resumes or names another day. If nobody
answers by the end of the next working day the clocks run on by themselves: a matter never
stays suspended because it was forgotten.
"""

from datetime import datetime, timedelta

from cases import clocks
from cases.acting import Act
from cases.rules.limits import LimitCode
from grids.errors import BadInput

LONGEST = timedelta(days=90)


def suspend(act: Act) -> None:
    """Stop the clocks for a named cause until a review day. A deadline the sender set from
    outside runs on."""
    act.need_reason()
    act.need(act.inputs.note, "note", "Please write why, for the resident.")
    review = review_day(act)
    act.case.suspended_at, act.case.review_at = act.now, review
    clocks.suspend(act.case, act.now, act.inputs.reason)
    act.tell_user(act.case.reporter_id)


def review_day(act: Act) -> datetime:
    review = act.inputs.until
    if review is None or not act.now < review <= act.now + LONGEST:
        raise BadInput("Choose a review day within the next 90 days.", field="until")
    return review


def prolong(act: Act) -> None:
    """The cause is still there: another review day, with the reason; the clocks stay still."""
    act.need(act.inputs.note, "note", "Please write why, for the resident.")
    act.case.review_at = review_day(act)
    clocks.stop(act.case, act.now, [LimitCode.SUSPENSION.value], outcome="answered")
    act.tell_user(act.case.reporter_id)


def ask(act: Act) -> None:
    """The review day has come: the unit responsible and whoever works on it are asked."""
    clocks.start_limit(act.case, LimitCode.SUSPENSION, act.now)
    act.tell_unit(act.case.holder_unit_id)
    for user_id in act.case.assignments.filter(until=None).values_list("user_id", flat=True):
        act.tell_user(user_id)


def resume(act: Act) -> None:
    """Let the clocks run on; the coming moments move by what was paused."""
    clocks.stop(act.case, act.now, [LimitCode.SUSPENSION.value], outcome="answered")
    act.case.suspended_at = act.case.review_at = None
    clocks.resume(act.case, act.now)
    act.tell_unit(act.case.holder_unit_id)
