"""Names and lines: what deceives is taken out, what means something stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("\u202egpj.exe\u202c", "gpj.exe"),
        ("\u2066Amal\u2069 \u2067x\u2069", "Amal x"),
        ("admin\U000e0041\U000e007f", "admin"),
        ("A\x00B\x1b[31mC", "AB[31mC"),
        ("a\r\nb\tc", "a b c"),
        ("a\u2028b\u2029c", "abc"),
        ("z" + "\u0335" * 40, "z" + "\u0335" * 4),
        ("z" + "\u0489" * 40, "z" + "\u0489" * 4),
        ("ك" + "\u064b" * 40, "ك" + "\u064b" * 4),
        ("Am\u200bal\u2060 T\u00adanmia\u3164", "Amal Tanmia"),
        ("\u200d\u200c\ufe0f", ""),
        ("👩\u200d👩\u200d👧 \ufe0f", "👩\u200d👩\u200d👧 \ufe0f"),
        ("جمعية التنمية", "جمعية التنمية"),
        ("می\u200cروم", "می\u200cروم"),
        ("ⵜⴰⵎⵙⵎⵓⵏⵜ", "ⵜⴰⵎⵙⵎⵓⵏⵜ"),
        ("كُتُبٌ", "كُتُبٌ"),
        (None, ""),
        (5, ""),
        (["x"], ""),
    ],
)  # fmt: skip
def test_a_name_stands_in_a_line_and_deceives_nobody(typed, shown):
    assert text.one_line(typed) == shown


@given(st.text(max_size=300))
def test_one_line_is_one_line_without_controls(typed):
    line = text.one_line(typed, 100)
    assert len(line) <= 100 and len(line.splitlines()) <= 1
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\n\r")
    assert text.one_line(line, 100) == line


def test_a_name_of_two_million_letters_costs_nothing():
    before = time.process_time()
    assert len(text.one_line("\u0335" * 2_000_000 + "x" * 2_000_000, 100)) <= 100
    assert time.process_time() - before < 0.2


@given(st.text(max_size=100))
def test_folding_twice_is_folding_once(typed):
    once = text.fold(typed)
    assert text.fold(once) == text.fold(text.fold(once))


def test_letters_that_people_write_for_one_another_are_one():
    assert text.fold("الأمل") == text.fold("الامل") == text.fold("الاَمل")
    assert text.fold("مدرسة") == text.fold("مدرسه")
    assert text.fold("Épée ١٢") == "epee 12"
