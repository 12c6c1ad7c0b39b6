"""A figure as it travels from whoever draws it to the document."""

from dataclasses import dataclass

WIDTH_CM = 16.0
"""The width at which every figure is drawn and printed, so that a point in it is a point on the page."""


@dataclass(frozen=True)
class Picture:
    """A figure in both formats, and its alternative text."""

    png: bytes
    svg: bytes
    alt: str
