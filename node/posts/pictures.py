"""Pictures made safe and small: decoded, turned upright, shrunk, written anew without anything but pixels.

Slow by intent: call it off the event loop.  Nothing of the file that came in is
kept, so neither places, names, thumbnails nor programs hidden in it get through.
"""

import importlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.errors import Invalid

MOST_PIXELS = 33_177_600
LONGEST = 1920
LONGEST_PREVIEW = 640
LONGEST_MOVING = 480
MOST_FRAMES = 120
# By their first bytes, as Pillow sees them; whatever the sender calls the file.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "BMP", "TIFF", "MPO")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture fit to be served, and its little one."""

    data: bytes
    extension: str
    type: str
    width: int
    height: int
    preview: bytes
    small: tuple[int, int]  # width and height of the preview
    blurhash: str


def prepare(source: bytes, longest: int = LONGEST, *, square: bool = False) -> Picture:
    """The picture, at most `longest` pixels a side; square cuts it from its middle.

    Raises Invalid for what is no picture, or too large a one.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    _know_heif()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(source), formats=_known_formats()) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid("Validation failed: File is too large a picture")
            if getattr(opened, "n_frames", 1) > 1 and not square and opened.format in ("GIF", "WEBP"):
                return _moving(opened)
            opened.draft("RGB", (longest, longest))
            image = _plain(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Invalid("Validation failed: File content type is invalid") from error
    if square:
        side = min(image.width, image.height, longest)
        image = ImageOps.fit(image, (side, side))
    image.thumbnail((longest, longest))
    data, extension, kind = _written(image)
    return Picture(data, extension, kind, image.width, image.height, *_preview(image), _blurhash(image))


def moves(path: Path) -> bool:
    """Whether a GIF has more than one picture; false for what is no GIF that can be read."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(path, formats=["GIF"]) as opened:
            return opened.width * opened.height <= MOST_PIXELS and bool(getattr(opened, "is_animated", False))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False


def _plain(image: Any) -> Any:
    """RGB or RGBA in sRGB, without profile or any other word about it."""
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    made = image.convert("RGBA" if transparent else "RGB")
    if transparent and made.getextrema()[3][0] == 255:
        made = made.convert("RGB")
    made.info = {}
    return made


def _written(image: Any) -> tuple[bytes, str, str]:
    out = io.BytesIO()
    if image.mode == "RGBA":
        image.save(out, "WEBP", quality=85, method=4, exif=b"", icc_profile=None)
        return out.getvalue(), "webp", "image/webp"
    image.save(out, "JPEG", quality=82, progressive=True, optimize=True)
    return out.getvalue(), "jpg", "image/jpeg"


def _moving(opened: Any) -> Picture:
    """A moving picture, small, as WebP: of a long one its beginning."""
    from PIL import ImageSequence

    frames, durations = [], []
    for number, frame in enumerate(ImageSequence.Iterator(opened)):
        if number >= MOST_FRAMES:
            break
        durations.append(max(20, int(frame.info.get("duration", 100) or 100)))
        made = frame.convert("RGBA")
        made.thumbnail((LONGEST_MOVING, LONGEST_MOVING))
        made.info = {}
        frames.append(made)
    out = io.BytesIO()
    first = frames[0]
    first.save(out, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=70, method=2)
    return Picture(out.getvalue(), "webp", "image/webp", first.width, first.height, *_preview(first), _blurhash(first))


def _preview(image: Any) -> tuple[bytes, tuple[int, int]]:
    small = image.copy()
    small.thumbnail((LONGEST_PREVIEW, LONGEST_PREVIEW))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=75, method=4)
    return out.getvalue(), small.size


def _blurhash(image: Any) -> str:
    import blurhash

    tiny = image.convert("RGB").resize((32, 32))
    pixels = tiny.load()
    rows = [[list(pixels[x, y]) for x in range(32)] for y in range(32)]
    wide = image.width >= image.height
    return str(blurhash.encode(rows, components_x=4 if wide else 3, components_y=3 if wide else 4))


def _known_formats() -> list[str]:
    from PIL import Image

    Image.init()
    return [one for one in FORMATS if one in Image.OPEN]


def _know_heif() -> None:
    """HEIC of telephones, where pillow-heif is installed."""
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return
