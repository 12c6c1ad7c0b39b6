"""Measure this project beside what a user would pick instead.

python -m benchmarks [FAMILY ...]    measure, all families or some, and write RESULTS.md and baseline.json
python -m benchmarks --write         write them again from what was measured last, with other reasons
python -m benchmarks --quick         at tiny sizes, to see that everything runs; write nothing
python -m benchmarks --check         with fewer rounds; exit 1 if a ratio is more than 20% worse than in baseline.json
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
import tomllib
from dataclasses import asdict
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks import growth, job, networks, page, studies, tracing, training
from benchmarks.harness import CHECK, FULL, HERE, PEER, QUICK
from benchmarks.rows import Row, baseline, slower, table

FAMILIES = {
    "training": training,
    "networks": networks,
    "studies": studies,
    "tracing": tracing,
    "job": job,
    "page": page,
    "growth": growth,
}
RESULTS, BASELINE, REASONS = HERE / "RESULTS.md", HERE / "baseline.json", HERE / "reasons.toml"
MEASURED = PEER.parents[1] / "measured.json"
"""Every sample of the last run, beside the peers' environment, which is not committed either."""

PACKAGES = ("tensorflow", "keras", "torch", "jax", "numpy", "papermill", "nbconvert", "mystmd", "pypandoc_binary")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", choices=[[], *FAMILIES], metavar="FAMILY", help=", ".join(FAMILIES))
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--quick", action="store_true")
    kind.add_argument("--check", action="store_true")
    kind.add_argument("--write", action="store_true")
    options = parser.parse_args()
    effort = QUICK if options.quick else CHECK if options.check else FULL
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    rows: dict[str, list[Row]] = {}
    for name in [] if options.write else options.families or FAMILIES:
        began = time.monotonic()
        rows[name] = FAMILIES[name].measure(effort)
        print(f"{name}, {time.monotonic() - began:.0f} s\n\n{table(rows[name], reasons['why'])}\n", flush=True)
    if options.check:
        worse = slower(list(chain(*rows.values())), json.loads(BASELINE.read_text(encoding="utf-8")))
        print("\n".join(worse) or "no ratio is more than 20% worse than in the baseline")
        return bool(worse)
    if not options.quick:
        _write(rows, reasons)
    return 0


def _write(rows: dict[str, list[Row]], reasons: dict[str, Any]) -> None:
    """Write the results of all families, those not measured now as they were measured last."""
    kept = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    kept |= {name: [asdict(row) for row in measured] for name, measured in rows.items()}
    if rows and hasattr(os, "getloadavg"):
        kept["load"] = os.getloadavg()[2]
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(json.dumps(kept), encoding="utf-8")
    everything = [Row(**row) for name in FAMILIES for row in kept.get(name, [])]
    RESULTS.write_text(
        _results(table(everything, reasons["why"]), kept.get("load"), reasons["did not help"]), encoding="utf-8"
    )
    BASELINE.write_text(json.dumps(baseline(everything), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _results(measured: str, load: float | None, failed: list[str]) -> str:
    return f"""# Measured beside what a user would pick instead

Written by `make bench` on {datetime.date.today()}; see `benchmarks/__main__.py`. All times are wall times: the median of the rounds,
with the lowest and the highest; the peers took turns with ours in each round. **A ratio is the peer's median over ours**, so that more is
better; it has to be at least the reach. Times depend on the machine, ratios much less.

{measured}

![How time and memory grow](growth.svg)

The dotted line is a straight one from nothing to the last point: where the points lie above it, growth is less than linear.

## The machine

{_machine()}
{_load(load)}

## What did not help

{chr(10).join(f"- {line}" for line in failed)}
"""


def _machine() -> str:
    ask = f"""
from importlib.metadata import PackageNotFoundError, version
for name in {PACKAGES}:
    try: print(name, version(name))
    except PackageNotFoundError: print(name, "missing")
"""
    try:
        peers = subprocess.run([PEER, "-c", ask], capture_output=True, text=True, check=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):
        peers = ["no environment of the peers"]
    own = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "numpy", "matplotlib"))
    return "\n".join(
        (
            f"- {_processor()}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores,"
            f" {platform.system()} {platform.machine()}, Python {platform.python_version()}",
            f"- ours and Keras: {own}",
            f"- the other peers: {', '.join(line for line in peers if line)}",
        )
    )


def _load(load: float | None) -> str:
    if load is None:
        return "- how busy it was otherwise is not known"
    return f"- load average of the last quarter of an hour: {load:.1f}; the measurements alone make 1 to 2"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "a processor without a name"


if __name__ == "__main__":
    sys.exit(main())
