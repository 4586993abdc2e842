"""The rules as a document: what ``docs/rules.md`` says, drawn from the tables themselves.

English first, the office's own words beside it. The office reads here what the program does;
a test compares the file with what this module writes.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from django.utils import translation
from django.utils.translation import gettext

from cases.rules.audience import AUDIENCE, Ear
from cases.rules.clock import Span, SpanUnit
from cases.rules.hours import OFFICE_HOURS, TimeOff
from cases.rules.ladder import LADDERS, AtEnd, Ladder, Rung, at_end
from cases.rules.lamp import DAY, MARKS, SHAPES, LampCode, Mark, Sign
from cases.rules.limits import LIMITS, Limit
from cases.rules.lookback import DOUBLE, SHARE
from cases.rules.numbers import NUMBERS
from cases.rules.set_by_hand import SET_BY_HAND, SetByHand
from cases.rules.supervision import ANSWER_DAYS, TRIGGERS
from cases.rules.workflow import CLOSING, STEPS, Kind, Stand, Status, Step, Verb
from governance.told import TOLD
from grids.roles import UnitKindCode

CHINESE = "zh-hans"
NO_SOURCE = "默认值，无公开依据，请按本地文件修改"
HEAD = """# The rules, as the program knows them

Printed by `./run manage print_rules` from the tables in `cases/rules/`; do not edit. Where no
public source was found, the document says so: """
COUNTED_AS = {
    SpanUnit.WORKING_DAY: "工作日",
    SpanUnit.CALENDAR_DAY: "自然日",
    SpanUnit.MONTH: "个月",
    SpanUnit.WORKING_HOUR: "工作小时",
    SpanUnit.HOUR: "小时",
    SpanUnit.MINUTE: "分钟",
    SpanUnit.SECOND: "秒",
}


def rulebook() -> str:
    """The whole document, in Markdown."""
    parts = [
        f"{HEAD}{NO_SOURCE}.\n",
        *(chapter for kind in Kind for chapter in workflow(kind)),
        *(chapter for ladder in LADDERS.values() for chapter in ladder_chapter(ladder)),
        *limits(),
        *by_hand(),
        *lamps(),
        *hours(),
        *supervision(),
        *revisits(),
        *plain_numbers(),
        *told(),
    ]
    return "\n".join(parts)


def both(label: str) -> str:
    """An English label with its Chinese, when the catalogue has one."""
    with translation.override(CHINESE):
        said = gettext(label)
    return label if said == label else f"{label} {said}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


# --- workflow ---------------------------------------------------------------------------
def workflow(kind: Kind) -> Iterator[str]:
    yield f"## Workflow: {both(kind.label)}\n"
    yield chart(STEPS[kind])
    yield table(("From", "Act", "To", "Who", "Needs", "Source"), map(arrow, STEPS[kind]))


def in_order(statuses: Iterable[Status]) -> list[Status]:
    known = frozenset(statuses)
    return [status for status in Status if status in known]


def arrow(step: Step) -> tuple[str, ...]:
    return (
        ", ".join(status.label for status in in_order(step.sources)),
        both(step.verb.label),
        leads_to(step),
        ", ".join(sorted(stand.label for stand in step.stands)),
        ", ".join(need.label for need in step.needs) or "–",
        step.source or "–",
    )


def leads_to(step: Step) -> str:
    """Where an act leads, and where a rule of its own may lead it instead."""
    target = step.target.label if step.target else "stays"
    return f"{target}, or {step.also.label}" if step.also else target


def chart(steps: Iterable[Step]) -> str:
    """The arrows that change the status, as a flow chart; acts between the same two share one."""
    arrows: dict[tuple[Status, Status], list[Verb]] = {}
    for step in steps:
        for source in in_order(step.sources):
            for target in (step.target, step.also):
                if target and target != source:
                    arrows.setdefault((source, target), []).append(step.verb)
    names = in_order(status for pair in arrows for status in pair)
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {status}["{both(status.label)}"]' for status in names]
    for (source, target), verbs in arrows.items():
        labels = "<br/>".join(dict.fromkeys(verb.label for verb in verbs))
        lines.append(f'    {source} -->|"{labels}"| {target}')
    return "\n".join([*lines, "```\n"])


# --- time -------------------------------------------------------------------------------
def span_words(span: Span) -> str:
    plural = "" if span.amount == 1 else "s"
    return f"{span.amount} {span.unit.label}{plural} {span.amount}{COUNTED_AS[span.unit]}"


def ladder_chapter(ladder: Ladder) -> Iterator[str]:
    yield f"## Ladder: {both(ladder.name)} (`{ladder.code}`)\n"
    yield f"Levels and total: {ladder.source or NO_SOURCE}\n"
    rows = (rung_row(ladder, number, rung) for number, rung in enumerate(ladder.rungs))
    yield table(
        ("Rung", "Level", "Unit", "Span", "When it has run out", "Source of the span"), rows
    )


def rung_row(ladder: Ladder, number: int, rung: Rung) -> tuple[str, ...]:
    kind = UnitKindCode(rung.unit_kind)
    unit = both(kind.label) if rung.holds else f"{both(kind.label)}; is reported to, holds nothing"
    end = at_end(ladder, number)
    what = both(end.label) if end is AtEnd.CLIMB else f"{both(end.label)}; the holder stays"
    return (
        str(number), both(rung.level.label), unit, span_words(rung.span), what,
        rung.source or NO_SOURCE,
    )  # fmt: skip


def limits() -> Iterator[str]:
    yield "## Time limits\n"
    head = ("Limit", "Code", "Span", "Whose", "Starts from", "Statutory", "Source")
    yield table(head, map(limit_row, LIMITS.values()))
    yield "### What drives each clock\n"
    yield (
        "While paused, the coming end moves on; while held, nothing is due and the end stays. Time"
        " left out by law counts as paused. An extension runs on from the end before it; the cap"
        " counts from the start. How days are counted: [clocks.md](clocks.md).\n"
    )
    driven = (
        "Limit", "Starts", "Stops", "Paused", "Held", "Left out", "Extension", "Cap", "Version",
    )  # fmt: skip
    yield table(driven, map(clock_row, LIMITS.values()))


def limit_row(limit: Limit) -> tuple[str, ...]:
    return (
        both(limit.name), f"`{limit.code.value}`", span_words(limit.span),
        both(limit.whose.label), both(limit.starts_from.label),
        "yes" if limit.statutory else "no", limit.source or NO_SOURCE,
    )  # fmt: skip


def clock_row(limit: Limit) -> tuple[str, ...]:
    return (
        both(limit.name), acts(limit.starts), ending(limit.stops), acts(limit.pauses),
        acts(limit.holds), acts(limit.excludes), extension_words(limit),
        span_words(limit.cap) if limit.cap else "–", str(limit.version),
    )  # fmt: skip


def acts(codes: Collection[str]) -> str:
    """Acts in the order of the workflow's words."""
    return ", ".join(verb.label for verb in Verb if verb.value in codes) or "–"


