"""What an act carries while it is under way. The effects in ``cases.acts`` work on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile

from cases.events import Message, Words
from cases.models import Case, CaseEvent, Reason
from cases.rules.procedure import Facts
from cases.rules.workflow import Status, Step, Verb
from grids.errors import BadInput
from grids.models import User

MOVED_ON = "The case has moved on; this is no longer possible."


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was filled in beside the button; which fields an act needs stands in the table."""

    note: str = ""
    reason: str = ""
    text: str = ""
    unit_id: int | None = None
    user_id: int | None = None
    area_id: int | None = None
    party_id: int | None = None
    request_id: int | None = None  # a request that somebody stays away
    successor_id: int | None = None  # who takes on what somebody leaves
    order_id: int | None = None  # a supervision order
    office_id: int | None = None  # the leader's unit behind an instruction
    days: int | None = None  # working days for an answer; days of an extension
    photos: tuple[UploadedFile[bytes], ...] = ()
    other: str = ""  # number of another case
    category: str = ""
    channel: str = ""
    result: str = ""
    place: str = ""
    until: datetime | None = None  # due moment, review day, session
    perform_by: datetime | None = None
    route: str = ""
    conclusion: str = ""  # of an opinion, a review
    claim: str = ""  # the parts of a handling opinion; its opinion is the note
    facts: str = ""
    basis: str = ""
    referral: str = ""  # where to go instead
    method: str = ""  # how a document reached the resident
    served_on: date | None = None  # a civil day
    applicant_agrees: bool = False
    respondent_agrees: bool = False


@dataclass(slots=True)
class Act:
    """One act under way: the locked case, who does what, and what it will leave behind."""

    case: Case
    step: Step
    actor: User | None
    unit_id: int | None
    inputs: Inputs
    now: datetime
    words: list[Words] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    other_id: int | None = None
    facts: Facts | None = None  # of a petition matter: what decides which clocks run
    target: Status | None = None  # set by an effect whose outcome decides the status

    @property
    def verb(self) -> Verb:
        return self.step.verb

    def tell_unit(self, unit_id: int | None, *, urgent: bool = False) -> None:
        """``urgent``: at once, also where the case itself is not."""
        if unit_id:
            self.messages.append(Message(unit_id=unit_id, urgent=urgent or self.case.urgent))

    def tell_user(self, user_id: int | None) -> None:
        if user_id:
            self.messages.append(Message(user_id=user_id, urgent=self.case.urgent))

    def need(self, value: object, name: str, message: str) -> None:
        """Raise ``BadInput`` at field ``name`` unless ``value`` is given."""
        if not value or (isinstance(value, str) and not value.strip()):
            raise BadInput(message, field=name)

    def need_reason(self) -> None:
        """Raise ``BadInput`` unless the reason is one of this verb's list.

        The code goes into the event, which can never be erased: it must not be free text.
        """
        known = Reason.objects.filter(verb=self.verb.value, valid_to=None)
        if not known.filter(code=self.inputs.reason).exists():
            raise BadInput("Choose a reason.", field="reason")

    def happened(self, *verbs: Verb) -> bool:
        """Whether one of ``verbs`` was ever done to the case."""
        return CaseEvent.objects.filter(case=self.case, verb__in=verbs).exists()
