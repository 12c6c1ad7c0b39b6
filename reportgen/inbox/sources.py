"""From paths to what was handed in: files, folders, archives, e-mails and mailboxes, one after another and never all at once."""

import os
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from reportgen.check.package import DAMAGED, MAX_FILE, MAX_RATIO, MIB, RATIO_FLOOR
from reportgen.errors import ReportgenError
from reportgen.inbox.exports import METADATA, belongings
from reportgen.inbox.handin import File, HandIn

MOST_FILES = 20_000  # in a folder or an archive
MOST_DIRECTORY = 64 * MIB  # of an archive, which is read as a whole
MOST_MESSAGE = 96 * MIB  # a file of the largest size in base64, which takes a third more

_DEEPEST = 20  # folders in folders

_JUNK = re.compile(r"(?:\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_HEADER = re.compile(
    rb"(?:Return-Path|Received|Delivered-To|From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-Type|DKIM-Signature|Reply-To"
    rb"|X-[A-Za-z0-9-]{1,60}|ARC-[A-Za-z-]{1,40}|Authentication-Results):[^\n]*\n(?:[A-Za-z0-9-]{1,60}:|[ \t])",
    re.IGNORECASE,
)
_CHUNK = 4 * MIB


def gather(path: Path) -> Iterator[HandIn]:
    """Give what was handed in at a path, whatever it is, in an order that does not depend on the machine.

    Raises ReportgenError where nothing can be read there at all; what is wrong with one of several is said in its place.
    """
    if path.is_dir():
        yield from _of_entries(_in_folder(path), str(path))
        return
    if not path.is_file():
        what = "is no file" if path.exists() else "there is no such file"
        raise ReportgenError(f"{path}: {what}; give the path of a .docx, a folder, a zip archive or an e-mail")
    try:
        with path.open("rb") as file:
            start = file.read(4096)
            file.seek(0)
            kind = kind_of(start, path.name)
            if kind == "mailbox":
                for number, (message, whole) in enumerate(messages(file), 1):
                    yield _of_message(message, f"{path}#{number}", whole=whole)
            elif kind == "archive" and (archive := _archive(file, path)) is not None:
                with archive:
                    yield from _of_entries(_in_archive(archive), str(path))
            else:
                content = file.read(MOST_MESSAGE + 1)
                yield _of_message(content, str(path)) if kind == "message" else _of_file(path, content)
    except OSError as error:
        raise ReportgenError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


def is_document(path: Path) -> bool:
    """Tell whether a path is that of a single document, or of what was meant to be one, and not of a folder, an archive or an e-mail."""
    if not path.is_file():
        return not path.exists()
    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(4096), path.name)
            if kind != "archive":
                return kind == "file"
            archive = _archive(file, path)
            if archive:
                archive.close()
            return archive is None
    except (OSError, ReportgenError):
        return True


def kind_of(start: bytes, name: str) -> str:
    """Tell by its first bytes whether something is a "mailbox", a "message", perhaps an "archive", or another "file"."""
    if start.startswith(b"From ") and re.match(rb"From [^\n]*\d{4}[^\n]*\n", start):
        return "mailbox"
    if start.startswith(b"PK\x03\x04") or start.startswith(b"PK\x05\x06"):
        return "archive"
    if _HEADER.match(start.removeprefix(b"\xef\xbb\xbf").lstrip()) or (name.lower().endswith(".eml") and start):
        return "message"
    return "mailbox" if name.lower().endswith(".mbox") else "file"


