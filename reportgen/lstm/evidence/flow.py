"""The cell state as a flow in a channel: what is in it, how long it stays, and by which path it is remembered."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.task import squared_error
from reportgen.lstm.interventions import forward, lstm_step
from reportgen.lstm.run import Network, Run, State, Trace, Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import chrono_times

LAG = 20
"""The lag, in timesteps, at which the paths of memory are compared in the text."""

FEW = 3
"""Units of which the text says how much of the channel's memory they hold."""

OLD = 10
"""Content that was written more than this many timesteps ago is called old."""


SETTINGS = ("period_min", "period_max", "units", "epochs")
"""The settings on which these measurements depend most directly."""


def measure_state(run: Run, number: int, state: State) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure the channel of one network in one world."""
    warm_up = run.experiment.warm_up
    trace = state.trace

    yield Measured(
        "flow.identity_error",
        max(
            float(np.max(np.abs(trace.f * trace.c_previous + trace.i * trace.g - trace.c))),
            float(np.max(np.abs(trace.o * np.tanh(trace.c) - trace.h))),
        ),
        "the largest error of the two LSTM equations",
        "",
        "largest |c − (f·c₋₁ + i·g)| and |h − o·tanh(c)| over all held-out sequences, timesteps and units",
    )

    terms = contributions(trace)
    content, total = np.sum(np.abs(terms), axis=1), np.sum(terms, axis=1)
    age = np.arange(terms.shape[1])[::-1]
    yield Measured(
        "flow.decomposition_error",
        float(np.max(np.abs(total - trace.c[:, -1]))),
        "the largest error of the sum of contributions",
        "",
        "largest |Σₖ (Πⱼ₎ₖ fⱼ)·iₖ·gₖ − c| at the last timestep, over held-out sequences and units",
        source=TERMS_SOURCE,
    )
    yield Measured(
        "flow.mean_age",
        float(np.sum(np.abs(terms) * age[:, None]) / np.sum(content)),
        "the mean age of the content",
        "steps",
        "age of each step's contribution to c at the last timestep, weighted by its size",
        source=TERMS_SOURCE,
    )
    yield Measured(
        "flow.old_share",
        100 * float(np.sum(np.abs(terms[:, age > OLD])) / np.sum(content)),
        "the share of old content",
        "%",
        f"size of the contributions written more than {OLD} timesteps ago over the size of all",
    )
    yield from _retention(state, warm_up)
    yield from _valves(run, state)
    yield from _gap(run, state)
    yield from _steering(run, state)
    yield from _sample_between(run, state)

    c, before = trace.c[:, warm_up:], trace.c_previous[:, warm_up:]
    leak = (trace.f[:, warm_up:] - 1) * before
    source = trace.i[:, warm_up:] * trace.g[:, warm_up:]
    yield Measured(
        "flow.change_error",
        float(np.max(np.abs((c - before) - (leak + source)))),
        "the largest error of the flow between snapshots",
        "",
        "largest |(c − c₋₁) − ((f − 1)·c₋₁ + i·g)| after the warm-up",
    )
    size = float(np.mean(np.abs(before)))
    yield Measured(
        "flow.leak",
        100 * float(np.mean(np.abs(leak))) / size,
        "what leaks out in one timestep",
        "%",
        "mean |(f − 1)·c₋₁| over mean |c₋₁|, after the warm-up",
    )
    yield Measured(
        "flow.inflow",
        100 * float(np.mean(np.abs(source))) / size,
        "what flows in in one timestep",
        "%",
        "mean |i·g| over mean |c₋₁|, after the warm-up",
    )
    yield Measured(
        "flow.net",
        100 * float(np.mean(np.abs(c - before))) / size,
        "what the content changes by in one timestep",
        "%",
        "mean |c − c₋₁| over mean |c₋₁|, after the warm-up",
    )


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:
    """Give the choices of this report that its text names, and how long gates hold before anything is trained."""
    lags = len(network.trained.jacobian)
    for name, value, label, unit in (
        ("old", OLD, "the age from which content is called old", "steps"),
        ("lag", min(LAG, lags - 1), "the lag at which paths are compared", "steps"),
        ("few", min(FEW, run.experiment.units), "the units whose part in the channel's memory is told", ""),
    ):
        yield Measured(f"flow.{name}", value, label, unit, "a choice of this report", given=True)
    yield Measured(
        "flow.time_constant_start",
        -1 / float(np.log(1 / (1 + np.exp(-1.0)))),
        "the time constant of a forget gate that its bias of one alone decides",
        "steps",
        "−1 / ln σ(1)",
        everywhere=True,
    )
    yield Measured(
        "flow.time_constant_chrono_start",
        float(np.median(chrono_constants(run.experiment, number, run.experiment.period_max))),
        "the median time constant of forget gates that chrono initialisation's biases alone decide",
        "steps",
        CHRONO_METHOD,
        source=TAU_SOURCE,
    )


CHRONO_METHOD = "−1 / ln σ(ln u) = 1 / ln(1 + 1/u), u being the times that chrono initialisation drew for the units"


def chrono_constants(experiment: Experiment, network: int, longest: float) -> Floats:
    """Return the time constants, (U,), with which the units of a network, counted from 1, start from chrono initialisation."""
    return np.asarray(1 / np.log1p(1 / chrono_times(experiment, network, longest)))


def _steering(run: Run, state: State) -> Iterator[Measured]:
    """Measure how far the next change of the cell state depends on what is not in the cell state."""
    x, warm_up, weights, trace = run.probes.x, run.experiment.warm_up, state.weights, state.trace
    h, c = trace.h[:, warm_up - 1], trace.c[:, warm_up - 1]
    other = np.roll(np.arange(len(x)), 1)
    own = lstm_step(weights, x[:, warm_up], h, c)["c"].astype(np.float64)
    for name, words, step in (
        ("input", "sample", lstm_step(weights, x[other, warm_up], h, c)),
        ("hidden", "hidden state", lstm_step(weights, x[:, warm_up], h[other], c)),
    ):
        yield Measured(
            f"flow.steered_by_{name}",
            100 * float(np.mean(np.abs(step["c"] - own)) / np.mean(np.abs(own - c))),
            f"how far another wave's {words} moves the next change of the same cell state",
            "%",
            f"the first timestep after the warm-up with the {words} of another held-out sequence in place of the own: mean |difference "
            "of c| over mean |c − c₋₁|",
        )


def _sample_between(run: Run, state: State) -> Iterator[Measured]:
    """Measure whether two successive snapshots, with the weights at hand, tell the sample that came between them."""
    x, warm_up, trace = run.probes.x, run.experiment.warm_up, state.trace
    found = sample_between(
        state.weights, trace.h[:, warm_up - 1], trace.c[:, warm_up - 1], trace.c[:, warm_up], (x.min(), x.max())
    )
    yield Measured(
        "flow.sample_between_error",
        float(np.max(np.abs(found - x[:, warm_up]))),
        "how far the sample that two successive snapshots tell is from the one that was heard",
        "",
        "the x with which (h, c) at the end of the warm-up comes nearest to the next c, by least squares over the units: largest "
        "difference to the sample, over held-out sequences",
    )


TRIED = 201
"""Samples, evenly spread over those that were heard, of which the best is where the search for the one between two snapshots starts."""


def sample_between(weights: Weights, h: Floats, c: Floats, after: Floats, heard: tuple[float, float]) -> Floats:
    """Return the sample, (B,), with which h, c: (B, U) come nearest to the cell state `after`, (B, U), within what was `heard`.

    The best of a row of samples, and from there the Gauss-Newton method (Nocedal and Wright, 2006, section 10.3), in float64.
    """
    h, c = h.astype(np.float64), c.astype(np.float64)

    def off(x: Floats) -> Floats:
        return np.asarray(lstm_step(weights, x, h, c)["c"] - after)

    tried = np.linspace(*heard, TRIED)
    x = tried[np.argmin([np.sum(off(np.full(len(h), each)) ** 2, axis=1) for each in tried], axis=0)]
    for _ in range(10):
        slope = (off(x + 1e-6) - off(x - 1e-6)) / 2e-6
        x = np.clip(x - np.sum(slope * off(x), axis=1) / np.maximum(np.sum(slope**2, axis=1), 1e-30), *heard)
    return np.asarray(x)


def _retention(state: State, warm_up: int) -> Iterator[Measured]:
    """Measure how long a channel holds, and by which path a network remembers."""
    taus = time_constants(state.trace.f[:, warm_up:])
    yield Measured(
        "flow.time_constants",
        np.sort(taus),
        "the time constants of the units",
        "steps",
        "−1 / mean(ln f) for each unit, over held-out sequences and the timesteps after the warm-up; sorted",
        axes={"unit": np.arange(1, len(taus) + 1)},
        source=TAU_SOURCE,
    )
    for suffix, words, value in (("", "median", np.median(taus)), ("_max", "longest", np.max(taus))):
        yield Measured(
            f"flow.time_constant{suffix}",
            float(value),
            f"the {words} time constant",
            "steps",
            f"{words} over units of −1 / mean(ln f)",
            source=TAU_SOURCE,
        )
    for norm, of_norm, words in (
        ("", "", "Frobenius norm over √U"),
        ("_spectral", " in the spectral norm", "spectral norm"),
    ):
        paths = memory_paths(state, warm_up, spectral=bool(norm))
        lags = np.arange(len(paths.full))
        for path, by, derivative in PATHS:
            curve = getattr(paths, path)
            method = f"{derivative}: {words}, mean over the first sequences, from the end of the warm-up"
            label = f"memory by {by}"
            yield Measured(f"flow.{path}{norm}", curve, f"{label}, by lag{of_norm}", "", method, axes={"lag": lags})
            at = min(LAG, len(lags) - 1)
            yield Measured(
                f"flow.{path}{norm}_at_lag", curve[at], f"{label} at the lag{of_norm}", "", f"{method}, at lag {at}"
            )
        if not norm:
            squares = np.sort(np.sum(paths.kept[at] ** 2, axis=0))
            yield Measured(
                "flow.few_share",
                100 * float(np.sum(squares[-FEW:]) / max(float(np.sum(squares)), 1e-300)),
                "how much of the channel's memory at the lag is in its few slowest units",
                "%",
                f"share of Σ (Π f)² that the {FEW} units with the largest hold, over the first sequences, at lag {at}",
            )
        overtaken = np.flatnonzero(paths.detour > paths.direct)
        yield Measured(
            f"flow.overtaken{norm}",
            float(overtaken[0] if len(overtaken) else len(lags)),
            f"the lag from which the detour is stronger than the channel{of_norm}",
            "steps",
            f"first lag at which the detour's derivative is larger than the direct path's, both in the {words}; "
            "one more than were followed, if none is",
        )


PATHS = (
    ("direct", "the channel alone", "∂c(t+lag)/∂c(t) with h held fixed, which is diag(Π f)"),
    ("detour", "all paths but the channel", "∂c(t+lag)/∂c(t) with h moving too, h(t) included, less diag(Π f)"),
    ("full", "all paths", "∂c(t+lag)/∂c(t) with h moving too, h(t) included, by automatic differentiation"),
)


TERMS_SOURCE = "Murdoch and Szlam (2017); Levy et al. (2018)"
TAU_SOURCE = "Tallec and Ollivier (2018); Mahto et al. (2021)"


def contributions(trace: Trace) -> Floats:
    """Return what each timestep still contributes to the last cell state, (B, T, U): (Π_{j>k} f_j)·i_k·g_k.

    Their sum is the cell state exactly where the first state is zero. The bookkeeping of Murdoch and Szlam (2017) and Levy et al.
    (2018); it is not causal attribution, since i, f and g depend on h.
    """
    f = trace.f.astype(np.float64)
    after = np.concatenate([f[:, 1:], np.ones_like(f[:, :1])], axis=1)
    kept = np.cumprod(after[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(kept * trace.i * trace.g)


def time_constants(f: Floats) -> Floats:
    """Return −1 / mean(ln f) for each unit, (U,), in timesteps; f: (B, T, U).

    The mean is that of the logarithm, since retention over many steps is exp Σ ln f (Tallec and Ollivier, 2018; Mahto et al., 2021).
    """
    # float32 rounds a saturated gate to 0 or 1, of which the logarithm or its inverse is not finite.
    bounded = np.clip(f.astype(np.float64), 1e-30, 1 - 2.0**-24)
    return np.asarray(-1 / np.mean(np.log(bounded), axis=(0, 1)))


@dataclass(frozen=True)
class Paths:
    """The size of ∂c_{t+lag}/∂c_t by the channel alone, by all other paths, and by all of them, (lags,) each.

    `kept` is what the channel lets through in each unit, Π f: (lags, B, U).
    """

    kept: Floats
    direct: Floats
    detour: Floats
    full: Floats


def memory_paths(state: State, warm_up: int, *, spectral: bool = False) -> Paths:
    """Return the size of the derivative by path, from the end of the warm-up: its Frobenius norm over √U, or its spectral norm."""
    full = state.jacobian.astype(np.float64)
    lags, sequences, units, _ = full.shape
    f = state.trace.f[:sequences, warm_up : warm_up + lags - 1].astype(np.float64)
    kept = np.concatenate([np.ones((sequences, 1, units)), np.cumprod(f, axis=1)], axis=1).swapaxes(0, 1)
    direct = kept[..., None] * np.eye(units)

    def size(derivative: Floats) -> Floats:
        if spectral:
            return np.asarray(np.linalg.norm(derivative, ord=2, axis=(2, 3)).mean(axis=1))
        return np.asarray(np.sqrt(np.sum(derivative**2, axis=(2, 3)) / units).mean(axis=1))

    return Paths(kept, size(direct), size(full - direct), size(full))


def _valves(run: Run, state: State) -> Iterator[Measured]:
    """Measure what the channel can do when its valves are set by hand."""
    x, warm_up = run.probes.x, run.experiment.warm_up
    trace, weights = state.trace, state.weights
    h, c = trace.h[:, warm_up - 1], trace.c[:, warm_up - 1]
    kept = forward(weights, x[:, warm_up:], h, c, {"f": 1.0, "i": 0.0})
    yield Measured(
        "flow.held_error",
        float(np.max(np.abs(kept.c - c[:, None]))),
        "the largest change in a closed channel",
        "",
        "forget gate held at 1 and input gate at 0 from the end of the warm-up to the end: largest |c − c at the start|",
    )
    emptied = forward(weights, x[:, warm_up : warm_up + 1], h, c, {"f": 0.0, "i": 0.0})
    yield Measured(
        "flow.emptied",
        float(np.max(np.abs(emptied.c))),
        "what an open drain leaves",
        "",
        "forget gate and input gate held at 0 for one timestep: largest |c| after it",
    )


def _gap(run: Run, state: State) -> Iterator[Measured]:
    """Measure how long the wave survives when the input stops."""
    probes, warm_up = run.probes, run.experiment.warm_up
    trace, weights = state.trace, state.weights
    silent = np.zeros_like(probes.x[:, warm_up:])
    y = forward(weights, silent, trace.h[:, warm_up - 1], trace.c[:, warm_up - 1]).y
    yield Measured(
        "flow.gap_lost",
        gap_lost(y, probes.target[:, warm_up:]),
        "how long a gap is in which the wave is lost",
        "steps",
        GAP_METHOD,
    )


GAP_METHOD = (
    "input set to zero from the end of the warm-up: missing samples after which the mean squared error to the clean wave first passes "
    "half that of predicting zero; one more than were followed, if it never does"
)


def gap_lost(y: Floats, target: Floats) -> float:
    """Return after how many missing samples the error of y: (B, T) first passes half that of predicting zero; T + 1 if it never does."""
    errors = np.mean((y.astype(np.float64) - target) ** 2, axis=0)
    lost = np.flatnonzero(errors > squared_error(np.zeros_like(errors), target) / 2)
    return float(lost[0] + 1 if len(lost) else len(errors) + 1)
