"""The whole job: a Word file from nothing, and again after an edit of its text, beside a notebook with the same Keras code; its memory.

The notebook trains one network once and has six figures. The report trains its network eleven times, differently, and has ten.
"""

import contextlib
import json
import math
import shutil
import statistics
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.harness import CHECKOUT, HERE, OWN, PEER, Effort, Missing, in_turn, seconds, seconds_and_peak
from benchmarks.rows import Row

PANDOC = "papermill, nbconvert, pandoc"
MYST = "mystmd"
COLD, REBUILD, MEMORY = "the whole job, cold", "rebuild after an edit of one template", "memory of a cold build"
FIGURES = 6
WORKERS = 2
"""The processes of our build that import TensorFlow, on two cores or more."""


def measure(effort: Effort) -> list[Row]:
    """Return the rows of the cold build, of the rebuild, and of memory."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        makers: dict[str, Callable[[Path], float]] = {"ours": _ours, PANDOC: _with_pandoc, MYST: _with_myst}
        for name in makers:
            (folder / name).mkdir()
        (folder / "ours" / "reportgen.toml").write_text(
            f"[experiment]\nnetworks = 1\nepochs = {1 if effort.quick else 10}\n", encoding="utf-8"
        )
        missing: dict[str, str] = {}

        def make(name: str, prepare: Callable[[Path], None]) -> float:
            prepare(folder / name)
            try:
                return makers[name](folder / name)
            except Missing as why:
                missing[name] = f"missing: {why}"
                return float("nan")

        cold = in_turn(effort.long_rounds, {name: partial(make, name, _afresh) for name in makers})
        again = in_turn(effort.rounds, {name: partial(make, name, _edit) for name in makers})
        memory = _memory(folder / "ours", effort)
    rows = []
    for work, given, reach in ((COLD, cold, 2.0), (REBUILD, again, 15.0)):
        there = [name for name in (PANDOC, MYST) if name not in missing]
        faster = min(there, key=lambda name: statistics.median(given[name]), default=None)
        for name in (PANDOC, MYST):
            asked = reach if name == faster or name in missing else None
            note = missing.get(name, "" if name == faster else "The slower one: the reach is for the faster.")
            rows.append(Row(work, name, given["ours"], [] if name in missing else given[name], reach=asked, note=note))
    rows.append(Row(REBUILD, "0.8 s", again["ours"], [0.8], reach=1.0, absolute=True))
    return rows + memory


def _memory(folder: Path, effort: Effort) -> list[Row]:
    """Return the row that compares all processes of a cold build with as many that import TensorFlow and do nothing."""

    def built() -> float:
        _afresh(folder)
        return seconds_and_peak((OWN, "-m", "reportgen", "--quiet"), folder)[1]

    imported = f"import os, subprocess, sys; {_IMPORT}"
    peaks = in_turn(
        effort.long_rounds,
        {"ours": built, "imports": lambda: seconds_and_peak((OWN, "-c", imported), folder)[1]},
    )
    if any(map(math.isnan, peaks["ours"])):
        return [Row(MEMORY, "`import tensorflow`", [], [], unit="MB", note="missing: no /proc here to measure it in")]
    note = (
        f"The most that all processes hold at a time, shared pages counted once, beside {WORKERS} processes at the same time "
        "that import TensorFlow and Keras and nothing else. At most 1.5 times as much is a ratio of 0.667."
    )
    return [Row(MEMORY, "`import tensorflow`", peaks["ours"], peaks["imports"], unit="MB", reach=0.667, note=note)]


_IMPORT = (
    "code = 'import tensorflow, sys; print(flush=True); sys.stdin.read()'; "
    f"started = [subprocess.Popen([sys.executable, '-c', code], stdin=-1, stdout=-1) for _ in range({WORKERS})]; "
    "[each.stdout.readline() for each in started]; import time; time.sleep(0.3); [each.communicate() for each in started]"
)


def _afresh(folder: Path) -> None:
    """Lay out what a build starts from, with nothing kept of the last one."""
    for path in folder.iterdir():
        if path.name != "reportgen.toml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if (folder / "reportgen.toml").exists():
        shutil.copytree(CHECKOUT / "templates", folder / "templates")
    else:
        (folder / "notebook.ipynb").write_text(json.dumps(_notebook()), encoding="utf-8")


def _edit(folder: Path) -> None:
    """Add a sentence to a text, and to nothing that anything is computed from."""
    path = folder / "templates" / "task.md.j2"
    if path.exists():
        with path.open("a", encoding="utf-8") as file:
            file.write("\nThe waves are made, and not measured.\n")
        return
    path = folder / "notebook.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] += "\n\nThe waves are made, and not measured."
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _ours(folder: Path) -> float:
    return seconds((OWN, "-m", "reportgen", "--quiet"), folder)


def _with_pandoc(folder: Path) -> float:
    """Execute the notebook, make Markdown and pictures of it, and of these a Word file: three commands, since there is no one."""
    pandoc = "import pypandoc; pypandoc.convert_file('run.md', 'docx', outputfile='report.docx')"
    return (
        seconds((PEER, "-m", "papermill", "notebook.ipynb", "run.ipynb", "--no-progress-bar"), folder)
        + seconds((PEER, "-m", "nbconvert", "--to", "markdown", "--no-input", "run.ipynb"), folder)
        + seconds((PEER, "-c", pandoc), folder)
    )


def _with_myst(folder: Path) -> float:
    """Execute and convert in one command, which keeps what cells gave as long as no code changes.

    Its own template for Word files is fetched from the web at each build; an empty one in its place makes the result the same everywhere.
    """
    if not (folder / "myst.yml").exists():
        (folder / "plain").mkdir()
        (folder / "plain" / "template.yml").write_text(
            "myst: v1\njtex: v1\ntitle: plain\nkind: docx\n", encoding="utf-8"
        )
        (folder / "myst.yml").write_text(_MYST, encoding="utf-8")
        (folder / "jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}', encoding="utf-8")
    taken = seconds((PEER.parent / "myst", "build", "--docx", "--execute", "--force"), folder)
    report = folder / "report.docx"
    with zipfile.ZipFile(report) if report.exists() else contextlib.nullcontext() as document:
        pictures = (
            [name for name in document.namelist() if name.startswith("word/media/") and not name.endswith("/")]
            if document
            else []
        )
    if len(pictures) != FIGURES:
        raise Missing(f"mystmd wrote a Word file with {len(pictures)} of {FIGURES} figures")
    return taken


_MYST = """\
version: 1
project:
  title: Report
  exports:
    - format: docx
      template: plain
      articles: [notebook.ipynb]
      output: report.docx
"""


def _notebook() -> dict[str, object]:
    """Return the cells of `workers/notebook.py` as a notebook."""
    cells: list[dict[str, object]] = []
    for cell in (HERE / "workers" / "notebook.py").read_text(encoding="utf-8").split("# %%")[1:]:
        head, _, body = cell.partition("\n")
        kind = "markdown" if "markdown" in head else "code"
        source = (
            "\n".join(line.removeprefix("# ").removeprefix("#") for line in body.splitlines())
            if kind == "markdown"
            else body
        )
        extra: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
        cells.append({"cell_type": kind, "id": f"cell{len(cells)}", "metadata": {}, "source": source.strip(), **extra})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
