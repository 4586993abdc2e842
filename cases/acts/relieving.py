"""Working hours begin: the substitute's part ends, the unit responsible goes on alone."""

from cases import oncall
from cases.acting import Act
from cases.events import Words
from cases.models import CaseUnit


def stand_down(act: Act) -> None:
    """End every part on duty; the unit responsible and whoever was relieved hear of it."""
    for part in oncall.relieve(act.case, act.now):
        name = part.unit.name if isinstance(part, CaseUnit) else part.user.display_name
        act.words.append(Words("on_duty", name))
        if isinstance(part, CaseUnit):
            act.tell_unit(part.unit_id)
        else:
            act.tell_user(part.user_id)
    act.tell_unit(act.case.holder_unit_id)
