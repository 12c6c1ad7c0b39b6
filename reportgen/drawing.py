"""How every figure looks, whatever it shows, and how it becomes a PNG and an SVG."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from matplotlib.typing import ColorType

from reportgen.evidence import Evidence, Floats, power_of_ten
from reportgen.picture import WIDTH_CM

GREY, FAINT = "#747474", "#C4C4C4"

LINE, THIN = 1.6, 0.6
"""Widths in points of a median or single curve, and of one case among several."""

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.labelsize": 8.0,
    "axes.labelpad": 2.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "legend.fontsize": 8.0,
    "lines.linewidth": LINE,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    # Word has no DejaVu Sans on most machines and would set text in another width, over the lines; outlines stay where they are.
    "svg.fonttype": "path",
    "svg.hashsalt": "reportgen",
}


@dataclass(frozen=True)
class Drawing:
    """A figure and what it shows, in words for those who cannot see it."""

    figure: Figure
    alt: str


Plot: TypeAlias = Callable[[Any, Evidence], Drawing]


def drawing(height_cm: float) -> Callable[[Callable[[Figure, Any, Evidence], str]], Plot]:
    """Make a `Plot` of a function that draws on the figure it is given and returns the alternative text."""

    def decorate(draw: Callable[[Figure, Any, Evidence], str]) -> Plot:
        @wraps(draw)
        def plot(run: Any, evidence: Evidence) -> Drawing:
            with _style():
                figure = Figure(figsize=(WIDTH_CM / 2.54, height_cm / 2.54))
                figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.04)
                alt = draw(figure, run, evidence)
                for text in figure.findobj(Text):
                    text.set_color(legible(text.get_color()))
                # Laid out once: the solver starts from where it stopped, and a second drawing would move by a hair.
                figure.draw_without_rendering()
                figure.set_layout_engine("none")
            return Drawing(figure, alt)

        return plot

    return decorate


def legible(colour: ColorType) -> str:
    """Return a colour as it is, or darkened as far as letters on white need it: 4.5 to 1 (WCAG 2.2, success criterion 1.4.3)."""
    channels = np.array(to_rgb(colour))
    while (
        1.05 / (_luminance(channels) + 0.05) < 4.6
    ):  # a little more, since a colour is rounded when it is written down
        channels *= 0.97
    return str(to_hex((channels[0], channels[1], channels[2])))


def _luminance(channels: Floats) -> float:
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@contextmanager
def _style() -> Iterator[None]:
    """Set the style, whatever the user's own matplotlibrc says, and put theirs back."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def png_and_svg(drawing: Drawing) -> tuple[bytes, bytes]:
    """Return the figure as PNG at 300 dpi and as SVG, the same bytes every time and without date or version."""
    png, svg = io.BytesIO(), io.BytesIO()
    with _style():
        drawing.figure.savefig(png, format="png", dpi=300, metadata={"Software": None})
        # The map in the SVG is made of pixels, 300 to an inch too.
        drawing.figure.savefig(svg, format="svg", dpi=300, metadata={"Date": None, "Creator": None})
    return png.getvalue(), svg.getvalue()


def number(value: float | np.floating, digits: int = 2) -> str:
    """Return a number to so many significant digits as it is read: 0.0012, 3100, 6.1 × 10⁻⁸, 10⁻⁵."""
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0 or 1e-3 <= abs(rounded) < 1e5:
        return f"{rounded:.10g}".replace("-", "−")
    mantissa, exponent = f"{rounded:e}".split("e")
    power = power_of_ten(int(exponent))
    factor = f"{float(mantissa):g}".replace("-", "−")
    return power if factor == "1" else f"{factor} × {power}"


def extent(values: Floats) -> str:
    """Return "lowest to highest"."""
    return f"{number(np.min(values))} to {number(np.max(values))}"


