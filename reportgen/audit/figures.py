"""Figures that were drawn on two machines: whether they differ by more than what moved in them."""

import base64
import binascii
import re
from collections.abc import Iterable

TOLERANCE = 0.01
"""How far a number may move between machines, relative to the largest of its measurement.

Other instructions of the processor and another order of additions (TensorFlow held to SSE 4.1, or without oneDNN; NumPy's BLAS for another
processor) were seen to move none of the LSTMs' by more than 0.0034, but those that the study says are unsteady."""

PIXELS = 0.002
"""Of the range from black to white, how far a PNG may be from the one drawn here, on average over its pixels."""

POINTS = 0.5
"""How far a line of an SVG may lie from where it is drawn here, of some 450 that a picture is wide: 200 times what was seen."""

_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)")
_IMAGE = re.compile(r"base64,([A-Za-z0-9+/=\s]+)")
_COLOUR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\b")
# What Matplotlib names by a digest of its coordinates: markers, clip paths, hatches.
_NAME = re.compile(r"\b[a-z][0-9a-f]{9,}(?:_\d+_[0-9a-f]+)?\b")


def read_alike(then: str, now: str) -> bool:
    """Return whether two texts differ in nothing but numbers, and in those by little."""
    one, other = (_NUMBER.split(text.replace("\N{MINUS SIGN}", "-")) for text in (then, now))
    return one[::2] == other[::2] and all(
        abs(float(a) - float(b)) <= TOLERANCE * abs(float(a)) + _last_digit(a) for a, b in _unlike(one, other)
    )


def drawn_alike(then: tuple[bytes, bytes], now: tuple[bytes, bytes]) -> bool:
    """Return whether two figures, each as PNG and SVG, look alike."""
    from reportgen.drawing import difference  # noqa: PLC0415 - Matplotlib takes longer to import than an audit

    one, other = (svg.decode("utf-8", "replace") for _, svg in (then, now))
    return svg_drawn_alike(one, other) and difference(then[0], now[0]) <= PIXELS


def svg_drawn_alike(then: str, now: str) -> bool:
    """Return whether two SVGs look alike."""
    from reportgen.drawing import difference  # noqa: PLC0415 - as above

    (one, inside), (other, within) = _skeleton(then), _skeleton(now)
    return (
        one[::2] == other[::2]
        and len(inside) == len(within)
        and all(abs(float(a) - float(b)) <= POINTS for a, b in _unlike(one, other))
        and all(difference(*pair) <= PIXELS for pair in zip(inside, within, strict=True))
    )


def _skeleton(svg: str) -> tuple[list[str], list[bytes]]:
    """Return an SVG as what stands between its numbers, and these; and the pictures in it."""
    pictures = [_decoded(text) for text in _IMAGE.findall(svg)]
    names: dict[str, int] = {}
    svg = _NAME.sub(lambda name: f"name{names.setdefault(name[0], len(names))}", _IMAGE.sub("base64,", svg))
    svg = _COLOUR.sub(lambda colour: " ".join(str(int(part, 16)) for part in colour.groups()), svg)
    return _NUMBER.split(svg), pictures


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _unlike(one: list[str], other: list[str]) -> Iterable[tuple[str, str]]:
    return ((a, b) for a, b in zip(one[1::2], other[1::2], strict=True) if a != b)


def _last_digit(number: str) -> float:
    """Return what one more in a number's last digit is: to that much it may have been rounded the other way."""
    return 10.0 ** -len(number.partition(".")[2])
