"""Text from people: what is cleaned, what is refused."""

import pytest

from grids import plaintext
from grids.errors import BadInput


def test_outer_blanks_go_and_forms_are_composed():
    assert plaintext.line("\u3000 第1网格 ", "name", longest=60) == "第1网格"
    assert plaintext.line("e\u0301", "name", longest=1) == "é"


def test_rare_characters_stay():
    assert plaintext.line("𠮷村\ue000", "name", longest=60) == "𠮷村\ue000"


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "a\nb",
        "a\x1bb",
        "\ud800",
        "村\u200b",
        "\u202e村",
        "a\u2028b",
        "\x7f",
        "z" + "\u0338" * 5,
    ],
)
def test_a_line_holds_nothing_hidden(text):
    with pytest.raises(BadInput) as caught:
        plaintext.line(text, "name", longest=60)
    assert caught.value.field == "name"


@pytest.mark.parametrize("text", [None, 7, b"a", ["a"]])
def test_other_things_are_not_text(text):
    with pytest.raises(BadInput, match="not text"):
        plaintext.line(text, "name", longest=60)


def test_empty_only_where_allowed():
    with pytest.raises(BadInput, match="required"):
        plaintext.line(" \u3000", "name", longest=60)
    assert plaintext.line("  ", "name", longest=60, required=False) == ""


def test_length_counts_characters():
    assert plaintext.line("村" * 60, "name", longest=60)
    with pytest.raises(BadInput) as caught:
        plaintext.line("村" * 61, "name", longest=60)
    assert caught.value.values == {"longest": 60}
    assert caught.value.http_status == 422


def test_a_paragraph_keeps_its_breaks():
    text = plaintext.paragraph("东至河\r\n西至路\r南\t北", "boundary", longest=50)
    assert text == "东至河\n西至路\n南\t北"
    with pytest.raises(BadInput):
        plaintext.paragraph("a\x0bb", "boundary", longest=50)
