"""Judges what many students handed in, each in a way that harms none of the others."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reportgen.assignment import Assignment, read_assignment
from reportgen.errors import ReportgenError
from reportgen.inbox.handin import File, HandIn, Student
from reportgen.inbox.judging import Judged, judge_all, sentences_of, undecided
from reportgen.inbox.sources import gather, is_document
from reportgen.pool import Task, carry_out_each, cores, tell

__all__ = ["File", "HandIn", "Inbox", "Judged", "Student", "gather", "is_document", "judge_all", "judge_inbox"]

PATIENCE = 30.0
"""Seconds that one hand-in may take: the slowest that the bounds of `check` let through takes five."""

MOST_MEMORY = 3 * 2**30
"""Bytes of address space of a process that judges, where the system can bound it."""

SAME_AS_REFERENCE = 0.5
"""Such a part of a document's sentences standing in the reference answer is listed."""


@dataclass(frozen=True)
class Inbox:
    """All that was judged, in the order in which it was given; `unreadable` are paths where nothing could be read, and why.

    same: numbers of hand-ins, from 1, that brought the same file; alike: those with the same words in another file; reference: those
    that are the reference answer, or share half of its sentences with it, or were made by this program.
    """

    judged: tuple[Judged, ...]
    unreadable: tuple[ReportgenError, ...] = ()

    @property
    def same(self) -> list[list[int]]:
        """Return who brought the same file."""
        return _alike([each.content for each in self.judged])

    @property
    def alike(self) -> list[list[int]]:
        """Return who brought the same words in files that are not the same."""
        groups = _alike([each.text for each in self.judged])
        return [group for group in groups if len({self.judged[number - 1].content for number in group}) > 1]

    @property
    def reference(self) -> list[int]:
        """Return who brought the reference answer, as far as that can be told."""
        return [
            number for number, each in enumerate(self.judged, 1) if each.shares >= SAME_AS_REFERENCE or each.made_here
        ]


def judge_inbox(
    paths: Iterable[Path],
    templates: Path,
    *,
    reference: Path | None = None,
    processes: int | None = None,
    patience: float = PATIENCE,
    on_judged: Callable[[int], None] = lambda _: None,
) -> Inbox:
    """Judge all that was handed in at these paths by the assignment in a folder of templates.

    `on_judged` is told how many are done. Hand-ins of one student that came at several times stay apart. Raises ReportgenError for what
    concerns all of them; what cannot be read at one path is kept, and does not keep the others from being judged.
    """
    unreadable: list[ReportgenError] = []
    known: dict[int, HandIn] = {}
    found: dict[int, list[Judged]] = {}

    def tasks() -> Iterator[tuple[int, Task]]:
        for hand_in in _each(paths, unreadable):
            number = len(known)
            known[number] = replace(
                hand_in, message=b"", files=tuple(replace(each, content=b"") for each in hand_in.files)
            )
            yield number, (_judge_here, (hand_in,))

    count = 0
    start = partial(_begin, templates, reference)
    with closing(carry_out_each(tasks(), processes=processes or cores(), start=start, patience=patience)) as done:
        for number, content in done:
            fine = isinstance(content, list)
            found[number] = content if fine else [undecided(known[number], _reason(content, patience))]
            count += len(found[number])
            on_judged(count)
    return Inbox(tuple(each for number in sorted(found) for each in found[number]), tuple(unreadable))


def _each(paths: Iterable[Path], unreadable: list[ReportgenError]) -> Iterator[HandIn]:
    for path in paths:
        try:
            yield from gather(path)
        except ReportgenError as error:
            unreadable.append(error)


def _reason(error: object, patience: float) -> str:
    if isinstance(error, TimeoutError):
        return f"it took longer than {patience:.0f} s"
    if isinstance(error, MemoryError):
        return "it took too much memory"
    if isinstance(error, ReportgenError):
        return "its process was ended, probably for want of memory"
    return type(error).__name__


def _alike(digests: list[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for number, digest in enumerate(digests, 1):
        if digest:
            groups.setdefault(digest, []).append(number)
    return [group for group in groups.values() if len(group) > 1]


# In the other process

_known: dict[str, object] = {}


def _begin(templates: Path, reference: Path | None) -> None:
    _bound_memory()
    _known["assignment"] = read_assignment(templates)
    _known["reference"] = sentences_of(reference.read_bytes()) if reference else frozenset()
    tell("begun")


def _judge_here(hand_in: HandIn) -> list[Judged]:
    assignment, reference = _known["assignment"], _known["reference"]
    assert isinstance(assignment, Assignment)
    assert isinstance(reference, frozenset)
    return judge_all(hand_in, assignment, reference)


def _bound_memory() -> None:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (MOST_MEMORY if most == resource.RLIM_INFINITY else min(most, MOST_MEMORY), most)
    )
