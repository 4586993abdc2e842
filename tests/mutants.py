"""Rules broken on purpose, one at a time: each must make the test that guards it fail.

``python -m tests.mutants`` copies the project aside, breaks one line, runs the test named for
it and prints a table; exit code 1 when a broken rule goes unnoticed. Words after the command
choose the rules that contain one of them; ``visible_to`` takes out every call that narrows rows
to what a person may see (tests/access/test_gates.py) and the conditions beside them (the rules
that begin with "gate:"). Needs the environment that the tests need.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".state", ".hypothesis"
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """``old`` stands exactly once in ``file``; with ``new`` in its place ``test`` must fail."""

    rule: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "the handler may verify",
        "cases/standing.py",
        "    if case.done_by_id == user.pk:\n        return False\n",
        "",
        "tests/cases/test_standing.py::"
        "test_the_townships_own_work_is_verified_by_a_colleague_or_the_district",
    ),
    Mutant(
        "a subordinate may verify",
        "cases/standing.py",
        "min(case.level, Level.VILLAGE.value)",
        "Level.MICROGRID.value",
        "tests/cases/test_standing.py::test_what_a_grid_did_is_verified_by_the_village_or_above",
    ),
    Mutant(
        "make-up working days are days off",
        "cases/rules/workdays.py",
        "        if day in self.extra_workdays:\n            return True\n",
        "",
        "tests/rules/test_workdays.py",
    ),
    Mutant(
        "a paused day counts",
        "cases/rules/clock.py",
        "    for stop in stops:\n        if stop.start < instant:\n",
        "    for stop in stops[:0]:\n        if stop.start < instant:\n",
        "tests/rules/test_oracle.py::test_engine_and_counter_agree",
    ),
    Mutant(
        "a resident's deadline ends on a day off",
        "cases/rules/clock.py",
        "    while not (calendar.is_workday(day) and runs_up_to(end_of(day, zone), stops)):\n",
        "    while not runs_up_to(end_of(day, zone), stops):\n",
        "tests/rules/test_oracle.py::test_engine_and_counter_agree",
    ),
    Mutant(
        "an unknown year is certain",
        "cases/rules/clock.py",
        "            touched = touched or not by.calendar.knows(day)\n            if",
        "            if",
        "tests/rules/test_oracle.py::test_engine_and_counter_agree",
    ),
    Mutant(
        "an extension takes the place of the span",
        "cases/rules/reckoning.py",
        "    spans = (*rule.spans, *granted)\n",
        "    spans = granted or rule.spans\n",
        "tests/rules/test_oracle.py::test_engine_and_counter_agree",
    ),
    Mutant(
        "working hours run in the morning",
        "cases/rules/clock.py",
        "datetime.combine(day, opens, tzinfo",
        "datetime.combine(day, time(), tzinfo",
        "tests/rules/test_oracle.py::test_engine_and_counter_agree",
    ),
    Mutant(
        "an extension goes beyond what is allowed",
        "cases/rules/reckoning.py",
        '    if asked > most:\n        raise BadInput(\n            "The extension',
        '    if not most:\n        raise BadInput(\n            "The extension',
        "tests/rules/test_reckoning.py::test_extensions_beyond_the_cap_are_refused",
    ),
    Mutant(
        "no second wall against a double climb",
        "cases/migrations/0001_initial.py",
        'fields=("clock", "rung"), name="clock_step_once"',
        'fields=("clock", "rung", "id"), name="clock_step_once"',
        "tests/cases/test_constraints.py::test_a_rung_is_stepped_on_once",
    ),
    Mutant(
        "the sweep takes what somebody is acting on",
        "cases/escalation.py",
        "FOR UPDATE OF c, clock SKIP LOCKED",
        "",
        "tests/cases/test_two_people.py::test_a_case_in_hand_is_left_to_the_next_sweep",
    ),
    Mutant(
        "two clocks of a case in one round",
        "cases/escalation.py",
        "SELECT DISTINCT ON (case_id) locked.*",
        "SELECT locked.*",
        "tests/cases/test_escalation.py::test_two_due_clocks_of_one_case_do_not_share_a_number",
    ),
    Mutant(
        "a climb does not continue the chain",
        "cases/escalation.py",
        'prev="w.head"',
        "prev=\"''::bytea\"",
        "tests/cases/test_chain.py::test_a_climb_continues_the_chain_that_people_wrote",
    ),
    Mutant(
        "silence counts without a telling",
        "cases/silence.py",
        "    if not moments or len(moments) < parties.count():\n        return None\n",
        "    moments = moments or [case.done_at]\n",
        "tests/cases/test_silence.py::test_without_a_recorded_telling_silence_says_nothing",
    ),
    Mutant(
        "the ladder starts anew after a false done",
        "cases/acts/ending.py",
        "    clocks.release(case)\n",
        "    clocks.stop(case, act.now)\n",
        "tests/cases/test_clocks.py::test_a_false_done_gains_no_time",
    ),
    Mutant(
        "a refused case climbs on",
        "cases/transitions.py",
        '        clocks.stop(case, act.now, outcome="ended")\n',
        "",
        "tests/cases/test_mediation.py::"
        "test_one_refusal_ends_it_at_once_and_nothing_climbs_any_more",
    ),
    Mutant(
        "sessions hold the rung beyond the month",
        "cases/clocks.py",
        "    until = min(until, norm.due_at) if norm else until\n",
        "",
        "tests/cases/test_mediation.py::test_the_rung_waits_at_most_to_the_one_month_norm",
    ),
    Mutant(
        "resuming moves passed rungs",
        "cases/clocks.py",
        "slice(clock.rung, None)",
        "slice(0, None)",
        "tests/cases/test_clocks.py::test_resuming_writes_the_moved_moments",
    ),
    Mutant(
        "a stranger may act",
        "cases/transitions.py",
        "Case.objects.visible_to(actor).filter(number=number)",
        "Case.objects.filter(number=number)",
        "tests/cases/test_transitions.py::test_outside_the_area_every_verb_is_told_404",
    ),
    Mutant(
        "a reason in free words enters the log",
        "cases/acting.py",
        "if not known.filter(code=self.inputs.reason).exists():",
        "if not self.inputs.reason:",
        "tests/cases/test_erasure.py::test_a_reason_in_free_words_never_reaches_an_event",
    ),
    Mutant(
        "an erased name is still found",
        "cases/erasure.py",
        "    CaseSearch.objects.filter(case=case).update(text=search_text(case))\n",
        "",
        "tests/cases/test_erasure.py::"
        "test_after_erasing_they_stand_nowhere_and_the_chain_verifies",
    ),
    Mutant(
        "everybody on the way hears of a missed day",
        "cases/outbox.py",
        "if row.verb == Verb.CLIMB and holders.get(row.case_id) != row.unit_id:",
        "if False:",
        "tests/cases/test_outbox.py::"
        "test_after_an_outage_only_the_present_holder_hears_of_the_climb",
    ),
    Mutant(
        "the city takes the case from the county",
        "cases/rules/ladder.py",
        "calendar_days(2), holds=False)",
        "calendar_days(2))",
        "tests/cases/test_holders.py::"
        "test_nine_days_the_city_is_reported_to_and_the_county_stays_holder",
    ),
    Mutant(
        "a deadline given downward outlives its unit",
        "cases/escalation.py",
        "WHERE due.climbs AND clock.case_id = due.case_id",
        "WHERE false AND clock.case_id = due.case_id",
        "tests/cases/test_workflow_acts.py::"
        "test_that_deadline_ends_when_the_case_leaves_the_unit",
    ),
    Mutant(
        "gate: restricted cases are counted",
        "cases/models/case.py",
        "return self.filter(counted, restricted=False).unrecused(user)",
        "return self.filter(counted).unrecused(user)",
        "tests/access/test_filters.py::test_nobody_counts_a_restricted_case",
    ),
    Mutant(
        "gate: restricted cases are seen by their place",
        "cases/models/case.py",
        "granted |= here & Q(restricted=False)",
        "granted |= here",
        "tests/access/test_filters.py::test_nobody_sees_a_restricted_case_by_its_place_alone",
    ),
    Mutant(
        "gate: a mediator who moved away sees what named her",
        "cases/models/case.py",
        "return here & Q(Exists(named))",
        "return Q(Exists(named))",
        "tests/cases/test_left_behind.py::"
        "test_a_posting_that_ran_out_shows_nothing_even_before_it_is_settled",
    ),
    Mutant(
        "gate: a leader who moved away sees what named them",
        "cases/models/case.py",
        "| here & Q(Exists(named))",
        "| Q(Exists(named))",
        "tests/cases/test_left_behind.py::test_a_leader_who_moves_leaves_the_matter_too",
    ),
    Mutant(
        "gate: her queue still lists it",
        "cases/branches.py",
        "all_of(named(user_id), any_of(places))",
        "named(user_id)",
        "tests/cases/test_left_behind.py::"
        "test_a_posting_that_ran_out_shows_nothing_even_before_it_is_settled",
    ),
    Mutant(
        "gate: queues list cases one stays away from",
        "cases/branches.py",
        "return [all_of(part, recused) for part in fed(",
        "return [all_of(part) for part in fed(",
        "tests/cases/test_queues.py::test_a_recused_person_finds_it_nowhere",
    ),
    Mutant(
        "gate: who is kept away while waiting for the lock acts all the same",
        "cases/transitions.py",
        "if case is None or case.recusals.filter(user=actor, until=None).exists():",
        "if case is None:",
        "tests/cases/test_recusals.py::test_who_is_kept_away_while_acting_comes_too_late",
    ),
    Mutant(
        "gate: who stays away is told",
        "cases/outbox.py",
        "    away = recused({row.case_id for row in rows})\n",
        "    away = set()\n",
        "tests/cases/test_outbox.py::test_who_stays_away_from_a_case_hears_nothing_of_it",
    ),
    Mutant(
        "gate: extracts of restricted cases",
        "cases/models/case.py",
        "return self.filter(helped, restricted=False, closed_at=None)",
        "return self.filter(helped, closed_at=None)",
        "tests/access/test_filters.py::test_no_extract_of_a_restricted_case",
    ),
    Mutant(
        "gate: extracts for a party",
        "cases/models/case.py",
        "helped |= Q(Exists(called_in)) & ~Q(Exists(party))",
        "helped |= Q(Exists(called_in))",
        "tests/access/test_filters.py::test_no_extract_for_a_party",
    ),
    Mutant(
        "gate: routing shows what is about the own level",
        "cases/models/sealed.py",
        "return self.filter(granted, listed=True)",
        "return self.filter(granted)",
        "tests/access/test_filters.py::test_no_routing_of_what_is_about_ones_own_level",
    ),
    Mutant(
        "gate: routing shows what organs elsewhere have",
        "cases/models/sealed.py",
        "granted |= Q(holder_unit__area__path__startswith=post.area_path)",
        "granted |= Q(tenant_id=post.tenant_id)",
        "tests/access/test_filters.py::test_no_routing_beside_or_above_the_own_place",
    ),
    Mutant(
        "a key that only reads writes",
        "governance/tokens.py",
        "if key.scope != EVERYTHING and needed not in scopes_of(key):",
        "if needed not in SCOPES:",
        "tests/governance/test_tokens.py::TestScopes::"
        "test_a_key_that_only_reads_writes_nowhere",
    ),
    Mutant(
        "a past day shows the places of today",
        "governance/dashboard/then.py",
        "known = asof.with_ancestors({one.area_id for one in stood}, on)",
        "known = asof.with_ancestors({one.area_id for one in stood}, date.today())",
        "tests/governance/test_leader_then.py::"
        "test_a_merger_and_all_that_follows_change_no_past_day",
    ),
    Mutant(
        "a request that comes twice is done twice",
        "cases/once.py",
        "    if row is not None:\n",
        "    if row is None and key == '':\n",
        "tests/cases/test_office_api.py::"
        "test_an_account_is_opened_once_and_its_password_shown_once",
    ),
    Mutant(
        "a clock that jumped is believed",
        "cases/clockguard.py",
        "        refused = (ahead or 0) > TOLERANCE\n        if refused:",
        "        refused = False\n        if refused:",
        "tests/cases/test_clockguard.py::"
        "test_a_jump_forward_lets_nothing_climb_by_any_driver",
    ),
    Mutant(
        "restarting the machine explains a jump",
        "cases/clockguard.py",
        "refused = doubt is not None and doubt.since <= moment",
        "refused = False",
        "tests/cases/test_clockguard.py::test_restarting_the_machine_explains_no_jump",
    ),
    Mutant(
        "a full disk is blamed on the clocks",
        "cases/escalation.py",
        "        except OperationalError:\n            raise\n",
        "",
        "tests/cases/test_heartbeats.py::"
        "test_a_server_that_stops_in_the_middle_blames_nobody",
    ),
)  # fmt: skip


def run_tests(project: Path, tests: list[str]) -> bool:
    """Whether ``tests`` pass in the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"pytest could not run {tests}:\n{done.stdout}\n{done.stderr}")
    return done.returncode == 0


