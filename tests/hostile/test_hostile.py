"""Hostile inputs, tried in a process of their own: a fork of one that has imported TensorFlow has its memory and its modules."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKS = Path(__file__).with_name("checks.py")


def passed(which: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-m", which, str(CHECKS)]
    done = subprocess.run(command, cwd=CHECKS.parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.ci
def test_a_short_pass_and_the_judge_of_it() -> None:
    assert " passed" in passed("not slow")


@pytest.mark.slow
def test_a_long_pass() -> None:
    assert "1 passed" in passed("slow")
