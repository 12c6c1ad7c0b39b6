"""What is drawn of a table, and that the words beside it say the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.container import BarContainer

from reportgen.drawing import Drawing, png_and_svg
from reportgen.table import STUDY
from tests.table import DESCRIBED, PAIRED, PULSE, WORLDS, read
from tests.table.test_evidence import CURVES, HEAT


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def drawn(content: str, figure: dict[str, Any], **settings: Any) -> Drawing:
    table = read(content, figure={"it": figure}, **settings)
    return STUDY.draw("it", table, STUDY.measure(table))


def test_dots_are_the_cases_and_the_line_their_median() -> None:
    drawing = drawn(PULSE, {"draws": "dots", "of": ["rest", "stairs"]})
    axes: Any = drawing.figure.axes[0]
    dots, medians = axes.lines[::2], axes.lines[1::2]
    assert [sorted(line.get_ydata()) for line in dots] == [[58, 62, 71], [97.5, 104, 118]]
    assert [set(line.get_ydata()) for line in medians] == [{62}, {104}]
    assert axes.get_ylabel() == "beats per minute"
    assert drawing.alt == (
        "Dots, one for each of 3 patients, and a line at the median: the pulse at rest, 62 (58 to 71) beats per minute; "
        "the pulse on the stairs, 104 (97.5 to 118) beats per minute."
    )


def test_equal_dots_lie_side_by_side() -> None:
    drawing = drawn(
        "patient,rest\nA,60\nB,60\nC,60\n", {"draws": "dots", "of": "rest"}, measurement={"rest": DESCRIBED["rest"]}
    )
    places = drawing.figure.axes[0].lines[0].get_xdata()
    assert len(set(np.round(np.asarray(places, dtype=float), 6))) == 3


def test_bars_are_named_by_case_and_world() -> None:
    drawing = drawn(PAIRED, {"draws": "bars", "of": "rest"}, measurement={"rest": DESCRIBED["rest"]}, **WORLDS)
    axes: Any = drawing.figure.axes[0]
    bars = [each for each in axes.containers if isinstance(each, BarContainer)]
    assert [[bar.get_height() for bar in each] for each in bars] == [[50, 73], [62, 71]]
    assert [each.get_text() for each in axes.get_xticklabels()] == ["A", "B"]
    assert drawing.alt == (
        "Bars for each of 2 patients: the pulse at rest, in beats per minute: A 50, B 73; "
        "the pulse at rest without the drug, in beats per minute: A 62, B 71."
    )


def test_a_line_is_the_median_in_its_range() -> None:
    Path("heat.csv").write_text(CURVES, encoding="utf-8")
    figure = {"draws": "line", "of": "heat"}
    described = {**DESCRIBED, "heat": HEAT | {"axis": "time (h)"}}
    drawing = drawn(PULSE, figure, curves="heat.csv", measurement=described)
    axes: Any = drawing.figure.axes[0]
    (line,) = axes.lines
    assert list(line.get_ydata()) == [36.6, 37]
    (band,) = (each for each in axes.collections if isinstance(each, FillBetweenPolyCollection))
    corners: Any = band.get_paths()[0].vertices
    assert {tuple(corner) for corner in np.round(corners, 6)} == {
        (0, 36.5),
        (1, 36.7),
        (1, 38),
        (0, 36.9),
    }
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (h)", "the temperature (°C)")
    assert drawing.alt == (
        "Lines over time (h), the median of 3 patients and a band from the lowest to the highest: the temperature, "
        "36.6 (36.5 to 36.9) °C at 0 and 37 (36.7 to 38) °C at 1."
    )


@pytest.mark.parametrize("draws", ["dots", "bars", "line"])
def test_long_words_stay_within_the_figure(draws: str) -> None:
    long = "the height of the cutting above the soil of its pot, six weeks after planting"
    Path("heat.csv").write_text(
        "patient,group,hour,heat\n"
        + "".join(f"{who},{group},{hour},36.5\n" for who in "AB" for group in ("drug", "control") for hour in (0, 1)),
        encoding="utf-8",
    )
    described = {"rest": DESCRIBED["rest"] | {"label": long}, "heat": HEAT | {"label": long}}
    figure = {"draws": draws, "of": "heat" if draws == "line" else "rest"}
    drawing = drawn(PAIRED, figure, measurement=described, curves="heat.csv", **WORLDS)
    canvas = FigureCanvasAgg(drawing.figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # Matplotlib has no types here
    whole, renderer = drawing.figure.bbox, canvas.get_renderer()  # type: ignore[no-untyped-call]  # as above
    (axes,) = drawing.figure.axes
    words = [
        axes.yaxis.label,
        *(axes.get_xticklabels() if draws != "line" else []),
        *([legend] if (legend := axes.get_legend()) else []),
    ]
    for each in words:
        box = each.get_window_extent(renderer)
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1, each
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1, each
    assert axes.bbox.width > 0.6 * whole.width


def test_a_users_text_is_no_formula() -> None:
    described = {"rest": {"label": "the $price$ of \\frac", "method": "asked", "unit": "$"}}
    drawing = drawn("patient,rest\nA$_$,1\n", {"draws": "bars", "of": "rest"}, measurement=described)
    png, svg = png_and_svg(drawing)
    assert png.startswith(b"\x89PNG")
    assert b"<svg" in svg
    assert drawing.figure.axes[0].get_ylabel() == r"the \$price\$ of \frac (\$)"
