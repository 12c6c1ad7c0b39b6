"""Two views of a document, passage by passage, picture by picture: what is not what it was."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TypeVar

from reportgen.audit.view import Passage, View

T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """Something that is not what it was: where, as it was generated, and as it is; empty where there is no such thing."""

    where: str
    then: str
    now: str


_MOST_COMPARED = 4_000_000  # pairs of passages; above, what lies between the first and the last change is one change
_ROUNDING = 2  # twentieths of a point: LibreOffice counts in hundredths of a millimetre


def changes(then: View, now: View, figures: Sequence[str]) -> Iterator[Change]:
    """Yield what of a document is not what was generated; `figures` are the names of those that were, in the order of the page."""
    yield from changed_passages(then.passages, now.passages)
    yield from _changed_pictures(then, now, figures)
    for name in sorted({*then.facts, *now.facts}):
        was, is_ = then.facts.get(name, ""), now.facts.get(name, "")
        if not alike(was, is_):
            yield Change(name, was.replace("~", ""), is_.replace("~", ""))
    pointed_at = {name for name in then.marks if any(name in look for each in then.passages for _, look in each.pieces)}
    for name in sorted(pointed_at):
        if then.marks[name] != now.marks.get(name):
            yield Change(
                f"what {name} leads to", shortened(then.marks[name], 200), shortened(now.marks.get(name, ""), 200)
            )


def alike(then: str, now: str) -> bool:
    """Return whether two looks are the same, but for how lengths were rounded."""
    if then == now:
        return True
    one, other = (re.split(r"~(-?\d+)", each) for each in (then, now))
    if one[::2] != other[::2]:
        return False
    return all(abs(int(a) - int(b)) <= _ROUNDING for a, b in zip(one[1::2], other[1::2], strict=True))


def changed_passages(before: Sequence[Passage], after: Sequence[Passage]) -> Iterator[Change]:
    """Yield what differs, each difference named by the heading above it."""
    place, last = "before the first heading", ""
    for then, now in _pairs(before, after, lambda passage: (passage.kind, passage.text)):
        if then is not None and then.kind.startswith("heading"):
            place = f"under “{shortened(then.text)}”"
        if then is None or now is None or (then.kind, then.text) != (now.kind, now.text):
            tables = {"table", "row", "cell", "end of table"} & {each.kind for each in (then, now) if each is not None}
            yield _change(then, now, f"{place}, after “{shortened(last)}”" if tables else place)
        elif not _same_looks(then, now):
            after_ = f", after “{shortened(last)}”" if not then.text else f", “{shortened(then.text)}”"
            yield Change(f"the looks of {_NAMES.get(then.kind, then.kind)} {place}{after_}", *_looks(then, now))
        last = then.text or last if then is not None else last


_NAMES = {"text": "the text", "table": "the table", "cell": "a cell", "row": "a row", "end of table": "the table’s end"}


def _same_looks(then: Passage, now: Passage) -> bool:
    return (
        alike(then.look, now.look)
        and [words for words, _ in then.pieces] == [words for words, _ in now.pieces]
        and all(alike(a, b) for (_, a), (_, b) in zip(then.pieces, now.pieces, strict=True))
        and (then.letters == now.letters or not now.letters.strip())  # LibreOffice drops them
    )


def _looks(then: Passage, now: Passage) -> tuple[str, str]:
    """Return the first look that differs, of a passage or of a piece of it."""
    if not alike(then.look, now.look):
        return tuple(_difference(a, b) for a, b in ((then.look, now.look), (now.look, then.look)))  # type: ignore[return-value]  # it is a pair
    for was, is_ in zip_longest(then.pieces, now.pieces, fillvalue=("", "")):
        if was[0] != is_[0] or not alike(was[1], is_[1]):
            return tuple(f"“{shortened(words)}”: {look.replace('~', '')}" for words, look in (was, is_))  # type: ignore[return-value]  # it is a pair
    return then.letters, now.letters


def _difference(look: str, other: str) -> str:
    words = [word for word in re.split(r"[ ,;] ?", look) if word not in re.split(r"[ ,;] ?", other)]
    return " ".join(words).replace("~", "") or "(as by default)"


def _pairs(then: Sequence[T], now: Sequence[T], key: Callable[[T], object]) -> Iterator[tuple[T | None, T | None]]:
    """Yield what was beside what is, None where one has no counterpart."""
    keys = [key(each) for each in then], [key(each) for each in now]
    start = _common(*keys)
    end = min(_common(keys[0][::-1], keys[1][::-1]), min(len(then), len(now)) - start)
    yield from zip(then[:start], now[:start], strict=True)
    inner = keys[0][start : len(then) - end], keys[1][start : len(now) - end]
    if len(inner[0]) * len(inner[1]) > _MOST_COMPARED:
        yield from zip_longest(then[start : len(then) - end], now[start : len(now) - end])
    else:
        for _, a, b, c, d in SequenceMatcher(None, *inner, autojunk=False).get_opcodes():
            yield from zip_longest(then[start + a : start + b], now[start + c : start + d])
    yield from zip(then[len(then) - end :], now[len(now) - end :], strict=True)


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """Return how many items two sequences share at their start."""
    shared = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(shared) if a != b), min(len(one), len(other)))


def _change(then: Passage | None, now: Passage | None, place: str) -> Change:
    if then is None or now is None:
        one = then or now
        assert one is not None
        text = shortened(one.text or one.kind, 300)
        return Change(f"{one.kind} {place}", text if then else "", text if now else "")
    if then.kind != now.kind:
        return Change(f"{then.kind} {place}", *(f"{each.kind}: {shortened(each.text)}" for each in (then, now)))
    return Change(f"{then.kind} {place}", *_excerpts(then.text, now.text))


def _excerpts(then: str, now: str) -> tuple[str, str]:
    """Give the words about the difference of two texts, the same of both."""
    start = _common(then, now)
    end = min(_common(then[::-1], now[::-1]), min(len(then), len(now)) - start)
    return tuple(_window(text, start, len(text) - end) for text in (then, now))  # type: ignore[return-value]  # it is a pair


_CONTEXT = 60  # characters on each side of a difference


def _window(text: str, start: int, end: int) -> str:
    first = 0 if start < _CONTEXT else text.rfind(" ", 0, start - _CONTEXT // 2) + 1
    last = text.find(" ", end + _CONTEXT // 2)
    last = len(text) if last < 0 else last
    return ("… " if first else "") + shortened(text[first:last], 300) + (" …" if last < len(text) else "")


def shortened(text: str, most: int = 60) -> str:
    """Return the beginning of a text, with a mark if there was more."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _changed_pictures(then: View, now: View, figures: Sequence[str]) -> Iterator[Change]:
    """Yield the pictures whose files are not those that were drawn; a document may have lost its SVGs when it was saved."""
    called = [f"Figure {number} ({name})" for number, name in enumerate(figures, 1)]
    called += [f"picture {number}" for number in range(len(called) + 1, len(then.pictures) + 1)]  # of header and footer
    named = list(zip(called, then.pictures, strict=False))
    for was, is_ in _pairs(named, [("", each) for each in now.pictures], lambda each: each[1][0]):
        if was is None:
            yield Change("a picture", "", "a picture that was not generated")
        elif is_ is None:
            yield Change(was[0], "the figure", "")
        elif was[1][0] != is_[1][0]:
            yield Change(was[0], *(_file("PNG", each[1][0]) for each in (was, is_)))
        elif is_[1][1] not in (None, was[1][1]):
            yield Change(was[0], *(_file("SVG", each[1][1]) for each in (was, is_)))


def _file(form: str, sha256: str | None) -> str:
    return f"{form} with SHA-256 {(sha256 or '')[:16]}…"
