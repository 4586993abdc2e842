"""Template words: lamps in words, moments at the clock of Shanghai, masks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import engines
from django.utils import translation

from cases.lamps import draw_lamp, lamp_words, moment
from cases.rules.lamp import LampCode, lamp
from governance.templatetags.words import (
    BAR_WIDTH,
    day,
    lamp_bar,
    lamp_key,
    short,
    when,
)

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # half past midnight of the 21st in Shanghai


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=-2, hours=-5), "2 days over"),
        (timedelta(days=-1), "1 day over"),
        (timedelta(hours=-20), "20 hours over"),
        (timedelta(minutes=-3), "3 minutes over"),
        (timedelta(seconds=-1), "Just overdue"),
        (timedelta(seconds=1), "Under a minute left"),
        (timedelta(minutes=1, seconds=30), "1 minute left"),
        (timedelta(hours=5, minutes=59), "5 hours left"),
        (timedelta(days=9, hours=1), "9 days left"),
    ],
)
def test_lamp_in_words(left, words):
    assert lamp_words(lamp(NOW + left, NOW, closed=False, paused=False)) == words


def test_lamps_that_do_not_count():
    assert lamp_words(lamp(NOW, NOW, closed=True, paused=False)) == "Closed"
    assert lamp_words(lamp(NOW, NOW, closed=False, paused=True)) == "Clock paused"
    assert lamp_words(lamp(None, NOW, closed=False, paused=False)) == "No deadline"


def test_lamp_is_drawn_with_its_code_words_and_due_moment():
    drawn = draw_lamp(lamp(NOW, NOW, closed=False, paused=True), NOW)
    assert drawn == '<span class="lamp paused" title="Due 2026-11-21 00:30">Clock paused</span>'
    assert draw_lamp(None) == ""


def test_lamp_bar_fills_its_width_and_leaves_out_what_is_not_there():
    bar = lamp_bar({LampCode.OVER: 1, "soon": 2, "watch": 0})
    assert 'class="k-over" x="0" width="333"' in bar
    assert f'class="k-soon" x="333" width="{BAR_WIDTH - 333}"' in bar
    assert "k-watch" not in bar
    assert lamp_bar({"over": 0}) == ""


def test_every_lamp_has_a_place_in_the_bar_and_its_legend():
    counts = {str(code): 1 for code in LampCode}
    assert lamp_bar(counts).count("<rect") == lamp_key().count("<li>") == len(LampCode)


def test_moments_are_shown_at_the_clock_of_shanghai():
    assert moment(NOW) == "2026-11-21 00:30"
    assert short(NOW) == "11-21 00:30"
    assert day(NOW) == "2026-11-21"
    assert day(date(2026, 3, 2)) == "2026-03-02"
    assert when(NOW) == (
        '<time datetime="2026-11-21T00:30:00+08:00" title="2026-11-21 00:30">11-21 00:30</time>'
    )


def test_nothing_stays_nothing():
    assert [moment(None), short(None), day(None), when(None)] == [""] * 4


def test_templates_need_no_load_line_and_escape_what_they_mask():
    page = engines["django"].from_string("{{ name|mask_name }} {{ at|moment }}")
    assert page.render({"name": "<b>", "at": NOW}) == "&lt;** 2026-11-21 00:30"
