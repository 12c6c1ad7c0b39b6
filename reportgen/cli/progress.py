"""What a build says while it runs: a live line on a terminal, plain lines elsewhere; both on standard error."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reportgen.study import Notice, Stage, Step, Tell


def watch() -> AbstractContextManager[Tell]:
    """Return a context whose value is told of every stage, step and notice."""
    return _on_terminal() if sys.stderr.isatty() else _in_lines()


@contextmanager
def _on_terminal() -> Iterator[Tell]:
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

        def tell(event: Stage | Step | Notice) -> None:
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
def _in_lines() -> Iterator[Tell]:
    def tell(event: Stage | Step | Notice) -> None:
        match event:
            case Stage():
                line = f"{event.name}: {event.note}" if event.note else event.name
            case Notice():
                line = event.text
            case Step():
                line = event.line
        if line:
            print(line, file=sys.stderr, flush=True)

    yield tell
