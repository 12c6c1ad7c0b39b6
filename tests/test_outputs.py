"""Files are written whole or not at all, and never over somebody's own work."""

import errno
import itertools
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from reportgen import outputs
from reportgen.errors import ReportgenError


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


def one_line(error: pytest.ExceptionInfo[ReportgenError]) -> str:
    assert str(error.value).splitlines() == [str(error.value)]
    return str(error.value)


def test_write_makes_the_folder_and_leaves_only_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.docx"

    outputs.write(path, b"one")
    outputs.write(path, b"two")

    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["report.docx"]


def test_a_written_file_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        outputs.write(tmp_path / "file", b"")
        assert os.umask(0o027) == 0o027, "the umask of the program has changed"
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(b"old")
    monkeypatch.setattr(*((os, "fsync", fail) if step == "fsync" else (Path, "replace", fail)))

    with pytest.raises(ReportgenError) as caught:
        outputs.write(path, b"new")

    assert (
        one_line(caught)
        == f"{path}: cannot be written (No space left on device); choose another place or free this one"
    )
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report.docx"]


def test_an_interrupted_write_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    path = tmp_path / "report.docx"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)

    with pytest.raises(KeyboardInterrupt):
        outputs.write(path, b"new")

    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report.docx"]


def test_the_new_content_is_whole_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bytes, bytes]] = []
    replace = Path.replace

    def watch(source: Path, target: Path) -> Path:
        seen.append((source.read_bytes(), target.read_bytes()))
        return replace(source, target)

    path = tmp_path / "report.docx"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", watch)

    outputs.write(path, b"new" * 100_000)

    assert seen == [(b"new" * 100_000, b"old")]


@pytest.mark.parametrize("place", ["file/report.docx", "file/deeper/report.docx", "folder", "x" * 300])
def test_an_impossible_place_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()

    with pytest.raises(ReportgenError) as caught:
        outputs.write(tmp_path / place, b"new")

    assert one_line(caught).startswith(f"{tmp_path / place}: cannot be written (")
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"mine"
    assert names(tmp_path / "folder") == []


def test_require_writable_takes_what_can_be_written_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.docx").write_bytes(b"old")

    for place in ("new.docx", "old.docx", "a/b/new.docx"):
        outputs.require_writable(tmp_path / place)
        outputs.require_writable(Path(place))

    assert names(tmp_path) == ["old.docx"]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("folder", "is a folder; name a file in it"),
        ("file/report.docx", "Not a directory"),
        ("file/a/b.docx", "Not a directory"),
    ],
)
def test_require_writable_refuses_an_impossible_place(tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(ReportgenError) as caught:
        outputs.require_writable(tmp_path / place)

    assert one_line(caught).startswith(f"{tmp_path / place}: ")
    assert why in str(caught.value)


def test_require_writable_refuses_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")  # root, as whom tests may run, is refused nowhere

    monkeypatch.setattr("tempfile.TemporaryFile", deny)

    with pytest.raises(ReportgenError, match="Permission denied"):
        outputs.require_writable(tmp_path / "new" / "report.docx")


def test_a_document_that_was_not_edited_is_replaced_without_notice(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"

    assert [outputs.write_unless_edited(path, content) for content in (b"one", b"two", b"two", b"one")] == [None] * 4

    assert path.read_bytes() == b"one"
    assert names(tmp_path) == [".report.docx.sha256", "report.docx"]


def test_an_edited_document_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    outputs.write_unless_edited(path, b"one")
    path.write_bytes(b"one, edited")

    assert outputs.write_unless_edited(path, b"two") == tmp_path / "report.edited-1.docx"

    assert (tmp_path / "report.edited-1.docx").read_bytes() == b"one, edited"
    assert path.read_bytes() == b"two"
    assert outputs.write_unless_edited(path, b"three") is None, "the new one is a build's own"


def test_no_document_that_was_set_aside_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    for number in (1, 2, 3):
        path.write_bytes(b"edit %d" % number)
        assert outputs.write_unless_edited(path, b"built") == tmp_path / f"report.edited-{number}.docx"

    assert [(tmp_path / f"report.edited-{number}.docx").read_bytes() for number in (1, 2, 3)] == [
        b"edit 1",
        b"edit 2",
        b"edit 3",
    ]


def test_a_document_of_unknown_origin_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "essay.docx"
    path.write_bytes(b"my own essay")

    assert outputs.write_unless_edited(path, b"built") == tmp_path / "essay.edited-1.docx"

    assert (tmp_path / "essay.edited-1.docx").read_bytes() == b"my own essay"


def test_an_edit_that_came_to_what_is_built_now_needs_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(b"built")

    assert outputs.write_unless_edited(path, b"built") is None


def test_two_documents_are_told_apart(tmp_path: Path) -> None:
    outputs.write_unless_edited(tmp_path / "a.docx", b"a")
    outputs.write_unless_edited(tmp_path / "b.docx", b"b")
    (tmp_path / "b.docx").write_bytes(b"a")

    assert outputs.write_unless_edited(tmp_path / "a.docx", b"a2") is None
    assert outputs.write_unless_edited(tmp_path / "b.docx", b"b2") == tmp_path / "b.edited-1.docx"


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"3", b"\xff", b'{"x": 1}'])
def test_a_damaged_record_costs_at_most_a_copy(tmp_path: Path, record: bytes) -> None:
    path = tmp_path / "report.docx"
    outputs.write_unless_edited(path, b"one")
    path.with_name(".report.docx.sha256").write_bytes(record)

    assert outputs.write_unless_edited(path, b"two") == tmp_path / "report.edited-1.docx"
    assert (tmp_path / "report.edited-1.docx").read_bytes() == b"one"
    assert outputs.write_unless_edited(path, b"three") is None


