"""Names of peers' accounts: plain in the file whatever their servers wrote, found in any case; old files are mended."""

from pathlib import Path

import pytest

from federation import association_layer
from federation import vocabulary as v
from node.migrations.table import migrate, migrations
from node.network import listed
from node.network.listed import Record
from node.store import connect, write_now
from tests.world import NOW

WRITTEN = [
    ("tanmia", "tanmia"), ("@Tanmia", "Tanmia"), ("@tanmia@peer.example", "tanmia"), ("tan.mia-2", "tan.mia-2"),
    ("@", ""), ("@@tanmia", ""), ("tan mia", ""), ("../tanmia", ""), ("<b>tanmia", ""), ("tanmi\u0430", ""), (".tanmia", ""),
    ("\u202etanmia", ""), ("tanmia\n", ""), ("a" * 65, ""), (None, ""), (5, ""), (["tanmia"], ""), ("tanmia@<b>", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "plain"), WRITTEN)
def test_a_name_is_read_plainly_or_not_at_all(written, plain):
    assert v.username(written) == plain
    document = {"id": "https://peer.example/orgs/x", "type": "Organization", "name": "X", "preferredUsername": written}
    record = association_layer.read(document, NOW)
    assert record is not None and record.handle == plain


def test_an_entry_is_found_by_its_name_in_any_case(db):
    for number, handle in enumerate(("Tanmia", "other"), 1):
        uri = f"https://peer.example/orgs/{number}"
        listed.keep(db, Record(uri, "peer.example", "X", NOW, handle=handle), NOW)
    assert listed.at_handle(db, "TANMIA", "Peer.example") == "https://peer.example/orgs/1"
    assert listed.at_handle(db, "@tanmia", "peer.example") == ""
    plan = db.rows(
        "explain query plan select uri from directory"
        " where handle = ? collate nocase and host = ? and actor is null and gone is null",
        ("x", "y"),
    )
    assert "directory_by_handle" in " ".join(row["detail"] for row in plan)


def test_names_of_an_older_file_are_made_plain(tmp_path: Path):
    opened = connect(tmp_path)
    migrations.apply(opened, stop_before="m0033_names")
    texts = [one for one in WRITTEN if isinstance(one[0], str)]

    def put(db):
        for number, (written, _) in enumerate(texts):
            listed.keep(
                db, Record(f"https://peer.example/orgs/{number}", "peer.example", "X", NOW, handle=written), NOW
            )
        listed.keep(db, Record("https://node.example/orgs/own", "", "X", NOW, handle="own"), NOW)

    write_now(opened, put)
    migrate(opened)
    kept = [row["handle"] for row in opened.rows("select handle from directory order by id")]
    opened.close()
    assert kept == [*(plain for _, plain in texts), "own"]