def ending(codes: frozenset[str]) -> str:
    """The acts that stop a clock; the closing ones in one word."""
    if not codes >= CLOSING:
        return acts(codes)
    return ", ".join(["any closing", *([acts(codes - CLOSING)] if codes > CLOSING else [])])


def extension_words(limit: Limit) -> str:
    granted = limit.extension
    if granted is None:
        return "none"
    often = "once" if granted.times == 1 else f"{granted.times} times"
    return f"{span_words(granted.most)} in all, {often}, by {Stand(granted.approver).label}"


def by_hand() -> Iterator[str]:
    yield "## Deadlines that somebody names\n"
    head = ("Deadline", "Starts", "Stops", "Paused", "Held", "Source")
    yield table(head, map(hand_row, SET_BY_HAND.values()))


def hand_row(rule: SetByHand) -> tuple[str, ...]:
    return (
        both(rule.code.label), acts(rule.starts), acts(rule.stops), acts(rule.pauses),
        acts(rule.holds), rule.source or "–",
    )  # fmt: skip


def lamps() -> Iterator[str]:
    yield "## Deadline lamps\n"
    yield table(("Lamp", "Shape", "When"), ((both(c.label), SHAPES[c], LIT[c]) for c in LampCode))
    yield (
        "Marks on the way of one running clock, which light its lamp and of which people are"
        " told, each once. A short span is one of less than four times 24 hours from start to"
        " due, so at most three counted days:\n"
    )
    yield table(
        ("Mark", "When", "Lamp from then on"),
        ((both(sign.mark.label), when_marked(sign), both(sign.lamp.label)) for sign in MARKS),
    )


