"""Migrations keep meaning what they meant, and agree with the models."""

import re
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests.architecture.source import LAYERS, ROOT, read

FILES = [read(file) for package in LAYERS for file in (ROOT / package).glob("migrations/0*.py")]
MADE_UP = re.compile(r"auto_|_[0-9a-f]{6,}_(idx|uniq|check|fk)$")


def test_models_and_migrations_agree(world) -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_a_migration_says_in_its_name_what_it_does(file) -> None:
    name = file.path.rsplit("/", 1)[1]
    assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]*\.py", name) and not MADE_UP.search(name)


@pytest.mark.parametrize("label", LAYERS)
def test_every_constraint_and_index_is_named_by_what_it_says(label: str) -> None:
    for model in apps.get_app_config(label).get_models():
        for one in (*model._meta.constraints, *model._meta.indexes):
            assert not MADE_UP.search(one.name), one.name
        assert not model._meta.unique_together


def test_the_database_has_every_constraint_by_its_name(world) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class")
        present = {name for (name,) in cursor.fetchall()}
    wanted = {
        one.name
        for label in LAYERS
        for model in apps.get_app_config(label).get_models()
        for one in (*model._meta.constraints, *model._meta.indexes)
    }
    assert len(wanted) > 60
    assert wanted <= present


@pytest.mark.parametrize("name", ["case_tenant_1a2b3c4d_idx", "0002_auto_20260101"])
def test_a_made_up_name_is_noticed(name: str) -> None:
    assert MADE_UP.search(name)
