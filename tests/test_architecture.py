"""The house is a test: arrows only down, no circle, one writer per table, no SQL put together from values."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = {
    "node": {"node"},
    "keys": {"keys"},
    "federation": {"federation", "node", "keys"},
    "web": {"web", "federation", "node"},
}
WRITES = re.compile(r"\b(?:insert(?:\s+or\s+\w+)?\s+into|update|delete\s+from)\s+([a-z_]+)\b", re.IGNORECASE)
ASKING = {"execute", "rows", "row", "value", "query"}
MAY_CONNECT = {"federation/client.py", "federation/mail.py"}  # mail speaks SMTP over a socket that the client dialled


def files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in files()}


def imports(path: Path) -> Iterator[str]:
    """Modules of ours that a file imports, wherever in it."""
    for part in ast.walk(ast.parse(path.read_text())):
        if isinstance(part, ast.Import):
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.ImportFrom) and part.module:
            assert part.level == 0, f"{path}: relative import"
            for alias in part.names:
                whole = f"{part.module}.{alias.name}"
                yield whole if whole in MODULES else part.module


def test_arrows_go_down_only():
    wrong = [
        f"{name} imports {target}"
        for name, path in MODULES.items()
        for target in imports(path)
        if target.split(".")[0] in ROOMS and target.split(".")[0] not in ROOMS[name.split(".")[0]]
    ]
    assert not wrong


def test_no_circle_of_files():
    arrows = {name: {one for one in imports(path) if one in MODULES} - {name} for name, path in MODULES.items()}
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " → ".join((*above[above.index(name) :], name))
        if name in done:
            return
        for target in sorted(arrows[name]):
            walk(target, (*above, name))
        done.add(name)

    for name in arrows:
        walk(name, ())


def test_an_init_file_holds_a_docstring_only():
    for path in files():
        if path.name == "__init__.py":
            [only] = ast.parse(path.read_text()).body
            assert isinstance(only, ast.Expr), path


def test_every_file_says_what_it_is():
    for path in files():
        assert ast.get_docstring(ast.parse(path.read_text())), path


def tables() -> set[str]:
    found = set()
    for path in (ROOT / "node" / "migrations").glob("m*.py"):
        found |= set(re.findall(r"create (?:virtual )?table (?:if not exists )?([a-z_]+)", path.read_text()))
    return found


def test_a_table_is_written_by_one_file():
    writers: dict[str, set[str]] = defaultdict(set)
    known = tables()
    for name, path in MODULES.items():
        if ".migrations" in name:
            continue
        for part in ast.walk(ast.parse(path.read_text())):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                for table in WRITES.findall(part.value):
                    if table in known:
                        writers[table].add(name)
    shared = {table: names for table, names in writers.items() if len(names) > 1}
    assert not shared
    assert all(name.startswith("node.") for names in writers.values() for name in names)


def test_federation_asks_node_and_holds_no_sql():
    wrong = [
        f"{path}:{part.lineno}"
        for room in ("federation", "keys")
        for path in sorted((ROOT / room).rglob("*.py"))
        for part in ast.walk(ast.parse(path.read_text()))
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in ASKING
        if isinstance(part.func.value, ast.Name) and part.func.value.id == "db"
    ]
    assert not wrong


def test_sql_is_never_made_of_values():
    """No f-string, % or .format in what is handed to the database."""
    wrong = []
    for path in files():
        for part in ast.walk(ast.parse(path.read_text())):
            if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Attribute) or not part.args:
                continue
            if part.func.attr not in ASKING:
                continue
            for inner in ast.walk(part.args[0]):
                if isinstance(inner, ast.JoinedStr) or (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mod)):
                    wrong.append(f"{path}:{part.lineno}")
    assert not wrong


def test_only_the_client_opens_connections():
    wrong = []
    for path in files():
        if str(path.relative_to(ROOT)) in MAY_CONNECT:
            continue
        text = path.read_text()
        if re.search(
            r"ClientSession\(|urlopen\(|socket\.socket\(|create_connection\(|\bimport (requests|smtplib|httpx)\b", text
        ):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_cleaned_html_alone_is_marked_safe():
    """`| safe` stands only behind values that node/html made."""
    allowed = re.compile(r"(content|summary|html|icon|value)\W*\s*\|\s*safe|svg")
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for found in re.finditer(r"[^{}%]*\|\s*safe", line):
                assert allowed.search(found.group() + "|safe"), f"{path}:{number}"
    for path in files():
        if path.name not in ("rendering.py", "words.py"):
            assert "Markup(" not in path.read_text(), path