def messages(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Give the messages of a mailbox (mbox, in any of its four manners), reading a piece of it at a time, and whether each is whole.

    Of one that is longer than `MOST_MESSAGE` only the first mebibyte is given.
    """
    buffer = bytearray(b"\n\n")  # as before every other border
    searched = 0  # up to where no border is
    begun = too_long = False
    while chunk := file.read(_CHUNK):
        buffer += chunk
        start = 0  # of the message at hand
        while (border := _border(buffer, searched)) is not None:
            if begun:
                end = start + MIB if too_long else border.start()
                yield _unquoted(bytes(memoryview(buffer)[start:end])), not too_long
            begun, too_long = True, False
            start = searched = border.end()
        del buffer[:start]
        too_long |= begun and len(buffer) > MOST_MESSAGE
        if too_long or not begun:  # of what nobody will read, only so much is kept as a border could begin in
            del buffer[MIB : max(MIB, len(buffer) - _LONGEST_BORDER)]
        searched = max(0, len(buffer) - _LONGEST_BORDER)
    if begun and buffer.strip():
        yield _unquoted(bytes(buffer[: MIB if too_long else len(buffer)])), not too_long


_LONGEST_BORDER = 500
_BORDER = re.compile(rb"\n\r?\nFrom [^\n]{1,300}\d{4}[^\n]{0,100}\n")


def _border(buffer: bytearray, start: int) -> re.Match[bytes] | None:
    """Find the next line that begins a message: by its rarest part first, since a mailbox may hold a gigabyte."""
    while (at := buffer.find(b"\nFrom ", start)) >= 0:
        for blank in (at - 1, at - 2):
            if blank >= 0 and (border := _BORDER.match(buffer, blank)) is not None:
                return border
        start = at + 1
    return None


def _unquoted(message: bytes) -> bytes:
    """Take back what keeps a line that begins with "From " from being a border."""
    return re.sub(rb"^>(>*From )", rb"\1", message, flags=re.MULTILINE) if b">From " in message else message


def _of_message(content: bytes, place: str, *, whole: bool = True) -> HandIn:
    if not whole or len(content) > MOST_MESSAGE:
        return HandIn(place, message=content[:MIB], damage=f"the message is larger than {MOST_MESSAGE // MIB} MB")
    return HandIn(place, message=content)


def _of_file(path: Path, content: bytes) -> HandIn:
    return HandIn(str(path), files=(_file(path.name, content),))


def _file(name: str, content: bytes) -> File:
    if len(content) > MAX_FILE:
        return File(name, damage=f"it is larger than {MAX_FILE // MIB} MB, too large for e-mail; compress its pictures")
    return File(name, content)


# Folders and archives


@dataclass(frozen=True)
class _Entry:
    """A file in a folder or an archive; `read` raises what goes wrong."""

    path: PurePosixPath
    read: Callable[[], bytes]


class _Refused(Exception):  # noqa: N818 - a finding about the file
    """Why an entry of an archive is not unpacked."""


def _of_entries(entries: Sequence[_Entry], place: str) -> Iterator[HandIn]:
    """Group files by whom they are of, and read each group when its turn comes."""
    metadata = next((each for each in entries if each.path.name == METADATA), None)
    described = None
    if metadata is not None:
        try:
            described = metadata.read()
        except (_Refused, *DAMAGED):
            described = None
        entries = [each for each in entries if each is not metadata]
    found = belongings([each.path for each in entries], described)
    groups: dict[str, list[int]] = {}
    for index, each in enumerate(found):
        groups.setdefault(each.key, []).append(index)
    for number, indices in enumerate(groups.values(), 1):
        first = found[indices[0]]
        files = [_read(entries[index], found[index].own) for index in _bounded(indices)]
        where = f"{place}#{number}"
        kinds = [kind_of(file.content[:4096], file.name) for file in files]
        for file, kind in zip(files, kinds, strict=True):
            if kind == "mailbox":
                boxed = messages(_stream(file.content))
                yield from (_of_message(each, f"{where}.{n}", whole=whole) for n, (each, whole) in enumerate(boxed, 1))
            elif kind == "message":
                yield HandIn(
                    where, first.student, message=file.content, system=first.system, at=first.at, late=first.late
                )
        plain = tuple(file for file, kind in zip(files, kinds, strict=True) if kind in ("file", "archive"))
        if plain:
            yield HandIn(
                where, first.student, plain, system=first.system, at=first.at, late=any(found[i].late for i in indices)
            )


def _stream(content: bytes) -> BinaryIO:
    from io import BytesIO  # noqa: PLC0415 - for a mailbox in an archive only

    return BytesIO(content)


def _bounded(indices: list[int]) -> list[int]:
    return indices[:_MOST_OF_ONE]


_MOST_OF_ONE = 20  # files of one student that are looked at


def _read(entry: _Entry, own: str) -> File:
    try:
        return _file(own, entry.read())
    except _Refused as reason:
        return File(own, damage=str(reason))
    except DAMAGED:
        return File(own, damage="it is damaged in the archive, or cannot be read")


def _in_folder(folder: Path) -> list[_Entry]:
    found: list[_Entry] = []
    for parent, folders, names in os.walk(folder):
        inner = Path(parent).relative_to(folder)
        folders[:] = [each for each in sorted(folders) if not _JUNK.match(each)] if len(inner.parts) < _DEEPEST else []
        for name in sorted(names):
            path = Path(parent, name)
            if _JUNK.match(name) or path.is_symlink() or not path.is_file():
                continue
            found.append(_Entry(PurePosixPath(*inner.parts, name), _reader(path)))
            if len(found) > MOST_FILES:
                raise ReportgenError(
                    f"{folder}: holds more than {MOST_FILES:,} files; give the folder of one assignment"
                )
    if not found:
        raise ReportgenError(f"{folder}: holds no file that anybody could have handed in; give another folder")
    return _without_locks(sorted(found, key=lambda each: each.path.parts))


def _without_locks(entries: list[_Entry]) -> list[_Entry]:
    """Leave out what Word keeps beside a document that is open: "~$" and its name, or that without its first letter or two."""
    locks = any(each.path.name.startswith("~$") for each in entries)
    names = (
        {
            (each.path.parent, each.path.name[cut:])
            for each in entries
            if not each.path.name.startswith("~$")
            for cut in range(3)
        }
        if locks
        else set()
    )
    return [
        each
        for each in entries
        if not (each.path.name.startswith("~$") and (each.path.parent, each.path.name[2:]) in names)
    ]


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)

    return read


def _archive(file: BinaryIO, path: Path) -> zipfile.ZipFile | None:
    """Open a zip archive, unless it is one in another sense: a document, or what is too damaged to be one."""
    entries, size = _announced(file)
    if entries > MOST_FILES * 2 or size > MOST_DIRECTORY:
        raise ReportgenError(f"{path}: lists more than {MOST_FILES * 2:,} files; give the archive of one assignment")
    try:
        archive = zipfile.ZipFile(file)
        names = {entry.filename.lower() for entry in archive.infolist()}
    except DAMAGED:
        return None
    if not names or names & {"[content_types].xml", "mimetype", "word/document.xml", "index/document.iwa"}:
        archive.close()
        return None
    return archive


def _announced(file: BinaryIO) -> tuple[int, int]:
    """Return how many entries an archive says that it has, and how many bytes they take to list (APPNOTE 4.3.14 and 4.3.16)."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 70_000))
    end = file.read()
    file.seek(0)
    if (at := end.rfind(b"PK\x06\x06")) >= 0 and len(end) >= at + 48:
        entries, size = struct.unpack_from("<QQ", end, at + 32)
        return entries, size
    if (at := end.rfind(b"PK\x05\x06")) >= 0 and len(end) >= at + 16:
        entries, size = struct.unpack_from("<HL", end, at + 10)
        return entries, size
    return 0, 0


def _in_archive(archive: zipfile.ZipFile) -> list[_Entry]:
    found = []
    for entry in archive.infolist():
        # A path is only shown, never gone to.
        parts = [part for part in re.split(r"[/\\]", entry.filename) if part not in ("", ".", "..")]
        if entry.is_dir() or not parts or any(_JUNK.match(part) for part in parts) or len(parts) > _DEEPEST:
            continue
        found.append(_Entry(PurePosixPath(*parts), _unpacker(archive, entry)))
    if len(found) > MOST_FILES:
        raise ReportgenError(
            f"{archive.filename}: holds more than {MOST_FILES:,} files; give the archive of one assignment"
        )
    return _without_locks(sorted(found, key=lambda each: each.path.parts))


def _unpacker(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: unpack(archive, entry)


def unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int = MAX_FILE) -> bytes:
    """Unpack one entry of an archive, as far as it is within bounds; raises `Refused` or what zipfile raises."""
    if entry.flag_bits & 1:
        raise _Refused("it is protected by a password in the archive")
    if entry.file_size > most:
        raise _Refused(f"it would unpack to more than {most // MIB} MB")
    if entry.file_size > max(RATIO_FLOOR, MAX_RATIO * entry.compress_size):
        raise _Refused(f"it would unpack to more than {MAX_RATIO} times its size, like a zip bomb")
    with archive.open(entry) as file:
        return file.read(most + 1)
