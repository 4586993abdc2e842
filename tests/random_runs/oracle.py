"""Who sees a case, worked out a second time: row by row, in the plainest words.

Takes whole tables as they are and walks from parent to parent. It shares neither a query nor a
path nor a level column with the product, so that a wrong one there cannot hide here.
"""

from datetime import date, timedelta

from cases.models import Assignment, Case, CaseUnit, Recusal
from cases.transitions import database_now
from grids.models import Area, Posting, User

COORDINATORS = {
    2: "governance_centre", 3: "governance_centre", 4: "governance_centre",
    5: "village_committee", 6: "grid_team", 7: "grid_team",
}  # fmt: skip
AREA_ROLES = {"grid_worker", "grid_lead", "village_staff", "triage", "petition_office"}
UNIT_ROLES = AREA_ROLES | {"handler"}


def today() -> date:
    """The day in Shanghai by the database's clock."""
    return (database_now() + timedelta(hours=8)).date()


class Plain:
    """The tables at one moment. ``closed`` says where closed cases lay when they were closed:
    they keep the jurisdiction of that day, whatever becomes of the places."""

    def __init__(self, closed: dict[int, list[int]] | None = None) -> None:
        self.closed = closed or {}
        self.day = today()
        self.parents = dict(Area.objects.values_list("pk", "parent_id"))
        self.active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
        self.postings = list(Posting.objects.select_related("unit__area"))
        self.named = {(row.user_id, row.case_id) for row in Assignment.objects.all()
                      if row.until is None}  # fmt: skip
        self.away = {(row.user_id, row.case_id) for row in Recusal.objects.all()
                     if row.until is None}  # fmt: skip
        self.parts = {(row.unit_id, row.case_id, row.part) for row in CaseUnit.objects.all()
                      if row.until is None}  # fmt: skip

    def sees(self, user: User, case: Case) -> bool:
        """Whether ``user`` sees ``case`` at this moment."""
        if user.pk not in self.active or (user.pk, case.pk) in self.away:
            return False
        return any(
            self.grants(posting, case)
            for posting in self.postings
            if posting.user_id == user.pk and self.runs(posting)
        )

    def runs(self, posting: Posting) -> bool:
        ended = posting.ended_on is not None and posting.ended_on <= self.day
        return posting.started_on <= self.day and not ended and posting.unit.valid_to is None

    def grants(self, posting: Posting, case: Case) -> bool:
        unit, role = posting.unit, posting.role
        named = (posting.user_id, case.pk) in self.named
        parts = {part for of, in_case, part in self.parts if (of, in_case) == (unit.pk, case.pk)}
        holds = case.holder_unit_id == unit.pk
        named = named and posting.area_id in self.line(case)
        if role == "mediator":
            return named
        if role == "leader":
            return holds or named or bool(parts & {"supervisor", "decider"})
        if role not in UNIT_ROLES:
            return False
        if holds or parts:
            return True
        coordinates = COORDINATORS.get(unit.area.level) == unit.kind_id
        return (
            role in AREA_ROLES and coordinates and not case.restricted
            and posting.area_id in self.line(case)
        )  # fmt: skip

    def line(self, case: Case) -> list[int]:
        """The place of a case and what is, or for a closed one was, above it."""
        return self.closed.get(case.pk) or self.upward(case.area_id)

    def upward(self, pk: int) -> list[int]:
        """The place and everything above it, from parent to parent."""
        found = [pk]
        while (parent := self.parents[found[-1]]) is not None:
            found.append(parent)
        return found
