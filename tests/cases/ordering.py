"""Orders from a list, as a leader issues them."""

from cases.models import Case
from cases.rules.workflow import Verb
from grids.models import User
from tests.cases.matters import do

SENT = {"reason": "leader", "note": "请青石镇五日内查清并书面报告。"}


def by_leader(user: User, case: Case, **inputs: object) -> Case:
    return do(case, Verb.ORDER, user, **SENT | inputs)
