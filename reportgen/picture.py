"""A figure as it travels from whoever draws it to the document."""

import hashlib
from dataclasses import dataclass

WIDTH_CM = 16.0
"""The width at which every figure is drawn and printed, so that a point in it is a point on the page."""


HEIGHT_CM = 20.0
"""The greatest height at which one is printed, so that its caption finds room below it."""

COARSEST = 96
"""Pixels to an inch: a picture of fewer is printed smaller."""


@dataclass(frozen=True)
class Picture:
    """A figure in both formats, and its alternative text; one of the author's own may have no SVG."""

    png: bytes
    svg: bytes
    alt: str

    @property
    def width_cm(self) -> float:
        """How wide it is printed: as wide as a figure, unless it would be too high, or its pixels too large."""
        width, height = (int.from_bytes(self.png[at : at + 4]) for at in (16, 20))  # of its header (PNG, 11.2.1)
        return min(WIDTH_CM, HEIGHT_CM * width / max(height, 1), 2.54 * width / COARSEST)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes, as a report carries it."""
    return hashlib.sha256(content).hexdigest()


def digest_of(picture: Picture) -> str:
    """Return the SHA-256 of both files of a figure and its alternative text."""
    return digest(b"\0".join([picture.alt.encode(), picture.png, picture.svg]))
