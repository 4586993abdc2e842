"""Which of the clocks a verb starts apply to one petition matter. Pure Python.

The table of limits says which verb starts a clock; a matter adds what it is: by which way it is
handled, whether the simplified procedure was chosen, whether the document has been served.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cases.rules.clock import Span, SpanUnit
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.terms import Route, Verb
from grids.roles import Level, UnitKindCode


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides which clocks run.

    ``office``: a petition office holds it, which passes on; anybody else answers directly.
    ``local``: the district has a shorter time of its own for acceptance. ``chained``: it came
    down from above, so that each level has its share of the fifteen days. ``served``: the
    document of this act has reached the resident. ``supported``: the opinion supports them.
    ``reviewed``: the document is the review's, no longer the first opinion.
    """

    route: str = ""
    simple: bool = False
    office: bool = False
    local: bool = False
    chained: bool = False
    served: bool = False
    supported: bool = False
    reviewed: bool = False


Condition = Callable[[Facts, Verb], bool]
BY_DEFAULT = frozenset({Route.DUTY, Route.SUGGESTION})  # no time of their own in the regulation
CONDITIONS: Mapping[LimitCode, Condition] = MappingProxyType(
    {
        LimitCode.TRANSFER: lambda one, verb: one.office,
        LimitCode.NOTICE_DIRECT: lambda one, verb: not one.office,
        LimitCode.CHAIN: lambda one, verb: one.office and one.chained,
        LimitCode.LOCAL_ACCEPT: lambda one, verb: one.local and at_unit(one, verb),
        LimitCode.SIMPLE_ACCEPT: lambda one, verb: one.simple and at_unit(one, verb),
        LimitCode.HANDLE: lambda one, verb: one.route == Route.PETITION and not one.simple,
        LimitCode.HANDLE_OTHER: lambda one, verb: one.route in BY_DEFAULT and not one.simple,
        LimitCode.SIMPLE: lambda one, verb: one.simple,
        LimitCode.REVIEW_APPLY: lambda one, verb: one.served and not one.reviewed,
        LimitCode.REREVIEW_APPLY: lambda one, verb: one.served and one.reviewed,
        LimitCode.SERVE: lambda one, verb: not one.served,
        LimitCode.EXECUTE: lambda one, verb: one.supported,
    }
)


def at_unit(one: Facts, verb: Verb) -> bool:
    """Whether it now lies with a unit that answers itself."""
    return verb not in (Verb.REGISTER, Verb.REOPEN) or not one.office


def started(verb: Verb, one: Facts) -> list[LimitCode]:
    """The clocks of a petition matter that ``verb`` starts, in the order of the table."""
    found = [limit.code for limit in LIMITS.values() if verb in limit.starts]
    return [code for code in found if code in OF_PETITIONS and applies(code, one, verb)]


def applies(code: LimitCode, one: Facts, verb: Verb) -> bool:
    condition = CONDITIONS.get(code)
    return condition is None or condition(one, verb)


OF_PETITIONS = frozenset(
    {
        *CONDITIONS, LimitCode.NOTICE_FORWARDED, LimitCode.OBJECTION, LimitCode.RULING,
        LimitCode.REVIEW, LimitCode.REREVIEW, LimitCode.WITHDRAWAL,
    }
)  # fmt: skip
# Bodies without the power to decide a petition matter, beside all outside government: who governs
# itself, who mediates, courts (their matters take the legal route), and the discipline organ
# (complaints about officials are sealed and go to it in their envelope).
UNABLE = frozenset(
    {
        UnitKindCode.GRID_TEAM.value, UnitKindCode.VILLAGE_COMMITTEE.value,
        UnitKindCode.MEDIATION_COMMITTEE.value, UnitKindCode.COURT.value,
        UnitKindCode.DISCIPLINE.value, UnitKindCode.MASS_ORGANISATION.value,
        UnitKindCode.PROPERTY_COMPANY.value, UnitKindCode.OWNERS_COMMITTEE.value,
    }
)  # fmt: skip
# Of the fifteen days for passing a matter on from level to level (满意度评价办法 2014 Art. 6).
CHAIN_DAYS: Mapping[Level, int] = MappingProxyType(
    {Level.PROVINCE: 3, Level.CITY: 3, Level.DISTRICT: 4}
)
NATIONAL_DAYS = 5


def share(code: LimitCode, level: int) -> Span | None:
    """A level's share of the fifteen days; None for every other limit."""
    if code is not LimitCode.CHAIN:
        return None
    return Span(CHAIN_DAYS.get(Level(level), CHAIN_DAYS[Level.DISTRICT]), SpanUnit.CALENDAR_DAY)
