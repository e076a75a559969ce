"""The index of all words: what is found by the beginning of a word, and what is not."""

import pytest

from node.posts import search


@pytest.fixture
def said(db):
    for number, text in enumerate(("eau potable", "école e-mobile", "ماء للشرب"), 1):
        search.add(db, number, "note", "fr", text)
    return db


@pytest.mark.parametrize(
    ("typed", "found"),
    [("eau", {1}), ("ea", {1}), ("pot", {1}), ("école", {2}), ("مو", set()), ("ما", {3}), ("e", {2})],
)
def test_the_last_word_may_be_unfinished_unless_it_is_one_letter(said, typed, found):
    """All the words that begin with one letter are a tenth of the file: one visitor kept all others waiting."""
    assert {row["id"] for row in search.ids(said, typed, ())} == found


def test_words_of_very_many_texts_are_not_weighed(said, monkeypatch):
    """To weigh one of two texts, all that hold a word of it would be counted, however many."""
    monkeypatch.setattr(search, "MANY", 4)
    for number in range(4, 9):
        search.add(said, number, "note", "fr", "eau eau eau saine" if number == 5 else "eau saine et rare")
    assert [row["id"] for row in search.ids(said, "rare eau", ())] == [8, 7, 6, 4]
    assert search.weighed(said, "rar eau") == ('"rar" AND "eau"', False)
    assert search.weighed(said, "potable ea") == ('"potable" AND "eau"', False)
    assert search.weighed(said, "eau potab") == ('"eau" AND "potable"', False)
    assert search.weighed(said, "potab") == ('"potable"', True)
    assert search.weighed(said, "") == ("", True) and search.words("جمعية ال") == '"جمعيه" "ال"'


def test_a_beginning_that_fills_much_of_the_index_is_not_merged_whole(said, monkeypatch):
    """Three letters that a tenth of all words begin with took a tenth of a second of each visitor who typed them."""
    monkeypatch.setattr(search, "WIDE", 1)
    monkeypatch.setattr(search, "LOOKED_AT", 40)
    for number in range(10, 410):
        search.add(said, number, "note", "fr", f"projet{number} l'eau prolongée{number} d'ici " * 4)
    said.execute("insert into search (search) values ('optimize')")  # it lies on the disk
    assert search.weighed(said, "potab") == ('"potable"', True)
    expression, weighed = search.weighed(said, "ici pro")
    assert not weighed and "*" not in expression
    assert expression.startswith('"ici" AND ("pro" OR "projet409" OR "prolongee409"')
    assert expression.count(" OR ") == search.MOST_ENDINGS - 1
    assert [row["id"] for row in search.ids(said, "ici pro", (), 3)] == [409, 408, 407]
    assert {row["id"] for row in search.ids(said, "projet12", ())} == {12, *range(120, 130)}


def test_a_few_words_of_one_beginning_are_sought_by_name(said):
    """Nothing is merged for them, and none of them is left out, however old the only text that has it."""
    for number in range(4, 8):
        search.add(said, number, "note", "fr", f"potager{number} pot'au-feu l'été_indien")
    assert search.weighed(said, "potag") == ('("potager4" OR "potager5" OR "potager6" OR "potager7")', True)
    assert search.weighed(said, "potager5") == ('"potager5"', True)
    for typed, found in (
        ("potag", {4, 5, 6, 7}),
        ("potab", {1}),
        ("pot", {1, 4, 5, 6, 7}),
        ("شرب", set()),
        ("للش", {3}),
    ):
        assert {row["id"] for row in search.ids(said, typed, ())} == found
    assert search.weighed(said, "zzz") == ('"zzz"*', True) and search.ids(said, "zzz", ()) == []
    assert {row["id"] for row in search.ids(said, "ete_ind", ())} == {4, 5, 6, 7}  # two words of the index, one of ours
    for number in range(8, 12):
        search.add(said, number, "note", "fr", f"potager{number}")
    assert search.weighed(said, "potag") == ('"potag"*', True)  # too many of them to be named
    search.forget(said, 5)
    assert search.weighed(said, "potager5") == ('"potager5"*', True)  # no text says it any more
