"""What a build says while it runs, where nobody watches a terminal: lines, with how long is left."""

import itertools

import pytest

from reportgen.cli import progress
from reportgen.study import Notice, Stage, Step


def lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seconds: float, steps: int | None
) -> list[str]:
    """Return what is said of steps that take so many seconds each, by a clock of its own."""
    clock = itertools.count(0, seconds)
    monkeypatch.setattr("reportgen.cli.progress.time.monotonic", lambda: next(clock))
    with progress.watch(quiet=False) as tell:
        next(clock)
        tell(Stage("training", steps, "5 networks"))
        tell(Notice("by the way"))
        for step in range(1, 5):
            tell(Step("detail", f"  {step} of {steps}"))
    return capsys.readouterr().err.splitlines()


def test_each_line_says_how_long_is_left_until_the_last_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lines(capsys, monkeypatch, 10, 4) == [
        "training: 5 networks", "by the way",
        "  1 of 4, about 30 s left", "  2 of 4, about 20 s left", "  3 of 4, about 10 s left", "  4 of 4",
    ]  # fmt: skip
    assert lines(capsys, monkeypatch, 60, 4)[2] == "  1 of 4, about 3 min left"


def test_nothing_is_said_of_seconds_nor_where_nobody_knows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds, steps in ((0.5, 4), (10, None), (10, 2)):
        said = lines(capsys, monkeypatch, seconds, steps)
        assert [line for line in said if "left" in line] == (["  1 of 2, about 10 s left"] if steps == 2 else [])


def test_a_line_that_says_it_itself_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.watch(quiet=False) as tell:
        tell(Stage("studying", 100))
        tell(Step("1", "  1 made, 9 min left"))
    assert capsys.readouterr().err.splitlines()[1] == "  1 made, 9 min left"
