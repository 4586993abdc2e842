"""The rules. Each takes one file and yields a sentence for every place that breaks it.

A rule that lets files through names each of them with its reason, right beside the rule.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator

from tests.architecture.source import LAYERS, Source, imported

Complaints = Iterator[str]
Rule = Callable[[Source], Complaints]

RULES: list[Rule] = []


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


# --- who may import whom ----------------------------------------------------------------
PURE = ("cases/rules/", "grids/words.py", "grids/roles.py", "grids/errors.py",
        "grids/staffing.py", "grids/powers.py", "governance/env.py")  # fmt: skip
PURE_MODULES = ("cases.rules.", "grids.words", "grids.roles", "grids.errors", "grids.staffing",
                "grids.powers")  # fmt: skip
# Faces find rows, call one function and choose a template; nothing else may need them.
FACES = re.compile(r"cases/(pages/|api\.py|shapes\.py|urls\.py|tasks\.py|management/)")
ENGINE_MAY_NOT = ("cases.pages", "cases.api", "cases.shapes", "cases.urls", "cases.tasks")


@rule
def imports_point_downwards(source: Source) -> Complaints:
    height = LAYERS.index(source.package)
    for name in imported(source.tree):
        package = name.split(".")[0]
        if package in LAYERS and LAYERS.index(package) > height:
            yield f"{source.path} imports {name}"


@rule
def pure_modules_know_no_framework(source: Source) -> Complaints:
    if not source.path.startswith(PURE):
        return
    for name in imported(source.tree):
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(PURE_MODULES):
            yield f"{source.path} imports {name}"


@rule
def models_stand_below_the_engine(source: Source) -> Complaints:
    if not re.match(r"(cases|grids)/models/", source.path):
        return
    own = (f"{source.package}.models", f"{source.package}.rules", "grids.")
    for name in imported(source.tree):
        if name.split(".")[0] in LAYERS and not name.startswith(own):
            yield f"{source.path} imports {name}"


@rule
def faces_are_imported_by_faces_only(source: Source) -> Complaints:
    if source.package != "cases" or FACES.match(source.path):
        return
    for name in imported(source.tree):
        if name.startswith(ENGINE_MAY_NOT):
            yield f"{source.path} imports {name}"


@rule
def no_import_hides_in_a_function(source: Source) -> Complaints:
    for function in source.functions():
        for name in imported(function):
            yield f"{source.path}: {function.name} imports {name}"


# Whoever has a broker hangs the bell (cases/doorbell.py); all else runs where there is none.
BROKER = {"celery", "kombu"}


@rule
def only_jobs_know_the_broker(source: Source) -> Complaints:
    if source.package == "governance" or source.path == "cases/tasks.py":
        return
    for name in imported(source.tree):
        if name.split(".")[0] in BROKER:
            yield f"{source.path} imports {name}"


HEAVY = {"PIL", "reportlab", "docx", "docxtpl", "openpyxl", "xlsxwriter", "weasyprint", "pandas"}
WORKER_ONLY = ("cases/photos.py", "cases/tasks.py")  # web processes stay small


@rule
def heavy_libraries_stay_in_the_worker(source: Source) -> Complaints:
    for name in imported(source.tree):
        heavy = name.split(".")[0] in HEAVY or name.startswith("cases.photos")
        if heavy and source.path not in WORKER_ONLY:
            yield f"{source.path} imports {name}, which a web process would load"


@rule
def tables_are_written_unarmed_in_one_place(source: Source) -> Complaints:
    """A cell that a spreadsheet runs gets out through whoever writes CSV alone."""
    if source.path != "grids/csvfile.py" and re.search(
        r"csv\.(writer|DictWriter)|\bcsv import .*[wW]riter", source.text
    ):
        yield f"{source.path} writes CSV itself; grids/csvfile.py disarms formulas"


# --- size and names ---------------------------------------------------------------------
MAX_FILE, MAX_FUNCTION = 400, 50  # lines
NAMELESS = {"utils", "util", "helpers", "helper", "services", "service", "common", "manager",
            "managers", "misc", "base", "selectors"}  # fmt: skip


@rule
def nothing_outgrows_a_few_screens(source: Source) -> Complaints:
    if source.is_migration:
        return
    lines = source.text.count("\n")
    if lines > MAX_FILE:
        yield f"{source.path} has {lines} lines"
    for function in source.functions():
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > MAX_FUNCTION:
            yield f"{source.path}: {function.name} has {length} lines"


@rule
def modules_are_named_after_a_job(source: Source) -> Complaints:
    for part in source.module.split("."):
        if part in NAMELESS:
            yield f"{source.path} says nothing about what it does"


@rule
def every_module_says_what_it_is_for(source: Source) -> Complaints:
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield f"{source.path} has no docstring"


PROMISE = re.compile(r"#.*\b(TODO|FIXME|XXX)\b")


@rule
def nothing_is_promised(source: Source) -> Complaints:
    for number, line in enumerate(source.text.splitlines(), 1):
        if PROMISE.search(line):
            yield f"{source.path}:{number} promises instead of doing"


# --- one door, one gate -----------------------------------------------------------------
GATED = re.compile(r"(cases/pages/.*|governance/pages|.*/views|.*/api)\.py$")
GATES = {"visible_to", "countable_by", "extracts_for"}
PLUMBING = {"governance/api.py": "reads no rows; undoes the transaction of a refused request"}
# Rows that need no gate of their own: a person's own, and parts of a case that passed it.
OWNED = {"user", "case"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


@rule
def faces_reach_rows_through_the_gate(source: Source) -> Complaints:
    if not GATED.match(source.path) or source.path in PLUMBING:
        return
    passed = {id(manager) for manager in managers_with_a_gate(source)}
    for node in source.walk():
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in passed:
            yield f"{source.path}:{node.lineno} reaches rows past visible_to"
        elif isinstance(node, ast.Name) and node.id in {"connection", "connections"}:
            yield f"{source.path}:{node.lineno} speaks to the database past visible_to"
        elif isinstance(node, ast.Call) and looks_up_a_model(node):
            yield f"{source.path}:{node.lineno} looks up a row past visible_to"


def managers_with_a_gate(source: Source) -> Iterator[ast.expr]:
    """``objects`` in ``objects.visible_to(…)`` and in ``objects.filter(user=…)``."""
    for node in source.walk():
        if isinstance(node, ast.Attribute) and node.attr in GATES:
            yield node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "filter"
            and any(keyword.arg in OWNED for keyword in node.keywords)
        ):
            yield node.func.value


def looks_up_a_model(call: ast.Call) -> bool:
    """True for ``get_object_or_404(Case, …)``; a query set as first argument is fine."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    first = call.args[0] if call.args else None
    owned = any(keyword.arg in OWNED for keyword in call.keywords)
    asks = name in {"get_object_or_404", "get_list_or_404"} and not owned
    return asks and isinstance(first, ast.Name) and first.id[:1].isupper()


