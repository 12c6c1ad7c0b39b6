"""Numbers on the page: printed from measurements and settings by filters, and nowhere typed."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jinja2
from markdown_it.token import Token

from reportgen.evidence import Measurement, as_given, median, written
from reportgen.prose.numerals import numerals

_OVER_CASES: Mapping[Any, Callable[..., Any]] = {"median": median, "min": min, "max": max}
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_EXTREMES = {
    "max": re.compile(r"\b(?:at most|up to|to|most|maximum|worst|\w+est)\b", re.IGNORECASE),
    "min": re.compile(r"\b(?:at least|down to|from|least|minimum|\w+est)\b", re.IGNORECASE),
}


class Bound:
    """A measurement or a setting in a template: something to print, and nothing else."""

    __slots__ = ("measurement",)

    def __init__(self, measurement: Measurement) -> None:
        self.measurement = measurement

    def _refuse(self, *_: object) -> Any:
        raise jinja2.TemplateRuntimeError(
            f"{self.measurement.name} is a measurement: print it with the filter number, compare it in a claim"
        )

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __bool__ = __str__ = __html__ = __hash__ = _refuse


def setting(bound: Bound) -> str:
    """Return a setting as it was given, all of its digits; raises TemplateRuntimeError for a measurement."""
    if not bound.measurement.given:
        str(bound)  # says what to do with a measurement
    return as_given(bound.measurement.cases[0])


def number(bound: object, form: object = "", range_too: bool = False, of: object = "median", said: object = "") -> str:
    """Return a measurement in a format of Python's: its median over the cases, and the range behind it if it is asked for.

    `of` asks for the lowest or the highest instead, which is only printed in words: `said` is what goes before it, "at most". Raises
    TemplateRuntimeError where the filter `number` was used otherwise.
    """
    measurement = _measurement("number", bound)
    if measurement.given:
        raise jinja2.TemplateRuntimeError(
            f"{measurement.name} is a setting and printed as it was given: write {{{{ {measurement.name} }}}}, or the filter count"
        )
    if not isinstance(form, str) or not form or re.search(r"\d{3}", form):  # a width or a precision of hundreds
        raise jinja2.TemplateRuntimeError(f'{form!r} is no number format; write for example number(".1f")')
    if not measurement.is_scalar:
        raise jinja2.TemplateRuntimeError(f"{measurement.name} is a curve; only a figure can show it")
    if of not in _OVER_CASES:
        raise jinja2.TemplateRuntimeError(f"of={of!r} is none of {', '.join(_OVER_CASES)}")

    _require_no_number(said)

    def over_cases(part: object) -> str:
        return _format(float(_OVER_CASES[part](measurement.cases)), form, measurement.name)

    if of in _EXTREMES:
        if not isinstance(said, str) or not _EXTREMES[of].search(said):
            like = "at most" if of == "max" else "at least"
            raise jinja2.TemplateRuntimeError(
                f"{measurement.name}: a lone number is a median, and an extreme is said in words: write said={like!r}"
            )
        return f"{said} {over_cases(of)}"
    shown = over_cases("median")
    if not range_too or len(set(measurement.cases)) == 1:
        return shown
    return f"{shown} ({over_cases('min')} to {over_cases('max')})"


def count(bound: object, singular: object = "", plural: object = "", words: bool = False) -> str:
    """Return a whole number that is the same in every case with what it counts: "1 unit", "16 units"; in words up to twelve.

    Raises TemplateRuntimeError where the filter `count` was used otherwise.
    """
    measurement = _measurement("count", bound)
    value = measurement.cases[0]
    if not measurement.is_scalar or len(set(measurement.cases)) > 1 or value != int(value):
        raise jinja2.TemplateRuntimeError(f"{measurement.name} counts nothing; print it with the filter number")
    if not (isinstance(singular, str) and isinstance(plural, str) and singular):
        raise jinja2.TemplateRuntimeError('say what is counted; write for example count("unit")')
    _require_no_number(singular, plural)
    noun = singular if value == 1 else plural or f"{singular}s"
    return f"{_WORDS[int(value)] if words and 0 <= value < len(_WORDS) else as_given(value)} {noun}"


def called(bound: object, *names: object) -> str:
    """Return the last of the names whose limit a measurement reaches in every case; names and limits take turns: "low", 3, "high".

    Raises TemplateRuntimeError where the cases would be called differently, which is a claim, or the filter `called` was used otherwise.
    """
    measurement = _measurement("called", bound)
    words, limits = names[::2], [float(limit) for limit in names[1::2] if isinstance(limit, int | float)]
    if (
        not all(isinstance(word, str) and word for word in words)
        or len(words) != len(limits) + 1
        or limits != sorted(limits)
    ):
        raise jinja2.TemplateRuntimeError(
            'names and ascending limits take turns; write for example called("low", 3, "high")'
        )
    if not measurement.is_scalar:
        raise jinja2.TemplateRuntimeError(f"{measurement.name} is a curve; only a figure can show it")
    for word in words:
        said = [*re.findall(r"\d+(?:\.\d+)?", str(word)), *(each.value for each in numerals(str(word)))]
        if not {float(each) for each in said} <= set(limits):
            _require_no_number(word)
    ranges = {sum(float(value) >= limit for limit in limits) for value in measurement.cases}
    if len(ranges) > 1:
        raise jinja2.TemplateRuntimeError(
            f"{measurement.name} is called differently in different cases: say so in a claim"
        )
    return str(words[ranges.pop()])


def _measurement(name: str, bound: object) -> Measurement:
    if not isinstance(bound, Bound):
        raise jinja2.TemplateRuntimeError(f"the filter {name} takes a measurement, not {bound!r}")
    return bound.measurement


def _format(value: float, form: str, name: str) -> str:
    if form == "words":
        if value != int(value) or not 0 <= value < len(_WORDS):
            raise jinja2.TemplateRuntimeError(f"{name} is {value:g}, which is no number to spell out")
        return _WORDS[int(value)]
    try:
        text = written(value, form)
        if form.endswith("g") and "×" in text and 1 <= abs(value) < 1e6:
            text = written(float(format(value, form)), ".0f")  # 120, which "g" would write as 1.2 × 10²
    except ValueError:
        raise jinja2.TemplateRuntimeError(f'{form!r} is no number format; write for example number(".1f")') from None
    # What is not zero is not printed as zero, however few digits were asked for.
    return written(value, ".1g") if value != 0 and not re.search("[1-9]", text) else text


def bare_numbers(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Yield line and text of what has a number in literal text, or a decimal or a large integer in mathematics.

    Names (words that begin with a letter) may hold digits, and so may code and addresses; labels and citations are no text tokens.
    """
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type.startswith("math_block") and (position := _math_number(token.content)) is not None:
            yield line + token.content.count("\n", 0, position), token.content[position:].partition("\n")[0]
        inline, is_address = line, False
        for child in descend(token.children or []):
            if child.type in ("softbreak", "hardbreak"):
                inline += 1
            if not is_address and _SEARCHES.get(child.type, _nothing)(child.content) is not None:
                yield inline, child.content
            is_address = child.type == "link_open" and child.markup == "autolink"


