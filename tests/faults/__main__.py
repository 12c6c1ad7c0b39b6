"""`python -m tests.faults`: break builds, print what became of them, and on request write the table into a document."""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.faults import FAULTS, Case, Fault
from tests.faults.lab import Lab, Skip, open_lab

BEGIN, END = "<!-- faults -->", "<!-- /faults -->"


def run(*, long: bool, seed: int = 1, only: str = "") -> Iterator[tuple[Fault, list[str | None], list[str]]]:
    """Yield each fault, what came of each try of it, and what was lost or hung."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell has it for what it starts in the background; builds would inherit it, and no Ctrl-C would end them.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    root = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        lab = open_lab(root)
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as lanes:
            for row, fault in enumerate(FAULTS):
                tries = fault.long if long else fault.short
                if not tries or only not in fault.name:
                    continue
                cases = fault.cases(tries, random.Random(f"{seed} {fault.name}"))
                names = [f"{row}-{number}" for number in range(len(cases))]
                ends = list(lanes.map(lambda name, case: _try(lab, name, case), names, cases))
                yield fault, [end for end, _ in ends], [lost for _, lost in ends if lost]
    finally:
        shutil.rmtree(root)


def _try(lab: Lab, name: str, case: Case) -> tuple[str | None, str]:
    with lab.folder(name) as folder:
        try:
            return case(lab, folder), ""
        except Skip as reason:
            return str(reason), ""
        except Exception as error:
            return None, f"{name}: {type(error).__name__}: {error}"


def table_row(fault: Fault, ends: list[str | None], lost: list[str]) -> str:
    """Return a fault's row of the table."""
    skipped = [end for end in ends if end and end.startswith("not tried")]
    if skipped:
        return f"| {fault.name} | 0 | 0 | {skipped[0]} |"
    counts = ", ".join(f"{count} {end}" for end, count in sorted(Counter(end for end in ends if end).items()))
    how = f"{fault.how} ({counts})" if counts else fault.how
    return f"| {fault.name} | {len(ends)} | {len(ends) - len(lost)} | {how} |"


def main() -> None:
    """Try the faults; exit 1 if anything was lost or hung."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="every fault, and 100 kills; some minutes")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed of all moments and places [1]")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults whose name holds this")
    parser.add_argument("--write", type=Path, metavar="FILE", help=f"put the table between {BEGIN} and {END} in it")
    options = parser.parse_args()
    lines, all_lost = ["| fault | tried | survived | how |", "|---|---:|---:|---|"], []
    print(*lines, sep="\n", flush=True)
    tried = 0
    for fault, ends, lost in run(long=options.long, seed=options.seed, only=options.only):
        lines.append(table_row(fault, ends, lost))
        print(lines[-1], flush=True)
        for each in lost:
            print(f"    lost: {each}", file=sys.stderr, flush=True)
        all_lost += lost
        tried += len(ends)
    print(f"{tried} tried, {len(all_lost)} lost or hung, with seed {options.seed}")
    if options.write:
        before, _, rest = options.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        options.write.write_text("\n".join([f"{before}{BEGIN}", *lines, f"{END}{after}"]), encoding="utf-8")
    sys.exit(bool(all_lost))


if __name__ == "__main__":
    main()
