"""Find cases by what people remember: a number, two or more characters, a phone's last four.

Only what the person may see is looked through. Restricted cases keep nothing but their number
in the search table, so words never find them.
"""

import unicodedata

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from cases.models import Case, CaseSearch
from cases.models.case import CaseQuerySet
from grids import plaintext
from grids.errors import BadInput
from grids.models import User

LONGEST = 40  # characters
SHORTEST = 2
WILD = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def cleaned(query: str) -> str:
    """The query as one plain line; raises ``BadInput`` when it is too short or too long."""
    text = plaintext.line(unicodedata.normalize("NFKC", query), "q", longest=LONGEST)
    if len(text) < SHORTEST:
        raise BadInput("Write at least two characters.", field="q")
    return text


def found(user: User, query: str) -> CaseQuerySet:
    """The cases ``user`` may see whose number, words or phone tail contain ``query``."""
    rows = CaseSearch.objects.filter(containing(cleaned(query)))
    visible: CaseQuerySet = Case.objects.visible_to(user)
    return visible.filter(pk__in=rows.values("pk"))


def containing(text: str) -> RawSQL:
    """The condition on the search table, in the words of its two indexes.

    Trigrams know nothing of two characters, so those have an index of their own; the position
    test rechecks what the index found.
    """
    if len(text) == SHORTEST:
        return RawSQL(
            "jieyou_bigrams(text) @> ARRAY[%s, %s] AND (strpos(text, %s) > 0)",
            [text, text, text],
            output_field=BooleanField(),
        )
    return RawSQL("text ILIKE %s", [f"%{text.translate(WILD)}%"], output_field=BooleanField())
