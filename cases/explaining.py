"""The steps of a count in words: why a deadline is when it is. English msgids, translated.

Reads ``cases/rules/explanation.py``, writes one sentence per step. Days are written with their
year where it differs from the year the clock started in.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.rules.clock import Span, SpanUnit
from cases.rules.explanation import Remark, Said

FEW = 7  # so many days are listed one by one, more as a stretch
FEW_WEEKENDS = 3


def sentences(steps: Sequence[Remark]) -> list[str]:
    """The steps as sentences, in the order they were counted."""
    if not steps:
        return []
    first = steps[0].first
    year = first.year if first else 0
    days = any(step.code is Said.STARTED_DAY for step in steps)
    return [WORDS[step.code](step, Reader(year, days)) for step in steps]


class Reader:
    """How days are written in one explanation."""

    def __init__(self, year: int, counts_days: bool) -> None:
        self.year, self.counts_days = year, counts_days

    def day(self, day: date | None) -> str:
        if day is None:
            return ""
        # Translators: a day without and with its year, in the letters of Django's date format.
        return formatted(day, _("j F") if day.year == self.year else _("j F Y"))

    def stretch(self, first: date | None, last: date | None) -> str:
        if first == last or last is None:
            return self.day(first)
        return _("%(first)s to %(last)s") % {"first": self.day(first), "last": self.day(last)}

    def days(self, days: Sequence[date], make_up: Sequence[date]) -> str:
        """Few days one by one, the make-up days marked; many as a stretch."""
        if len(days) > FEW:
            named = self.stretch(days[0], days[-1])
            if not make_up:
                return named
            extra = self.listed([self.day(day) for day in make_up])
            return _("%(days)s (make-up working days in it: %(extra)s)") % {
                "days": named, "extra": extra,
            }  # fmt: skip
        return self.listed(
            [
                _("%(day)s (make-up working day)") % {"day": self.day(day)}
                if day in make_up
                else self.day(day)
                for day in days
            ]
        )

    def listed(self, words: Sequence[str]) -> str:
        # Translators: between the entries of a list, for example of days.
        return _(", ").join(words)

    def moment(self, at: datetime | None) -> str:
        return f"{self.day(at.date())} {clock_time(at)}" if at else ""


def end_words(at: datetime) -> str:
    """A due moment with its year and weekday; the end of a day is its 24:00."""
    time = "24:00" if ends_with_the_day(at) else clock_time(at)
    return f"{whole_day(at.date())} {time}"


def whole_day(day: date) -> str:
    """A day with its year and weekday."""
    # Translators: weekday, day, month and year in the letters of Django's date format.
    return formatted(day, _("l j F Y"))


def span_words(span: Span) -> str:
    """A span in words, for example 2 working days."""
    n = span.amount
    texts = {
        SpanUnit.WORKING_DAY: ngettext("%(n)s working day", "%(n)s working days", n),
        SpanUnit.CALENDAR_DAY: ngettext("%(n)s calendar day", "%(n)s calendar days", n),
        SpanUnit.MONTH: ngettext("%(n)s month", "%(n)s months", n),
        SpanUnit.WORKING_HOUR: ngettext("%(n)s working hour", "%(n)s working hours", n),
        SpanUnit.HOUR: ngettext("%(n)s hour", "%(n)s hours", n),
        SpanUnit.MINUTE: ngettext("%(n)s minute", "%(n)s minutes", n),
        SpanUnit.SECOND: ngettext("%(n)s second", "%(n)s seconds", n),
    }
    return texts[span.unit] % {"n": n}


def length_words(length: timedelta) -> str:
    """A stretch of time in hours and minutes, rounded down to the minute."""
    minutes = length // timedelta(minutes=1)
    hours, left = divmod(minutes, 60)
    if not left:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    text = ngettext("%(n)s minute", "%(n)s minutes", left) % {"n": left}
    if not hours:
        return text
    return f"{ngettext('%(n)s hour', '%(n)s hours', hours) % {'n': hours}} {text}"


# --- one function for each sort of step -----------------------------------------------------
def due(step: Remark, read: Reader) -> str:
    assert step.at is not None
    return _("Due on %(end)s.") % {"end": end_words(step.at)}


def ends_with_the_day(at: datetime) -> bool:
    return (at.hour, at.minute, at.second) == (23, 59, 59)


def clock_time(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def started_day(step: Remark, read: Reader) -> str:
    assert step.first is not None
    return _("Started on %(day)s; this day is not counted (Civil Code, Art. 201).") % {
        "day": whole_day(step.first)
    }


def started_at(step: Remark, read: Reader) -> str:
    assert step.at is not None
    return _("Started on %(day)s at %(time)s; the time runs from then on.") % {
        "day": whole_day(step.at.date()), "time": clock_time(step.at),
    }  # fmt: skip


def counted(step: Remark, read: Reader) -> str:
    text = ngettext("%(days)s: %(n)s day counts.", "%(days)s: %(n)s days count.", step.number)
    return text % {"days": read.stretch(step.first, step.last), "n": step.number}


def worked(step: Remark, read: Reader) -> str:
    text = ngettext(
        "%(days)s: %(n)s working day counts.", "%(days)s: %(n)s working days count.", step.number
    )
    return text % {"days": read.days(step.days, step.make_up), "n": step.number}


def hours(step: Remark, read: Reader) -> str:
    named = read.days(step.days, step.make_up)
    if len(step.days) <= FEW:
        named = read.listed(
            [
                f"{read.days([day], step.make_up)} {length_words(ran)}"
                for day, ran in zip(step.days, step.ran, strict=True)
            ]
        )
    return _("%(days)s: %(total)s within working hours.") % {
        "days": named, "total": length_words(sum(step.ran, timedelta(0))),
    }  # fmt: skip


def ran(step: Remark, read: Reader) -> str:
    assert step.span is not None
    return _("%(span)s around the clock, on days off too.") % {"span": span_words(step.span)}


def months(step: Remark, read: Reader) -> str:
    assert step.span is not None and step.first is not None and step.last is not None
    values = {"span": span_words(step.span), "day": read.day(step.last)}
    if step.first.day != step.last.day:
        return (
            _("%(span)s: that month has no such day, so up to its last day, %(day)s"
              " (Civil Code, Art. 202).") % values
        )  # fmt: skip
    return _("%(span)s up to the corresponding day, %(day)s (Civil Code, Art. 202).") % values


def holiday(step: Remark, read: Reader) -> str:
    assert step.festival is not None
    return _("%(days)s: %(festival)s, does not count.") % {
        "days": read.stretch(step.first, step.last), "festival": _(step.festival.label),
    }  # fmt: skip


def weekend(step: Remark, read: Reader) -> str:
    if len(step.off) > FEW_WEEKENDS:
        named = read.stretch(step.first, step.last)
        return _("%(days)s: the weekends in between do not count.") % {"days": named}
    named = read.listed([read.stretch(first, last) for first, last in step.off])
    return _("%(days)s: weekend, does not count.") % {"days": named}


def paused(step: Remark, read: Reader) -> str:
    values = stood_values(step, read)
    if step.number:
        text = ngettext(
            "The clock stood still from %(start)s to %(end)s: %(n)s day does not count.",
            "The clock stood still from %(start)s to %(end)s: %(n)s days do not count.",
            step.number,
        )
    elif read.counts_days:
        text = _(
            "The clock stood still from %(start)s to %(end)s: it ran at the end of every day"
            " that counts, so no day is lost."
        )
    else:
        text = _("The clock stood still from %(start)s to %(end)s: this time does not count.")
    return text % values


def excluded(step: Remark, read: Reader) -> str:
    values = stood_values(step, read)
    if step.number:
        text = ngettext(
            "By law the time from %(start)s to %(end)s is left out: %(n)s day does not count.",
            "By law the time from %(start)s to %(end)s is left out: %(n)s days do not count.",
            step.number,
        )
    else:
        text = _("By law the time from %(start)s to %(end)s is left out; no whole day lies in it.")
    return text % values


def stood_values(step: Remark, read: Reader) -> dict[str, object]:
    return {"start": read.moment(step.at), "end": read.moment(step.until), "n": step.number}


def stands(step: Remark, read: Reader) -> str:
    return _(
        "The clock has stood still since %(at)s; the end is what it would be going on now."
    ) % {"at": read.moment(step.at)}


def extended(step: Remark, read: Reader) -> str:
    assert step.span is not None
    if step.by:
        return _("Extended by %(span)s, approved by %(by)s: it runs on from the end before.") % {
            "span": span_words(step.span), "by": step.by,
        }  # fmt: skip
    return _("Extended by %(span)s: it runs on from the end before.") % {
        "span": span_words(step.span)
    }


def rung(step: Remark, read: Reader) -> str:
    assert step.at is not None
    end = "24:00" if ends_with_the_day(step.at) else clock_time(step.at)
    return _("Step %(n)s ends on %(day)s at %(time)s.") % {
        "n": step.number, "day": read.day(step.at.date()), "time": end,
    }  # fmt: skip


def rolled(step: Remark, read: Reader) -> str:
    return _(
        "The last day would be %(day)s, %(what)s: a resident's deadline ends on the next working"
        " day, %(to)s (Civil Code, Art. 203)."
    ) % {"day": read.day(step.first), "what": day_off(step), "to": read.day(step.last)}


def not_rolled(step: Remark, read: Reader) -> str:
    return _(
        "The last day, %(day)s, is %(what)s: an agency's deadline ends on it all the same."
    ) % {"day": read.day(step.last), "what": day_off(step)}


def day_off(step: Remark) -> str:
    return _(step.festival.label) if step.festival else _("a day off")


def provisional(step: Remark, read: Reader) -> str:
    assert step.first is not None and step.last is not None
    if step.first.year < step.last.year:
        return _(
            "The calendar has no holiday notices for %(first)s to %(last)s: their working days are"
            " taken as Monday to Friday, and the date is provisional."
        ) % {"first": step.first.year, "last": step.last.year}
    return _(
        "The calendar has no holiday notice for %(year)s: its working days are taken as Monday to"
        " Friday, and the date is provisional."
    ) % {"year": step.first.year}


def held(step: Remark, read: Reader) -> str:
    return _("Held since %(at)s: nothing is due meanwhile, and the end stays.") % {
        "at": read.moment(step.at)
    }


def stopped(step: Remark, read: Reader) -> str:
    return _("Stopped on %(at)s.") % {"at": read.moment(step.at)}


WORDS: dict[Said, Callable[[Remark, Reader], str]] = {
    Said.DUE: due,
    Said.STARTED_DAY: started_day,
    Said.STARTED_AT: started_at,
    Said.COUNTED: counted,
    Said.WORKED: worked,
    Said.MONTHS: months,
    Said.HOURS: hours,
    Said.RAN: ran,
    Said.HOLIDAY: holiday,
    Said.WEEKEND: weekend,
    Said.PAUSED: paused,
    Said.EXCLUDED: excluded,
    Said.STANDS: stands,
    Said.EXTENDED: extended,
    Said.RUNG: rung,
    Said.ROLLED: rolled,
    Said.NOT_ROLLED: not_rolled,
    Said.PROVISIONAL: provisional,
    Said.HELD: held,
    Said.STOPPED: stopped,
}
