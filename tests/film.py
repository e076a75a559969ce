"""Real films and sounds, made by ffmpeg when a test wants them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg is not installed"
)
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=320x180:r=12:d=1")
SOUND = ("-f", "lavfi", "-i", "sine=d=1")
SPOKEN = ("-metadata", "title=SECRET", "-metadata", "location=+30.4202-009.5982/", "-metadata", "make=SECRET PHONE")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def made(folder: Path, name: str, *arguments: str) -> Path:
    """The file that ffmpeg wrote into the folder; its name says of which sort."""
    path = folder / name
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-nostdin", *arguments, str(path)], check=True, timeout=60, capture_output=True
    )
    return path


@cache
def _small(folder: Path) -> bytes:
    return made(folder, "small.mp4", *PICTURE, *SOUND, *H264, "-c:a", "aac", *SPOKEN).read_bytes()


def small(folder: Path) -> bytes:
    """A film of one second with sound, which tells where it was made."""
    return _small(folder)


def probe(path: Path) -> str:
    """What ffprobe says of a file, all of it."""
    asked = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", str(path)]
    return subprocess.run(asked, check=True, timeout=30, capture_output=True, text=True).stdout
