"""What each printed sentence says, written a second time, from its words: the numbers it prints, in order, and what must hold.

An entry stands under the claim's name, which of its tests it belongs to (0 for the first), and the case. `numbers`: the quantities
that are printed, with ~ where a range goes with it; `holds`: what the sentence says of one network. Where it says that of every
network, it must hold in all; where it gives a count, in so many; where it says that it holds in none, in none. None: it prints
numbers and says no more of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]
Holds = Callable[[Values], bool]


@dataclass(frozen=True)
class Sentence:
    """One way of saying a claim."""

    numbers: tuple[str, ...]
    holds: Holds | None


SENTENCES: dict[tuple[str, int, str], Sentence] = {}


def _says(claim: str, fallback: int, case: str, numbers: str, holds: Holds | None = None) -> None:
    SENTENCES[claim, fallback, case] = Sentence(tuple(numbers.split()), holds)


def _learned(v: Values) -> bool:
    return v["task.error"] < min(v["task.error_window"], v["untrained.task.error"])


def _river(v: Values, world: str = "") -> bool:
    return v[f"{world}flow.mean_age"] < v["task.period_min"] and v[f"{world}flow.old_share"] < 50


def _overtaken(v: Values) -> bool:
    at_lag = v["flow.detour_at_lag"] > v["flow.direct_at_lag"]
    return max(v["flow.overtaken"], v["flow.overtaken_spectral"]) <= v["flow.lag"] and (
        at_lag or v["flow.overtaken"] > 0
    )


def _longer(v: Values) -> bool:
    return all(v[f"flow.{path}_at_lag"] / v[f"untrained.flow.{path}_at_lag"] > 2 for path in ("direct", "full"))


def _behind(v: Values) -> bool:
    return v["plain.error"] > v["task.error"]


def _recalled(v: Values) -> bool:
    learned = v["recall.r2_chrono"] > 0.9 and max(v["recall.r2_default"], v["recall.r2_plain"]) < 0.5
    return learned and v["recall.c_decides_chrono"] > 0.9 and v["recall.h_decides_chrono"] < 0.5


def _needs_h(v: Values) -> bool:
    zero, told, anyway = (v[f"snapshot.off_{n}"] for n in ("with_h_zero", "with_h_told", "anyway"))
    return told < anyway < zero


def _sharper(v: Values) -> bool:
    return all(v[f"snapshot.{what}_r2"] > v[f"untrained.snapshot.{what}_r2"] for what in ("phase", "frequency"))


def _read(v: Values) -> bool:
    return all(v[f"{w}snapshot.{what}_r2"] > 0.9 for w in ("", "untrained.") for what in ("phase", "frequency"))


def _echo(v: Values) -> bool:
    without = v["snapshot.phase_r2_samples"], v["snapshot.frequency_r2_products"]
    return _read(v) and min(without) > 0.9


def _loop(v: Values, world: str = "") -> bool:
    return v[f"{world}snapshot.plane_share"] > 80 and abs(v[f"{world}snapshot.turns"] - 1) < 0.1


def _oscillates(v: Values, world: str = "") -> bool:
    swinging = v[f"{world}snapshot.still_swinging"]
    return swinging > 50 and v[f"{world}snapshot.period_kept"] < swinging


def _replaced(v: Values, world: str = "") -> bool:
    return v[f"{world}flow.net"] < v[f"{world}flow.inflow"]


def _steered(v: Values) -> bool:
    return min(v["flow.steered_by_input"], v["flow.steered_by_hidden"]) > 50


def _matters(gate: str) -> Holds:
    return lambda v: min(v[f"gates.unlearned_{gate}"], v[f"gates.cost_{gate}_mean"]) > 1.5


def _forget(v: Values) -> bool:
    return _matters("f")(v) and min(v["gates.cost_f_0"], v["gates.cost_f_1"]) > v["gates.cost_f_mean"]


def _makes_up(v: Values) -> bool:
    most = all(v[f"gates.retrained_{n}"] < v[f"gates.cost_{n}_mean"] / 2 for n in "fio")
    return most and v["gates.retrained_g"] > 1.5 * v["gates.reseeded"]


def _lifts(v: Values) -> bool:
    alone = max(v["gates.away_point"], v["gates.away_window"])
    return alone <= 75 and alone < v["gates.away_state"]


def _by_phase(v: Values, world: str = "") -> bool:
    return all(v[f"{world}gates.locked_{n}"] > 50 for n in "fiog")


_says(
    "learned",
    0,
    "all",
    "task.probes task.warm_up task.error~ untrained.task.error task.warm_up task.error_window chrono.task.error",
    lambda v: _learned(v) and v["chrono.task.error"] < v["untrained.task.error"],
)
_says(
    "learned",
    1,
    "all",
    "task.probes task.warm_up task.error~ untrained.task.error task.warm_up task.error_window",
    _learned,
)
_says("learned", 1, "some", "held networks task.warm_up task.warm_up task.error~ task.error_window", _learned)
_says("learned", 1, "none", "task.warm_up task.warm_up task.error~ task.error_window untrained.task.error~", _learned)
_says(
    "bound",
    0,
    "all",
    "task.error_sinusoid",
    lambda v: (
        min(v[n] for n in ("task.error", "task.error_window", "untrained.task.error", "chrono.task.error"))
        > v["task.error_sinusoid"]
    ),
)
for _case, _numbers in (("all", ""), ("some", " held networks"), ("none", "")):
    _says("bound", 1, _case, f"task.error_sinusoid{_numbers}", lambda v: v["task.error_sinusoid"] < v["task.error"])
for _case, _numbers in (("all", ""), ("some", "held networks"), ("none", "")):
    _says("free_run", 0, _case, _numbers, lambda v: v["task.free_run_error_10"] < v["task.error_persistence"])
_says("valves", 0, "all", "", lambda v: v["flow.held_error"] == v["flow.emptied"] == 0)
_says("exact", 0, "all", "flow.decomposition_error<", lambda v: v["flow.decomposition_error"] < 1e-10)
_says(
    "refilled",
    0,
    "all",
    "flow.mean_age~ flow.old_share~ untrained.flow.mean_age",
    lambda v: _river(v) and _river(v, "untrained."),
)
_says("refilled", 1, "all", "flow.mean_age~ flow.old_share~", _river)
_says("refilled", 1, "some", "held networks flow.mean_age~", _river)
_says("refilled", 1, "none", "flow.mean_age~ flow.old_share~")
_says(
    "short",
    0,
    "all",
    "flow.time_constant~ untrained.flow.time_constant flow.time_constant_max~ task.period_min",
    lambda v: max(v["flow.time_constant"], v["untrained.flow.time_constant"]) < v["task.period_min"],
)
_says("short", 1, "all", "flow.time_constant~ flow.time_constant_max~ task.period_min")
_says("short", 1, "some", "flow.time_constant~ held networks", lambda v: v["flow.time_constant"] < v["task.period_min"])
_says("short", 1, "none", "flow.time_constant~", lambda v: v["flow.time_constant"] < v["task.period_min"])
_AT_LAG = "flow.lag flow.direct_at_lag flow.detour_at_lag flow.full_at_lag"
_says(
    "elsewhere",
    0,
    "all",
    f"flow.overtaken~ untrained.flow.overtaken~ flow.overtaken_spectral~ {_AT_LAG}",
    lambda v: (
        _overtaken(v) and max(v["untrained.flow.overtaken"], v["untrained.flow.overtaken_spectral"]) <= v["flow.lag"]
    ),
)
_says("elsewhere", 1, "all", _AT_LAG, _overtaken)
_says("elsewhere", 1, "some", "held networks flow.lag", _overtaken)
_says("elsewhere", 1, "none", _AT_LAG, _overtaken)
_UNTRAINED = "untrained.flow.direct_at_lag untrained.flow.full_at_lag"


def _concentrated(v: Values) -> bool:
    return v["flow.few_share"] > max(50, v["untrained.flow.few_share"])


_FEW = "flow.few_share~ untrained.flow.few_share"
_says("few", 0, "all", _FEW, _concentrated)
_says("few", 0, "some", "held networks", _concentrated)
_says("few", 0, "none", _FEW)
_says("lengthened", 0, "all", _UNTRAINED, _longer)
_says("lengthened", 0, "some", "held networks", _longer)
_says("lengthened", 0, "none", _UNTRAINED, _longer)
_GAP = "plain.error plain.gap_lost~ flow.gap_lost~ flow.lag plain.derivative_at_lag~"
_says("plain", 0, "all", _GAP, lambda v: _behind(v) and v["flow.detour_at_lag"] > v["flow.direct_at_lag"])
_says("plain", 1, "all", _GAP, _behind)
_says("plain", 1, "some", "plain.error flow.lag plain.derivative_at_lag held networks", _behind)
_says("plain", 1, "none", "plain.error flow.lag plain.derivative_at_lag", _behind)
_says(
    "recalled",
    0,
    "all",
    "recall.r2_default recall.r2_plain~ recall.r2_chrono recall.c_decides_chrono recall.h_decides_chrono",
    _recalled,
)
_says("recalled", 0, "some", "held networks", _recalled)
_says("recalled", 0, "none", "recall.r2_default~ recall.r2_chrono~ recall.r2_plain~")


def _holds_through(v: Values) -> bool:
    part = 0.1 < v["recall.r2_without_feedback_chrono"] < v["recall.r2_chrono"]
    return part and v["recall.time_constant_max_chrono"] > v["recall.noise"]


_says(
    "reservoir",
    0,
    "all",
    "recall.time_constant_max_chrono~ recall.time_constant_max_start recall.r2_without_feedback_chrono~",
    _holds_through,
)
_says("reservoir", 0, "some", "held networks", _holds_through)
_says("reservoir", 0, "none", "recall.time_constant_max_chrono~ recall.r2_without_feedback_chrono~")
for _case, _numbers in (
    ("all", "chrono.flow.time_constant~ flow.time_constant_chrono_start chrono.task.error~"),
    ("some", "held networks"),
    ("none", "chrono.flow.time_constant~ chrono.task.error"),
):
    _says(
        "chrono",
        0,
        _case,
        _numbers,
        None
        if _case == "none"
        else lambda v: (
            v["chrono.flow.time_constant"] > v["flow.time_constant"] and v["chrono.task.error"] > v["task.error"]
        ),
    )
_says("resume", 0, "all", "", lambda v: v["snapshot.resume_error"] < 1e-3)
_OFF = "snapshot.off_with_h_zero~ snapshot.off_anyway snapshot.off_with_h_told"
_says("without_h", 0, "all", _OFF, _needs_h)
_says("without_h", 0, "some", "held networks", _needs_h)
_says("without_h", 0, "none", "snapshot.off_with_h_zero snapshot.off_with_h_told snapshot.off_anyway")
_R2 = "snapshot.phase_r2 snapshot.frequency_r2 untrained.snapshot.phase_r2 untrained.snapshot.frequency_r2"
_says("echo", 0, "all", f"{_R2} snapshot.window snapshot.phase_r2_samples snapshot.frequency_r2_products", _echo)
_SAMPLES = "snapshot.window snapshot.phase_r2_samples snapshot.frequency_r2_products"
_says("echo", 0, "some", f"{_R2} {_SAMPLES} 0.9 held networks", _echo)
_says("echo", 0, "none", _R2)
_says("sharper", 0, "all", "", _sharper)
_says("sharper", 0, "some", "held networks", _sharper)
_says("sharper", 0, "none", "")
_says("plane", 0, "all", "snapshot.plane_share", lambda v: _loop(v) and _loop(v, "untrained."))
_says("plane", 1, "all", "snapshot.plane_share", _loop)
_says("plane", 1, "some", "held networks", _loop)
_says("plane", 1, "none", "snapshot.plane_share~ snapshot.turns~")
_ORBIT = "snapshot.long_run snapshot.still_swinging~ untrained.snapshot.still_swinging~ snapshot.period_kept~"
_says(
    "orbit",
    0,
    "all",
    f"{_ORBIT} chrono.snapshot.still_swinging chrono.snapshot.period_kept",
    lambda v: _oscillates(v) and not _oscillates(v, "untrained."),
)
_says(
    "orbit",
    0,
    "some",
    "snapshot.long_run held networks",
    lambda v: _oscillates(v) and not _oscillates(v, "untrained."),
)
_says("orbit", 0, "none", "snapshot.long_run snapshot.still_swinging~ snapshot.period_kept~")
_TRANSPLANT = "snapshot.transplant_error_donor snapshot.transplant_error_host snapshot.transplant_error_untouched"


def _follows(v: Values) -> bool:
    return v["snapshot.transplant_error_host"] > 2 * v["snapshot.transplant_error_donor"]


_says(
    "transplant",
    0,
    "all",
    _TRANSPLANT,
    lambda v: _follows(v) and v["snapshot.transplant_error_donor"] > 2 * v["snapshot.transplant_error_untouched"],
)
for _case, _numbers in (("all", ""), ("some", "held networks "), ("none", "")):
    _says("transplant", 1, _case, f"{_numbers}{_TRANSPLANT}", _follows)


def _c_over_h(v: Values) -> float:
    return v["snapshot.transplant_error_h"] / v["snapshot.transplant_error_c"]


_CARRIED = "snapshot.transplant_error_c snapshot.transplant_error_h"
_says(
    "carried",
    0,
    "all",
    _CARRIED,
    lambda v: _c_over_h(v) > 2,
)
_says("carried", 0, "some", f"held networks {_CARRIED}", lambda v: _c_over_h(v) > 2)
_says("carried", 0, "none", _CARRIED)
for _case, _numbers in (("all", "snapshot.recovery>"), ("some", "held networks"), ("none", "")):
    _says("recovery", 0, _case, _numbers, lambda v: v["snapshot.recovery"] > v["flow.mean_age"])
_FLOWS = "flow.leak flow.inflow flow.net"
_says("net", 0, "all", _FLOWS, lambda v: all(_replaced(v, w) for w in ("", "untrained.", "chrono.")))
_says("net", 1, "all", _FLOWS, _replaced)
_says("net", 1, "some", "held networks", _replaced)
_says("net", 1, "none", _FLOWS)


def _told(v: Values) -> bool:
    return v["flow.sample_between_error"] < 0.001


_says("between", 0, "all", "flow.sample_between_error<", _told)
_says("between", 0, "some", "held networks", _told)
_says("between", 0, "none", "flow.sample_between_error<", _told)
_STEERED = "flow.steered_by_input flow.steered_by_hidden"
_says(
    "steered",
    0,
    "all",
    f"{_STEERED} untrained.flow.steered_by_input untrained.flow.steered_by_hidden",
    _steered,
)
_says("steered", 0, "some", "held networks", _steered)
_says("steered", 0, "none", _STEERED)


_says("forget", 0, "all", "gates.cost_f_mean gates.cost_f_1 gates.cost_f_0 gates.unlearned_f", _forget)
_says("forget", 0, "some", "held networks gates.unlearned_f~ gates.cost_f_mean~", _forget)
_says("forget", 0, "none", "gates.unlearned_f~ gates.cost_f_mean~")
_says(
    "input",
    0,
    "all",
    "gates.cost_i_0 gates.cost_i_mean gates.unlearned_i",
    lambda v: _matters("i")(v) and v["gates.cost_i_0"] > v["gates.cost_i_mean"],
)
_says(
    "input",
    0,
    "some",
    "gates.unlearned_i~ gates.cost_i_mean~ held networks",
    lambda v: _matters("i")(v) and v["gates.cost_i_0"] > v["gates.cost_i_mean"],
)
_says("input", 0, "none", "gates.unlearned_i~ gates.cost_i_mean~")


def _seen_by_both(v: Values) -> bool:
    return _matters("o")(v) and min(v["gates.cost_o_read_out"], v["gates.cost_o_fed_back"]) > 1.5


_says(
    "output",
    0,
    "all",
    "gates.cost_o_read_out gates.cost_o_fed_back gates.cost_o_mean gates.unlearned_o",
    _seen_by_both,
)
_says("output", 0, "some", "gates.unlearned_o~ gates.cost_o_mean~ held networks", _seen_by_both)
_says("output", 0, "none", "gates.unlearned_o~ gates.cost_o_mean~")
_says(
    "candidate",
    0,
    "all",
    "gates.cost_g_mean gates.unlearned_g",
    lambda v: _matters("g")(v) and v["gates.cost_g_mean"] > max(v[f"gates.cost_{n}_mean"] for n in "fio"),
)
_says("candidate", 1, "all", "gates.cost_g_mean gates.unlearned_g", _matters("g"))
_says("candidate", 1, "some", "gates.unlearned_g~ gates.cost_g_mean~ held networks", _matters("g"))
_says("candidate", 1, "none", "gates.unlearned_g~ gates.cost_g_mean~")
_says("lifted", 0, "all", "gates.lifted_error<", lambda v: v["gates.lifted_error"] < 1e-10)
_says(
    "learns",
    0,
    "all",
    "",
    lambda v: all(v[f"gates.gradient_{n}"] > 0 and v[f"gates.moved_{n}"] > 50 for n in "fiog"),
)
_says(
    "learns",
    1,
    "all",
    "gates.moved_f gates.moved_i gates.moved_o gates.moved_g",
    lambda v: all(v[f"gates.gradient_{n}"] > 0 for n in "fiog"),
)
_says("functions", 0, "all", "", lambda v: _by_phase(v) and _by_phase(v, "untrained."))
_LOCKED = ("gates.locked_f", "gates.locked_i", "gates.locked_o", "gates.locked_g")
_says("functions", 1, "all", " ".join(_LOCKED), _by_phase)
_says("functions", 1, "some", "held networks", _by_phase)
_says("functions", 1, "none", " ".join(f"{name}~" for name in _LOCKED))


def _swings(v: Values) -> bool:
    farther = all(v[f"gates.swing_{n}"] > v[f"untrained.gates.swing_{n}"] for n in "fiog")
    return farther and all(v[f"gates.together_{n}"] < 0.5 for n in "fiog")


_says("swings", 0, "all", "gates.swung_least~", _swings)
_says("swings", 0, "some", "held networks", _swings)
_says("swings", 0, "none", "gates.swung_least~")
_RETRAINED = ("gates.retrained_f", "gates.retrained_i", "gates.retrained_o")
_says(
    "needed", 0, "all", f"{' '.join(f'{name}~' for name in _RETRAINED)} gates.reseeded~ gates.retrained_g~", _makes_up
)
_EVERY = " ".join(f"{name}~" for name in (*_RETRAINED, "gates.retrained_g", "gates.reseeded"))
_says("needed", 0, "some", f"{_EVERY} held networks", _makes_up)
_says("needed", 0, "none", _EVERY)
_says(
    "lifted_limit",
    0,
    "all",
    "gates.away_point gates.away_window snapshot.window gates.away_state~ gates.away_untrained~",
    _lifts,
)
_TAUGHT = "gates.away_state~ gates.away_untrained~ gates.away_point~ snapshot.window gates.away_window~"
_says("lifted_limit", 0, "some", f"{_TAUGHT} held networks", _lifts)
_says("lifted_limit", 0, "none", "gates.away_point~ gates.away_window~ gates.away_state~")
