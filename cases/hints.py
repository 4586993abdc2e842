"""A possible conflict of interest, as a hint to people who decide: please check.

Computed when somebody with power opens a case, within what they see anyway; kept nowhere,
listing nobody, and never acted on by itself.
"""

import unicodedata
from collections.abc import Sequence

from django.db.models import Q

from cases.deciders import officials
from cases.models import Case, Party
from cases.rules.workflow import Stand
from grids.models import User

POWER = frozenset({Stand.HOLDER, Stand.COORDINATOR, Stand.DECIDER})
SHORTEST = 2  # characters of a name worth comparing


def possible_conflict(case: Case, parties: Sequence[Party], stands: frozenset[Stand]) -> list[str]:
    """The sides on which a party has the name of somebody who acts or may act on the case;
    empty for readers without power. At most four statements."""
    named = {plain(party.name): party.side for party in parties if party.erased_at is None}
    named = {name: side for name, side in named.items() if len(name) >= SHORTEST}
    if not named or not stands & POWER or case.closed_at is not None:
        return []
    staff = [int(pk) for pk, _label in officials(case)]
    people = User.objects.filter(Q(pk__in=staff) | Q(pk=case.reporter_id))
    names = {plain(name) for name in people.values_list("display_name", flat=True)}
    return sorted({side for name, side in named.items() if name in names})


def plain(name: str) -> str:
    """A name as it is compared: one width of letters, no blanks."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
