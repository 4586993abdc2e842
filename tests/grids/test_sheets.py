"""Templates drawn once and filled: same words as drawn afresh, everything escaped once."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import SafeString

from grids import sheets
from grids.sheets import fill, fill_page
from tests.world import World

EMPTY = "_empty.html"
NASTY = "<script>alert(\"1\")</script> & 'x' {url} {0} {words.__class__} %s $1"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_filled_sheet_is_the_drawn_template(language: str) -> None:
    values = {"words": NASTY, "url": "/queue/?a=1&b=\"2'", "action": "{action}"}
    with translation.override(language):
        assert fill(EMPTY, **values) == render_to_string(EMPTY, values)
        assert fill("_pager.html", newer="/x?a&b", older="") == render_to_string(
            "_pager.html", {"newer": "/x?a&b", "older": ""}
        )


def test_an_empty_value_decides_as_an_empty_value() -> None:
    assert "<a " not in fill(EMPTY, words="Nothing", url="", action="")
    assert "<a " in fill(EMPTY, words="Nothing", url="/", action="Go")


def test_markup_goes_in_as_it_is() -> None:
    assert "<b>&amp;</b>" in fill(EMPTY, words=SafeString("<b>&amp;</b>"), url="", action="")


def test_languages_do_not_mix() -> None:
    said = set()
    for language in ("en", "zh-hans", "en"):
        with translation.override(language):
            said.add(fill("_pager.html", newer="/", older="/"))
    assert len(said) == 2


def test_a_shape_is_drawn_not_filled() -> None:
    plain = fill("_icon.html", (("name", "plus"),))
    assert plain == render_to_string("_icon.html", {"name": "plus"})
    assert plain != fill("_icon.html", (("name", "search"),))


def test_a_page_as_a_sheet_is_the_drawn_page(world: World, rf: RequestFactory) -> None:
    request = rf.get("/queue/?tab=area&q=%3Cb%3E")
    request.user = world.ouyang
    for said in ([], ["Saved <b>."]):
        request._messages = said  # type: ignore[attr-defined]
        page = fill_page(request, "cases/queue.html", matters=SafeString("<p>{x}</p>"))
        drawn = render_to_string("cases/queue.html", {"matters": SafeString("<p>{x}</p>")}, request)
        assert without_tokens(page) == without_tokens(drawn)
        assert "<p>{x}</p>" in page and "tab=area&amp;q=%3Cb%3E" in page
        assert ("Saved &lt;b&gt;." in page) is bool(said)


def without_tokens(page: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page)


def test_values_are_not_kept() -> None:
    fill(EMPTY, words="first person", url="/", action="Go")
    before = sheets.sheet.cache_info().currsize
    second = fill(EMPTY, words="second person", url="/", action="Go")
    assert "first person" not in second
    assert sheets.sheet.cache_info().currsize == before
