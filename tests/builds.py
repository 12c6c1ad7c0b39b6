"""The command line in a process of its own, as a user runs it; every document that it leaves behind is held to be sound."""

import os
import subprocess
import sys
from pathlib import Path

from reportgen.pipeline import Built, build
from reportgen.settings import Settings
from reportgen.study import Tell
from tests.soundness import require_sound

SETTINGS = "[experiment]\nnetworks = 1\n[report]\nauthor = 'A. Name'\ndate = 2024-12-04\n"


def build_here(settings: Settings, tell: Tell = lambda _: None, *, fresh: bool = False) -> Built:
    """Build the report of ./templates in this process, as `build/report.docx`."""
    return build(
        settings,
        Path("templates"),
        Path("build/report.docx"),
        reference_doc=None,
        marking_guide=False,
        fresh=fresh,
        tell=tell,
    )


def reportgen(folder: Path, *arguments: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "reportgen", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    for document in folder.rglob("*.docx"):
        require_sound(document.read_bytes())
    return done
