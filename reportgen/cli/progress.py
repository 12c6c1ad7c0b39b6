"""What a build says while it runs: a live line on a terminal, plain lines elsewhere; both on standard error."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reportgen.lstm.experiment import TRAININGS, Epoch
from reportgen.pipeline import Notice, Stage, Tell
from reportgen.settings import Experiment

STARTING = "TensorFlow is starting"


def watch() -> AbstractContextManager[Tell]:
    """Return a context whose value is told of every stage, notice and epoch."""
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
        trained = Experiment()

        def finish() -> None:
            for stage in stages[-1:]:
                progress.update(stage, total=1, completed=1, detail="", left="")

        def tell(event: Stage | Notice | Epoch) -> None:
            nonlocal trained
            match event:
                case Stage(experiment=Experiment() as trained):
                    finish()
                    total = TRAININGS * trained.networks * trained.epochs
                    stages.append(progress.add_task(event.name, total=total, detail=STARTING, left=""))
                case Stage():
                    finish()
                    stages.append(progress.add_task(event.name, total=None, detail="", left=""))
                case Notice():
                    progress.console.print(event.text, highlight=False)
                case Epoch():
                    network, epoch = f"{event.network}/{trained.networks}", f"{event.epoch}/{trained.epochs}"
                    detail = f"network {network} epoch {epoch} loss {event.loss:.4f}"
                    progress.update(stages[-1], advance=1, detail=detail, left="left")

        yield tell
        finish()


@contextmanager
def _in_lines() -> Iterator[Tell]:
    over = 0
    trained = Experiment()

    def tell(event: Stage | Notice | Epoch) -> None:
        nonlocal over, trained
        match event:
            case Stage(experiment=Experiment() as trained):
                line = f"training: {trained.networks} × {TRAININGS} networks, {trained.epochs} epochs each; {STARTING}"
            case Stage():
                line = event.name
            case Notice():
                line = event.text
            case Epoch() if event.epoch == trained.epochs:
                over += 1
                line = f"  {over} of {trained.networks * TRAININGS}: network {event.network}, loss {event.loss:.4f}"
            case _:
                return
        print(line, file=sys.stderr, flush=True)

    yield tell
