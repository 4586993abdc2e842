"""The OpenAPI description linted: valid, without warnings, an example for everything sent."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from governance.tokens import SCOPES

Operation = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def described() -> tuple[dict[str, Any], str]:
    """The description, and what its generator complained about."""
    said = io.StringIO()
    reset_generator_stats()
    with GENERATOR_STATS.silence(), redirect_stderr(said):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    cached = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    return schema, "\n".join(map(str, cached))


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_it_is_valid_and_nothing_was_guessed(described: tuple[dict[str, Any], str]) -> None:
    schema, complaints = described
    assert complaints == ""
    validate_schema(json.loads(json.dumps(schema)))


def test_names_are_used_once(described: tuple[dict[str, Any], str]) -> None:
    names = [operation["operationId"] for _name, operation in operations(described[0])]
    assert len(names) == len(set(names)) > 50


def test_everything_sent_and_answered_has_an_example(
    described: tuple[dict[str, Any], str],
) -> None:
    found = []
    for name, operation in operations(described[0]):
        sent = operation.get("requestBody", {}).get("content", {}).values()
        answered = [
            body
            for code, one in operation["responses"].items()
            for kind, body in one.get("content", {}).items()
            if code[0] == "2" and kind != "text/csv" and name != "get /api/v1/schema/"
        ]
        found += [name for body in [*sent, *answered] if not body.get("examples")]
    assert found == []


def test_every_refusal_has_the_one_shape(described: tuple[dict[str, Any], str]) -> None:
    for name, operation in operations(described[0]):
        assert operation["summary"], name
        for code, one in operation["responses"].items():
            if code[0] == "4":
                shape = one["content"]["application/json"]["schema"]["$ref"]
                assert shape.endswith("/ErrorShape"), (name, code)


def test_every_operation_that_writes_names_the_scope_of_its_key(
    described: tuple[dict[str, Any], str],
) -> None:
    for name, operation in operations(described[0]):
        if name.startswith("post ") and name != "post /api/v1/token/":
            assert operation["x-scope"] in SCOPES, name
            assert operation["x-scope"] in operation["description"], name