def mathematics(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens that are formulas."""
    for token in tokens:
        yield from (part for part in (token, *descend(token.children or [])) if part.type.startswith("math"))


def descend(tokens: list[Token]) -> Iterator[Token]:
    """Yield inline tokens, and those in the captions of pictures."""
    for token in tokens:
        yield token
        if token.type == "image":
            yield from descend(token.children or [])


def _nothing(_: str) -> None:
    return None


_ADDRESS = re.compile(r"\bhttps?://\S+")


def _number(text: str) -> int | None:
    """Return where the first number stands: a word that begins with a digit, of whatever script, outside of addresses."""
    text = _ADDRESS.sub(lambda match: " " * len(match[0]), text)
    return next((word.start() for word in re.finditer(r"\w+", text) if word[0][0].isnumeric()), None)


def _number_as_code(code: str) -> int | None:
    """Return where the first number stands in code that is nothing but numbers: "5 of 7", and no 127.0.0.1 or x1."""
    bare = re.sub(r"\b(?:of|in|to|and)\b", "", code)
    is_code = any(sign.isalpha() for sign in bare) or re.search(r"\d[.:/]\d+[.:/]\d", bare)
    return None if is_code else _number(code)


def _math_number(latex: str) -> int | None:
    """Return where the first decimal or integer of more than one digit stands, with TeX's braced separators."""
    match = re.search(r"\d(?:[\d.,]|\{[.,]\})*\d|\d\.|\.\d", latex)
    return match.start() if match else None


_SEARCHES: Mapping[str, Callable[[str], int | None]] = {
    "text": _number, "code_inline": _number_as_code, "math_inline": _math_number,
}  # fmt: skip


def _require_no_number(*texts: object) -> None:
    """Raise TemplateRuntimeError where the words of a filter hold a number of their own."""
    for text in texts:
        if isinstance(text, str) and (_number(text) is not None or any(numerals(text))):
            raise jinja2.TemplateRuntimeError(
                f"the words {text!r} of a filter hold a bare number, which no measurement gave"
            )
