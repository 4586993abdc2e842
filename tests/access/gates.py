"""Every call that narrows rows to what a person may see, and a way to take one of them out.

The calls are found in the source; a call is taken out by letting it answer all rows. That is
what removing ``visible_to`` from the line would do, without starting the product anew.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from grids.models import User
from grids.scoping import ScopedQuerySet
from tests.architecture.source import ROOT

PACKAGES = ("grids", "cases", "governance")
PASSED_THROUGH = ("django/db/models/manager.py", "tests/access/gates.py")


@dataclass(frozen=True)
class Call:
    """One call of a gate: where it ends in its file is its name while the program runs."""

    file: str
    end: tuple[int, int]
    gate: str
    inside: str  # the function it stands in
    start: tuple[int, int]  # of ``.visible_to(…)`` behind the rows it narrows

    def __str__(self) -> str:
        return f"{self.file}:{self.inside}:{self.gate}@{self.end[0]}"


def gated() -> dict[tuple[type, str], Callable[..., Any]]:
    """The methods of scoped query sets that take the person who looks."""
    found = {}
    for kind in [ScopedQuerySet, *subclasses(ScopedQuerySet)]:
        for name, value in vars(kind).items():
            if inspect.isfunction(value) and takes_a_person(value):
                found[kind, name] = value
    return found


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def takes_a_person(function: Callable[..., Any]) -> bool:
    names = list(inspect.signature(function).parameters.values())
    return len(names) > 1 and names[1].annotation in (User, "User")


@cache
def calls() -> tuple[Call, ...]:
    """Every call of a gate in the product."""
    names = {name for _, name in gated()}
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            if "/migrations/" not in path.as_posix() and any(name in text for name in names):
                found += list(calls_in(path, ast.parse(text), names))
    return tuple(found)


def calls_in(path: Path, tree: ast.AST, names: set[str], inside: str = "") -> Iterator[Call]:
    for node in ast.iter_child_nodes(tree):
        here = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else inside
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in names
        ):
            value, end = node.func.value, (node.end_lineno or 0, node.end_col_offset or 0)
            start = (value.end_lineno or 0, value.end_col_offset or 0)
            yield Call(path.relative_to(ROOT).as_posix(), end, node.func.attr, inside, start)
        yield from calls_in(path, node, names, here)


def caller(frame: FrameType | None) -> tuple[str, tuple[int, int]] | None:
    """File and end of the call that is being made, as ``Call`` names it."""
    while frame and frame.f_code.co_filename.endswith(PASSED_THROUGH):
        frame = frame.f_back
    if frame is None:
        return None
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    name = frame.f_code.co_filename.removeprefix(f"{ROOT}/")
    return name, (positions[1] or 0, positions[3] or 0)


@contextmanager
def watched(note: Callable[[str, tuple[int, int]], bool]) -> Iterator[None]:
    """Tell ``note`` of every call of a gate; the gate stands open when it says True."""
    with ExitStack() as stack:
        for (kind, name), original in gated().items():
            stack.enter_context(mock.patch.object(kind, name, opened(original, note)))
        yield


def opened(
    original: Callable[..., Any], note: Callable[[str, tuple[int, int]], bool]
) -> Callable[..., Any]:
    def gate(self: Any, *args: Any, **kwargs: Any) -> Any:
        here = caller(sys._getframe(1))
        if here and note(*here):
            return self.all()
        return original(self, *args, **kwargs)

    return gate
