"""A figure as it travels from whoever draws it to the document."""

import hashlib
from dataclasses import dataclass

WIDTH_CM = 16.0
"""The width at which every figure is drawn and printed, so that a point in it is a point on the page."""


@dataclass(frozen=True)
class Picture:
    """A figure in both formats, and its alternative text."""

    png: bytes
    svg: bytes
    alt: str


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes, as a report carries it."""
    return hashlib.sha256(content).hexdigest()


def digest_of(picture: Picture) -> str:
    """Return the SHA-256 of both files of a figure and its alternative text."""
    return digest(b"\0".join([picture.alt.encode(), picture.png, picture.svg]))
