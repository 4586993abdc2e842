"""Matters, units and deadlines are looked at, never persons (docs/adr/0010)."""

import re
from collections.abc import Iterator

import pytest
from django import forms
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from cases import filters
from cases.models import Category, Reason, Source
from cases.shapes import CaseIn
from grids.models import UnitKind
from tests.architecture import guards, source
from tests.architecture.source import ROOT
from tests.world import World

FILES = source.project()
TEXTS = sorted(
    file
    for folder in ("grids", "cases", "governance", "templates", "locale")
    for pattern in ("*.py", "*.html", "*.js", "*.css", "*.csv", "*.po", "*.json", "*.txt", "*.svg")
    for file in (ROOT / folder).rglob(pattern)
)
LOCATION = re.compile(r"photo|image|picture|file|place|location|latitude|longitude|position|gps")


# --- words ------------------------------------------------------------------------------
@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_of_the_product_holds_a_guard_word(path) -> None:
    name = path.relative_to(ROOT).as_posix()
    assert list(guards.guard_words(name, path.read_text(encoding="utf-8"))) == []


def test_no_name_in_the_code_is_a_guard_word() -> None:
    assert [one for file in FILES for one in guards.guard_names(guards.identifiers(file))] == []


def test_no_table_or_column_is_a_guard_word() -> None:
    found = [
        (model._meta.db_table, name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        for name in (field.name, model._meta.db_table, str(getattr(field, "verbose_name", "")))
        if model._meta.app_label in source.LAYERS
    ]
    assert len(found) > 300
    assert list(guards.guard_names(found)) == []
    assert list(guards.guard_words("columns", "\n".join(name for _, name in found))) == []


def test_no_word_kept_as_data_is_a_guard_word(world: World) -> None:
    rows = [
        f"{row.name} {row.name_en} {row.code}"
        for model in (Category, Source, Reason, UnitKind)
        for row in model.objects.all()
    ]
    assert len(rows) > 50
    assert list(guards.guard_words("rows", "\n".join(rows))) == []
    assert list(guards.guard_names(("rows", row) for row in rows)) == []


@pytest.mark.parametrize("word", guards.WORDS)
def test_each_guard_word_is_noticed(word: str) -> None:
    assert list(guards.guard_words("templates/x.html", f"<b>{word}</b>"))


@pytest.mark.parametrize(
    "name",
    [
        "watchlist", "is_blacklisted", "risk_level", "person_score", "key_person", "religion",
        "political_status", "check_in_at", "points", "login_count", "criminal_record", "ethnicity",
        "petitioner_rank", "stability_control_team",
    ],
)  # fmt: skip
def test_each_guard_name_is_noticed(name: str) -> None:
    planted = source.Source("cases/models/party.py", f"class Party(Model):\n    {name} = F()")
    assert list(guards.guard_names(guards.identifiers(planted)))


@pytest.mark.parametrize("phrase", guards.ALLOWED)
def test_an_allowed_phrase_lets_its_word_through_and_no_other(phrase: str) -> None:
    assert list(guards.guard_words("x", phrase)) == []
    assert list(guards.guard_words("x", f"{phrase}，缠访")) == ["x:1 says 缠访"]


def test_names_of_real_places_are_taken_over_as_they_are() -> None:
    assert list(guards.guard_words("grids/seed/areas_seed.csv", "1,老户村,5")) == []


# --- doors ------------------------------------------------------------------------------
def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, here)
        elif isinstance(entry, URLPattern):
            yield here


def parameters() -> Iterator[str]:
    """Every name that a page or the API reads from an address."""
    yield from filters.NAMES
    for file in FILES:
        yield from guards.read_from_addresses(file)
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for operations in schema["paths"].values():
        for operation in operations.values():
            yield from (
                one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"
            )


def test_no_address_lists_ranks_or_scores_people() -> None:
    found = list(addresses())
    assert len(found) > 15
    assert list(guards.personal_addresses(found)) == []


def test_no_filter_or_order_picks_cases_by_a_person() -> None:
    found = set(parameters())
    assert {"lamp", "area", "q"} <= found
    assert list(guards.personal_parameters(found)) == []


def test_nothing_groups_counts_or_sorts_by_a_person() -> None:
    assert [one for file in FILES for one in guards.counted_by_person(file)] == []


@pytest.mark.parametrize("address", ["case/<str:number>/", "leader/list/", "progress/"])
def test_ordinary_addresses_pass(address: str) -> None:
    assert list(guards.personal_addresses([address])) == []


@pytest.mark.parametrize(
    "address", ["people/", "leader/ranking/", "party/<int:pk>/", "check-in/", "resident/score/"]
)
def test_an_address_about_people_is_noticed(address: str) -> None:
    assert list(guards.personal_addresses([address]))


@pytest.mark.parametrize("name", ["party", "phone", "reporter", "handler", "id_number", "rank"])
def test_a_filter_by_person_is_noticed(name: str) -> None:
    assert list(guards.personal_parameters([name]))


@pytest.mark.parametrize(
    "text",
    [
        "Case.objects.values('reporter').annotate(n=Count('pk'))",
        "Case.objects.values_list('parties__name').annotate(n=Count('pk'))",
        "Case.objects.order_by('-done_by')",
        "S = 'SELECT count(*) FROM cases_case GROUP BY reporter_id'",
        "S = 'SELECT * FROM cases_party ORDER BY phone_index'",
    ],
)
def test_counting_by_person_is_noticed(text: str) -> None:
    assert list(guards.counted_by_person(source.Source("cases/figures.py", text)))


# --- burden -----------------------------------------------------------------------------
def all_forms(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in base.__subclasses__():
        if form.__module__.split(".")[0] in source.LAYERS:
            yield form
        yield from all_forms(form)


def demanded(form: type[forms.BaseForm]) -> list[str]:
    """Fields for a photo or a place that a form will not do without."""
    return [
        name
        for name, field in getattr(form, "base_fields", {}).items()
        if field.required and (isinstance(field, forms.FileField) or LOCATION.search(name))
    ]


def test_no_form_demands_a_photo_or_a_place() -> None:
    get_resolver().url_patterns  # noqa: B018 - loads every module that holds a form
    found = set(all_forms())
    assert any("text" in getattr(form, "base_fields", {}) for form in found)
    assert [(form, demanded(form)) for form in found if demanded(form)] == []


def test_the_api_demands_no_place() -> None:
    assert not CaseIn().fields["place"].required
    assert not CaseIn().fields["area"].required


def test_a_demanded_photo_is_noticed() -> None:
    class Planted(forms.Form):
        photo = forms.FileField()
        location = forms.CharField()

    assert demanded(Planted) == ["photo", "location"]


def test_no_page_follows_a_phone_or_demands_a_picture() -> None:
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".js":
            assert "watchPosition" not in text
        if path.suffix == ".html":
            assert not re.search(r'<input[^>]*type="file"[^>]*\srequired', text)
            assert " capture" not in text  # a picture may be chosen; nobody must stand there


def test_nobody_keeps_when_somebody_was_here() -> None:
    names = {field.name for field in apps.get_model("grids", "User")._meta.get_fields()}
    assert not names & {"last_login", "logins", "last_seen", "points", "score"}
