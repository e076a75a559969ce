"""The cell of programs that are not ours: what lies beside the work it does not see."""

import ctypes
from pathlib import Path

import pytest

from web import confined
from web.confined import Bounds

KERNEL = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)  # Landlock's version; -1 where there is none
BOUNDS = Bounds(10, 10, 100_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "node.sqlite3").write_text("secret")
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming/mine").write_text("my film")
    (tmp_path / "incoming/hers").write_text("her film")
    (tmp_path / "incoming/mine.work").mkdir()
    return tmp_path


async def shell(folder: Path, said: str, bounds: Bounds = BOUNDS, *reads: Path) -> bytes:
    return await confined.run("/bin/sh", ["-c", said], folder, bounds, reads)


@pytest.mark.skipif(KERNEL < 1, reason="this kernel has no Landlock")
async def test_a_program_sees_its_work_and_nothing_else(folder):
    work, mine = folder / "incoming/mine.work", folder / "incoming/mine"
    assert await shell(work, f"cat {mine} > made; cat made", BOUNDS, mine) == b"my film"
    for hidden in (folder / "node.sqlite3", folder / "incoming/hers", Path("/etc/passwd"), Path("/proc/1/environ")):
        with pytest.raises(confined.Failed):
            await shell(work, f"cat {hidden}", BOUNDS, mine)
    for done in (f"echo x > {mine}", f"rm {mine}", f"ls {folder}", "touch ../new", f"mv {mine} taken"):
        with pytest.raises(confined.Failed):
            await shell(work, done, BOUNDS, mine)
    assert mine.read_text() == "my film"


@pytest.mark.skipif(KERNEL < 1, reason="this kernel has no Landlock")
async def test_a_program_that_only_looks_writes_nothing_and_sees_no_neighbour(folder):
    incoming, mine = folder / "incoming", folder / "incoming/mine"
    looking = Bounds(10, 10, 0)
    assert await shell(incoming, "cat mine", looking, mine) == b"my film"
    for done in ("cat hers", "rm hers", "ls", "touch new"):
        with pytest.raises(confined.Failed):
            await shell(incoming, done, looking, mine)
    assert (incoming / "hers").read_text() == "her film"
