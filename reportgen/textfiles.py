"""Text files from elsewhere: UTF-8, and a line for the person who saved one otherwise."""

import codecs
from pathlib import Path

from reportgen.errors import ReportgenError


def decoded(content: bytes, path: Path) -> str:
    """Return a file's bytes as text; raise ReportgenError, which names the encoding it is saved in, where that is not UTF-8.

    A byte order mark is no text. What Windows programs call "Unicode" is UTF-16, and their "ANSI" mostly Windows-1252.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_utf_16(content):
        raise ReportgenError(f"{path}: is saved as UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = error
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        text = "\0"
    if all(character.isprintable() or character in "\t\r\n\xa0\xad" for character in text):
        raise ReportgenError(f"{path}: is saved as Windows-1252; save it as UTF-8")
    raise ReportgenError(f"{path}: cannot be read as text ({wrong})")


def require_own(path: Path, folder: Path) -> None:
    """Raise ReportgenError where a file of a folder is a link that leads out of it, or is no file: a pipe or a device may never end."""
    if path.exists() and not path.is_file():
        raise ReportgenError(f"{path}: is no file; put one there")
    try:
        place = path.resolve()
    except (OSError, RuntimeError):  # a RuntimeError up to Python 3.12
        raise ReportgenError(f"{path}: is a link that leads back to itself; put a file there") from None
    if not place.is_relative_to(folder.resolve()):
        raise ReportgenError(f"{path}: is a link that leads out of {folder}; copy what it leads to")


def _is_utf_16(content: bytes) -> bool:
    """Tell whether every other byte of the beginning is 0, as in Latin text without a mark."""
    start = content[:64]
    return len(start) >= 4 and any(not any(start[zero::2]) and all(start[1 - zero :: 2]) for zero in (0, 1))
