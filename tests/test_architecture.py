"""The shape of the code base, checked like any other behaviour.

Every rule runs over the whole project, and over a small file planted to break it: a rule that
notices nothing is no rule.
"""

import pytest

from tests.architecture import rules, source, tables
from tests.architecture.source import Source

FILES = source.project()
PLANTED = {
    "imports_point_downwards": ("grids/tree.py", "from cases.models import Case"),
    "pure_modules_know_no_framework": ("cases/rules/lamp.py", "from django.db import models"),
    "models_stand_below_the_engine": ("cases/models/case.py", "from cases import transitions"),
    "faces_are_imported_by_faces_only": ("cases/outbox.py", "from cases.tasks import deliver"),
    "no_import_hides_in_a_function": ("cases/queues.py", "def f():\n    import json"),
    "only_jobs_know_the_broker": ("cases/outbox.py", "from celery import current_app"),
    "heavy_libraries_stay_in_the_worker": ("cases/pages/case.py", "from PIL import Image"),
    "tables_are_written_unarmed_in_one_place": (
        "cases/export.py", "import csv\ncsv.writer(out).writerow(['=1'])",
    ),
    "nothing_outgrows_a_few_screens": ("cases/intake.py", "def f():\n" + "    x = 1\n" * 51),
    "modules_are_named_after_a_job": ("cases/utils.py", "x = 1"),
    "every_module_says_what_it_is_for": ("cases/queues.py", "x = 1"),
    "nothing_is_promised": ("cases/queues.py", "x = 1  # " + "TO" + "DO: later"),
    "faces_reach_rows_through_the_gate": (
        "cases/pages/case.py", "case = Case.objects.get(number=number)",
    ),
    "status_is_written_at_the_doors": ("cases/acts/ending.py", "case.status = 'struck'"),
    "nothing_happens_behind_your_back": (
        "cases/models/case.py", "class Case(Model):\n    def save(self):\n        pass",
    ),
    "there_is_no_back_office": ("cases/faces.py", "from django.contrib.admin import site"),
    "days_in_sql_name_their_zone": ("cases/figures.py", "SQL = 'SELECT closed_at::date'"),
    "words_are_data_not_choices": ("cases/models/case.py", "f = CharField(choices=[('a', 'A')])"),
    "migrations_import_nothing_of_ours": (
        "cases/migrations/0009_x.py", "from cases.rules.workflow import Kind",
    ),
}  # fmt: skip
# More ways to break a rule than one.
MORE = [
    ("imports_point_downwards", "cases/queues.py", "import governance.settings"),
    ("pure_modules_know_no_framework", "grids/roles.py", "from grids.models import Area"),
    ("no_import_hides_in_a_function", "cases/queues.py", "async def f():\n    from a import b"),
    ("heavy_libraries_stay_in_the_worker", "cases/pages/files.py", "from cases import photos"),
    ("nothing_outgrows_a_few_screens", "cases/intake.py", "x = 1\n" * 401),
    ("faces_reach_rows_through_the_gate", "governance/dashboard/views.py", "Case.objects.all()"),
    ("faces_reach_rows_through_the_gate", "cases/api.py", "get_object_or_404(Case, pk=1)"),
    ("faces_reach_rows_through_the_gate", "cases/api.py", "connection.cursor()"),
    ("faces_reach_rows_through_the_gate", "cases/api.py", "Case._default_manager.all()"),
    ("status_is_written_at_the_doors", "cases/silence.py", "rows.update(status='struck')"),
    ("status_is_written_at_the_doors", "cases/silence.py", "Case.objects.create(status='x')"),
    ("status_is_written_at_the_doors", "cases/x.py", "S = 'UPDATE cases_case SET status = 1'"),
    ("nothing_happens_behind_your_back", "cases/x.py", "@receiver(post_save)\ndef f(): pass"),
    ("nothing_happens_behind_your_back", "cases/x.py", "post_save.connect(f)"),
    ("there_is_no_back_office", "governance/settings.py", "A = ['django.contrib.admin']"),
    ("days_in_sql_name_their_zone", "cases/x.py", "S = \"date_trunc('day', closed_at)\""),
    ("days_in_sql_name_their_zone", "cases/x.py", "S = 'WHERE day > CURRENT_DATE'"),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps(rule: rules.Rule) -> None:
    assert [complaint for file in FILES for complaint in rule(file)] == []


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_planted_violation_is_noticed_by(rule: rules.Rule) -> None:
    path, text = PLANTED[rule.__name__]
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize(("name", "path", "text"), MORE)
def test_other_ways_to_break_a_rule_are_noticed(name: str, path: str, text: str) -> None:
    assert list(getattr(rules, name)(Source(path, text)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cases/pages/case.py", "case = Case.objects.visible_to(user).get(number=number)"),
        ("governance/dashboard/views.py", "rows = Case.objects.countable_by(user)"),
        ("cases/figures.py", "S = \"(closed_at AT TIME ZONE 'Asia/Shanghai')::date\""),
        ("cases/transitions.py", "case.status = target"),
        ("cases/photos.py", "from PIL import Image"),
        ("cases/queues.py", "rows = Case.objects.filter(status='done')"),
    ],
)
def test_what_is_allowed_is_let_through(path: str, text: str) -> None:
    found = [complaint for rule in rules.RULES for complaint in rule(Source(path, text))]
    assert [one for one in found if "docstring" not in one] == []


def test_every_reason_to_let_a_file_through_still_has_its_file() -> None:
    paths = {file.path for file in FILES}
    assert set(rules.STATUS_WRITERS) <= paths
    for folder in rules.HISTORY_WRITERS:
        assert any(path.startswith(folder) for path in paths)
    assert set(rules.WORKER_ONLY) | set(rules.PLUMBING) <= paths
    assert set(tables.SHARED) <= set(tables.tables())


# --- tables -----------------------------------------------------------------------------
def test_every_table_of_a_case_names_its_customer() -> None:
    assert list(tables.without_tenant(tables.tables())) == []
    assert list(tables.without_tenant({"cases_visit": {"id", "case_id"}})) != []


def test_nothing_refers_to_history() -> None:
    assert list(tables.into_history(tables.references())) == []
    assert list(tables.into_history([("cases_x.event_id", "cases_caseevent")])) != []


def test_history_says_when() -> None:
    assert list(tables.without_time(tables.tables())) == []
    assert list(tables.without_time({"cases_caseevent": {"id"}})) != []


# --- the tests themselves ---------------------------------------------------------------
# Where no Chromium is installed the browser tests cannot run; CI has one and fails a skip.
MAY_SKIP = "tests/browser/conftest.py"


def skipping(file: Source) -> list[str]:
    words = ("pytest.mark." + "skip", "pytest." + "skip(", "import" + "orskip", "x" + "fail(")
    return [f"{file.path} skips" for word in words if word in file.text]


def test_no_test_is_skipped() -> None:
    assert {one for file in source.suite() for one in skipping(file)} <= {f"{MAY_SKIP} skips"}
    assert skipping(Source("tests/x.py", "@pytest.mark." + "skip\ndef test_x(): pass")) != []
