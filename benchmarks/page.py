"""The page: how long a redraw of its explorer takes while somebody drags through time, and what writing it adds to a rebuild."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import CHECKOUT, Effort
from benchmarks.rows import Row

FRAMES = {16: 16.0, 128: 33.0}
"""By the units of a network, how many milliseconds a redraw may take."""

ADDED = 0.15
"""Seconds that the page may add to a rebuild."""


def measure(effort: Effort) -> list[Row]:
    """Return the rows of both; without a browser, that of the rebuild alone."""
    rows = []
    for units, most in FRAMES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _build(folder, units)
            if units == min(FRAMES):
                added = [_added(folder) for _ in range(effort.rounds)]
                note = "Of which the claims opened are most, and the figures' rewriting; measured within a rebuild that drew nothing."
                rows.append(
                    Row(
                        "what the page adds to a rebuild",
                        f"{ADDED:g} s",
                        added,
                        [ADDED],
                        reach=1,
                        note=note,
                        absolute=True,
                    )
                )
            frames = _frames(folder / "build" / "report.html")
        work = f"a redraw of the explorer while dragging, {units} units"
        note = (
            "Medians of every timestep of the wave, dragged through three times. " if frames else "missing: no Chromium"
        )
        rows.append(Row(work, f"{most:g} ms", frames, [most] if frames else [], "ms", 1, note.strip(), absolute=True))
    return rows


def _build(folder: Path, units: int) -> None:
    settings = f"[experiment]\nnetworks = 1\nunits = {units}\nepochs = 2\nsequences = 64\n"
    (folder / "reportgen.toml").write_text(settings, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "reportgen", "--quiet"], cwd=folder, check=True, env=_environment())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


_TIMED = """
import json, sys, time
from reportgen import pipeline
taken = []
def timed(name):
    inner = getattr(pipeline, name)
    def run(*arguments):
        began = time.perf_counter()
        try: return inner(*arguments)
        finally: taken.append(time.perf_counter() - began)
    setattr(pipeline, name, run)
timed("report_page")
timed("inline_svg")
from reportgen.main import main
sys.argv[1:] = ["--quiet"]
try: main()
except SystemExit as end: assert not end.code
print(json.dumps(sum(taken)))
"""


def _added(folder: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _TIMED], cwd=folder, check=True, capture_output=True, text=True, env=_environment()
    )
    return float(json.loads(done.stdout))


_DRAG = """
async () => {
  const explorer = document.getElementById("explorer");
  const slider = explorer.querySelector('input[type="range"]');
  const frames = [];
  for (let round = 0; round < 3; round++)
    for (let t = Number(slider.min); t <= Number(slider.max); t++) {
      slider.value = String(t);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      frames.push(Number(explorer.dataset.frame));
    }
  return frames;
}
"""


def _frames(page: Path) -> list[float]:
    """Return how long each redraw took, in milliseconds."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.html.browser import CHROMIUM
    except ImportError:
        return []
    if CHROMIUM is None:
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1400, "height": 1000})
        opened.goto(page.as_uri())
        opened.wait_for_selector('#explorer[data-state="ready"]')
        frames = opened.evaluate(_DRAG)
        browser.close()
    return [float(each) for each in frames]
