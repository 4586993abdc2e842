"""Five steps that follow one case number through the roles."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class TourStep:
    """What to do, and as whom. ``page``: where to begin, ``new``, ``case`` or ``queue``."""

    username: str
    text: str
    page: str


def steps() -> list[TourStep]:
    """The tour in the reader's language; the minutes are those of the demonstration ladder."""
    return [
        TourStep(
            "grid", _("Record a dispute in your own grid and keep its number. Then wait."), "new"
        ),
        TourStep(
            "village",
            _("After one minute nobody has signed for it: it stands in the village's queue."),
            "case",
        ),
        TourStep(
            "township",
            _("After two more minutes it is the township's; the neighbouring one never sees it."),
            "case",
        ),
        TourStep(
            "district",
            _("After another two it is the district's. Sign for it and assign it to the mediator."),
            "case",
        ),
        TourStep(
            "mediator",
            _(
                "Both parties agree: mediate and record the agreement. Then come back as the"
                " district, verify it and strike it off."
            ),
            "case",
        ),
    ]
