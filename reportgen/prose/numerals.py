"""Numbers in words: a typed "seven networks" or "a third of them" is as much a number as a typed digit.

What is a number in English: cardinals, shares, multiples. What is none: ordinals ("the third gate", a second), "both", "once", "half" as
one of two parts ("the first half"), and "one", which is a pronoun or an article more often than not, unless it counts cases.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from reportgen.claims.language import Test

Kind = Literal["cases", "share", "other"]
"""A count of the cases that findings are counted over; a share or a part of something; any other number."""


@dataclass(frozen=True)
class Numeral:
    """A number in words: where it begins in its text, as it stands there, what it is worth, and its kind."""

    start: int
    words: str
    value: float
    kind: Kind


_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GREAT = {"dozen": 12, "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_ORDINALS = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_PARTS = {
    **{word: 1 / n for n, word in enumerate(_ORDINALS, 3)},
    "quarter": 0.25,
    "hundredth": 0.01,
    "thousandth": 0.001,
}
_MULTIPLES = {"twice": 2.0, "thrice": 3.0, "doubl": 2.0, "trebl": 3.0, "tripl": 3.0, "quadrupl": 4.0, "halv": 0.5}
_VALUES = {
    **{word: float(n) for n, word in enumerate(_SMALL)},
    **{word: 10.0 * n for n, word in enumerate(_TENS, 2)},
    **_GREAT,
}

_GAP = r"(?:[ \t]*\n[ \t]*|[ \t]+)"
_ONES = "|".join(_SMALL)
_BELOW_HUNDRED = rf"(?:(?:{'|'.join(_TENS)})(?:(?:-|{_GAP})(?:{'|'.join(_SMALL[1:10])})\b)?|{_ONES})\b"
_HUNDREDS = rf"(?:{'|'.join(_GREAT)})s?\b"
_CARDINAL = rf"(?:{_BELOW_HUNDRED}|{_HUNDREDS})(?:(?:-|{_GAP}){_HUNDREDS}(?:{_GAP}(?:and{_GAP})?{_BELOW_HUNDRED})?)*"
_PART = rf"(?:{'|'.join(_PARTS)})"
_AFTER_PART = rf"(?={_GAP}(?:of|less|more|fewer|lower|higher|as|the)\b|[ \t]*(?:[.,;:)!?]|\n\n|\Z))"
_NUMERAL = re.compile(
    rf"""(?<![\w-])(?:
    (?P<parts>(?:{_CARDINAL}(?:-|{_GAP}))?(?:{"|".join(f"{part}s" for part in _PARTS)})\b)
    |(?P<part>(?:one(?:-|{_GAP})(?:{_PART}|half)\b|an?{_GAP}{_PART}\b{_AFTER_PART}|(?<!rst\ )(?<!ond\ )(?<!ird\ )(?<!ast\ )quarter\b))
    |(?P<half>(?<!first\ )(?<!second\ )(?<!other\ )(?<!latter\ )(?<!upper\ )(?<!lower\ )(?:half|halves)\b(?!-))
    |(?P<multiple>(?:twice|thrice)\b|double(?={_GAP}(?:the|that|what|of)\b)|(?:doubl|trebl|tripl|quadrupl|halv)(?:es|ed|ing)\b
        |(?:{_ONES})fold\b)
    |(?P<cardinal>{_CARDINAL}(?!-(?:first|second|{"|".join(_ORDINALS)})\b))
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_BETWEEN = "of|in|and|or|to|for|from|with|by|at|on|is|are|was|were|has|have|had|that|which|than|as|do|does|did|per|between|among"


def numerals(text: str, case: tuple[str, str] = ("", "")) -> Iterator[Numeral]:
    """Yield the numbers in words of a text, where findings are counted over a `case`, singular and plural, if that is known."""
    for match in _NUMERAL.finditer(text):
        words, kind = match[0], str(match.lastgroup)
        value = _value(words.lower(), kind)
        counted = _counts(value == 1 and kind == "cardinal", case).match(text, match.end())
        if kind == "cardinal" and value == 1 and not counted and not _ONE_IN.match(text, match.end()):
            continue
        share = kind in ("parts", "part") or (kind == "half" and not _HALF_A.match(text, match.end()))
        share = share or (kind == "cardinal" and _PARTITIVE.match(text, match.end()) is not None)
        yield Numeral(
            match.start(), " ".join(words.split()), value, "cases" if counted else "share" if share else "other"
        )


_ONE_IN = re.compile(rf"{_GAP}(?:in|out{_GAP}of){_GAP}(?:every{_GAP})?(?:{_CARDINAL})", re.IGNORECASE)
_PARTITIVE = re.compile(
    rf"{_GAP}(?:of\b|out{_GAP}of\b|in{_GAP}(?:every{_GAP})?(?:{_CARDINAL})|per{_GAP}?cent\b|percent\b)", re.IGNORECASE
)
_HALF_A = re.compile(rf"{_GAP}an?\b", re.IGNORECASE)


@lru_cache
def _counts(one: bool, case: tuple[str, str]) -> re.Pattern[str]:
    """Return what follows a number that counts cases: "seven trained networks", "half of all networks", but not "two sizes of network"."""
    if not all(case):
        return re.compile(r"(?!)")
    singular, plural = map(re.escape, case)
    between = rf"(?:{_GAP}(?!(?:{_NOT_BETWEEN})\b)[\w'’-]+){{0,3}}?{_GAP}"
    of = rf"(?:{_GAP}(?:out{_GAP})?of)?"
    if not one:
        return re.compile(rf"{of}{between}{plural}\b", re.IGNORECASE)
    other = rf"(?!{_GAP}(?:to|after|or|and){_GAP}(?:an?|the){_GAP}?(?:other|next)\b)"
    return re.compile(rf"(?:{between}{singular}\b{other}|{_GAP}(?:out{_GAP})?of{between}{plural}\b)", re.IGNORECASE)


def _value(words: str, kind: str) -> float:
    every = re.findall(r"[a-z]+", words)
    if kind == "half":
        return 0.5
    if kind == "multiple":
        stem = re.sub(r"(?:es|ed|ing|e)\Z", "", words) if words not in _MULTIPLES else words
        return _MULTIPLES[stem] if stem in _MULTIPLES else _VALUES[words.removesuffix("fold")]
    if kind in ("part", "parts"):
        *count, part = every
        size = 0.5 if part == "half" else _PARTS[part if kind == "part" else part.removesuffix("s")]
        return _cardinal([word for word in count if word in _VALUES] or ["one"]) * size
    return _cardinal(every)


def _cardinal(words: Iterable[str]) -> float:
    whole = part = 0.0
    for word in words:
        value = _VALUES.get(word, _VALUES.get(word.removesuffix("s")))
        if value is None:  # "and"
            continue
        if word.removesuffix("s") in _GREAT:
            part = (part or 1) * value
            if value >= 1000:
                whole, part = whole + part, 0.0
        else:
            part += value
    return whole + part


# What is no prose, and may hold any number: code, addresses, citations, labels. Signs of emphasis are taken out before.
_NOT_READ = re.compile(
    r"^(?P<fence>[ ]{0,3}(?:```+|~~~+))[^\n]*\n.*?(?:^[ ]{0,3}(?:```|~~~)|\Z)"
    r"|`(?=[^`\n]*[^`\s\w][^`\n]*`|[^`\n]*\d[^`\n]*`)[^`\n]*`"
    r"|\]\([^()\n]*\)|<?https?://[^\s>]+|\[@[^\]\n]*\]|@[a-z]+:[\w-]+|^\{\.[^}\n]*\}",
    re.DOTALL | re.MULTILINE,
)
_EMPHASIS = str.maketrans("", "", "*_\\")
_BLANK = re.compile(r"\n[ \t]*\n")
_REASON = re.compile(r"-?\s*(?:definition|citation|quotation):\s*\S")
_OPENS, _TAG = ("claim", "identity", "case"), "\uf8f1"


@dataclass
class _Region:
    """What stands in one branch of a claim."""

    name: str
    branch: int
    start: int
    end: int = 0
    reasoned: bool = False


def typed_numerals(
    lexed: Iterable[tuple[int, str, str]],
    case: tuple[str, str],
    tests: Callable[[str], Collection[Test]],
    given: Callable[[str], float | None],
) -> Iterator[tuple[int, Numeral, bool]]:
    """Yield line and number of what nobody measured or gave a reason for, and whether it stands in a claim.

    `lexed` is a template as Jinja's lexer has it; `tests` gives those of a claim by its name, `given` the value of a setting or choice.
    A number may stand in a claim whose test names its value, as a constant or a setting: "less than half" beside `< choice.half`.
    Elsewhere, and in a claim, the reason of a definition, a citation or a quotation in its paragraph or claim covers it; but for
    no count of cases, and no share.
    """
    text, regions, reasons = _read(lexed)
    prose = _NOT_READ.sub(lambda match: re.sub(r"[^\n]", _TAG, match[0]), text)
    outside = list(prose)
    for claimed in regions:  # a claim with blank lines in it is one paragraph with what stands around it
        outside[claimed.start : claimed.end] = _TAG * (claimed.end - claimed.start)
    ends = [match.end() for match in _BLANK.finditer("".join(outside))]
    reasoned = {bisect_right(ends, reason) for reason in reasons}
    for found in numerals(prose, case):
        position = bisect_right(regions, found.start, key=lambda each: each.start) - 1
        region = regions[position] if position >= 0 and found.start < regions[position].end else None
        if region is None:
            covered = found.kind == "other" and bisect_right(ends, found.start) in reasoned
        else:
            branches = list(tests(region.name))
            test = branches[region.branch] if region.branch < len(branches) else None
            named = test is not None and found.kind != "cases" and _names(test, found, given)
            covered = named or (found.kind == "other" and region.reasoned)
        if not covered:
            yield text.count("\n", 0, found.start) + 1, found, region is not None


def _names(test: Test, found: Numeral, given: Callable[[str], float | None]) -> bool:
    """Return whether a test compares with a number, as it is, as so many per cent, or as the factor that a share or a multiple is."""
    values = [*test.constants, *(value for name in test.names if (value := given(name)) is not None)]
    alike = {each for value in values for each in (value, value / 100, 1 / value if value else value)}
    return any(abs(found.value - abs(each)) < 1e-9 for each in alike)


def _read(lexed: Iterable[tuple[int, str, str]]) -> tuple[str, list[_Region], list[int]]:
    """Return a template's literal text, line for line, the regions of its claims, and where reasons stand outside of them."""
    parts, length, at = [""], 0, 1
    regions: list[_Region] = []
    opened: list[_Region] = []
    reasons: list[int] = []
    tag: list[str] | None = None

    def add(part: str) -> None:
        nonlocal length
        parts.append(part)
        length += len(part)

    for line, kind, part in lexed:
        if line > at and kind != "comment_end":
            add("\n" * (line - at))
            at = line
        if kind == "data":
            add(part.translate(_EMPHASIS))
            at += part.count("\n")
        elif kind == "variable_begin":
            add("\uf8f0")
        elif kind == "block_begin":
            add(_TAG)
            tag = []
        elif kind == "name" and tag is not None:
            tag.append(part)
        elif kind == "block_end" and tag:
            _open_or_close(tag, length, opened, regions)
            tag = None
        elif kind == "comment_begin" and not parts[-1].rpartition("\n")[2].strip():
            add(_TAG)
        elif kind == "comment" and _REASON.match(part):
            if opened:
                opened[-1].reasoned = True
            else:
                reasons.append(length)
    return "".join(parts), regions, reasons


def _open_or_close(tag: list[str], position: int, opened: list[_Region], regions: list[_Region]) -> None:
    if tag[0] in _OPENS and len(tag) > 1:
        name = tag[2] if tag[0] == "case" and len(tag) > 2 else tag[1]
        regions.append(_Region(name, 0, position))
        opened[:] = [regions[-1]]
    elif opened and (tag[0] == "otherwise" or tag[0] in {f"end{each}" for each in _OPENS}):
        last = opened.pop()
        last.end = position
        if tag[0] == "otherwise":
            regions.append(_Region(last.name, last.branch + 1, position, reasoned=last.reasoned))
            opened.append(regions[-1])
