"""The management pages, one line each, and which posts they are offered to.

A line here only decides what is offered; every page checks for itself who may do what.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from grids.models import User
from grids.roles import UNIT_ROLES, Level, Role
from grids.staffing import Post

# Who runs a village, a township or a district: posts of its coordinating unit.
RUNNING = frozenset({Role.VILLAGE_STAFF, Role.TRIAGE})
HEADS = frozenset({Role.LEADER, Role.GRID_LEAD})
KEEPERS = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN})


@dataclass(frozen=True, slots=True)
class OfficePage:
    """One management page: ``name`` of its URL, ``label`` and ``about`` as English msgids."""

    name: str
    label: str
    about: str
    roles: Collection[Role]
    deepest: Level = Level.VILLAGE  # posts below this level are not offered it
    shallowest: Level = Level.PROVINCE
    running_only: bool = False  # a role of RUNNING counts in coordinating units only

    def open_to(self, post: Post) -> bool:
        """Whether ``post`` is offered the page."""
        if post.role not in self.roles or not self.shallowest <= post.level <= self.deepest:
            return False
        return not self.running_only or post.role not in RUNNING or post.coordinating


# A page whose URL does not exist yet is left out, so lines may come before their pages.
PAGES = (
    OfficePage(
        "cases:areas",
        gettext_noop("Places"),
        gettext_noop("The tree of places today and on any past date, its history and changes."),
        RUNNING | KEEPERS | {Role.LEADER, Role.AUDITOR},
    ),
    OfficePage(
        "cases:editions",
        gettext_noop("Editions of the list of places"),
        gettext_noop("What a later official list changes: read in, decided on, carried out."),
        frozenset({Role.SYS_ADMIN}),
    ),
    OfficePage(
        "cases:policies",
        gettext_noop("Ladder and time limits"),
        gettext_noop("What the district sets for itself: proposed, simulated, approved."),
        KEEPERS | {Role.AUDITOR},
    ),
    OfficePage(
        "office:units",
        gettext_noop("Units"),
        gettext_noop("Bodies that hold matters, their superiors, opening and closing them."),
        RUNNING | {Role.SYS_ADMIN},
        running_only=True,
    ),
    OfficePage(
        "office:staff",
        gettext_noop("Staff and posts"),
        gettext_noop("Accounts, posts and substitutes, new passwords, import from a table."),
        RUNNING | KEEPERS,
        running_only=True,
    ),
    OfficePage(
        "cases:duty",
        gettext_noop("Substitutes out of hours"),
        gettext_noop("Who acts on urgent matters in the evening, at weekends and on holidays."),
        RUNNING | HEADS | {Role.SYS_ADMIN},
        deepest=Level.MICROGRID,
        running_only=True,
    ),
    OfficePage(
        "cases:calendar",
        gettext_noop("Working days and days off"),
        gettext_noop("The year as deadlines count it, the holiday notice, days of the district."),
        RUNNING | HEADS | {Role.SYS_ADMIN},
        deepest=Level.MICROGRID,
        running_only=True,
    ),
    OfficePage(
        "cases:channels",
        gettext_noop("Channels"),
        gettext_noop("Group robots, mailboxes and gateways for the news of units; quiet hours."),
        frozenset({Role.SYS_ADMIN}),
    ),
    OfficePage(
        "cases:sealed_routing",
        gettext_noop("Organs and clocks"),
        gettext_noop("Which discipline organ has a matter that was passed on, and by when."),
        frozenset({Role.PETITION_OFFICE, Role.DISCIPLINE_LIAISON}),
    ),
    OfficePage(
        "audit:log",
        gettext_noop("Access log"),
        gettext_noop("Who opened, printed or took out which matter, by time, unit and kind."),
        frozenset({Role.AUDITOR}),
    ),
    OfficePage(
        "audit:alarms",
        gettext_noop("Alarms"),
        gettext_noop("Accounts that took out or uncovered more than the limit of a day."),
        frozenset({Role.AUDITOR, Role.SEC_ADMIN}),
    ),
    OfficePage(
        "machinery",
        gettext_noop("How the machinery runs"),
        gettext_noop("Whether deadlines are kept: runs, workers, messages, clocks set aside."),
        frozenset({Role.SYS_ADMIN}),
    ),
    OfficePage(
        "cases:grid_tasks",
        gettext_noop("Tasks for grid workers"),
        gettext_noop("What may be given to a grid, temporary tasks and their approval."),
        RUNNING,
        running_only=True,
    ),
    OfficePage(
        "grids:list",
        gettext_noop("Grids"),
        gettext_noop("Drawing up grids, who works there, public notices, import from a table."),
        RUNNING,
        running_only=True,
    ),
    OfficePage(
        "cases:orders",
        gettext_noop("Supervision desk"),
        gettext_noop("Which unit must answer a supervision order, by when, and what it answered."),
        UNIT_ROLES | {Role.LEADER},
        deepest=Level.MICROGRID,
    ),
    OfficePage(
        "cases:look_back",
        gettext_noop("Look-back"),
        gettext_noop("Closed matters drawn by chance each month and what was found, by unit."),
        RUNNING | {Role.LEADER},
        running_only=True,
    ),
    OfficePage(
        "cases:recusals",
        gettext_noop("Recusals to decide"),
        gettext_noop(
            "Requests that somebody stays away from a matter, which wait for your decision."
        ),
        RUNNING | HEADS,
        deepest=Level.GRID,
    ),
)


def offered_to(user: User) -> list[OfficePage]:
    """The management pages of a person's posts, in the order of the table."""
    return [page for page in PAGES if any(page.open_to(post) for post in user.posts)]
