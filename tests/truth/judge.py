"""Compare what a report says with what was computed again: its numbers, its sentences, and its exported network."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from tests.truth.recompute import Report
from tests.truth.sentences import SENTENCES

_NUMBER = r"[−-]?\d[\d,]*(?:\.\d+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
_PRINTED = re.compile(rf"({_NUMBER})(?: \(({_NUMBER}) to ({_NUMBER})\))?")
_POWER = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
ROUNDING = ("decomposition_error", "identity_error", "resume_error", "lifted_error", "sample_between_error")
"""What is rounding in float32, and less in float64."""

SLACK = {
    "snapshot.still_swinging": 5.0,
    "snapshot.period_kept": 5.0,
    "snapshot.recovery": 1.0,
    "flow.detour_at_lag": 2.5e-7,
    "flow.detour_spectral_at_lag": 2.5e-7,
}
"""How far a quantity may be off that hangs on a threshold, or on thousands of free timesteps, in which float32 drifts, or that is a
difference in float32: a derivative of up to one or two, less the direct path, each rounded."""

CLOSE = 0.02
"""How far any other may be off, as a share of itself."""


def faults(folder: Path) -> tuple[list[str], list[dict[str, Any]], int]:
    """Return what is false in the report of a folder, the claims that it prints, and how many printed numbers were compared."""
    written = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    report = Report(folder).compute()
    found = [*_measurements(written["measurements"], report), *_exported(report)]
    compared = 0
    for claim in written["claims"]:
        wrong, numbers = _claim(claim, report)
        compared += numbers
        found += [f"{claim['name']}: {each}: {' '.join(claim['statement'].split())}" for each in wrong]
    return found, written["claims"], compared


def _off(name: str, one: float, other: float) -> bool:
    bare = ".".join(name.split(".")[-2:])
    return abs(one - other) > CLOSE * max(abs(one), abs(other)) + SLACK.get(bare, 0.0) + 1e-9


def _measurements(measurements: dict[str, Any], report: Report) -> list[str]:
    found = []
    for name in report.names:
        if name not in measurements or name.endswith(ROUNDING):
            continue
        for number, (one, other) in enumerate(zip(measurements[name]["values"], report.values(name), strict=True), 1):
            if _off(name, one, other):
                found.append(f"{name} of network {number} is {one:.6g}, computed again {other:.6g}")
    return found


def _exported(report: Report) -> list[str]:
    kept = [
        report.array(f"networks.1.trained.weights.{part}")
        for part in ("kernel", "recurrent_kernel", "bias", "readout_kernel", "readout_bias")
    ]
    there = all(any(k.shape == e.shape and np.array_equal(k, e) for e in report.exported) for k in kept)
    return [] if there else ["model.keras holds other weights than results.npz"]


def _claim(claim: dict[str, Any], report: Report) -> tuple[list[str], int]:
    sentence = SENTENCES.get((claim["name"], claim["fallback"], claim["case"]))
    if sentence is None:
        return ["there is no second reading of this sentence"], 0
    networks = report.settings["networks"]
    held = sum(claim["verdicts"])
    wrong = []
    if sentence.holds is not None:
        cases = [{name: report.values(name)[n] for name in report.names} for n in range(networks)]
        true = sum(sentence.holds(case) for case in cases)
        if true != {"all": networks, "some": held, "none": 0}[claim["case"]]:
            wrong.append(f"read a second time, it holds in {true} of {networks}, and it says {claim['case']} ({held})")
    text = re.sub(r"\$[^$]*\$|@[\w:]+", "", claim["statement"])
    printed = list(_PRINTED.finditer(text))
    if len(printed) != len(sentence.numbers):
        return [*wrong, f"it prints {len(printed)} numbers, and its second reading has {len(sentence.numbers)}"], 0
    for match, name in zip(printed, sentence.numbers, strict=True):
        bare = name.rstrip("~<>")
        values = {"held": [held], "networks": [networks]}.get(bare) or (
            [float(bare)] if bare[0].isdigit() else report.values(bare)
        )
        parts = [float(np.median(values)), min(values), max(values)]
        if name.endswith("<"):
            good = max(values) <= _value(match[1])[0] + 1e-12
        elif name.endswith(">"):
            good = min(values) >= _value(match[1])[0] - 1e-12
        elif match[2] is None:
            good = all(_rounds(bare, part, match[1]) for part in (parts if name.endswith("~") else parts[:1]))
        else:
            good = all(_rounds(bare, part, text) for part, text in zip(parts, match.groups(), strict=True))
        if not good:
            wrong.append(
                f"it prints {match[0]!r} for {bare}, which is {parts[0]:.5g} ({parts[1]:.5g} to {parts[2]:.5g})"
            )
    return wrong, len(printed)


def _value(text: str) -> tuple[float, float]:
    """Return a printed number and the unit of its last digit that counts."""
    mantissa, _, power = text.replace("−", "-").replace(",", "").partition(" × 10")
    scale = 10.0 ** int(power.translate(_POWER)) if power else 1.0
    digits = mantissa.lstrip("-")
    if "." in digits:
        unit = 10.0 ** -len(digits.partition(".")[2])
    else:  # zeros at the end may stand for digits that were rounded away
        unit = 10.0 ** min(len(digits) - len(digits.rstrip("0")), max(len(digits) - 1, 0)) if digits != "0" else 1.0
    return float(mantissa) * scale, unit * scale


def _rounds(name: str, value: float, text: str) -> bool:
    printed, unit = _value(text)
    bare = ".".join(name.split(".")[-2:])
    # Of two that nearly agree, one may be rounded up and the other down.
    slack = 0.1 * CLOSE * abs(value) + SLACK.get(bare, 0.0)
    return math.isfinite(value) and abs(value - printed) <= 0.5001 * unit + slack