def spread_over(values: Floats, digits: int = 2) -> str:
    """Return "median (lowest to highest)" of one value per case, or the value if there is one case."""
    median = number(np.median(values), digits)
    if len(values) == 1:
        return median
    return f"{median} ({number(np.min(values), digits)} to {number(np.max(values), digits)})"


def plot_cases(axes: Axes, x: Floats, curves: Floats, colour: str, style: str = "-") -> None:
    """Draw curves: (N, len(x)), one thin line a case and their median thick."""
    if len(curves) > 1:
        for curve in curves:
            axes.plot(x, curve, style, color=colour, linewidth=THIN, alpha=0.4)
    axes.plot(x, np.median(curves, axis=0), style, color=colour)


def plot_range(axes: Axes, x: Floats, curves: Floats, colour: str, style: str = "-") -> Line2D:
    """Draw curves: (N, len(x)) as a light band from lowest to highest and their median, and return the median."""
    axes.fill_between(x, curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.13, linewidth=0)
    (median,) = axes.plot(x, np.median(curves, axis=0), linestyle=style, color=colour)
    return median


def label_right(axes: Axes, labels: Iterable[tuple[float, str, str]], gap: float) -> None:
    """Write labels (y, text, colour) in the right margin, where no line runs, at their y or `gap` of the axes' height apart.

    To be called when the limits of the axes are final.
    """
    transform = axes.transScale + axes.transLimits
    entries = sorted(
        (float(np.clip(transform.transform((1.0, y))[1], 0, 1)), text, colour) for y, text, colour in labels
    )
    places = spaced([y for y, _, _ in entries], gap)
    for (y, text, colour), place in zip(entries, places, strict=True):
        axes.annotate(
            text,
            xy=(1, y),
            xytext=(1.05, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            color=colour,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 2},
        )


def spaced(places: Sequence[float], gap: float) -> list[float]:
    """Return ascending places moved apart to at least `gap`, none so high that half a label stands above 1."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    limit = 1 - gap / 2
    for k in reversed(range(len(moved))):
        moved[k] = min(moved[k], limit)
        limit = moved[k] - gap
    return moved


def title(axes: Axes, text: str, rows: int = 0, note: str = "") -> None:
    """Write a panel's title, and in so many rows between it and the axes a note, or a key to the labelled lines."""
    axes.set_title(text, pad=5.0 + 12.0 * rows)
    if note:
        # Out of the layout, as a title is: a long note must not make its panel wide. The title's pad keeps its height free.
        written = axes.annotate(note, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", color=GREY)
        written.set_in_layout(False)
    elif handles := axes.get_legend_handles_labels()[0]:
        axes.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=-(-len(handles) // rows),
            frameon=False,
            borderaxespad=0,
            borderpad=0.2,
            handlelength=1.6,
            handletextpad=0.5,
            columnspacing=1.2,
            labelspacing=0.2,
        )


def log_axis(axes: Axes, which: str, lowest: float, highest: float) -> None:
    """Make an axis logarithmic between two limits, labelled at full text size: the −3 in matplotlib's own 10⁻³ is too small."""
    axes.set(**{f"{which}scale": "log", f"{which}lim": (lowest, highest)})
    axis = axes.xaxis if which == "x" else axes.yaxis
    few = np.log10(highest / lowest) < 2.5
    axis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if few else (1,), numticks=9))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(NullLocator())


def difference(one: bytes, other: bytes) -> float:
    """Return how far two PNGs are apart, on average over their pixels, of the range from black to white; 1 where the sizes differ."""
    if one == other:
        return 0.0
    if (
        one[:8] != other[:8] or one[16:24] != other[16:24]
    ):  # the signature, and width and height: a large one is not unpacked
        return 1.0
    try:
        pixels = [imread(io.BytesIO(png), format="png") for png in (one, other)]
    except (OSError, ValueError, SyntaxError):  # what is raised for a damaged one
        return 1.0
    return float(np.abs(pixels[0] - pixels[1]).mean()) if pixels[0].shape == pixels[1].shape else 1.0
