"""Office phones that anybody may know: whom to call when the system does not help."""

from grids.models import Unit
from grids.roles import Level, UnitKindCode


def operators() -> list[Unit]:
    """The governance centres of the districts, which run the system, with a phone."""
    return list(
        Unit.objects.current()
        .filter(kind=UnitKindCode.GOVERNANCE_CENTRE.value, area__level=Level.DISTRICT.value)
        .exclude(phone="")
        .select_related("area")
    )
