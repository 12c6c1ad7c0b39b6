"""What a build says while it runs: a live line on a terminal, plain lines elsewhere; both on standard error."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from reportgen.study import Notice, Stage, Step, Tell


def watch(*, quiet: bool, as_json: bool = False) -> "AbstractContextManager[Tell]":
    """Return a context whose value is told of every stage, step and notice, and says nothing of them if it is to be quiet.

    For programs, each is one JSON object, a line of standard output.
    """
    if as_json:
        return nullcontext(_tell_in_json)
    if quiet:
        return nullcontext(lambda _: None)
    return _on_terminal() if sys.stderr.isatty() else _in_lines()


def _tell_in_json(event: "Stage | Step | Notice") -> None:
    told = {"event": type(event).__name__.lower(), **{name: value for name, value in vars(event).items() if value}}
    print(json.dumps(told), flush=True)


@contextmanager
def _on_terminal() -> "Iterator[Tell]":
    from rich.console import Console  # noqa: PLC0415 - heavy, and of no use where nobody watches
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from reportgen.study import Notice, Stage, Step  # noqa: PLC0415 - `--help` does without

    # Everything fits into 80 columns, since rich cuts the last ones first.
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=14),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        stages: list[TaskID] = []

        def finish() -> None:
            for stage in stages[-1:]:
                progress.update(stage, total=1, completed=1, detail="", left="")

        def tell(event: "Stage | Step | Notice") -> None:
            match event:
                case Stage():
                    finish()
                    if event.note:
                        progress.console.print(f"{event.name}: {event.note}", highlight=False)
                    stages.append(progress.add_task(event.name, total=event.steps, detail="", left=""))
                case Notice():
                    progress.console.print(event.text, highlight=False)
                case Step():
                    progress.update(stages[-1], advance=1, detail=event.detail, left="left")

        yield tell
        finish()


@contextmanager
def _in_lines() -> "Iterator[Tell]":
    from reportgen.study import Notice, Stage, Step  # noqa: PLC0415 - as above

    began, done, steps = time.monotonic(), 0, 0

    def tell(event: "Stage | Step | Notice") -> None:
        nonlocal began, done, steps
        match event:
            case Stage():
                began, done, steps = time.monotonic(), 0, event.steps or 0
                line = f"{event.name}: {event.note}" if event.note else event.name
            case Notice():
                line = event.text
            case Step():
                done += 1
                line = event.line
                if line and done < steps and not line.endswith(" left"):
                    line += _left((time.monotonic() - began) / done * (steps - done))
        if line:
            print(line, file=sys.stderr, flush=True)

    yield tell


def _left(seconds: float) -> str:
    """Say how long a stage goes on, if its steps to come take as long as those before; nothing of the last seconds."""
    if seconds < 5:
        return ""
    return f", about {10 * round(seconds / 10) or 5} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"
