"""The reviewed file read: which answer somebody in some relation gets. Knows no product code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("policy.toml")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SHOWN = ("texts", "lines", "numbers")
KNOWN = {*METHODS, *SHOWN, "thing", "fill", "send", "ask", "demo", "why", "source"}
BUILT_IN = ("anyone", "signed_in", "rest", "posted", "unposted")


class Unreadable(Exception):
    """The file says something that means nothing."""


@dataclass(frozen=True)
class Group:
    """Roles and the relations in which each of them belongs to the group."""

    relations: Mapping[str, frozenset[str]]

    def holds(self, role: str, relations: frozenset[str]) -> bool:
        if "no_post" in relations or "recused" in relations:
            return False
        wanted = self.relations.get(role, frozenset()) | self.relations.get("*", frozenset())
        return "*" in wanted or any(relations >= set(word.split("+")) for word in wanted)


@dataclass(frozen=True)
class Entry:
    """One address, or one way to use it."""

    name: str  # of the address
    title: str  # as the file has it
    thing: str
    fill: Mapping[str, Any]
    send: Mapping[str, Any]
    ask: str
    demo: bool  # whether the demonstration is on
    texts: str  # who else may read words of a case here, by their relation to that case
    lines: str  # who else may read the first sentence, nothing that names a person
    numbers: str  # who else may read its number
    answers: Mapping[str, Mapping[str, str]]  # method → status → who

    def expected(self, policy: "Policy", method: str, role: str, relations: frozenset[str]) -> int:
        """The status for somebody who is signed in."""
        for status, who in self.answers.get(method, {}).items():
            if any(policy.belongs(name, role, relations) for name in who.split(" or ")):
                return int(status)
        return 405

    def open_to_strangers(self, method: str) -> int | None:
        for status, who in self.answers.get(method, {}).items():
            if "anyone" in who.split(" or "):
                return int(status)
        return None


class Policy:
    """The file as groups and entries."""

    def __init__(self, text: str, roles: frozenset[str]) -> None:
        read = tomllib.loads(text)
        self.groups = {name: group(name, body, roles) for name, body in read.pop("who").items()}
        self.entries = [entry(title, body) for title, body in read.items()]
        for one in self.entries:
            for answers in one.answers.values():
                self._check(one, answers)
            self._check_names(
                one,
                [
                    name
                    for names in (one.texts, one.lines, one.numbers)
                    for name in names.split(" or ")
                ],
            )

    def _check(self, one: Entry, answers: Mapping[str, str]) -> None:
        names = [name for who in answers.values() for name in who.split(" or ")]
        self._check_names(one, names)
        if not {"rest", "anyone", "signed_in"} & set(names):
            raise Unreadable(f"{one.title}: say what the rest gets")

    def _check_names(self, one: Entry, names: list[str]) -> None:
        for name in filter(None, names):
            if name not in self.groups and name not in BUILT_IN:
                raise Unreadable(f"{one.title}: there is no group {name}")

    def belongs(self, name: str, role: str, relations: frozenset[str]) -> bool:
        if name in ("anyone", "signed_in", "rest"):
            return True
        if name == "posted":
            return "no_post" not in relations
        if name == "unposted":
            return "no_post" in relations
        return self.groups[name].holds(role, relations)


def group(name: str, body: Mapping[str, str], roles: frozenset[str]) -> Group:
    if not body.get("why") or not body.get("source"):
        raise Unreadable(f"who.{name}: say why and from which source")
    found: dict[str, frozenset[str]] = {}
    for names, relations in body.items():
        if names in ("why", "source"):
            continue
        for role in names.split():
            if role != "*" and role not in roles:
                raise Unreadable(f"who.{name}: there is no role {role}")
            found[role] = found.get(role, frozenset()) | frozenset(relations.split())
    return Group(found)


def entry(title: str, body: Mapping[str, Any]) -> Entry:
    unknown = sorted(set(body) - KNOWN)
    if unknown:
        raise Unreadable(f"{title}: {', '.join(unknown)} means nothing here")
    if not body.get("why") or not body.get("source"):
        raise Unreadable(f"{title}: say why and from which source")
    answers = {method: body[method] for method in METHODS if method in body}
    if not answers:
        raise Unreadable(f"{title}: no method is answered")
    return Entry(
        title.split()[0], title, body.get("thing", ""), body.get("fill", {}),
        body.get("send", {}), body.get("ask", ""), bool(body.get("demo")),
        *(body.get(name, "") for name in SHOWN), answers,
    )  # fmt: skip