LIT: dict[LampCode, str] = {
    LampCode.OVER: "open, the due moment has come",
    LampCode.SOON: "open, the first amber mark below has come",
    LampCode.WATCH: "open, not amber yet, at most 72 hours left (short spans only)",
    LampCode.OK: "open, more time left than above",
    LampCode.DONE: "the case is closed",
    LampCode.PAUSED: "open and suspended, and no day set by the sender comes first",
}


def when_marked(sign: Sign) -> str:
    if sign.share:
        return f"{1 - sign.share:.0%} of the time from start to due have passed"
    days = abs(sign.before) // DAY
    if not days:
        return "the due moment"
    side = "before" if sign.before > timedelta(0) else "after"
    return f"{days} × 24 hours {side} the due moment{', not on a short span' * sign.long_only}"


def hours() -> Iterator[str]:
    yield "## Working hours\n"
    yield (
        f"Working days, {OFFICE_HOURS.opens:%H:%M} to {OFFICE_HOURS.closes:%H:%M}:"
        f" {OFFICE_HOURS.source or NO_SOURCE}. Outside them the substitute of the unit"
        " responsible acts on urgent matters, from intake until doors open next. A shift lasts"
        f" from {OFFICE_HOURS.opens:%H:%M} to {OFFICE_HOURS.opens:%H:%M} of the next day:\n"
    )
    yield table(
        ("Sort of shift", "Days it begins on"), ((both(s.label), BEGINS[s]) for s in TimeOff)
    )


BEGINS = {
    TimeOff.EVENING: "working days, make-up days included",
    TimeOff.WEEKEND: "other Saturdays and Sundays",
    TimeOff.HOLIDAY: "days off of the State Council's notice, with the weekend days among them",
}


def supervision() -> Iterator[str]:
    """What lists a case by itself, and the numbers of an order."""
    yield "## Supervision 督办\n"
    yield (
        f"The answer to an order is due after {ANSWER_DAYS} working days unless the district chose"
        " another number (a default without a public source). One open order per case and issuing"
        " unit; numbers are gapless for each issuing unit and year. When a matter closes, its"
        " orders end and the units that issued them hear of it. Beside the ladders and limits that"
        " run out, these rules list a case, once for each clock they find overdue:\n"
    )
    rows = (
        (
            both(one.cause.label), ", ".join(sorted(one.clocks)) or "any", days_over(one.after),
            one.basis, one.source or "a default without a public source",
        )
        for one in TRIGGERS.values()
    )  # fmt: skip
    yield table(("Rule", "Clocks", "Overdue by", "Basis", "Source of the days"), rows)


def days_over(span: timedelta) -> str:
    return f"{span.days} days" if span else "at once"


def revisits() -> Iterator[str]:
    yield "## Look-back 回头看\n"
    yield (
        f"Once a month and district {SHARE} percent of the matters struck off in the month before"
        f" are drawn by lot, {SHARE * DOUBLE} percent of those no second person verified, and all"
        " with which the resident was not satisfied (our defaults). The seed is kept with the"
        " round: matters are taken in the order of SHA-256(seed, public id), the share rounded"
        " up, so that the draw can be done again. Restricted matters are left out.\n"
    )


def plain_numbers() -> Iterator[str]:
    yield "## Numbers a district may set\n"
    yield (
        "Proposed and approved by two people like a time limit. No clock runs by them: what was"
        " issued, drawn or planned before keeps the number of its day. The defaults have no"
        " public source.\n"
    )
    rows = (
        (both(one.label), f"`{one.code}`", one.said % {"n": "/".join(map(str, one.default))},
         f"{one.least} to {one.most}")
        for one in NUMBERS.values()
    )  # fmt: skip
    yield table(("Number", "Code", "Default", "Possible"), rows)


def told() -> Iterator[str]:
    yield "## Who is told\n"
    yield (
        "In the app, by the bell. Nobody else's name, phone or story is in a notice; people kept"
        " away from a case hear nothing of it.\n"
    )
    rows = ((both(verb.label), "; ".join(people)) for verb, people in TOLD.items())
    yield table(("Act", "Told"), rows)
    yield (
        "Beside the acts, of deadlines and climbs the parts of the unit named here; those who stand"
        " in for somebody by their own post. Nobody who is kept away, nothing that is sealed:\n"
    )
    yield table(
        ("Event", "Heard by"),
        (
            (both((Mark if code in Mark.values() else Verb)(code).label),
             "; ".join(one.label for one in Ear if one in who))
            for code, who in AUDIENCE.items()
        ),
    )  # fmt: skip
