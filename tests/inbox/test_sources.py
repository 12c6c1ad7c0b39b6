"""Whatever a path leads to, each hand-in comes out by itself, with whose it is where a system wrote that, and harms none of the rest."""

import io
import os
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.check.package import MIB
from reportgen.errors import ReportgenError
from reportgen.inbox import HandIn, gather, sources
from reportgen.inbox.exports import belongings
from reportgen.inbox.sources import messages
from tests.inbox.handins import good, mail, zipped

METADATA = b"""submission_11:
  :submitters:
  - :name: Ann Lee
    :sid: '100'
    :email: ann@my.unt.edu
  :created_at: 2024-12-05 04:59:00.000000000 Z
  :score:
submission_12.docx:
  :submitters:
  - :name: Bo Chen
    :sid: '200'
  - :name: Cy Dee
    :sid: '201'
  :created_at: 2024-12-05 06:00:00.000000000 Z
"""


def who(path: Path) -> list[tuple[str, str, str, list[str]]]:
    return [
        (each.place.rpartition("#")[2], each.student.name, each.student.id, [file.name for file in each.files])
        for each in gather(path)
    ]


def archive(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "export.zip"
    path.write_bytes(zipped(files))
    return path


CANVAS = {
    "doejane_4711_90001_essay.docx": b"1",
    "doejane_4711_90002_figure 1.png": b"2",
    "lee-o'neilann_LATE_4712_90003_My_Essay_2024_12.docx": b"3",
    "anon_Ab3dE_90004_essay-1.docx": b"4",
    "LATE_anon_Xy12z_90005_essay.docx": b"5",
    "chenbo_4713_text.html": b"<html>hello",
}
MOODLE = {
    "Jane Doe_123_assignsubmission_file_/essay.docx": b"1",
    "Jane Doe_123_assignsubmission_file_/figure.png": b"2",
    "Jane Doe_123_assignsubmission_onlinetext_/onlinetext.html": b"3",
    "O_Neil Lee_124_assignsubmission_file_my essay.docx": b"4",
    "Participant 5_125_assignsubmission_file/essay.docx": b"5",
}
GRADESCOPE = {
    "assignment_1_export/submission_metadata.yml": METADATA,
    "assignment_1_export/submission_11/essay.docx": b"1",
    "assignment_1_export/submission_11/more/figure.png": b"2",
    "assignment_1_export/submission_12.docx": b"3",
    "assignment_1_export/submission_13/essay.docx": b"4",
}
EXPORTS = {
    "Canvas": (
        CANVAS,
        {
            ("doejane", "4711", "essay.docx figure 1.png"),
            ("lee-o'neilann", "4712", "My_Essay_2024_12.docx"),
            ("", "anon_Ab3dE", "essay-1.docx"),
            ("", "anon_Xy12z", "essay.docx"),
            ("chenbo", "4713", "a text that was typed into Canvas (HTML)"),
        },
    ),
    "Moodle": (
        MOODLE,
        {
            ("Jane Doe", "123", "essay.docx figure.png a text that was typed into Moodle (HTML)"),
            ("O Neil Lee", "124", "my essay.docx"),
            ("Participant 5", "125", "essay.docx"),
        },
    ),
    "Gradescope": (
        GRADESCOPE,
        {
            ("Ann Lee", "100", "essay.docx more/figure.png"),
            ("Bo Chen, Cy Dee", "200, 201", "submission_12.docx"),
            ("", "", "essay.docx"),
        },
    ),
}


@pytest.mark.parametrize("system", EXPORTS)
@pytest.mark.parametrize("unpacked", [False, True])
def test_the_exports_of_three_systems_say_whose_a_file_is(tmp_path: Path, system: str, unpacked: bool) -> None:
    files, expected = EXPORTS[system]
    path = archive(tmp_path, files)
    if unpacked:
        with zipfile.ZipFile(path) as packed:
            packed.extractall(tmp_path / "folder")
        path = tmp_path / "folder"

    assert {(name, number, " ".join(names)) for _, name, number, names in who(path)} == expected


def test_canvas_says_what_is_late_and_gradescope_when_it_was_handed_in(tmp_path: Path) -> None:
    late = {each.student.id for each in gather(archive(tmp_path, CANVAS)) if each.late}
    at = {each.student.id: each.at and each.at.isoformat() for each in gather(archive(tmp_path, GRADESCOPE))}

    assert late == {"4712", "anon_Xy12z"}
    assert at == {"100": "2024-12-05T04:59:00+00:00", "200, 201": "2024-12-05T06:00:00+00:00", "": None}


@pytest.mark.parametrize("beside", ["essay.docx", "Final Version.docx"])
def test_a_name_is_taken_for_canvas_only_if_every_name_beside_it_is(beside: str) -> None:
    mixed = [PurePosixPath("essay_2024_12_final.docx"), PurePosixPath(beside)]

    for paths in (mixed, mixed[::-1]):
        assert [each.student.known for each in belongings(paths, None)] == ["", ""]
    assert belongings(mixed[:1], None)[0].student.name == "essay"  # as Canvas would write it


@pytest.mark.parametrize(
    "metadata",
    [
        b"[" * 100_000,
        b"x: &a {':submitters': [{':name': Eve}]}\nsubmission_11: {<<: *a}",
        b"\xff\xfe\x00",
        b"- 1\n- 2",
        b": : :",
        b"submission_11: {':submitters': 3, ':created_at': yes}",
    ],
    ids=["deep", "merges", "no text", "a list", "no YAML", "other types"],
)
def test_metadata_of_no_use_names_nobody(metadata: bytes) -> None:
    (found,) = belongings([PurePosixPath("submission_11/essay.docx")], metadata)
    assert found.student.known == ""


def test_a_folder_of_files_names_nobody_and_leaves_out_what_nobody_handed_in(tmp_path: Path) -> None:
    for name in ("b.docx", "a/a.docx", "~$b.docx", "~$away.docx", ".DS_Store", "__MACOSX/._b.docx", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "link.docx").symlink_to("/etc/hostname")

    assert who(tmp_path) == [("1", "", "", ["a.docx"]), ("2", "", "", ["b.docx"]), ("3", "", "", ["~$away.docx"])]


def test_what_is_wrong_with_one_entry_is_said_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.docx", b"one")
        packed.writestr("../../../etc/b.docx", b"two")
        packed.writestr("bomb.docx", bytes(60 * MIB))
        packed.writestr("z.docx", b"three")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"z.docx") - 46 + 8
    data[at : at + 2] = b"\x01\x00"  # encrypted, says the directory
    path.write_bytes(bytes(data))

    found = {each.files[0].name: each.files[0] for each in gather(path)}

    assert list(found) == ["a.docx", "bomb.docx", "b.docx", "z.docx"]
    assert "zip bomb" in found["bomb.docx"].damage
    assert "protected by a password" in found["z.docx"].damage
    assert (found["a.docx"].content, found["b.docx"].content) == (b"one", b"two")
    assert not (tmp_path / "etc").exists()


