"""A page's address as a QR code: a few hundred bytes of SVG that stand in the page itself."""

from functools import lru_cache


def draw(address: str) -> tuple[int, str]:
    """(modules a side, the dark ones as an SVG path), medium error correction; kept nowhere."""
    import segno  # heavy for a start

    rows = [list(row) for row in segno.make_qr(address, error="m").matrix]
    drawn = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            run = next((n for n in range(x, len(row)) if not row[n]), len(row)) - x
            drawn.append(f"M{x} {y}h{run}v1h-{run}z")
            x += run
    return len(rows), "".join(drawn)


@lru_cache(maxsize=500)
def path(address: str) -> tuple[int, str]:
    """The same for an address that everybody may see, kept."""
    return draw(address)
