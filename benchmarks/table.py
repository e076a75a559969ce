"""The figures as a table, on the screen and in docs/benchmarks.md."""

from datetime import datetime
from pathlib import Path

from benchmarks.measures import Cost

MARK = "<!-- figures: written by `python -m benchmarks --write` -->"
END = "<!-- end of figures -->"
HEAD = ("operation", "CPU ms", "floor ms", "bound ms", "per second", "p50 ms", "p99 ms")


class Table:
    """Rows as they come in."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, ...]] = []
        self._facts: list[str] = []

    def floor(self, name: str, milliseconds: float) -> None:
        self._rows.append(
            (name, "", f"{milliseconds:.3f}", "", f"{1000 / milliseconds:.0f}" if milliseconds else "", "", "")
        )

    def cost(self, name: str, cost: Cost, *, floor: float | None = None, bound: float | None = None) -> None:
        self._rows.append((
            name, f"{cost.cpu:.3f}", "" if floor is None else f"{floor:.3f}", "" if bound is None else f"{bound:.3f}",
            f"{cost.rate:.0f}", f"{cost.median:.1f}" if cost.median else "", f"{cost.slow:.1f}" if cost.slow else "",
        ))  # fmt: skip
        print(f"  {name}: {cost.cpu:.3f} ms", flush=True)

    def started(self, posts: int, seconds: float) -> None:
        self._facts.append(f"start over {posts:,} posts, exec to first 200: {seconds:.2f} s (bound 1 s)")
        print(f"  {self._facts[-1]}", flush=True)

    def idle(self, seconds: float, size: int) -> None:
        self.memory(f"idle, {seconds:.0f} s after start", size, " (bound 120 MB)")

    def memory(self, name: str, size: int, note: str = "") -> None:
        self._facts.append(f"resident memory {name}: {size / 1e6:.0f} MB{note}")

    def listening(self, count: int, more: int, first: float, last: float) -> None:
        self._facts.append(
            f"{count:,} idle streaming sockets: {more / 1e6:.0f} MB more (bound {60 * count / 1000:.0f} MB); one event"
            f" reaches the first after {first:.2f} s and the last after {last:.2f} s (bound 0.5 s)"
        )
        print(f"  {self._facts[-1]}", flush=True)

    def text(self) -> str:
        """Columns in line, Markdown at the same time."""
        rows = [HEAD, *self._rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
        lines = [
            "| " + " | ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                              for column, (cell, width) in enumerate(zip(row, widths, strict=True))) + " |"
            for row in rows
        ]  # fmt: skip
        ruled = (
            "|"
            + "|".join("-" * (width + 1) + ("-" if column == 0 else ":") for column, width in enumerate(widths))
            + "|"
        )
        return "\n".join([lines[0], ruled, *lines[1:], "", *(f"- {fact}" for fact in self._facts)])


def write(found: Table, page: Path, machine: str, at: datetime) -> None:
    """The page's figures are these; its words stay."""
    text = page.read_text()
    before, _, rest = text.partition(MARK)
    after = rest.partition(END)[2]
    figures = f"{MARK}\n\nMeasured {at:%Y-%m-%d} on: {machine}.\n\n{found.text()}\n\n{END}"
    page.write_text(before + figures + after)
