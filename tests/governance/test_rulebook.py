"""The printed rules are the rules: the file is fresh, complete and says who is told."""

import ast
import inspect
from collections.abc import Callable
from io import StringIO

from django.core.management import call_command

from cases.acting import Act
from cases.acts import EFFECTS
from cases.rules.hours import OFFICE_HOURS
from cases.rules.ladder import LADDERS
from cases.rules.limits import LIMITS
from cases.rules.workflow import STEPS, SYSTEM_VERBS, Kind, Status, Verb
from governance.rulebook import NO_SOURCE, chart, rulebook
from governance.told import TOLD
from tests.architecture.source import ROOT

# Told by intake and by the sweep, not by an act.
ELSEWHERE = SYSTEM_VERBS - {Verb.STRIKE_SILENT} | {Verb.REGISTER}
# A right nobody used has lapsed: that is no news to anybody.
SILENT = {Verb.LET_LAPSE}


def test_the_file_is_what_the_command_prints() -> None:
    out = StringIO()
    call_command("print_rules", stdout=out)
    assert (ROOT / "docs/rules.md").read_text(encoding="utf-8") == out.getvalue()


def test_every_arrow_is_in_the_chart_and_the_table() -> None:
    for kind in Kind:
        drawn = chart(STEPS[kind])
        for step in STEPS[kind]:
            for source in step.sources:
                assert step.target is None or f"{source} -->|" in drawn
    text = rulebook()
    for kind in Kind:
        assert text.count(f"## Workflow: {kind.label}") == 1
    rows = sum(len(steps) for steps in STEPS.values())
    assert text.count("| the ") >= rows / 2
    assert all(status.label in text for status in Status)


def test_every_span_shows_its_source_or_that_there_is_none() -> None:
    text = rulebook()
    rungs = [rung for ladder in LADDERS.values() for rung in ladder.rungs]
    known = [*rungs, *LIMITS.values(), *LADDERS.values(), OFFICE_HOURS]
    bare = [one for one in known if one.source is None]
    assert text.count(NO_SOURCE) == len(bare) + 1  # and once in the head
    for one in known:
        assert one.source is None or one.source in text


def told_by(effect: Callable[[Act], None]) -> set[str]:
    """``unit`` and ``user``, as far as an effect or what it calls beside it tells them."""
    module = inspect.getmodule(effect)
    tree = ast.parse(inspect.getsource(effect))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("tell_"):
            found.add(node.attr.removeprefix("tell_"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            helper = getattr(module, node.func.id, None)
            if inspect.isfunction(helper) and helper.__module__.startswith("cases.acts"):
                found |= told_by(helper)
    return found


def test_who_is_told_is_what_the_acts_do() -> None:
    printed = {
        verb: {
            "user" if "who registered it" in who or "person" in who else "unit"
            for who in TOLD.get(verb, ())
        }
        for verb in Verb
    }
    assert {verb for verb in ELSEWHERE if not printed[verb]} == SILENT
    done = {verb: told_by(EFFECTS[verb]) if verb in EFFECTS else set() for verb in Verb}
    assert {v: done[v] for v in Verb if v not in ELSEWHERE} == {
        v: printed[v] for v in Verb if v not in ELSEWHERE
    }
