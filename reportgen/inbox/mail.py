"""An e-mail as it arrived: from whom, to whom, when, under which subject, and with which files (RFC 5322, MIME)."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime

from reportgen.check.package import MAX_FILE, MIB
from reportgen.inbox.handin import File

MOST_PARTS = 1000
MOST_FILES = 50
MOST_ADDRESSES = 200
_MOST_OF_A_HEADER = 20_000  # characters that are looked at
_DEEPEST = 4  # messages in messages

_TO = ("to", "cc", "resent-to", "resent-cc")
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "bcc")
# What mail programs add, which nobody hands in.
_BESIDE = (
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys", "text/calendar",
    "text/vcard", "text/x-vcard", "message/delivery-status", "message/disposition-notification",
)  # fmt: skip
_SHARED = re.compile(
    r"https?://[^\s\"'<>]{0,80}?(docs\.google\.com|drive\.google\.com|1drv\.ms|onedrive\.live\.com|sharepoint\.com|dropbox\.com|icloud\.com|box\.com)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mail:
    """What a message says; empty or None where it does not say it, or not so that it can be read.

    to: those that it names as receivers; delivered: those whose mailbox it came to. sent: its `Date`, and `zoneless` where that says
    no time zone; received: when the last server took it, by the uppermost `Received`. shared: who stores what it only links to.
    inner: messages that it holds.
    """

    name: str
    address: str
    to: tuple[str, ...]
    delivered: tuple[str, ...]
    subject: str | None
    sent: datetime | None
    zoneless: bool
    received: datetime | None
    files: tuple[File, ...]
    shared: tuple[str, ...]
    inner: tuple[bytes, ...]
    id: str


def read_mail(content: bytes) -> Mail:
    """Read a message from anyone."""
    message = message_from_bytes(content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    headers = _headers(message)
    name, address = parseaddr(headers.get("from", [""])[0])
    date = headers.get("date", [""])[0]
    sent = _date(date)
    files, texts, inner = _parts(message)
    return Mail(
        name=_plain(_decoded(name)),
        address=_plain(address).lower(),
        to=_addresses(headers, _TO),
        delivered=_addresses(headers, _DELIVERED),
        subject=_plain(_decoded(headers["subject"][0])) if "subject" in headers else None,
        sent=sent,
        zoneless=sent is not None and not re.search(r"[+-]\d{4}|\b[A-Z]{1,5}\b\s*(?:\(.*\))?$", date.strip()),
        received=_date(headers["received"][0].rpartition(";")[2]) if "received" in headers else None,
        files=tuple(files),
        shared=tuple(dict.fromkeys(found.lower() for text in texts for found in _SHARED.findall(html.unescape(text)))),
        inner=tuple(inner),
        id=_plain(headers.get("message-id", [""])[0]),
    )


def _headers(message: Message) -> dict[str, list[str]]:
    """Return every header by its name in small letters, unfolded, and as UTF-8 where it holds bytes that are no ASCII."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        raw = str(value)[:_MOST_OF_A_HEADER].encode("ascii", "surrogateescape") if _is_escaped(str(value)) else b""
        text = _from_bytes(raw, None) if raw else str(value)[:_MOST_OF_A_HEADER]
        found.setdefault(name.lower(), []).append(text.replace("\r", "").replace("\n", ""))
    return found


def _is_escaped(text: str) -> bool:
    return text.isprintable() is False and any("\udc80" <= each <= "\udcff" for each in text)


def _decoded(text: str) -> str:
    """Return a header with its encoded words (RFC 2047) read, as far as they can be."""
    try:
        pieces = decode_header(text)
    except (MessageError, ValueError, LookupError):  # broken base64
        return text
    return "".join(_from_bytes(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces)


def _from_bytes(content: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8", "cp1252"):
        try:
            return content.decode(name) if name else content.decode("ascii")
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def _plain(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _addresses(headers: dict[str, list[str]], names: tuple[str, ...]) -> tuple[str, ...]:
    values = [value for name in names for value in headers.get(name, ())]
    return tuple(
        dict.fromkeys(_plain(address).lower() for _, address in getaddresses(values)[:MOST_ADDRESSES] if "@" in address)
    )


def _date(text: str) -> datetime | None:
    """Read a date; one without a time zone is in UTC, as "-0000" is (RFC 5322, 3.3)."""
    try:
        found = parsedate_to_datetime(text.strip()[:200])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _parts(message: Message) -> tuple[list[File], list[str], list[bytes]]:
    """Return the files that a message brings, its texts, and the messages in it."""
    files: list[File] = []
    texts: list[str] = []
    inner: list[bytes] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind == "message/rfc822":
            held = part.get_payload()
            if isinstance(held, list) and held and isinstance(held[0], Message):
                try:
                    inner.append(held[0].as_bytes())
                except Exception:  # the library cannot write what it could read; it is not opened then
                    files.append(File("a message in the message", damage="it cannot be opened"))
            continue
        name = _file_name(part)
        if kind in _BESIDE or (kind.startswith("image/") and (not name or part.get("Content-ID"))):
            continue
        if kind.startswith("text/") and not name:
            if len(texts) < MOST_FILES:
                texts.append(_from_bytes(_payload(part)[:MIB], part.get_content_charset()))
            continue
        if len(files) < MOST_FILES:
            content = _payload(part)
            damage = f"it is larger than {MAX_FILE // MIB} MB, too large for e-mail" if len(content) > MAX_FILE else ""
            files.append(File(name or f"a file without a name ({kind})", b"" if damage else content, damage))
    return files, texts, inner


def _leaves(message: Message) -> Iterator[Message]:
    """Give the parts that hold something, the messages in it closed, without recursion: what nests them may be hostile."""
    waiting = [message]
    given = 0
    while waiting and given < MOST_PARTS:
        part = waiting.pop()
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting += [each for each in reversed(payload) if isinstance(each, Message)]
        else:
            given += 1
            yield part


def _payload(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return content if isinstance(content, bytes) else b""


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        return ""
    return _plain(_decoded(name)).replace("\\", "/").rpartition("/")[2][:200]
