"""Every family of inputs given to the real command line, and what came of it, counted."""

import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import click

from reportgen.lstm import experiment
from reportgen.main import main
from tests.hostile import carried, documents, results, settings, templates
from tests.hostile.inputs import Kind
from tests.hostile.judge import Ending, faults, run

Command = tuple[str, ...]

TIMES = 3  # what an input may cost, against the audit of an honest report at the same time on the same machine


@dataclass(frozen=True)
class Family:
    """Inputs that are given to the same commands, and what each way to end means there."""

    name: str
    commands: Sequence[Command]
    kinds: Sequence[Kind]
    meaning: Callable[[Ending], str]
    stand_in: Callable[[], object] = lambda: None  # takes, in the process of its own, the place of what is not tried


@dataclass(frozen=True)
class Outcome:
    """What one input led to: the fault of each command, none where it survived, and how each of them ended."""

    family: int
    kind: int
    number: int
    faults: tuple[str, ...]
    how: tuple[str, ...]


def _train_nothing() -> None:
    def stop(*_: object) -> None:
        raise click.exceptions.Exit(0)

    vars(experiment)["carry_out"] = stop  # what is tried ends before it begins to train


def _judged(ending: Ending) -> str:
    if ending.status in (0, 3):  # an audit may find a document saved anew
        return "accepted"
    if "✗ A1" in ending.out:
        return "not opened"
    if ending.status == 4 or "gives no report" in ending.err:
        return "not auditable"
    return "judged" if ending.status == 1 else "refused"


_AUDIT = ("audit", str(documents.FILE), "--no-rerun")

FAMILIES = (
    Family(
        "settings",
        [("--settings", str(settings.FILE), "--quiet")],
        settings.KINDS,
        lambda ending: "accepted" if ending.status == 0 else "refused",
        _train_nothing,
    ),
    Family(
        "kept results",
        [("--settings", str(settings.FILE), "--quiet")],
        results.KINDS,
        lambda ending: "made anew" if ending.status == 0 else "refused",
        _train_nothing,
    ),
    Family(
        "templates",
        [("--templates", str(templates.FOLDER), "--quiet")],
        templates.KINDS,
        lambda ending: ("rendered", "does not hold", "refused")[ending.status],
        templates.stand_in,
    ),
    Family("documents", [("check", str(documents.FILE)), _AUDIT], documents.KINDS, _judged),
    Family("carried by a report", [_AUDIT], carried.KINDS, _judged),
)


def go(*, long: bool, only: str | None = None) -> Iterator[Outcome]:
    """Yield the outcome of every input of a pass, in no order."""
    tasks = [
        (family, kind, number)
        for family, of_family in enumerate(FAMILIES)
        for kind, of_kind in enumerate(of_family.kinds)
        for number in of_kind.numbers(long=long)
        if only in (None, of_family.name)
    ]
    templates.prepare()
    documents.prepare()
    carried.prepare()
    _measure()
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        yield from pool.imap_unordered(_try, tasks, chunksize=4)


_honest = [0.0]  # seconds of a processor, as last measured


def _measure() -> None:
    ending = run(partial(_command_line, _AUDIT, lambda: None), carried.lay_honest)
    if _judged(ending) != "accepted":
        raise RuntimeError(f"the honest report fails its audit:\n{ending.out}{ending.err}")
    _honest[0] = ending.seconds


def slow(ending: Ending) -> list[str]:
    """Return that an ending took too long, if it did: what looks so is looked at again beside an honest report."""
    if ending.seconds >= TIMES * _honest[0]:
        _measure()
    ratio = ending.seconds / _honest[0]
    return [f"took {ratio:.1f} times as long as an honest report"] if ratio >= TIMES else []


def _try(task: tuple[int, int, int]) -> Outcome:
    family, kind, number = task
    of = FAMILIES[family]
    found, how = [], []
    for command in of.commands:
        ending = run(partial(_command_line, command, of.stand_in), partial(of.kinds[kind].lay, number))
        wrong = faults(ending) + slow(ending)
        found += wrong
        how += [] if wrong else [of.meaning(ending)]
    return Outcome(family, kind, number, tuple(found), tuple(how))


def _command_line(command: Command, stand_in: Callable[[], object]) -> None:
    stand_in()
    sys.argv = ["reportgen", *command]
    main()


def table(outcomes: Sequence[Outcome]) -> str:
    """Return what was tried and what survived, by kind, as Markdown."""
    lines = ["| input | kind | tried | survived | how |", "|---|---|---:|---:|---|"]
    for family, of_family in enumerate(FAMILIES):
        own = [outcome for outcome in outcomes if outcome.family == family]
        for kind, of_kind in enumerate(of_family.kinds):
            lines.append(_row(of_family.name, of_kind.name, [outcome for outcome in own if outcome.kind == kind]))
        lines.append(_row(f"**{of_family.name}**", "**all**", own))
    return "\n".join(lines)


def _row(family: str, kind: str, outcomes: Sequence[Outcome]) -> str:
    survived = sum(not outcome.faults for outcome in outcomes)
    how = Counter(how for outcome in outcomes for how in outcome.how)
    counted = ", ".join(f"{how[name]} {name}" for name in sorted(how))
    return f"| {family} | {kind} | {len(outcomes)} | {survived} | {counted} |"
