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
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from reportgen.drawing import Drawing, number, png_and_svg, spaced
from reportgen.evidence import Evidence, Floats, Measured, gather
from reportgen.lstm.evidence import CASE, measure
from reportgen.lstm.evidence.example import median_probe, typical_unit
from reportgen.lstm.interventions import forward
from reportgen.lstm.plots import PLOTS
from reportgen.lstm.plots.flow import content_by_age
from reportgen.lstm.plots.snapshot import by_phase, extremes, principal_components
from reportgen.lstm.plots.style import COLOURS
from reportgen.lstm.run import GATES, WORLDS, Lessons, Network, Run, State, TrainedHeld, Weights, in_world
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import probe_sequences

SHAPES = ((1, 1), (3, 8), (2, 48))
"""Networks and units."""


def random_weights(rng: np.random.Generator, units: int) -> Weights:
    shapes = ((1, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,))
    return Weights(*(rng.normal(0, 0.6, shape).astype(np.float32) for shape in shapes))


def random_state(rng: np.random.Generator, x: Floats, units: int) -> State:
    weights = random_weights(rng, units)
    trace, lags = forward(weights, x), min(41, x.shape[1] // 2 + 1)
    decay = 0.9 ** np.arange(lags)[:, None, None, None]
    return State(weights, trace, decay * rng.uniform(0, 1, (lags, 4, units, units)))


def random_network(rng: np.random.Generator, experiment: Experiment, x: Floats) -> Network:
    tested, units = len(x) // 4, experiment.units
    untrained, trained, chrono = (random_state(rng, x, units) for _ in range(3))
    answers = (rng.uniform(0, 1, (tested, x.shape[1])) for _ in range(3))
    return Network(
        untrained,
        trained,
        chrono,
        held=TrainedHeld(*(random_weights(rng, units) for _ in range(3))),
        loss=np.ones(1),
        chrono_loss=np.ones(1),
        lifted=np.stack([getattr(trained.trace, gate)[:4] for gate in GATES]),
        gradient=random_weights(rng, units),
        resumed=trained.trace.y[:, experiment.warm_up :].copy(),
        lessons=Lessons(rng.uniform(0, 1, (4, tested, x.shape[1], units)), *answers),
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


@cache
def random_evidence(networks: int, units: int, seed: int = 0) -> Evidence:
    """Every measurement that a figure draws, with values that no network gave."""
    run, rng = random_run(networks, units), np.random.default_rng([seed, 7])
    timesteps, warm_up = run.experiment.timesteps, run.experiment.warm_up
    lags = np.arange(min(41, timesteps - warm_up + 1))
    curves = {"task.free_run_errors": ("horizon", np.arange(1, timesteps - warm_up + 1))}
    for world in WORLDS:
        curves[in_world(world, "flow.time_constants")] = ("unit", np.arange(1, units + 1))
        curves |= {in_world(world, f"flow.{path}"): ("lag", lags) for path in ("direct", "detour", "full")}
    for world in ("trained", "untrained"):
        for label in ("phase", "frequency"):
            name = in_world(world, f"snapshot.{label}_r2_by_timestep")
            curves[name] = ("timestep", np.arange(1, timesteps + 1))
    scalars = ["task.error_persistence", "task.error_window_long", "gates.lifted_error", "flow.lag"]
    scalars += ["flow.overtaken", *(f"flow.{path}_at_lag" for path in ("direct", "detour", "full"))]
    scalars += [
        in_world(world, f"snapshot.{label}_r2")
        for label in ("phase", "frequency")
        for world in ("trained", "untrained")
    ]
    scalars += [f"snapshot.transplant_error_{whose}" for whose in ("donor", "host")]
    scalars += [f"gates.cost_{gate}_{held}" for gate in GATES for held in ("mean", "0", "1")]
    scalars += [f"gates.retrained_{gate}" for gate in ("i", "f", "o")]

    def measured() -> list[Measured]:
        curved = [
            Measured(name, 10 ** rng.uniform(-3, 0, len(x)), "", "", "", {axis: x})
            for name, (axis, x) in curves.items()
        ]
        return [*curved, *(Measured(name, 10 ** rng.uniform(-1, 3), "", "", "") for name in scalars)]

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
    assert 6 <= height <= 10
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
    assert titles.count("(a) ") == titles.count("(b) ") == 1
    named = " ".join(axes.get_xlabel() + " " + axes.get_ylabel() for axes in figure.axes)
    assert any(quantity in named for quantity in ("timestep", "steps", "in the LSTM"))


def test_the_task_shows_every_network_and_the_baselines() -> None:
    evidence, figure = random_evidence(3, 8), drawn("task", 3, 8).figure
    axes, errors = panel(figure, "mean squared error"), evidence["task.free_run_errors"].values
    assert axes.get_yscale() == "log"
    assert all(holds(axes, row) for row in (*errors, np.median(errors, axis=0)))
    for name in ("persistence", "window_long"):
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


@pytest.mark.parametrize(("networks", "units"), SHAPES[1:])
def test_memory_shows_how_long_every_kind_holds_and_by_which_path(networks: int, units: int) -> None:
    evidence, figure = random_evidence(networks, units), drawn("memory", networks, units).figure
    holding, paths = panel(figure, "time constant (steps)"), panel(figure, "norm of ∂c(t + lag) / ∂c(t)")
    assert holding.get_yscale() == paths.get_yscale() == "log"
    curves = {in_world(world, "flow.time_constants"): (holding, "unit", world) for world in WORLDS}
    curves |= {f"flow.{path}": (paths, "lag", path) for path in ("direct", "detour", "full")}
    looks: dict[Any, set[tuple[str, str]]] = {holding: set(), paths: set()}
    for name, (axes, axis, label) in curves.items():
        measured = evidence[name]
        (line,) = [line for line in lines(axes) if np.array_equal(y_of(line), np.median(measured.values, axis=0))]
        assert in_band(axes, measured.axes[axis], measured.values, colour_of(line))
        assert axes.get_ylim()[0] <= measured.values.min() <= measured.values.max() <= axes.get_ylim()[1]
        looks[axes].add((colour_of(line), str(line.get_linestyle())))
        (text,) = [text for text in axes.texts if text.get_text() == label]
        assert same_hue(str(text.get_color()), colour_of(line))
    assert [len(each) for each in looks.values()] == [3, 3]


def test_memory_labels_stand_in_the_order_of_their_curves() -> None:
    evidence, figure = random_evidence(3, 8), drawn("memory", 3, 8).figure
    axes = panel(figure, "norm of ∂c(t + lag) / ∂c(t)")
    ends = {path: float(np.median(evidence[f"flow.{path}"].values[:, -1])) for path in ("direct", "detour", "full")}
    heights = {text.get_text(): Text.get_window_extent(text).y0 for text in axes.texts if text.get_text() in ends}
    assert sorted(ends, key=ends.__getitem__) == sorted(heights, key=heights.__getitem__)


def test_memory_says_the_time_constants_of_every_kind() -> None:
    alt = drawn("memory", 3, 8).alt
    for world, when in {"trained": "after it", "untrained": "before", "chrono": "after training from"}.items():
        taus = random_evidence(3, 8)[in_world(world, "flow.time_constants")].values
        medians = np.median(taus, axis=1)
        median, lowest, highest = (number(f(medians)) for f in (np.median, np.min, np.max))
        assert any(f"{median} ({lowest} to {highest}){unit} {when}" in alt for unit in ("", " steps"))
        assert number(taus.max()) in alt.split("the longest of all are ")[1].split(", against")[0]


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
    for label, name in (("phase", "cos φ"), ("frequency", "frequency")):
        for world in ("trained", "untrained"):
            r2 = evidence[in_world(world, f"snapshot.{label}_r2_by_timestep")].values
            assert holds(panel(figure, f"1 − R², {name}"), np.median(1 - r2, axis=0))


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
    gates, freezing, river = (drawn(name, 3, 8).figure for name in ("gates", "freezing", "river"))
    for gate in GATES:
        output = panel(gates, f"{gate}ₜ")
        assert (
            colour_of(max(output.lines, key=lambda line: line.get_linewidth() * (line.get_alpha() is None)))
            == (COLOURS[gate])
        )
        (corner,) = [axes for axes in freezing.axes if gate in [text.get_text() for text in axes.texts]]
        assert COLOURS[gate] in {colour_of(line) for line in corner.lines}
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


def test_the_price_of_holding_a_gate_is_the_evidence() -> None:
    evidence, figure = random_evidence(3, 8), drawn("freezing", 3, 8).figure
    (cost,) = [axes for axes in figure.axes if axes.get_xscale() == "log"]
    rows = {label.get_text(): y for y, label in zip(cost.get_yticks(), cost.get_yticklabels(), strict=True)}
    held = {"at its mean": "cost_{}_mean", "at 0": "cost_{}_0", "at 1": "cost_{}_1"}
    expected = {f"{gate} {text}": name.format(gate) for gate in GATES for text, name in held.items()}
    expected |= {f"{gate}, in training too": f"retrained_{gate}" for gate in ("i", "f", "o")}
    assert set(rows) == set(expected)
    for text, measurement in expected.items():
        values = evidence[f"gates.{measurement}"].values
        (dots,) = [line for line in lines(cost) if y_of(line)[0] == rows[text]]
        assert list(x_of(dots)) == list(values)
        (bar,) = [line for line in lines(cost) if set(x_of(line)) == {np.median(values)}]
        assert y_of(bar).mean() == pytest.approx(rows[text])
        assert colour_of(dots) == COLOURS[text[0]]
        assert (to_hex(str(dots.get_markerfacecolor())) == "#ffffff") == text.endswith("in training too")


def test_an_arrow_leads_from_the_price_after_training_to_the_price_in_training() -> None:
    evidence, figure = random_evidence(3, 8), drawn("freezing", 3, 8).figure
    (cost,) = [axes for axes in figure.axes if axes.get_xscale() == "log"]
    labels = [label.get_text() for label in cost.get_yticklabels()]
    arrows = [text for text in cost.texts if isinstance(text, Annotation) and text.arrow_patch is not None]
    for gate, arrow in zip(("i", "f", "o"), arrows, strict=True):
        at = labels.index(f"{gate} at its mean")
        assert labels[at + 1] == f"{gate}, in training too"
        tail, head = (evidence.median(f"gates.{name}") for name in (f"cost_{gate}_mean", f"retrained_{gate}"))
        assert arrow.xyann == pytest.approx((tail, cost.get_yticks()[at]))
        assert arrow.xy == pytest.approx((head, cost.get_yticks()[at + 1]))


@pytest.mark.parametrize("name", PLOTS)
def test_the_alternative_text_speaks_of_these_data(name: str) -> None:
    """Other evidence where the figure draws evidence, another run where it draws a run: other numbers."""
    alt = drawn(name, 3, 8).alt
    other = drawn(name, 2, 48).alt
    assert 100 < len(alt) < 1200
    assert set(words(alt)) != set(words(other))
    if name in {"task", "memory", "loop", "transplant", "freezing"}:
        assert words(PLOTS[name](random_run(3, 8), random_evidence(3, 8, seed=1)).alt) != words(alt)


SPOKEN = {
    "task": ("task.error_persistence", "task.error_window_long"),
    "memory": ("flow.lag", "flow.direct_at_lag", "flow.detour_at_lag", "flow.full_at_lag", "flow.overtaken"),
    "loop": (
        "snapshot.phase_r2",
        "untrained.snapshot.phase_r2",
        "snapshot.frequency_r2",
        "untrained.snapshot.frequency_r2",
    ),
    "transplant": ("snapshot.transplant_error_donor", "snapshot.transplant_error_host"),
    "freezing": (
        *(f"gates.cost_{gate}_{held}" for gate in GATES for held in ("mean", "0", "1")),
        *(f"gates.retrained_{gate}" for gate in ("i", "f", "o")),
    ),
}
"""Whose median over the networks the alternative text gives."""


@pytest.mark.parametrize(("name", "spoken"), SPOKEN.items())
def test_the_alternative_text_gives_the_evidence(name: str, spoken: tuple[str, ...]) -> None:
    alt = drawn(name, 3, 8).alt
    for measurement in spoken:
        values = random_evidence(3, 8)[measurement].values
        median, lowest, highest = ([number(f(values), n) for n in (2, 3)] for f in (np.median, np.min, np.max))
        forms = [f"{m} ({low} to {high})" for m, low, high in zip(median, lowest, highest, strict=True)]
        if measurement == "flow.lag":
            forms = [f"lag {int(np.median(values))} "]
        elif name == "task":
            forms = [f"gives {median[0]} ", f"predictor {median[0]}."]
        assert any(form in alt for form in forms), measurement


def test_the_lifted_gates_differ_by_no_more_than_is_said() -> None:
    worst = number(random_evidence(3, 8)["gates.lifted_error"].values.max())
    assert f"the largest difference in any network is {worst}." in drawn("freezing", 3, 8).alt
    texts = [text.get_text() for axes in drawn("freezing", 3, 8).figure.axes for text in axes.texts]
    assert f"largest difference in any network: {worst}" in texts


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
