from functools import cache
from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import rgb_to_hsv, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text

from reportgen.drawing import Drawing, number, png_and_svg, spaced
from reportgen.evidence import Evidence, Floats, Measured, gather
from reportgen.lstm.evidence import CASE, example, measure
from reportgen.lstm.evidence.example import extremes, median_probe, typical_unit
from reportgen.lstm.interventions import forward
from reportgen.lstm.plots import PLOTS
from reportgen.lstm.plots.flow import content_by_age
from reportgen.lstm.plots.snapshot import by_phase, principal_components
from reportgen.lstm.plots.style import COLOURS
from reportgen.lstm.run import (
    GATES,
    WORLDS,
    Lessons,
    Means,
    Network,
    PlainWeights,
    Recall,
    Run,
    State,
    TrainedHeld,
    Weights,
)
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import AMPLITUDES, heard, probe_sequences, recall_probes

SHAPES = ((1, 1), (3, 8), (2, 48))
"""Networks and units."""


def random_weights(rng: np.random.Generator, units: int) -> Weights:
    shapes = ((1, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,))
    return Weights(*(rng.normal(0, 0.6, shape).astype(np.float32) for shape in shapes))


def random_plain(rng: np.random.Generator, units: int) -> PlainWeights:
    shapes = ((1, units), (units, units), (units,), (units, 1), (1,))
    return PlainWeights(*(rng.normal(0, 0.4, shape).astype(np.float32) for shape in shapes))


