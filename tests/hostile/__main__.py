"""Give hostile inputs to the command line, count what survives, and write the table into a page.

python -m tests.hostile [--long] [--write docs/reliability.md]
"""

import argparse
import re
import sys
from pathlib import Path

from tests.hostile.tally import FAMILIES, go, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--long", action="store_true", help="all of them (minutes), not a few hundred")
    parser.add_argument("--only", help="one family of inputs")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between its <!-- inputs --> marks")
    options = parser.parse_args()
    outcomes = []
    for outcome in go(long=options.long, only=options.only):
        outcomes.append(outcome)
        if outcome.faults:
            family = FAMILIES[outcome.family]
            kind = family.kinds[outcome.kind].name
            print(f"{family.name}, {kind}, number {outcome.number}: {'; '.join(outcome.faults)}", file=sys.stderr)
    counted = table(outcomes)
    print(counted)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        marked = f"<!-- inputs -->\n{counted}\n<!-- /inputs -->"
        page, places = re.subn("<!-- inputs -->.*<!-- /inputs -->", lambda _: marked, page, flags=re.DOTALL)
        if places != 1:
            print(f"{options.write}: has no <!-- inputs --> … <!-- /inputs -->", file=sys.stderr)
            return 1
        options.write.write_text(page, encoding="utf-8")
    return int(any(outcome.faults for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
