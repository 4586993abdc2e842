"""What happens, and by when."""

from cases.models.calendar import (
    CalendarDay,
    CalendarEdition,
    CalendarVersion,
    ClockMove,
    Recount,
)
from cases.models.case import Case, CaseLink, CaseUnit, Story
from cases.models.channel import Channel, NoticeSetting, Outgoing
from cases.models.clock import Clock, ClockPause, ClockStep
from cases.models.conflict import DutySubstitute, RecusalRequest
from cases.models.event import CaseDelta, CaseEvent, CaseNote, Rollup
from cases.models.followup import Mediation, MediationSession, Revisit, Telling
from cases.models.gridtask import GridTask
from cases.models.intake import Attachment, CaseSearch, IdempotencyKey
from cases.models.notice import Heartbeat, Notice, Outbox, SweepFailure, SweepRun
from cases.models.party import Assignment, Party, PartyUnit, Recusal
from cases.models.petition import ClockExtension, Petition, PetitionPaper
from cases.models.proposal import PolicyBatch, PolicyMove, PolicyProposal, PolicySimulation
from cases.models.sealed import (
    SealedEvent,
    SealedExclusion,
    SealedFile,
    SealedMatter,
    SealedNote,
    SealedShell,
)
from cases.models.supervision import DocumentCounter, LookBack, Nudge, SupervisionOrder
from cases.models.terms import Category, Policy, Reason, Source

__all__ = [
    "Assignment",
    "Attachment",
    "CalendarDay",
    "CalendarEdition",
    "CalendarVersion",
    "Case",
    "CaseDelta",
    "CaseEvent",
    "CaseLink",
    "CaseNote",
    "CaseSearch",
    "CaseUnit",
    "Category",
    "Channel",
    "Clock",
    "ClockExtension",
    "ClockMove",
    "ClockPause",
    "ClockStep",
    "DocumentCounter",
    "DutySubstitute",
    "GridTask",
    "Heartbeat",
    "IdempotencyKey",
    "LookBack",
    "Mediation",
    "MediationSession",
    "Notice",
    "NoticeSetting",
    "Nudge",
    "Outbox",
    "Outgoing",
    "Party",
    "PartyUnit",
    "Petition",
    "PetitionPaper",
    "Policy",
    "PolicyBatch",
    "PolicyMove",
    "PolicyProposal",
    "PolicySimulation",
    "Reason",
    "Recount",
    "Recusal",
    "RecusalRequest",
    "Revisit",
    "Rollup",
    "SealedEvent",
    "SealedExclusion",
    "SealedFile",
    "SealedMatter",
    "SealedNote",
    "SealedShell",
    "Source",
    "Story",
    "SupervisionOrder",
    "SweepFailure",
    "SweepRun",
    "Telling",
]
