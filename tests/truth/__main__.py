"""Build under many settings and ask of every sentence whether it is true, by code that shares nothing with the product; `make truth`.

Writes `docs/truth.md`, and fails where a sentence or a number is false. `python -m tests.truth NAME…` asks of some settings alone, and
writes nothing.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.truth.judge import faults

TABLE = Path(__file__).parents[2] / "docs" / "truth.md"

SETTINGS = {
    "default": "",
    "seed 2": "seed = 2",
    "seed 3": "seed = 3",
    "another seed, seven networks": "seed = 11\nnetworks = 7",
    "untrained, or nearly: learning rate 1e-9": "learning_rate = 1e-9",
    "nearly untrained: learning rate 1e-4, 2 epochs": "learning_rate = 1e-4\nepochs = 2\nnetworks = 3",
    "one epoch": "epochs = 1\nnetworks = 3",
    "60 epochs": "epochs = 60\nnetworks = 1",
    "learning rate 0.1": "learning_rate = 0.1\nnetworks = 3",
    "64 training waves": "sequences = 64\nnetworks = 3",
    "batches of 256": "batch_size = 256\nnetworks = 3",
    "one network": "networks = 1",
    "one unit": "units = 1\nnetworks = 3",
    "2 units": "units = 2\nnetworks = 3",
    "4 units": "units = 4\nnetworks = 3",
    "8 units": "units = 8\nnetworks = 3",
    "48 units": "units = 48\nnetworks = 2",
    "no noise": "noise = 0\nnetworks = 3",
    "noise 0.4": "noise = 0.4\nnetworks = 3",
    "noise 10": "noise = 10\nnetworks = 3",
    "periods 4 to 15": "period_min = 4\nperiod_max = 15\nnetworks = 3",
    "periods 25 to 80": "period_min = 25\nperiod_max = 80\nnetworks = 3",
    "one period": "period_min = 20\nperiod_max = 20\nnetworks = 3",
    "60 timesteps": "timesteps = 60\nnetworks = 3",
    "300 timesteps": "timesteps = 300\nsequences = 512\nnetworks = 2",
}


def main(names: list[str]) -> int:
    """Ask of some settings, or of all; returns how many statements are false."""
    rows: list[str] = []
    claims: list[dict[str, Any]] = []
    false = 0
    for name in names or SETTINGS:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "reportgen.toml").write_text(f"[experiment]\n{SETTINGS[name]}\n", encoding="utf-8")
            built = subprocess.run(
                [sys.executable, "-m", "reportgen", "--quiet"], cwd=folder, capture_output=True, text=True, check=False
            )
            if built.returncode:
                sys.exit(f"{name}: {built.stderr}")
            found, printed, compared = faults(Path(folder) / "build")
        findings = [claim for claim in printed if claim["kind"] == "finding"]
        cases = [sum(claim["case"] == case for claim in findings) for case in ("all", "some", "none")]
        rows.append(f"| {name} | {cases[0]} | {cases[1]} | {cases[2]} | {compared} | {len(found)} |")
        print(rows[-1], flush=True)
        print(*(f"    {fault}" for fault in found), sep="\n", flush=True)
        false += len(found)
        claims = claims or findings
    if not names:
        TABLE.write_text(_table(rows, claims), encoding="utf-8")
    return false


def _table(rows: list[str], claims: list[dict[str, Any]]) -> str:
    worlds = []
    for claim in claims:
        names, networks = list(claim["values"]), len(claim["verdicts"])
        compared = sorted({name.partition(".")[0] for name in names} & {"untrained", "chrono"})
        against = [claim["against"]] if claim["against"] else []
        repeats = [
            world
            for world in ("untrained", "chrono")
            if claim["worlds"].get(world) == networks and world not in (*compared, *against)
        ]
        counts = " | ".join(f"{claim['worlds'][w]}" if w in claim["worlds"] else "" for w in ("untrained", "chrono"))
        said = ", ".join([*(f"against {w}" for w in against), *(f"with {w}" for w in compared)])
        mark = f" **unsaid: {', '.join(repeats)}**" if repeats else ""
        worlds.append(f"| {claim['name']} | {sum(claim['verdicts'])} of {networks} | {counts} | {said}{mark} |")
    return "\n".join(
        [
            "# Is every sentence true?",
            "",
            "Written by `make truth`, which builds the report under the settings below and asks of each sentence whether",
            "it is true, by code that shares nothing with the product (`tests/truth/`): the waves are made again from",
            "their seeds, every quantity is computed again in float64 from the weights in `results.npz`, derivatives by a",
            "complex step, and every sentence is read a second time, from its words and not from its test. Every printed",
            "number must be the rounding of what was computed again, and the network in `model.keras` the one that was",
            "measured.",
            "",
            "What this cannot ask: whether TensorFlow trained as it was told; what float32 rounds (bits that are said to be",
            "the same are found the same to rounding); and what single neurons answered, of which the answers are kept and",
            "not the weights.",
            "",
            "| Settings | Findings that hold in all networks | in some | in none | Numbers compared | False |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "## Findings in the controls, at the default settings",
            "",
            "In how many networks the bare test of a finding holds before training, and from chrono initialisation; empty",
            "where it asks what was measured on the trained networks alone. A test that names a control compares with it or",
            "says that it holds there too.",
            "",
            "| Finding | Trained | Untrained | Chrono | Said |",
            "|---|---|---|---|---|",
            *worlds,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