STATUS_WRITERS = {
    "cases/transitions.py": "the door of every act",
    "cases/intake.py": "the first status of a case",
    "cases/escalation.py": "climbs, in one SQL statement",
    "cases/acts/removing.py": "what was merged into a sealed case follows it",
    "cases/sealed_work.py": "the one door of sealed matters, which are no cases",
}
HISTORY_WRITERS = {
    "governance/demo/": "writes months of invented past in one go, with events and deltas",
    "governance/bench/": "fills a database of its own by COPY to measure it",
}
SQL_STATUS = re.compile(r"UPDATE\s+cases_case\b.*\bstatus\s*=", re.IGNORECASE | re.DOTALL)
WRITES = {"update", "create", "bulk_create", "update_or_create", "get_or_create"}


@rule
def status_is_written_at_the_doors(source: Source) -> Complaints:
    if source.path in STATUS_WRITERS or source.path.startswith(tuple(HISTORY_WRITERS)):
        return
    for node in source.walk():
        stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if stored and node.attr == "status":
            yield f"{source.path}:{node.lineno} writes a status"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = any(keyword.arg == "status" for keyword in node.keywords)
            if named and node.func.attr in WRITES:
                yield f"{source.path}:{node.lineno} writes a status"
    if not source.is_migration and SQL_STATUS.search(source.text):
        yield f"{source.path} writes a status in SQL"


@rule
def nothing_happens_behind_your_back(source: Source) -> Complaints:
    if match := re.search(r"@receiver|\b(pre|post)_(save|delete|init)\b|m2m_changed", source.text):
        yield f"{source.path} uses the signal {match.group()}"
    for node in source.classes() if "/models/" in source.path else ():
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name in {"save", "delete"}:
                yield f"{source.path}: {node.name} overrides {item.name}"


@rule
def there_is_no_back_office(source: Source) -> Complaints:
    for name in imported(source.tree):
        if name.startswith("django.contrib.admin"):
            yield f"{source.path} imports {name}, whose lists know no visible_to"
    for line, text in source.strings():
        if text.startswith("django.contrib.admin"):
            yield f"{source.path}:{line} installs the admin"


# --- the database -----------------------------------------------------------------------
CIVIL_DAY = re.compile(r"AT TIME ZONE 'Asia/Shanghai'\)::date", re.IGNORECASE)
BARE_DAY = re.compile(r"::\s*date\b|\bdate_trunc\b|\bcurrent_date\b|\bas\s+date\)", re.IGNORECASE)


@rule
def days_in_sql_name_their_zone(source: Source) -> Complaints:
    for line, text in source.strings():
        if match := BARE_DAY.search(CIVIL_DAY.sub("", text)):
            yield f"{source.path}:{line} cuts a day by {match.group()} in the session's zone"


@rule
def words_are_data_not_choices(source: Source) -> Complaints:
    if "/models/" not in source.path:
        return
    for node in source.walk():
        if isinstance(node, ast.Call) and any(
            keyword.arg == "choices" for keyword in node.keywords
        ):
            yield f"{source.path}:{node.lineno} carries choices; a check constraint lists codes"


@rule
def migrations_import_nothing_of_ours(source: Source) -> Complaints:
    if not source.is_migration:
        return
    for name in imported(source.tree):
        if name.split(".")[0] in LAYERS:
            yield f"{source.path} imports {name}; write the values out"