def test_an_archive_that_lists_millions_is_refused_before_it_is_listed(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a.docx": b"x"})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x05\x06")
    data[at + 8 : at + 12] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(data))

    with pytest.raises(ReportgenError, match="lists more than 40,000 files"):
        list(gather(path))


def test_mail_is_known_by_what_it_holds_and_not_by_its_name(tmp_path: Path) -> None:
    content = mail(("essay.docx", good())).as_bytes()
    (tmp_path / "1").write_bytes(content)
    (tmp_path / "2.docx").write_bytes(content)
    (tmp_path / "3").write_bytes(b"From x@y.edu Wed Dec  4 20:15:00 2024\n" + content.replace(b"\r\n", b"\n"))
    (tmp_path / "4.txt").write_bytes(b"From here on I write: about gates.\nAnd more.\n")

    assert [(bool(each.message), len(each.files)) for each in gather(tmp_path)] == [
        (True, 0),
        (True, 0),
        (True, 0),
        (False, 1),
    ]


BORDER = b"From x@y.edu Wed Dec  4 20:15:00 2024\n"
line = st.sampled_from([b"", b"From here on", b">From there", b"Subject: x", b"text", b"From nowhere in 2024 came"])
message = st.lists(line, min_size=1, max_size=8).map(lambda lines: b"Subject: s\n\n" + b"\n".join(lines))


@given(st.lists(message, min_size=1, max_size=5), st.integers(1, 40))
def test_a_mailbox_gives_back_the_messages_that_were_put_into_it(texts: list[bytes], size: int) -> None:
    def quoted(text: bytes) -> bytes:
        return b"\n".join(b">" + each if each.lstrip(b">").startswith(b"From ") else each for each in text.split(b"\n"))

    class InPieces(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return super().read(size)

    box = b"".join(BORDER + quoted(text) + b"\n\n" for text in texts)

    assert [found.rstrip(b"\n") for found, whole in messages(InPieces(box)) if whole] == [
        text.rstrip(b"\n") for text in texts
    ]


def test_a_mailbox_is_read_as_a_stream_and_a_message_without_end_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_CHUNK", 1000)
    monkeypatch.setattr(sources, "MOST_MESSAGE", 5000)
    monkeypatch.setattr(sources, "MIB", 100)
    held = 0

    class Endless(io.BytesIO):
        """Three messages, of which the second is long, and a record of how far they were read."""

        def read(self, count: int | None = -1) -> bytes:
            nonlocal held
            held += count or 0
            return super().read(count)

    texts = [b"Subject: 1\n\nshort", b"Subject: 2\n\n" + b"long " * 10_000, b"Subject: 3\n\nshort"]
    found = messages(Endless(b"".join(BORDER + text + b"\n\n" for text in texts)))

    assert next(found) == (texts[0], True)
    assert held <= 2000
    assert next(found) == (texts[1][:100], False)
    assert [(text.strip(), whole) for text, whole in found] == [(texts[2], True)]


def test_a_path_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", Path(os.devnull)):
        with pytest.raises(ReportgenError, match=r"^[^\n]*(no such file|is no file)"):
            list(gather(path))
    with pytest.raises(ReportgenError, match="holds no file that anybody"):
        list(gather(tmp_path))


def test_what_one_student_hands_in_is_bounded(tmp_path: Path) -> None:
    (only,) = gather(archive(tmp_path, {f"Jane Doe_1_assignsubmission_file_/{n}.docx": b"x" for n in range(50)}))
    assert isinstance(only, HandIn)
    assert len(only.files) == 20
