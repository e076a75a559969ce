"""The directory: found by field, place with its parts, size and words; counted; sorted; kept by its own host alone."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.network import directory, fields, listed, regions
from node.network.directory import Query
from node.network.listed import Record
from node.posts import search
from node.text import terms
from tests.world import NOW


def put(
    db,
    number,
    name="جمعية الماء",
    *,
    places=("MA-06", "casa-3"),
    slugs=("water",),
    size="s",
    host="peer.example",
    **more,
):
    uri = f"https://{host or 'node.example'}/orgs/a{number}"
    record = Record(uri=uri, host=host, name=name, updated=NOW + number, fields=list(slugs),
                    path=regions.path_of(list(places)), size=size, **more)  # fmt: skip
    listed.keep(db, record, NOW + number)
    return uri


def names(db, **query):
    return [row["name"] for row in directory.search(db, Query(**query))]


@pytest.fixture
def few(db):
    put(db, 1, "جمعية خيوط الغد", places=("casa-3",), slugs=("vocational", "youth"), size="m")
    put(db, 2, "جمعية الواحة", places=("MA-TIZ",), slugs=("water",), names={"fr": "Oasis verte"})
    put(db, 3, "الشط النظيف", places=("sfax-5",), slugs=("environment",), host="sfax.example")
    put(db, 4, "Réseau du Nord", places=("MA-01",), slugs=("youth",), size="xl")
    return db


def test_a_region_holds_its_provinces_and_districts(few):
    assert names(few, region="MA-06") == ["جمعية خيوط الغد"]
    assert names(few, region="MA-CAS") == ["جمعية خيوط الغد"]
    assert names(few, region="MA") == ["Réseau du Nord", "جمعية الواحة", "جمعية خيوط الغد"]
    assert names(few, region="TN-61") == ["الشط النظيف"]
    assert names(few, region="MA-0") == []


def test_a_secondary_field_finds_too_and_choices_narrow_together(few):
    assert names(few, field="youth") == ["Réseau du Nord", "جمعية خيوط الغد"]
    assert names(few, field="youth", size="m") == ["جمعية خيوط الغد"]
    assert names(few, field="youth", region="TN") == []


@pytest.mark.parametrize(
    "typed",
    ["الواحه", "واحة", "ٱلْوَاحَة", "الواح", "OASIS", "oasis vert", "Tiznit", "تيزنيت", "جمعية الواحة", "ماء واحة"],
)
def test_words_are_found_as_people_write_them(few, typed):
    assert names(few, text=typed) == ["جمعية الواحة"]


@given(
    typed=st.text(max_size=40)
    | st.sampled_from(["l'oasis", "d’eau", "a_b", "2026-01-02T03:04Z", "A.J.S.", '"', "حي-المحمدي"])
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_breaks_the_search(few, typed):
    directory.search(few, Query(text=typed))
    directory.counts(few, Query(text=typed))
    search.ids(few, typed, ())


def test_every_letter_is_one_to_the_index_too(db):
    """Else a word would be a phrase to the index, which it does not answer."""
    for first in range(0, 0xD800, 0x100):
        for word in {f'"{word}"' for letter in range(first, first + 0x100) for word in terms(f"a{chr(letter)}b")}:
            db.rows("select rowid from directory_words where directory_words match ?", (word,)).fetchall()


@pytest.mark.parametrize("typed", ["l'étoile", "Sfax-Nord", "étoile-de-Sfax", "نجمة/صفاقس", "l_étoile"])
def test_a_name_with_signs_in_it_is_found_by_its_parts(few, typed):
    put(few, 9, "L'étoile de Sfax-Nord", names={"ar": "نجمة-صفاقس"})

    assert names(few, text=typed) == ["L'étoile de Sfax-Nord"]


def test_words_and_choices_narrow_together(few):
    assert names(few, text="نظيف", region="TN") == ["الشط النظيف"]
    assert names(few, text="نظيف", region="MA") == []
    assert names(few, text="***") == []
    assert len(names(few, text="جمعية")) == 4  # every association is one


def test_pages_follow_one_another_in_both_orders(few):
    for order in ("activity", "name"):
        whole = names(few, order=order)
        seen, after = [], 0
        while rows := directory.search(few, Query(order=order, limit=1, after=after)):
            seen.append(rows[0]["name"])
            after = rows[0]["id"]
        assert seen == whole
        assert len(seen) == 4


def test_counts_keep_the_other_choices(few):
    counts = directory.counts(few, Query(region="MA", size="m"))
    assert counts.total == 1
    assert counts.fields == {"vocational": 1, "youth": 1}
    assert counts.sizes == {"m": 1, "s": 1, "xl": 1}
    assert counts.regions == {"MA-06": 1}
    assert directory.counts(few, Query()).regions == {"MA": 3, "TN": 1}
    found = directory.counts(few, Query(text="واحة"))
    assert (found.total, found.fields, found.regions, found.sizes) == (1, {"water": 1}, {"MA": 1}, {"s": 1})


def test_a_changed_or_forgotten_entry_leaves_no_trace(few):
    put(few, 2, "جمعية الجبل", places=("MA-08",), slugs=("sport",), size="l")
    assert names(few, text="واحة") == []
    assert names(few, field="water") == []
    assert names(few, field="sport", region="MA-08", size="l") == ["جمعية الجبل"]
    listed.forget(few, "https://peer.example/orgs/a2", NOW + 99)
    assert names(few, field="sport") == []
    assert directory.counts(few, Query()).total == 3
    assert few.value("select count(*) from directory_counts where count < 0") == 0


def test_an_older_record_changes_nothing(few):
    listed.keep(few, Record("https://peer.example/orgs/a2", "peer.example", "اسم قديم", NOW), NOW + 50)
    assert names(few, text="واحة") == ["جمعية الواحة"]


def test_whoever_speaks_comes_first(few):
    amal = few.value("select id from actors where name = 'amal'")
    few.execute("update directory set actor = ? where name = 'جمعية خيوط الغد'", (amal,))
    listed.spoke(few, 0, amal, NOW + 1000)
    assert names(few)[0] == "جمعية خيوط الغد"


@pytest.mark.parametrize("limits", [(4000, 1000, 10_000), (5, 2, 4), (0, 0, 0)], ids=["few", "between", "many"])
def test_all_ways_of_searching_find_the_same(db, monkeypatch, limits):
    """What is sorted and what is walked along must agree with a plain look at every entry."""
    for name, limit in zip(("FEW", "MOST_SORTED", "MOST_COUNTED"), limits, strict=True):
        monkeypatch.setattr(directory, name, limit)
    dice = random.Random(7)
    places = ["MA-06", "casa-3", "MA-TIZ", "TN-61", "sfax-5"]
    made = []
    for number in range(60):
        slugs, place, size = (
            dice.sample(list(fields.fields())[:5], 2),
            dice.choice(places),
            dice.choice(["s", "m", "l"]),
        )
        word = dice.choice(["زيتون", "نخيل", "أركان"])
        put(db, number, f"{word} {number}", places=(place,), slugs=slugs, size=size)
        made.append((f"{word} {number}", slugs, regions.path_of([place]), size))
    for _ in range(60):
        slug, place, size = (
            dice.choice(["", *list(fields.fields())[:5]]),
            dice.choice(["", "MA", *places]),
            dice.choice(["", "s", "m"]),
        )
        text = dice.choice(["", "زيتون", "أركان"])
        wanted = {
            name for name, slugs, path, band in made
            if (not slug or slug in slugs) and path.startswith(regions.path_of([place]) if place else "")
            and size in ("", band) and text in name
        }  # fmt: skip
        for order in ("activity", "name"):
            found = names(db, text=text, field=slug, region=place, size=size, order=order, limit=100)
            assert set(found) == wanted
            assert len(found) == len(wanted)
