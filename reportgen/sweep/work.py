"""What a worker does, wherever it is: carry out one case, and give its scalars. Imported by reference, so it must be installed there."""

import functools
import threading
import time
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence, evidence_to_table
from reportgen.results import source_fingerprint
from reportgen.study import find_study

_ONE_AT_A_TIME = threading.Lock()
"""Frameworks keep seeds and threads for a whole process: two cases at a time in one would change each other's numbers."""


def carry_out(study: str, settings: dict[str, Any], variant: str, number: int, described: bool) -> dict[str, Any]:
    """Return what was measured on one case: `values` by name, or why it `failed`; the `seconds` it took, and the `source` it came from.

    What the program cannot do under these settings is a failure that would come again; everything else is raised, and may be tried again.
    With `described`, `about` tells what the measurements are.
    """
    guest = find_study(study)
    measure = guest.measure_case
    assert measure is not None  # `read_plan` asked
    with _ONE_AT_A_TIME:
        began = time.perf_counter()
        row: dict[str, Any] = {"source": _source(study), "failed": "", "values": {}}
        try:
            evidence = measure(guest.settings(**settings), number, variant)
        except ReportgenError as error:
            return row | {"failed": str(error), "seconds": time.perf_counter() - began}
        scalars = {name: each for name, each in evidence.measurements.items() if each.is_scalar}
        row["values"] = {name: each.cases[0] for name, each in scalars.items()}
        row["seconds"] = time.perf_counter() - began
        if described:
            row["about"] = evidence_to_table(Evidence(evidence.case, evidence.worlds, evidence.count, scalars))
        return row


@functools.cache
def _source(study: str) -> str:
    return source_fingerprint(find_study(study))
