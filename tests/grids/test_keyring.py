"""Sealed values open only where they belong; numbers have one way to be written."""

from datetime import date

import pytest

from grids import keyring
from grids.errors import BadInput

OLD, NEW = b"o" * 32, b"n" * 32
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def rings(settings: object) -> None:
    settings.FIELD_KEYS = {1: OLD, 2: NEW}  # type: ignore[attr-defined]
    settings.INDEX_KEYS = {1: OLD, 2: NEW}  # type: ignore[attr-defined]


class TestSealing:
    def test_what_is_sealed_opens_again(self) -> None:
        for text in ("13800138000", "", "买买提·艾力", "x" * 5000):
            blob = keyring.encrypt(text, "cases_party.phone:1")
            assert keyring.decrypt(blob, "cases_party.phone:1") == text
            assert keyring.decrypt(memoryview(blob), "cases_party.phone:1") == text

    def test_the_same_value_never_looks_the_same(self) -> None:
        assert len({keyring.encrypt("13800138000", "a") for _ in range(50)}) == 50

    def test_a_value_moved_to_another_row_does_not_open(self) -> None:
        blob = keyring.encrypt("13800138000", "cases_party.phone:1")
        with pytest.raises(keyring.Unreadable):
            keyring.decrypt(blob, "cases_party.phone:2")

    def test_every_changed_bit_is_noticed(self) -> None:
        blob = keyring.encrypt("13800138000", "c")
        for place in range(len(blob)):
            changed = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
            with pytest.raises(keyring.Unreadable):
                keyring.decrypt(changed, "c")

    @pytest.mark.parametrize("blob", [b"", b"\x01", b"13800138000", b"\x01\x00\x02" + b"0" * 12])
    def test_what_was_never_sealed_is_refused(self, blob: bytes) -> None:
        with pytest.raises(keyring.Unreadable):
            keyring.decrypt(blob, "c")

    def test_the_highest_key_writes_and_all_read(self, settings: object) -> None:
        settings.FIELD_KEYS = {1: OLD}  # type: ignore[attr-defined]
        before = keyring.encrypt("old", "c")
        settings.FIELD_KEYS = {1: OLD, 2: NEW}  # type: ignore[attr-defined]
        after = keyring.encrypt("new", "c")
        assert (keyring.key_number(before), keyring.key_number(after)) == (1, 2)
        assert (keyring.decrypt(before, "c"), keyring.decrypt(after, "c")) == ("old", "new")
        settings.FIELD_KEYS = {2: NEW}  # type: ignore[attr-defined]
        with pytest.raises(keyring.Unreadable):
            keyring.decrypt(before, "c")


class TestBlindIndex:
    def test_equal_values_meet_within_a_column_only(self) -> None:
        index = keyring.blind_index("13800138000", "party.phone")
        assert index == keyring.blind_index("13800138000", "party.phone")
        assert index != keyring.blind_index("13800138000", "resident.phone")
        assert index != keyring.blind_index("13800138001", "party.phone")
        assert len(index) == 16

    def test_a_value_indexed_with_an_old_key_is_still_found(self, settings: object) -> None:
        settings.INDEX_KEYS = {1: OLD}  # type: ignore[attr-defined]
        before = keyring.blind_index("13800138000", "party.phone")
        settings.INDEX_KEYS = {1: OLD, 2: NEW}  # type: ignore[attr-defined]
        assert before in keyring.blind_indexes("13800138000", "party.phone")
        assert before != keyring.blind_index("13800138000", "party.phone")


class TestPhone:
    @pytest.mark.parametrize(
        ("typed", "written"),
        [
            ("13800138000", "13800138000"),
            (" 138 0013 8000 ", "13800138000"),
            ("+86 138-0013-8000", "13800138000"),
            ("0086 13800138000", "13800138000"),
            ("１３８００１３８０００", "13800138000"),
            ("138\u20100013\u20138000", "13800138000"),
            ("0595-87654321", "059587654321"),
            ("(0595) 8765 4321", "059587654321"),
            ("+86 595 8765 4321", "059587654321"),
            ("0595-87654321-801", "059587654321-801"),
            ("0595-87654321转801", "059587654321-801"),
            ("0595 87654321 ext. 12", "059587654321-12"),
            ("87654321", "87654321"),
            ("87654321-12", "87654321-12"),
            ("400-820-8820", "4008208820"),
            ("12345", "12345"),
            ("66012", "66012"),
            ("+852 2345 6789", "+85223456789"),
        ],
    )
    def test_one_way_to_write_a_phone(self, typed: str, written: str) -> None:
        assert keyring.phone_digits(typed) == written
        assert keyring.phone_digits(written) == written

    @pytest.mark.parametrize(
        "typed", ["", "abc", "1380013800", "138001380000", "12", "一三八", "1e10", "13800138000x1"]
    )
    def test_nonsense_is_refused(self, typed: str) -> None:
        with pytest.raises(BadInput) as refused:
            keyring.phone_digits(typed)
        assert refused.value.field == "phone"

    def test_the_tail_leaves_the_extension_out(self) -> None:
        assert keyring.phone_tail("059587654321-801") == "4321"
        assert keyring.phone_tail("13800138000") == "8000"


class TestIdNumber:
    @pytest.mark.parametrize(
        ("typed", "written"),
        [
            ("11010519491231002X", "11010519491231002X"),
            ("11010519491231002x", "11010519491231002X"),
            ("440524188001010014", "440524188001010014"),
            (" 440524 18800101 0014", "440524188001010014"),
            ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ],
    )
    def test_one_way_to_write_it(self, typed: str, written: str) -> None:
        assert keyring.id_number(typed, today=TODAY) == written

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "1101051949123100",
            "110105491231002",  # fifteen digits
            "110105194912310021",  # wrong check digit
            "11010519490230002X",  # 30 February
            "11010520991231002X",  # not born yet
            "010105194912310020",
            "11010519491231002Y",
        ],
    )
    def test_nonsense_is_refused(self, typed: str) -> None:
        with pytest.raises(BadInput) as refused:
            keyring.id_number(typed, today=TODAY)
        assert refused.value.field == "id_number"

    def test_the_day_of_birth_may_be_today_not_tomorrow(self) -> None:
        assert keyring.id_number("11010519491231002X", today=date(1949, 12, 31))
        with pytest.raises(BadInput):
            keyring.id_number("11010519491231002X", today=date(1949, 12, 30))
