"""Tables as people have them, made small; a folder of one is read as a build reads it."""

from pathlib import Path
from typing import Any

from reportgen.evidence import Evidence
from reportgen.table import STUDY
from reportgen.table.settings import Table

PULSE = "patient,rest,stairs\nA,62,104\nB,71,118\nC,58,97.5\n"
DESCRIBED: dict[str, Any] = {
    "rest": {"label": "the pulse at rest", "method": "counted", "unit": "beats per minute"},
    "stairs": {"label": "the pulse on the stairs", "method": "counted", "unit": "beats per minute"},
}
PAIRED = "patient,group,rest\nA,drug,50\nA,control,62\nB,drug,73\nB,control,71\n"
WORLDS: dict[str, Any] = {"worlds_in": "group", "world": {"drug": "", "control": "without the drug"}}


def read(content: str | bytes, name: str = "measurements.csv", folder: Path = Path(), **settings: Any) -> Table:
    """Write a table into a folder and read it."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    given: dict[str, Any] = {"table": name, "case": ("patient", "patients"), "measurement": DESCRIBED, **settings}
    return STUDY.read(Table(**given), folder)


def measured(content: str | bytes, name: str = "measurements.csv", **settings: Any) -> Evidence:
    """Write a table into the current folder, read and measure it."""
    return STUDY.measure(read(content, name, **settings))
