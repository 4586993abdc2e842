"""Query codes: the same on every print, forgiving to type, useless to guess."""

import uuid

import pytest

from cases import codes

ONE = uuid.UUID("0f3c2a5e-8f0b-4d7c-9a58-0c1f7d2f7a11")
OTHER = uuid.UUID("0f3c2a5e-8f0b-4d7c-9a58-0c1f7d2f7a12")


@pytest.fixture(autouse=True)
def rings(settings: object) -> None:
    settings.CODE_KEYS = {1: b"a" * 32, 2: b"b" * 32}  # type: ignore[attr-defined]
    settings.CODE_LOOKUP_KEYS = {1: b"c" * 32}  # type: ignore[attr-defined]


class TestMaking:
    def test_the_code_is_the_same_on_every_print(self) -> None:
        code = codes.tracking_code(ONE, 1)
        assert code == codes.tracking_code(ONE, 1)
        assert len(code) == 26
        assert set(code) <= set(codes.ALPHABET)

    def test_known_value(self) -> None:
        """A receipt printed today must open in ten years: the derivation never changes."""
        assert codes.tracking_code(ONE, 1) == "BX34TP08P1AZJSS685VBYDPW5F"
        assert codes.pin(ONE, 1) == "706223"

    def test_case_and_key_make_the_code(self) -> None:
        assert len({codes.tracking_code(ONE, 1), codes.tracking_code(OTHER, 1)}) == 2
        assert codes.tracking_code(ONE, 1) != codes.tracking_code(ONE, 2)
        assert codes.current_key() == 2

    def test_the_spoken_form_is_its_beginning(self) -> None:
        assert codes.spoken_code(ONE, 1) == codes.tracking_code(ONE, 1)[:12]

    def test_the_pin_has_six_digits_and_is_not_in_the_code(self) -> None:
        pins = {codes.pin(uuid.UUID(int=number), 1) for number in range(1, 400)}
        assert all(len(pin) == 6 and pin.isdigit() for pin in pins)
        assert len(pins) > 390


class TestTyping:
    @pytest.mark.parametrize(
        "change",
        [
            str.lower,
            codes.grouped,
            lambda code: "-".join(codes.grouped(code).split()),
            lambda code: code.replace("0", "O").replace("1", "I"),
            lambda code: code.replace("0", "o").replace("1", "l"),
            lambda code: "".join(chr(ord(mark) + 0xFEE0) for mark in code),  # full-width
            lambda code: f"\u3000{code}\n",
        ],
    )
    def test_the_ways_people_type_it(self, change: object) -> None:
        code = codes.tracking_code(ONE, 1)
        assert codes.normalise(change(code)) == code  # type: ignore[operator]

    def test_very_long_input_is_cut(self) -> None:
        assert len(codes.normalise("7" * 1_000_000)) == codes.LONGEST_INPUT

    def test_groups_of_four(self) -> None:
        assert codes.grouped("ABCDEFGHJK") == "ABCD EFGH JK"


class TestLookup:
    def test_the_two_forms_have_different_hashes(self) -> None:
        code = codes.tracking_code(ONE, 1)
        assert codes.code_lookup(code) != codes.spoken_lookup(code)
        assert len(codes.code_lookup(code)) == 32

    def test_an_old_look_up_key_still_finds(self, settings: object) -> None:
        before = codes.code_lookup("ABCD")
        settings.CODE_LOOKUP_KEYS = {1: b"c" * 32, 2: b"d" * 32}  # type: ignore[attr-defined]
        whole, spoken = codes.either_lookup("ABCD")
        assert before in whole
        assert before not in spoken
        assert codes.code_lookup("ABCD") != before
