"""A possible conflict of interest, as a hint to people who decide: please check.

Computed when somebody with power opens a case, within what they see anyway; kept nowhere,
listing nobody, and never acted on by itself.
"""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from django.db.models import Q

from cases.deciders import officials
from cases.models import Case, Party
from cases.rules.workflow import Stand
from grids import keyring
from grids.errors import BadInput
from grids.models import Unit, User

POWER = frozenset({Stand.HOLDER, Stand.COORDINATOR, Stand.DECIDER})
SHORTEST = 2  # characters of a name worth comparing


def possible_conflict(case: Case, parties: Sequence[Party], stands: frozenset[Stand]) -> list[str]:
    """The sides on which a party has the name of somebody who acts or may act on the case, and
    as ``side_phone`` those on which one gave the phone of a unit that acts; empty for readers
    without power. At most six statements."""
    parties = [party for party in parties if party.erased_at is None]
    if not stands & POWER or case.closed_at is not None:
        return []
    return [*same_names(case, parties), *same_phones(case, parties)]


def same_names(case: Case, parties: Sequence[Party]) -> list[str]:
    named = {plain(party.name): party.side for party in parties}
    named = {name: side for name, side in named.items() if len(name) >= SHORTEST}
    if not named:
        return []
    staff = [int(pk) for pk, _label in officials(case)]
    people = User.objects.filter(Q(pk__in=staff) | Q(pk=case.reporter_id))
    names = {plain(name) for name in people.values_list("display_name", flat=True)}
    return sorted({side for name, side in named.items() if name in names})


def same_phones(case: Case, parties: Sequence[Party]) -> list[str]:
    """Of staff no phone is kept but their unit's: in a grid that is the worker's own."""
    told = {bytes(party.phone_index): party.side for party in parties if party.phone_index}
    if not told:
        return []
    parts = case.units.filter(until=None).exclude(part="reader").values_list("unit_id", flat=True)
    acting = {case.holder_unit_id, case.from_unit_id, case.reporting_unit_id, *parts}
    units = Unit.objects.filter(pk__in=[pk for pk in acting if pk]).exclude(phone="")
    found = set()
    for phone in units.values_list("phone", flat=True):
        with suppress(BadInput):  # an office number nobody could dial is nobody's
            indexes = keyring.blind_indexes(keyring.phone_digits(phone), "phone")
            found |= {side for index, side in told.items() if index in indexes}
    return sorted(f"{side}_phone" for side in found)


def plain(name: str) -> str:
    """A name as it is compared: one width of letters, no blanks."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
