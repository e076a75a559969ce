"""The two countries as squares: one a region or governorate, where it roughly lies."""

from dataclasses import dataclass

# code: column and row of its square
MOROCCO = {
    "MA-01": (4, 0), "MA-02": (5, 1), "MA-03": (4, 1), "MA-04": (3, 1), "MA-05": (3, 2), "MA-06": (2, 2),
    "MA-07": (2, 3), "MA-08": (4, 2), "MA-09": (2, 4), "MA-10": (1, 5), "MA-11": (1, 6), "MA-12": (0, 7),
}  # fmt: skip
TUNISIA = {
    "TN-11": (3, 1), "TN-12": (3, 0), "TN-13": (3, 2), "TN-14": (2, 1), "TN-21": (4, 2), "TN-22": (2, 2),
    "TN-23": (2, 0), "TN-31": (1, 1), "TN-32": (0, 1), "TN-33": (0, 2), "TN-34": (1, 2), "TN-41": (2, 3),
    "TN-42": (0, 3), "TN-43": (1, 4), "TN-51": (3, 3), "TN-52": (4, 3), "TN-53": (3, 4), "TN-61": (2, 4),
    "TN-71": (0, 4), "TN-72": (0, 5), "TN-73": (1, 5), "TN-81": (2, 5), "TN-82": (3, 6), "TN-83": (2, 6),
}  # fmt: skip
COUNTRIES = {"MA": MOROCCO, "TN": TUNISIA}
CELL = 50


@dataclass(frozen=True, slots=True)
class Square:
    """One part of the map: where its square stands, how many, how dark (1 to 5)."""

    code: str
    x: int
    y: int
    count: int
    step: int


def squares(country: str, counts: dict[str, int]) -> list[Square]:
    """The map of a country, darker where there are more."""
    cells = COUNTRIES[country]
    most = max([counts.get(code, 0) for code in cells], default=0)
    return [
        Square(code, x * CELL + 1, y * CELL + 1, counts.get(code, 0), _step(counts.get(code, 0), most))
        for code, (x, y) in cells.items()
    ]


def size(country: str) -> tuple[int, int]:
    """Width and height of the whole map."""
    cells = COUNTRIES[country].values()
    return (max(x for x, _ in cells) + 1) * CELL, (max(y for _, y in cells) + 1) * CELL


def _step(count: int, most: int) -> int:
    if not count:
        return 1
    share = count / most
    return 5 if share > 0.5 else 4 if share > 0.25 else 3 if share > 0.1 else 2