def test_an_edited_document_stays_in_its_place_when_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(b"my own essay")
    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(ReportgenError):
        outputs.write_unless_edited(path, b"built")

    assert path.read_bytes() == b"my own essay"


def test_a_document_that_cannot_be_moved_is_an_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where Word holds the document that is open in it."""
    path = tmp_path / "report.docx"
    path.write_bytes(b"open in Word")
    for step in ("rename", "replace"):
        monkeypatch.setattr(Path, step, fail)
    for step in ("link", "rename", "replace"):
        monkeypatch.setattr(os, step, fail)

    with pytest.raises(ReportgenError) as caught:
        outputs.write_unless_edited(path, b"built")

    assert one_line(caught).startswith(str(tmp_path))
    assert path.read_bytes() == b"open in Word"


def left_by_a_killed_build(path: Path) -> Path:
    """Return a file as `write` leaves it when it is killed half-way."""
    part = path.with_name(f".{path.name}.abcd_123{outputs.PART}")
    part.write_bytes(b"half")
    return part


def test_two_builds_do_not_write_the_same_file(tmp_path: Path) -> None:
    with outputs.alone(tmp_path / "report.docx"), outputs.alone(tmp_path / "another.docx"):
        with pytest.raises(ReportgenError) as caught, outputs.alone(tmp_path / "report.docx"):
            pytest.fail("two at once")
        assert one_line(caught).startswith(f"{tmp_path / 'report.docx'}: another build is writing it; wait")
    with outputs.alone(tmp_path / "report.docx"):
        pass  # it is free again


def test_a_lock_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    lock = tmp_path / ".report.docx.lock"
    lock.mkdir()
    with pytest.raises(ReportgenError) as caught, outputs.alone(tmp_path / "report.docx"):
        pass
    assert one_line(caught).startswith(f"{lock}: cannot be written (")


@pytest.mark.skipif(os.name == "nt", reason="kill is another thing on Windows")
def test_a_build_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    code = """
import os, signal
from pathlib import Path
from reportgen import outputs
with outputs.alone(Path("report.docx")):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == -signal.SIGKILL
    with outputs.alone(tmp_path / "report.docx"):
        pass


