"""What people read: every sentence has its Chinese, no page speaks past the catalogue."""

import re

import pytest
from django.utils import translation

from tests.architecture import messages
from tests.architecture.source import ROOT, Source

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "governance/static").rglob("*.[jc]s*"))
HAN = re.compile(r"[\u3400-\u9fff]")
# Beginning with a slash, or an anchor of the page: nothing is loaded from anywhere else.
ELSEWHERE = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//""")
# The name of a language is written in that language.
OWN_NAME = {"templates/_language.html"}
# May stay as it is in Chinese: fractions and the like.
SAME_IN_BOTH = re.compile(r"[\W\d_]*")


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return messages.translations(messages.CATALOGUE)


def test_every_sentence_has_its_chinese(catalogue: dict[str, str]) -> None:
    missing = {
        text: place for text, place in messages.everything().items() if not catalogue.get(text)
    }
    assert missing == {}


def test_a_translation_fills_in_the_same_places(catalogue: dict[str, str]) -> None:
    wrong = {
        text: said
        for text, said in catalogue.items()
        if said and not messages.places_in(said) <= messages.places_in(text)
    }
    assert wrong == {}
    lost = {
        text: said
        for text, said in catalogue.items()
        # One of a kind may be said without its number.
        if said and messages.places_in(text) - messages.places_in(said) - {"n", "count"}
    }
    assert lost == {}


def test_the_chinese_is_chinese(catalogue: dict[str, str]) -> None:
    kept = {text for text, said in catalogue.items() if said == text and HAN.search(said) is None}
    assert {text for text in kept if len(text.split()) > 2} == set()


def test_the_compiled_catalogue_is_the_written_one(catalogue: dict[str, str]) -> None:
    asked = catalogue.keys() - messages.plurals(messages.CATALOGUE)
    with translation.override("zh-hans"):
        stale = {text for text in asked if translation.gettext(text) != catalogue[text]}
    assert stale == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_chinese_of_its_own(path) -> None:
    if path.relative_to(ROOT).as_posix() not in OWN_NAME:
        assert not HAN.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*TEMPLATES, *SCRIPTS], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path) -> None:
    assert not ELSEWHERE.findall(path.read_text(encoding="utf-8"))


# --- the checks notice ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% translate 'New words' %}", ["New words"]),
        ('{% translate "Save" as action %}', ["Save"]),
        ("{% blocktranslate with p=x.name %}{{ p }}: all{% endblocktranslate %}", ["%(p)s: all"]),
        (
            "{% blocktranslate count n=n %}{{ n }} a{% plural %}{{ n }} b{% endblocktranslate %}",
            ["%(n)s a", "%(n)s b"],
        ),
        ('{% include "x.html" with what=_("Place") %}', ["Place"]),
    ],
)  # fmt: skip
def test_sentences_of_a_template_are_found(text: str, said: list[str]) -> None:
    assert sorted(messages.of_template(text)) == sorted(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("_('Save')", ["Save"]),
        ("ngettext('%(n)s day', '%(n)s days', n)", ["%(n)s day", "%(n)s days"]),
        ("raise BadInput('Choose one.', field='x')", ["Choose one."]),
        ("act.need(value, 'note', 'Please write why.')", ["Please write why."]),
        ("log.warning('for operators')", []),
    ],
)
def test_sentences_of_code_are_found(text: str, said: list[str]) -> None:
    assert list(messages.of_code(Source("cases/x.py", text), {})) == said


def test_a_catalogue_is_read(tmp_path) -> None:
    (tmp_path / "django.po").write_text(
        'msgid ""\nmsgstr "Language: zh\\n"\n\n#: a.py\nmsgid "Save"\nmsgstr "保存"\n\n'
        '#, fuzzy\nmsgid "Old"\nmsgstr "旧"\n\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\n'
        'msgstr[0] "%(n)s天"\n\nmsgid ""\n"Two "\n"lines"\nmsgstr "两行"\n',
        encoding="utf-8",
    )
    assert messages.translations(tmp_path / "django.po") == {
        "Save": "保存", "%(n)s day": "%(n)s天", "%(n)s days": "%(n)s天", "Two lines": "两行",
    }  # fmt: skip
