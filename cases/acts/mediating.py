"""Mediation: both agree, sessions are dated, one refusal ends it at once."""

from datetime import datetime, time, timedelta

from cases import clocks
from cases.acting import Act
from cases.acts.handling import done
from cases.models import Mediation, MediationSession
from cases.rules.limits import LimitCode
from cases.rules.workflow import Outcome, Verb
from grids.errors import BadInput, WrongState

END_OF_DAY = time(23, 59, 59)


def mediate(act: Act) -> None:
    """Start: both parties agree (People's Mediation Law, Art. 17); a session may be dated."""
    begin(act)
    clocks.start_limit(act.case, LimitCode.MEDIATION_MONTH, act.case.received_at)
    if act.inputs.until:
        session(act)


def begin(act: Act) -> None:
    """Write down that both parties agree; raises ``BadInput`` at ``consent``."""
    if not (act.inputs.applicant_agrees and act.inputs.respondent_agrees):
        raise BadInput("Mediation starts only when both parties agree.", field="consent")
    Mediation.objects.update_or_create(
        case=act.case,
        defaults={
            "tenant_id": act.case.tenant_id, "applicant_agreed_at": act.now,
            "respondent_agreed_at": act.now, "started_at": act.now, "ended_at": None,
            "outcome": "",
        },
    )  # fmt: skip


def session(act: Act) -> None:
    """Date the next session; the rung waits until the end of that day."""
    planned = act.inputs.until
    if planned is None or not act.now < planned <= act.now + timedelta(days=31):
        raise BadInput("Choose a moment within the next month.", field="until")
    if act.actor is None:
        raise WrongState("Only staff date a session.")
    MediationSession.objects.create(
        case=act.case, tenant_id=act.case.tenant_id, planned_at=planned,
        place=act.inputs.place.strip(), noted_at=act.now, noted_by=act.actor,
    )  # fmt: skip
    day = planned.astimezone(clocks.ZONE).date()
    clocks.wait_for_session(act.case, datetime.combine(day, END_OF_DAY, tzinfo=clocks.ZONE))


def agree(act: Act) -> None:
    """An agreement, in writing or oral; somebody else verifies it and one revisit follows."""
    act.need(act.inputs.note, "note", "Please write what was agreed.")
    outcome = Outcome.WRITTEN if act.verb == Verb.AGREE_WRITTEN else Outcome.ORAL
    day = act.now.astimezone(clocks.ZONE).date()
    until = act.inputs.perform_by
    perform_by = until.astimezone(clocks.ZONE).date() if until else None
    end(act, outcome, agreed_on=day, perform_by=perform_by)
    done(act, outcome)


def refuse(act: Act) -> None:
    """A party declines: mediation ends at once and nothing climbs (Arts. 17, 26)."""
    act.need(act.inputs.note, "note", "Please write which other ways the parties were told of.")
    end(act, Outcome.REFUSED)
    act.case.outcome = Outcome.REFUSED.value
    act.tell_user(act.case.reporter_id)


def fail(act: Act) -> None:
    """No agreement: end it and tell of other legal routes (Art. 26)."""
    act.need(act.inputs.note, "note", "Please write which other ways the parties were told of.")
    end(act, Outcome.FAILED)
    act.case.outcome = Outcome.FAILED.value
    act.tell_user(act.case.reporter_id)


def end(act: Act, outcome: Outcome, **values: object) -> None:
    clocks.stop_waiting(act.case)
    Mediation.objects.update_or_create(
        case=act.case,
        defaults={
            "tenant_id": act.case.tenant_id, "ended_at": act.now, "outcome": outcome.value,
            **values,
        },
    )  # fmt: skip