def test_what_a_killed_build_left_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "my [1] report.docx"
    (tmp_path / "figures").mkdir()
    left = [
        left_by_a_killed_build(place)
        for place in (
            path,
            tmp_path / f".{path.name}.sha256",
            tmp_path / "my [1] report.edited-12.docx",
            tmp_path / "figures" / "gates.png",
        )
    ]
    folder = tmp_path / f".{path.name}.abcdefgh{outputs.PART}"
    folder.mkdir()
    (folder / "report.docx").touch()
    not_ours = [
        path,
        left_by_a_killed_build(tmp_path / "my 1 report.docx"),  # of another document, which a build may be writing now
        left_by_a_killed_build(tmp_path / "gates.png"),  # in another folder
        tmp_path / f".{path.name}.part",
        tmp_path / f".{path.name}.abcdefgh.part",
        tmp_path / f".{path.name}.abc{outputs.PART}",
        tmp_path / f"{path.name}.abcdefgh{outputs.PART}",
    ]
    for each in not_ours:
        each.touch()

    with outputs.alone(path, tmp_path / "figures" / "*"):
        assert not [each for each in [*left, folder] if each.exists()]
    assert all(each.exists() for each in not_ours)


def test_nothing_is_deleted_while_another_build_is_at_work(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    with outputs.alone(path):
        part = left_by_a_killed_build(path)
        with pytest.raises(ReportgenError), outputs.alone(path):
            pass
        assert part.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has locks everywhere")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_there_are_no_locks_a_build_goes_on_and_deletes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def no_locks(*_: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "report.docx"
    with outputs.alone(path):
        pass
    monkeypatch.setattr("fcntl.flock", no_locks)
    part = left_by_a_killed_build(path)
    with outputs.alone(path):
        assert part.exists()


@pytest.mark.skipif(os.name == "nt", reason="kill is another thing on Windows")
def test_a_build_in_another_process_is_refused_until_it_ends(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from reportgen import outputs
with outputs.alone(Path("report.docx")):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with (
            pytest.raises(ReportgenError, match="another build is writing it"),
            outputs.alone(tmp_path / "report.docx"),
        ):
            pytest.fail("two at once")
        process.kill()
    with outputs.alone(tmp_path / "report.docx"):
        pass


@pytest.mark.parametrize("written", [0, 1])
def test_a_build_that_is_killed_while_it_writes_leaves_nothing_that_looks_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = tmp_path / "report.docx"
    outputs.write_unless_edited(path, b"one")
    write, calls = outputs.write, itertools.count()

    def die(place: Path, content: bytes) -> None:
        if next(calls) == written:
            raise KeyboardInterrupt
        write(place, content)

    with monkeypatch.context() as patch:
        patch.setattr(outputs, "write", die)
        with pytest.raises(KeyboardInterrupt):
            outputs.write_unless_edited(path, b"two")

    assert outputs.write_unless_edited(path, b"three") is None
    assert path.read_bytes() == b"three"


def test_a_record_that_cannot_be_written_is_said_before_anything_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(b"my own essay")
    (tmp_path / ".report.docx.sha256").mkdir()
    with pytest.raises(ReportgenError) as caught:
        outputs.write_unless_edited(path, b"built")
    assert one_line(caught).startswith(f"{tmp_path / '.report.docx.sha256'}: cannot be written (")
    assert names(tmp_path) == [".report.docx.sha256", "report.docx"]


def test_an_edited_document_is_set_aside_once_though_the_build_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(b"my own essay")
    (tmp_path / "report.edited-1.docx").write_bytes(b"another")
    write = outputs.write

    def die(place: Path, content: bytes) -> None:
        if place == path:
            raise KeyboardInterrupt
        write(place, content)

    with monkeypatch.context() as patch:
        patch.setattr(outputs, "write", die)
        with pytest.raises(KeyboardInterrupt):
            outputs.write_unless_edited(path, b"built")

    assert outputs.write_unless_edited(path, b"built") == tmp_path / "report.edited-2.docx"
    assert names(tmp_path) == [".report.docx.sha256", "report.docx", "report.edited-1.docx", "report.edited-2.docx"]
