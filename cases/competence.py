"""Which bodies may decide a petition matter: one rule for the list of a form and for the door.

A petition matter is passed on at its own level or below, to bodies with the power to decide it
(信访工作条例 Art. 22); upward only to a petition office, which passes on in its turn.
"""

from django.db.models import Q

from cases.models import Case
from cases.rules.procedure import UNABLE
from grids.errors import BadInput
from grids.models import Unit
from grids.roles import UnitKindCode

OFFICE = UnitKindCode.PETITION_OFFICE.value


def competent(case: Case) -> Q:
    """The units the holder of ``case`` may pass it on to, as a filter on units."""
    assert case.holder_unit is not None
    path = case.holder_unit.area.path
    above = [int(part) for part in path.split(".") if part]
    able = Q(kind__government=True) & ~Q(kind__in=UNABLE)
    return able & (Q(area__path__startswith=path) | Q(kind=OFFICE, area__in=above))


def check(case: Case, unit: Unit) -> None:
    """Raise ``BadInput`` at ``unit`` when it may not be given the matter."""
    if not unit.kind.government or unit.kind_id in UNABLE:
        raise BadInput(
            "%(unit)s decides no petition matters. Choose a department, a government or a"
            " petition office.", field="unit", unit=unit.name,
        )  # fmt: skip
    if not Unit.objects.filter(competent(case), pk=unit.pk).exists():
        raise BadInput(
            "A petition matter is passed on at one's own level or below; upward only to a"
            " petition office.", field="unit",
        )  # fmt: skip