def noticed(project: Path, mutant: Mutant) -> bool:
    """Break the rule in the copy, run its test, mend the rule again."""
    path = project / mutant.file
    text = path.read_text("utf-8")
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.file} has changed: {mutant.old!r} stands there no longer once.")
    path.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    try:
        return not run_tests(project, [mutant.test])
    finally:
        path.write_text(text, "utf-8")


def removed_gates() -> int:
    """Leave every ``visible_to`` open in turn; 1 when its door does not notice."""
    file = "tests/access/test_gates.py"
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=line", "-p", "no:cacheprovider"]
    return subprocess.run([*command, file], cwd=ROOT).returncode


def main(words: list[str]) -> int:
    """Print one line per mutant; 1 when one of them lived."""
    lived = 0
    if words == ["visible_to"]:
        lived, words = removed_gates(), ["gate:"]
    chosen = [one for one in MUTANTS if not words or any(word in one.rule for word in words)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(ROOT, project, ignore=LEFT_OUT)
        if not run_tests(project, sorted({mutant.test for mutant in chosen})):
            raise SystemExit("The named tests must pass before a rule is broken.")
        for mutant in chosen:
            began = time.monotonic()
            found = noticed(project, mutant)
            lived += not found
            test = mutant.test.removeprefix("tests/")
            print(f"{'noticed' if found else 'LIVED  '} {time.monotonic() - began:5.1f} s"
                  f"  {mutant.rule}  ({test})", flush=True)  # fmt: skip
    print("every broken rule was noticed" if not lived else "some broken rules LIVED")
    return 1 if lived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
