"""What must never be built: words that watch, rank or score people, and doors that do it.

The reports this project starts from speak of controlling people. Here matters, units and
deadlines are looked at, never persons; these checks keep it so. Each is a function from text
to complaints, so that a planted violation can prove it.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.architecture.source import Source

# In field names, labels, translations, seeds, fixtures, templates. Not in docs, which explain.
WORDS = (
    "重点人", "重点户", "重点群体", "稳控", "黑名单", "红黑榜", "老户", "缠访", "闹访", "非访",
    "越级访",
    "截访", "风险等级", "风险人员", "前科", "宗教信仰", "政治面貌", "社区矫正", "刑满释放", "吸毒",
    "精神病", "信访人画像", "信用分", "一票否决", "积分", "打卡", "排行榜", "在线时长", "登录次数",
    "活跃度", "轨迹",
)  # fmt: skip
NAMES = re.compile(
    r"watch_?list|black_?list|grey_?list|(risk|trust|credit|person|people|petitioner)_?(score|level"
    r"|rank|rating|grade)|key_?(person|people|personnel|group)|stability_?control|trouble_?maker"
    r"|criminal_?record|religio|politic|ethnic|check_?in(_|s?\b)|clock_?in_?at|leader_?board|points\b"
    r"|gamif|login_?count|last_?login_?at|online_?(time|seconds|minutes)|geo_?track|face_?(id|print)"
    r"|repeat_?petitioner|social_?credit",
    re.IGNORECASE,
)
# Phrases that hold a guard word by accident of spelling, or deny it, each with its reason.
ALLOWED = {
    "除非访问": "“unless … visit”: the word arises across two others",
    "目前科室": "“at present the office”: the word arises across two others",
}
# Names of real places are taken over as they are.
IMPORTED = ("grids/seed/areas_seed.csv",)


def guard_words(path: str, text: str) -> Iterator[str]:
    """Guard words in a text, wherever they stand."""
    if path in IMPORTED:
        return
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    for word in WORDS:
        if word in text:
            line = next(n for n, row in enumerate(text.splitlines(), 1) if word in row)
            yield f"{path}:{line} says {word}"


def guard_names(names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """(where, name) pairs whose name says that people are watched, ranked or scored."""
    for where, name in names:
        if match := NAMES.search(name):
            yield f"{where}: {name} ({match.group()})"


def identifiers(source: Source) -> Iterator[tuple[str, str]]:
    """Every name a file gives to something, and its keyword arguments."""
    for node in source.walk():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield f"{source.path}:{node.lineno}", node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{source.path}:{node.lineno}", node.name
        elif isinstance(node, ast.arg):
            yield f"{source.path}:{node.lineno}", node.arg
        elif isinstance(node, ast.keyword) and node.arg:
            yield f"{source.path}:{node.value.lineno}", node.arg


# --- doors ------------------------------------------------------------------------------
# People: those a matter is about, and those who work on it.
PERSON = re.compile(
    r"\b(part(y|ies)|person|persons|people|resident|petitioner|applicant|respondent|reporter"
    r"|mediator|handler|worker|assignee|done_by|verified_by|told_by|checker|actor|user|username"
    r"|phone|id_?number|phone_index|id_number_index|display_name)\b"
)
RANKING = re.compile(r"rank|score|points|leaderboard|top-?\d|check-?in|attendance|credit|watch")


def personal_addresses(patterns: Iterable[str]) -> Iterator[str]:
    """Addresses that lead to a list about people, or that rank."""
    for pattern in patterns:
        words = re.sub(r"<[^>]*>|\(\?P<\w+>[^)]*\)", "", pattern)
        if PERSON.search(words) or RANKING.search(words):
            yield pattern


def personal_parameters(names: Iterable[str]) -> Iterator[str]:
    """Names of filters or orders that would pick or sort cases by a person."""
    for name in names:
        if PERSON.fullmatch(name) or RANKING.search(name):
            yield name


def read_from_addresses(source: Source) -> Iterator[str]:
    """Names a file reads from the query string."""
    for node in source.walk():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"get", "getlist"}
            and isinstance(node.func.value, ast.Attribute)
            and node.func.value.attr in {"GET", "query_params"}
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


SORT = re.compile(r"(GROUP|ORDER)\s+BY\s+([^()\n]*)", re.IGNORECASE)
COLUMN = re.compile(
    r"\b(part(y|ies)|reporter|done_by|verified_by|told_by|noted_by|checker|handler|actor|user"
    r"|assignments)(_id|__\w+)?\b|\b(display_name|username|phone_\w+|id_number_\w+)\b"
)

# Choosing a colleague from a list by name is no look at people's work.
COLLEAGUES = {"cases/offers.py": "whom a case may be assigned to"}


def counted_by_person(source: Source) -> Iterator[str]:
    """Places that group, count or sort rows by a person."""
    if source.path in COLLEAGUES:
        return
    for node in source.walk():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        columns = [str(one.value) for one in node.args if isinstance(one, ast.Constant)]
        if node.func.attr == "order_by":
            guilty = [one for one in columns if COLUMN.search(one)]
        elif node.func.attr == "annotate":
            before = node.func.value
            grouped = isinstance(before, ast.Call) and isinstance(before.func, ast.Attribute)
            guilty = []
            if grouped and before.func.attr in {"values", "values_list"}:  # type: ignore[union-attr]
                keys = [str(a.value) for a in before.args if isinstance(a, ast.Constant)]  # type: ignore[union-attr]
                guilty = [one for one in keys if COLUMN.search(one)]
        else:
            continue
        for one in guilty:
            yield f"{source.path}:{node.lineno} sorts or counts by {one}"
    for line, text in source.strings():
        for match in SORT.finditer(text):
            if COLUMN.search(match.group(2)):
                yield f"{source.path}:{line} says {match.group().strip()}"