def random_state(rng: np.random.Generator, x: Floats, units: int) -> State:
    weights = random_weights(rng, units)
    trace, lags = forward(weights, x), min(41, x.shape[1] // 2 + 1)
    decay = 0.9 ** np.arange(lags)[:, None, None, None]
    return State(weights, trace, decay * rng.uniform(0, 1, (lags, 4, units, units)))


def random_network(rng: np.random.Generator, experiment: Experiment, x: Floats) -> Network:
    tested, units = len(x) // 4, experiment.units
    untrained, trained, chrono = (random_state(rng, x, units) for _ in range(3))
    answers = (rng.uniform(0, 1, (tested, x.shape[1] - experiment.warm_up)) for _ in range(4))
    return Network(
        untrained,
        trained,
        chrono,
        means=Means(*(rng.uniform(0, 1, units) for _ in range(4))),
        held=TrainedHeld(*(random_weights(rng, units) for _ in range(4))),
        reseeded=random_weights(rng, units),
        plain=random_plain(rng, units + 1),
        recall=Recall(random_weights(rng, units), random_weights(rng, units), random_plain(rng, units + 1)),
        loss=np.ones(1),
        chrono_loss=np.ones(1),
        lifted=np.stack([getattr(trained.trace, gate)[:4] for gate in GATES]),
        gradient=random_weights(rng, units),
        resumed=trained.trace.y[:, experiment.warm_up :].copy(),
        lessons=Lessons(*answers),
    )


@cache
def random_run(networks: int, units: int) -> Run:
    # Long periods without noise in one, the shortest sequence in the others.
    long: dict[str, Any] = {"timesteps": 100, "period_min": 25.0, "period_max": 80.0, "noise": 0.0}
    experiment = Experiment(
        **{"networks": networks, "units": units, "sequences": 32, "timesteps": 60} | (long if networks == 3 else {})
    )
    rng, probes = np.random.default_rng([networks, units]), probe_sequences(experiment)
    return Run(experiment, probes, tuple(random_network(rng, experiment, probes.x) for _ in range(networks)), b"")


MEMORY = ("flow.direct", "flow.detour", "flow.full", "untrained.flow.full", "chrono.flow.full", "plain.derivative")
MISSED = [f"{world}snapshot.{label}_unexplained" for label in ("phase", "frequency") for world in ("untrained.", "")]
COSTS = ("unlearned_{}", "cost_{}_mean", "retrained_{}")


@cache
def random_evidence(networks: int, units: int, seed: int = 0) -> Evidence:
    """Every measurement that a figure draws, with values that no network gave."""
    run, rng = random_run(networks, units), np.random.default_rng([seed, 7])
    timesteps, warm_up = run.experiment.timesteps, run.experiment.warm_up
    lags = np.arange(min(41, timesteps - warm_up + 1))
    curves = {"task.free_run_errors": ("horizon", np.arange(1, timesteps - warm_up + 1))}
    curves |= dict.fromkeys(MEMORY, ("lag", lags))
    scalars = ["task.error_persistence", "task.error_window", "flow.overtaken", "flow.leak", "flow.inflow"]
    scalars += [f"recall.{name}" for name in ("r2_default", "r2_chrono", "c_decides_chrono", "h_decides_chrono")]
    scalars += MISSED
    scalars += [f"snapshot.transplant_error_{whose}" for whose in ("donor", "host")]
    scalars += ["gates.reseeded", *(f"gates.{name.format(gate)}" for gate in GATES for name in COSTS)]
    given = {"flow.lag": 20.0, "recall.noise": 60.0}

    def measured() -> list[Measured]:
        curved = [
            Measured(name, 10 ** rng.uniform(-3, 0, len(x)), "", "", "", {axis: x})
            for name, (axis, x) in curves.items()
        ]
        scattered = (Measured(name, 10 ** rng.uniform(-1, 3), "", "", "") for name in scalars)
        return [*curved, *scattered, *(Measured(name, value, "", "", "", given=True) for name, value in given.items())]

    return gather(CASE, WORLDS, (iter(measured()) for _ in range(networks)))


@cache
def drawn(name: str, networks: int, units: int) -> Drawing:
    return PLOTS[name](random_run(networks, units), random_evidence(networks, units))


def lines(axes: Axes) -> list[Line2D]:
    return [line for line in axes.lines if line.get_transform() == axes.transData]


def holds(axes: Axes, y: Floats) -> bool:
    """Whether some line of the axes has these values, exactly."""
    return any(np.array_equal(y_of(line), y) for line in axes.lines)


def panel(figure: Figure, ylabel: str) -> Axes:
    (found,) = [axes for axes in figure.axes if axes.get_ylabel() == ylabel]
    return found


def x_of(line: Line2D) -> Floats:
    return np.asarray(line.get_xdata(), np.float64)


def y_of(line: Line2D) -> Floats:
    return np.asarray(line.get_ydata(), np.float64)


def colour_of(line: Line2D) -> str:
    return to_hex(line.get_color()).upper()


every_figure = pytest.mark.parametrize(
    ("name", "networks", "units"), [(name, *shape) for name in PLOTS for shape in SHAPES]
)


def written(figure: Figure) -> list[Text]:
    """Texts on the page: of a tick outside the limits matplotlib keeps the label, and does not draw it."""
    hidden = set()
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        for axis, (lowest, highest) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                inside = min(lowest, highest) <= tick.get_loc() <= max(lowest, highest)
                if not inside or not axes.axison:
                    hidden |= {tick.label1, tick.label2}
            if not axes.axison:
                hidden.add(axis.label)
    return [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_text().strip() and text.get_visible() and text not in hidden
    ]


@every_figure
def test_the_page_is_legible(name: str, networks: int, units: int) -> None:
    figure = drawn(name, networks, units).figure
    width, height = figure.get_size_inches() * 2.54
    assert width == pytest.approx(16)
    assert 5.5 <= height <= 10
    texts = written(figure)
    assert min(float(text.get_fontsize()) for text in texts) >= 8
    assert not any("$" in text.get_text() for text in texts)  # indices in mathematics are set at 70%
    boxes = {text: Text.get_window_extent(text) for text in texts}  # an annotation's own would hold its arrow
    for text, box in boxes.items():
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1
        assert inside, text.get_text()
    for (one, box), (other, second) in combinations(boxes.items(), 2):
        across = min(box.x1, second.x1) - max(box.x0, second.x0)
        along = min(box.y1, second.y1) - max(box.y0, second.y0)
        assert across <= 1 or along <= 2, (one.get_text(), other.get_text())


@every_figure
def test_the_limits_hold_the_data(name: str, networks: int, units: int) -> None:
    for axes in drawn(name, networks, units).figure.axes:
        (left, right), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
        for line in lines(axes):
            x, y = x_of(line), y_of(line)
            if set(x) == set(y) == {-1.0, 1.0}:
                continue  # the diagonal of a panel runs from corner to corner
            assert left - 1e-9 <= x.min() <= x.max() <= right + 1e-9
            assert bottom - 1e-9 <= y.min() <= y.max() <= top + 1e-9


@every_figure
def test_panels_are_lettered_and_axes_named(name: str, networks: int, units: int) -> None:
    figure = drawn(name, networks, units).figure
    titles = "".join(axes.get_title(loc="left") for axes in figure.axes)
    one_panel = len([axes for axes in figure.axes if axes.get_title(loc="left")]) == 1
    assert titles.count("(a) ") == titles.count("(b) ") == (0 if one_panel else 1)
    for axes in figure.axes:
        assert (
            axes.get_xlabel()
            or axes.get_ylabel()
            or not axes.axison
            or not axes.xaxis.get_ticklabels()[0].get_visible()
        )


def test_the_task_shows_every_network_and_the_baselines() -> None:
    evidence, figure = random_evidence(3, 8), drawn("task", 3, 8).figure
    axes, errors = panel(figure, "mean squared error"), evidence["task.free_run_errors"].values
    assert axes.get_yscale() == "log"
    assert all(holds(axes, row) for row in (*errors, np.median(errors, axis=0)))
    for name in ("persistence", "window"):
        assert holds(axes, np.full(2, np.median(evidence[f"task.error_{name}"].values)))
    assert "thin: 3 networks; thick: median" in [text.get_text() for text in axes.texts]


def test_the_free_run_goes_on_from_the_prediction_at_the_end_of_the_warm_up() -> None:
    run, axes = random_run(3, 8), panel(drawn("task", 3, 8).figure, "sample")
    by_label = {line.get_label(): line for line in axes.lines}
    seen, free = by_label["one-step prediction"], by_label["free run"]
    assert x_of(free)[0] == x_of(seen)[-1] == run.experiment.warm_up + 1
    assert y_of(free)[0] == pytest.approx(y_of(seen)[-1], abs=1e-6)
    # The second step of the free run: the whole input again, with the first prediction in the place of a sample.
    probe, cut = median_probe(run), run.experiment.warm_up
    fed = np.append(run.probes.x[probe, :cut], np.float32(y_of(free)[0]))[None]
    assert y_of(free)[1] == pytest.approx(forward(run.networks[0].trained.weights, fed).y[0, -1], abs=1e-5)


def test_the_single_wave_has_the_median_period() -> None:
    period = random_run(3, 8).probes.period
    assert abs(np.mean(period < period[median_probe(random_run(3, 8))]) - 0.5) < 0.01


def test_content_by_age_is_the_product_of_the_gates_that_came_after() -> None:
    rng = np.random.default_rng(3)
    f, inflow = rng.uniform(0, 1, 20), rng.normal(0, 1, 20)
    content = content_by_age(f, inflow)
    t = 17
    ages = {0: [0], 1: [1, 2], 2: [3, 4, 5], 3: [6, 7, 8, 9, 10], 4: range(11, 18)}
    for band, members in ages.items():
        terms = [np.prod(f[t - age + 1 : t + 1]) * inflow[t - age] for age in members]
        assert content[0, band, t] == pytest.approx(sum(term for term in terms if term > 0))
        assert content[1, band, t] == pytest.approx(sum(term for term in terms if term < 0))


@pytest.mark.parametrize(("networks", "units"), SHAPES)
def test_the_river_is_as_high_as_the_cell_state(networks: int, units: int) -> None:
    run = random_run(networks, units)
    probe, unit, trace = median_probe(run), typical_unit(run), run.networks[0].trained.trace
    f, inflow, c = trace.f[probe, :, unit], (trace.i * trace.g)[probe, :, unit], trace.c[probe, :, unit]
    assert content_by_age(f, inflow).sum(axis=(0, 1)) == pytest.approx(c, abs=1e-5)
    channel = panel(drawn("river", networks, units).figure, "content of c")
    (surface,) = [line for line in channel.lines if len(x_of(line)) > 2]
    assert y_of(surface) == pytest.approx(c[x_of(surface).astype(int) - 1])
    assert f"unit {unit + 1}," in channel.get_title(loc="left")


def test_half_of_the_units_forget_faster_than_the_typical_one() -> None:
    run = random_run(3, 8)
    f = run.networks[0].trained.trace.f[:, run.experiment.warm_up :].astype(float)
    kept = np.exp(np.log(f).mean(axis=(0, 1)))
    assert np.sum(kept < kept[typical_unit(run)]) == 4


def in_band(axes: Axes, x: Floats, curves: Floats, colour: str) -> bool:
    """Whether some band of this colour runs from the lowest to the highest of these curves."""
    edges = {*zip(x, curves.min(axis=0), strict=True), *zip(x, curves.max(axis=0), strict=True)}
    bands = [band for band in axes.collections if to_hex(np.asarray(band.get_facecolor())[0]).upper() == colour]
    return any({(x, y) for x, y in np.asarray(band.get_paths()[0].vertices)} == edges for band in bands)


def memory_panels(figure: Figure) -> dict[str, tuple[Axes, str]]:
    """Where each curve is drawn, and what stands beside it."""
    paths, networks = (axes for axes in figure.axes if axes.get_xlabel() == "lag (steps)")
    beside = ("channel", "detours", "both", "trained", "untrained", "chrono", "plain\nnetwork")
    names = (*MEMORY[:3], "flow.full", *MEMORY[3:])
    panels = [paths] * 3 + [networks] * 4
    return {f"{n}: {name}": (panels[n], label) for n, (name, label) in enumerate(zip(names, beside, strict=True))}


@pytest.mark.parametrize(("networks", "units"), SHAPES[1:])
def test_memory_shows_every_path_and_every_network(networks: int, units: int) -> None:
    evidence, figure = random_evidence(networks, units), drawn("memory", networks, units).figure
    looks: dict[Any, set[tuple[str, str]]] = {}
    for name, (axes, label) in memory_panels(figure).items():
        measured = evidence[name.split(": ")[1]]
        (line,) = [line for line in lines(axes) if np.array_equal(y_of(line), np.median(measured.values, axis=0))]
        assert in_band(axes, measured.axes["lag"], measured.values, colour_of(line))
        assert axes.get_ylim()[0] <= measured.values[:, 1:].min() <= measured.values.max() <= axes.get_ylim()[1]
        assert axes.get_yscale() == "log"
        looks.setdefault(axes, set()).add((colour_of(line), str(line.get_linestyle())))
        (text,) = [text for text in axes.texts if text.get_text() == label]
        assert same_hue(str(text.get_color()), colour_of(line))
    assert [len(each) for each in looks.values()] == [3, 4]


def test_memory_labels_stand_in_the_order_of_their_curves() -> None:
    evidence, figure = random_evidence(3, 8), drawn("memory", 3, 8).figure
    panels = memory_panels(figure)
    for shown in {axes for axes, _ in panels.values()}:
        ends = {
            label: float(np.median(evidence[name.split(": ")[1]].values[:, -1]))
            for name, (axes, label) in panels.items()
            if axes is shown
        }
        heights = {text.get_text(): Text.get_window_extent(text).y0 for text in shown.texts if text.get_text() in ends}
        assert sorted(ends, key=ends.__getitem__) == sorted(heights, key=heights.__getitem__)


def test_memory_says_every_curve_at_the_lag() -> None:
    alt, evidence = drawn("memory", 3, 8).alt, random_evidence(3, 8)
    for name in MEMORY:
        assert spread(evidence[name].values[:, 20]) in alt


def spread(values: Floats) -> str:
    median, lowest, highest = (number(f(values)) for f in (np.median, np.min, np.max))
    return f"{median} ({lowest} to {highest})"


def test_the_flows_of_the_channel_are_as_wide_as_they_are_large() -> None:
    evidence, figure = random_evidence(2, 48), drawn("channel", 2, 48).figure
    (leak,), (inflow,) = (
        [text.get_text() for text in figure.axes[0].texts if text.get_text().startswith(word)]
        for word in ("leak", "source")
    )
    for text, name in ((leak, "flow.leak"), (inflow, "flow.inflow")):
        assert text.endswith(f": {number(evidence.median(name))}% of c")
    figures = {}
    for share in (10.0, 20.0):
        names = ("flow.leak", "flow.inflow")
        given = gather(CASE, {"trained": ""}, iter([iter([Measured(name, share, "", "", "") for name in names])]))
        figures[share] = PLOTS["channel"](random_run(1, 1), given).figure
    widths = {
        share: [
            np.ptp(np.asarray(patch.get_xy())[:2, 0])
            for patch in drawing.axes[0].patches
            if isinstance(patch, Polygon) and len(np.asarray(patch.get_xy())) == 8
        ]
        for share, drawing in figures.items()
    }
    assert len(widths[10.0]) == 2
    assert widths[20.0] == pytest.approx([2 * width for width in widths[10.0]])


def test_recall_shows_what_is_told_of_what_was_heard_and_of_what_was_put_in() -> None:
    run, figure = random_run(3, 8), drawn("recall", 3, 8).figure
    probes, hearing, network = recall_probes(run.experiment), heard(run.experiment), run.networks[0].recall
    clouds = [next(line for line in axes.lines if line.get_marker() == "o") for axes in figure.axes]
    assert all(
        list(axes.get_xlim()) == pytest.approx([AMPLITUDES[0] - 0.05, AMPLITUDES[1] + 0.05]) for axes in figure.axes
    )
    for cloud, weights in zip(clouds, (network.default, network.chrono), strict=False):
        assert np.array_equal(x_of(cloud), probes.amplitude)
        assert y_of(cloud) == pytest.approx(forward(weights, probes.x).y[:, -1], abs=1e-6)
    # In the third, the cell state of the wave before, by hand for one wave.
    wave = 5
    before = forward(network.chrono, probes.x[[wave - 1, wave], :hearing])
    told = forward(network.chrono, probes.x[[wave], hearing:], before.h[[1], -1], before.c[[0], -1]).y[0, -1]
    assert x_of(clouds[2])[wave] == probes.amplitude[wave - 1]
    assert y_of(clouds[2])[wave] == pytest.approx(told, abs=1e-5)


def test_snapshots_are_columns_of_the_map() -> None:
    run, figure = random_run(3, 8), drawn("snapshots", 3, 8).figure
    (film,) = [axes for axes in figure.axes if axes.images and axes.get_xlabel() == "timestep"]
    c, image = run.networks[0].trained.trace.c[median_probe(run)], film.images[0]
    cells = np.asarray(image.get_array())
    start = round(image.get_extent()[0] + 0.5)
    pictures = [axes for axes in figure.axes if axes.patches and axes.get_xlabel().startswith("c, ")]
    assert len(pictures) == 3
    for axes in pictures:
        timestep = int(axes.get_xlabel().split()[-1])
        widths = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
        assert np.array_equal(widths, cells[:, timestep - start])
        assert sorted(widths) == pytest.approx(sorted(c[timestep - 1]))
    assert image.get_clim() == pytest.approx((-np.abs(cells).max(), np.abs(cells).max()))


def test_units_are_ordered_by_when_they_peak() -> None:
    phase = np.linspace(0, 4 * np.pi, 80, endpoint=False)
    lag = np.array([2.0, -1.0, 0.5, -2.5])
    assert by_phase(np.cos(phase[:, None] - lag), phase).tolist() in (
        np.roll(np.argsort(lag), turn).tolist() for turn in range(4)
    )


def test_extremes_of_a_wave_are_found() -> None:
    wave = np.sin(phase := np.linspace(1, 1 + 2 * np.pi, 60))
    at = extremes(phase)
    assert wave[at["crest"]] == wave.max()
    assert wave[at["trough"]] == wave.min()
    assert abs(wave[at["fall"]]) < 0.06
    assert wave[at["fall"] + 1] < wave[at["fall"]]


def test_principal_components_of_an_ellipse_are_its_axes() -> None:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
    states = np.stack([3 * np.cos(angle), np.sin(angle)], axis=1) @ turn[:2] + 7
    scores, variance = principal_components(states)
    assert np.linalg.norm(scores, axis=1) == pytest.approx(np.hypot(3 * np.cos(angle), np.sin(angle)))
    assert np.abs(scores).max(axis=0) == pytest.approx([3, 1], abs=1e-3)
    assert variance == pytest.approx([0.9, 0.1])


def test_the_loop_shows_what_is_not_explained() -> None:
    evidence, figure = random_evidence(3, 8), drawn("loop", 3, 8).figure
    missed = next(axes for axes in figure.axes if axes.get_xlabel() == "1 − R²")
    rows = [label.get_text().replace("\n", " ") for label in missed.get_yticklabels()]
    assert rows == ["cos φ, before training", "cos φ, after", "frequency, before training", "frequency, after"]
    for row, name in enumerate(MISSED):
        (dots,) = [line for line in lines(missed) if line.get_marker() == "o" and set(y_of(line)) == {row}]
        assert list(x_of(dots)) == list(evidence[name].values)
        assert (to_hex(str(dots.get_markerfacecolor())) == "#ffffff") == name.startswith("untrained.")


def test_a_resumed_network_is_drawn_on_the_uninterrupted_one() -> None:
    axes = panel(drawn("transplant", 3, 8).figure, "prediction")
    by_label = {line.get_label(): line for line in axes.lines}
    whole = dict(zip(x_of(by_label["uninterrupted"]), y_of(by_label["uninterrupted"]), strict=True))
    resumed, c_alone = by_label["from (h, c)"], by_label["from c, h = 0"]
    assert [whole[t] for t in x_of(resumed)] == pytest.approx(list(y_of(resumed)), abs=1e-6)
    assert abs(whole[x_of(c_alone)[0]] - y_of(c_alone)[0]) > 1e-3


def same_hue(one: str, other: str) -> bool:
    return bool(np.allclose(rgb_to_hsv(to_rgb(one))[:2], rgb_to_hsv(to_rgb(other))[:2], atol=0.02))


def luminance(colour: str) -> float:  # WCAG 2.2, relative luminance
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", PLOTS)
def test_letters_stand_out_from_the_paper(name: str) -> None:
    letters = [text for text in drawn(name, 3, 8).figure.findobj(Text) if text.get_text().strip()]
    assert len(letters) > 5
    for text in letters:
        contrast = 1.05 / (luminance(str(to_hex(text.get_color()))) + 0.05)
        assert contrast >= 4.5, text


def test_each_gate_has_one_colour_everywhere() -> None:
    gates, river = (drawn(name, 3, 8).figure for name in ("gates", "river"))
    for gate in GATES:
        output = panel(gates, f"{gate}ₜ")
        assert (
            colour_of(max(output.lines, key=lambda line: line.get_linewidth() * (line.get_alpha() is None)))
            == (COLOURS[gate])
        )
    run, valves = random_run(3, 8), panel(river, "value")
    trace, at = run.networks[0].trained.trace, (median_probe(run), slice(None), typical_unit(run))
    for gate in ("i", "f"):
        (line,) = [line for line in valves.lines if colour_of(line) == COLOURS[gate]]
        assert y_of(line) == pytest.approx(getattr(trace, gate)[at][x_of(line).astype(int) - 1])
    assert len(set(COLOURS.values())) == 6


def test_the_output_of_a_gate_is_its_trace() -> None:
    run, figure = random_run(2, 48), drawn("gates", 2, 48).figure
    probe, unit, trace = median_probe(run), typical_unit(run), run.networks[0].trained.trace
    assert unit != 0  # else the first unit would pass for it
    for gate in GATES:
        axes = panel(figure, f"{gate}ₜ")
        shown = x_of(axes.lines[-1]).astype(int) - 1
        assert np.array_equal(y_of(axes.lines[-1]), getattr(trace, gate)[probe, shown, unit])
        thin = [np.asarray(path.vertices)[:, 1] for path in axes.collections[0].get_paths()]
        every = getattr(trace, gate)[probe, shown].astype(float).T
        assert len(thin) == 32
        assert all(any(np.array_equal(one, other) for other in every) for one in thin)


def test_weights_are_drawn_by_size_and_sign() -> None:
    run, figure = random_run(3, 8), drawn("gates", 3, 8).figure
    unit, weights = typical_unit(run), run.networks[0].trained.weights
    networks = [axes for axes in figure.axes if not axes.axison]
    sizes, widths = [], []
    for axes, gate in zip(networks, GATES, strict=True):
        into_sum = [line for line in axes.lines if (x_of(line)[-1], y_of(line)[-1], len(x_of(line))) == (5.2, 2.0, 2)]
        x, *_, bias = into_sum
        for line, weight in ((x, weights.gate(gate).kernel[0, unit]), (bias, weights.gate(gate).bias[unit])):
            assert line.is_dashed() == (weight < 0)
            sizes.append(abs(float(weight)))
            widths.append(line.get_linewidth())
    assert np.array_equal(np.argsort(sizes), np.argsort(widths))


def test_the_inputs_that_are_drawn_are_those_of_the_sum_worked_by_hand() -> None:
    figure, run = drawn("gates", 3, 8).figure, random_run(3, 8)
    found = {each.name: each.value for each in example.measure_network(run, 1, run.networks[0])}
    worked = [f"h{found[f'example.from_{rank}']:.0f}" for rank in (1, 2, 3)]
    plain = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    for axes in [axes for axes in figure.axes if not axes.axison]:
        named = [text.get_text().translate(plain) for text in axes.texts]
        assert [text for text in named if text.startswith("h")] == worked


def test_what_it_costs_to_do_without_is_the_evidence() -> None:
    evidence, figure = random_evidence(3, 8), drawn("holding", 3, 8).figure
    (cost,) = figure.axes
    labels = [label.get_text() for label in cost.get_yticklabels()]
    assert labels[::3] == [
        f"{word}: put back to its start" for word in ("forget gate f", "input gate i", "output gate o", "candidate g")
    ]
    assert labels[1::3] == ["held at its mean"] * 4
    assert labels[2::3] == ["trained while held"] * 4
    rows = iter(cost.get_yticks())
    for gate in ("f", "i", "o", "g"):
        for measurement in COSTS:
            values, row = evidence[f"gates.{measurement.format(gate)}"].values, next(rows)
            (dots,) = [line for line in lines(cost) if y_of(line)[0] == row]
            assert list(x_of(dots)) == list(values)
            (bar,) = [line for line in lines(cost) if set(x_of(line)) == {np.median(values)}]
            assert y_of(bar).mean() == pytest.approx(row)
            assert colour_of(dots) == COLOURS[gate]
            assert (to_hex(str(dots.get_markerfacecolor())) == "#ffffff") == (measurement == "retrained_{}")
    other = evidence["gates.reseeded"].values
    (band,) = [patch for patch in cost.patches if isinstance(patch, Rectangle)]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((min(1, other.min()), max(1, other.max())))


@pytest.mark.parametrize("name", PLOTS)
def test_the_alternative_text_speaks_of_these_data(name: str) -> None:
    """Other evidence where the figure draws evidence, another run where it draws a run: other numbers."""
    alt = drawn(name, 3, 8).alt
    other = drawn(name, 2, 48).alt
    assert 100 < len(alt) < 1200
    assert set(words(alt)) != set(words(other))
    if name in {"task", "channel", "memory", "recall", "loop", "transplant", "holding"}:
        assert words(PLOTS[name](random_run(3, 8), random_evidence(3, 8, seed=1)).alt) != words(alt)


SPOKEN: dict[str, tuple[str, ...]] = {
    "task": ("task.error_persistence", "task.error_window"),
    "channel": ("flow.leak", "flow.inflow"),
    "memory": ("flow.overtaken",),
    "recall": tuple(f"recall.{name}" for name in ("r2_default", "r2_chrono", "c_decides_chrono", "h_decides_chrono")),
    "loop": tuple(MISSED),
    "transplant": ("snapshot.transplant_error_donor", "snapshot.transplant_error_host"),
    "holding": ("gates.reseeded", *(f"gates.{name.format(gate)}" for gate in GATES for name in COSTS)),
}
"""Whose median over the networks the alternative text gives."""


@pytest.mark.parametrize(("name", "spoken"), SPOKEN.items())
def test_the_alternative_text_gives_the_evidence(name: str, spoken: tuple[str, ...]) -> None:
    alt = drawn(name, 3, 8).alt
    for measurement in spoken:
        values = random_evidence(3, 8)[measurement].values
        median, lowest, highest = ([number(f(values), n) for n in (2, 3)] for f in (np.median, np.min, np.max))
        forms = [f"{m} ({low} to {high})" for m, low, high in zip(median, lowest, highest, strict=True)]
        if name == "task":
            forms = [f"gives {median[0]} ", f"predictor {median[0]}."]
        assert any(form in alt for form in forms), measurement


def words(alt: str) -> list[str]:
    return [word for word in alt.split() if any(digit in word for digit in "0123456789")]


@pytest.mark.parametrize("name", PLOTS)
def test_the_same_figure_gives_the_same_bytes(name: str) -> None:
    again = PLOTS[name](random_run(1, 1), random_evidence(1, 1))
    png, svg = png_and_svg(drawn(name, 1, 1))
    assert (png, svg) == png_and_svg(again)
    assert int.from_bytes(png[16:20], "big") == pytest.approx(16 / 2.54 * 300, abs=1)
    assert b"Matplotlib" not in png
    assert b"<dc:date>" not in svg
    assert b"<text" not in svg  # outlines: Word has not the font


def test_a_figure_can_be_rendered_twice() -> None:
    assert png_and_svg(drawn("snapshots", 3, 8)) == png_and_svg(drawn("snapshots", 3, 8))


def test_the_style_of_the_user_neither_counts_nor_changes() -> None:
    before = png_and_svg(drawn("transplant", 1, 1))
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "savefig.bbox": "tight"}):
        assert png_and_svg(PLOTS["transplant"](random_run(1, 1), random_evidence(1, 1))) == before
        assert mpl.rcParams["font.size"] == 30


def test_every_figure_draws_what_is_really_measured() -> None:
    run = random_run(1, 1)
    evidence = measure(run)
    for plot in PLOTS.values():
        assert "nan" not in plot(run, evidence).alt.lower()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00123, "0.0012"),
        (-3.14159, "−3.1"),
        (3149.0, "3100"),
        (6.1e-8, "6.1 × 10⁻⁸"),
        (1e-5, "10⁻⁵"),
        (2.5e6, "2.5 × 10⁶"),
    ],
)
def test_numbers_are_written_as_they_are_read(value: float, text: str) -> None:
    assert number(value) == text


def test_labels_keep_their_distance_and_their_order() -> None:
    assert spaced([0.1, 0.5, 0.9], 0.2) == [0.1, 0.5, 0.9]
    assert spaced([0.1, 0.12, 0.13], 0.2) == pytest.approx([0.1, 0.3, 0.5])
    crowded = spaced([0.9, 0.95, 0.97], 0.2)
    assert np.diff(crowded) == pytest.approx([0.2, 0.2])
    assert crowded[-1] == pytest.approx(0.9)
