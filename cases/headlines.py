"""What lists and searches hold of a matter's words: its masked first sentence, the words it is
found by.

The sentence is masked when it is written, so that no list, export, print or notice has to do it:
a queue page asks for fifty of them at once.
"""

from collections.abc import Iterable
from typing import Protocol

from cases.models import Case, CaseSearch, Story
from cases.rules import masking

LONGEST = 40  # characters of a first sentence
READ = 120  # characters looked at: a number or name the cut goes through is masked before it


class Named(Protocol):
    """A party as told or as kept."""

    @property
    def name(self) -> str: ...
    @property
    def minor(self) -> bool: ...


def names(parties: Iterable[Named]) -> tuple[list[str], list[str]]:
    """The names of grown parties and those of minors."""
    grown: list[str] = []
    minors: list[str] = []
    for one in parties:
        if one.name:
            (minors if one.minor else grown).append(one.name)
    return grown, minors


def summary(text: str, parties: Iterable[Named] = ()) -> str:
    """The first sentence, at most ``LONGEST`` characters; names of parties, phones and identity
    numbers masked."""
    line = masking.text(text[:READ].replace("\n", " "), *names(parties))
    for end in "。！？；":
        if 0 < line.find(end) < LONGEST:
            return line[: line.find(end)]
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def found_by(case: Case, text: str, place: str, parties: Iterable[tuple[Named, str, str]]) -> str:
    """The words a case is found by; a restricted case is never found by words, no case by the
    name, address or phone of a minor. ``parties`` with address and the phone's last four."""
    if case.restricted:
        return case.number
    rows = list(parties)
    minors = names(one for one, _address, _tail in rows)[1]
    parts = [case.number, masking.initials_in(text, minors), masking.initials_in(place, minors)]
    for one, address, tail in rows:
        if not one.minor:
            parts += [one.name, address, tail]
    return " ".join(part for part in parts if part)


def renew(case: Case) -> None:
    """Write first sentence and search words anew, after text or parties of ``case`` changed."""
    story = Story.objects.get(case=case)
    parties = list(case.parties.filter(erased_at=None))
    story.summary = summary(story.text, parties)
    story.save(update_fields=["summary"])
    CaseSearch.objects.filter(case=case).update(
        text=found_by(
            case, story.text, story.place,
            [(one, one.address, one.phone_tail) for one in parties],
        )
    )  # fmt: skip
