"""What the engine asks of an experiment, its guest; and the one table of guests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from reportgen.errors import ReportgenError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reportgen.drawing import Drawing
    from reportgen.evidence import Evidence

STUDIES = {"lstm": "reportgen.lstm:STUDY", "table": "reportgen.table:STUDY"}
"""Every guest by its name, as module and value; the first is the one of templates that name none."""

Settings = TypeVar("Settings")
Run = TypeVar("Run")


@dataclass(frozen=True)
class Stage:
    """A stage of a build begins, named as the user sees it; `steps` says how many are ahead, if that is known."""

    name: str
    steps: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the stage is over: what to show while it lasts, and a line that is worth keeping, if it is one."""

    detail: str
    line: str = ""


@dataclass(frozen=True)
class Notice:
    """Something that the user should know and need not act on."""

    text: str


Tell: TypeAlias = Callable[["Stage | Step | Notice"], None]

Product: TypeAlias = Literal["run", "evidence", "figures"]


@dataclass(frozen=True)
class Cost:
    """What carrying out an experiment takes: seconds, and bytes of memory in all processes together."""

    seconds: float
    bytes: float


@dataclass(frozen=True)
class Study(Generic[Settings, Run]):
    """An experiment: how it is carried out, what is measured on it, and what can be drawn of it.

    name: as in the table of guests and in what a report carries; case: what a finding is counted over, in singular and plural;
    settings: a frozen dataclass, the section `[experiment]` of a settings file, which raises ValueError as `Report` does.
    `Evidence` says which worlds there are: the conditions under which the same cases are measured.
    """

    name: str
    case: tuple[str, str]
    settings: type[Settings]
    carry_out: Callable[[Settings, Tell], Run]
    """Gives the run. Raises ReportgenError; tells of stages and steps."""

    measure: Callable[[Run], Evidence]
    """Gives everything that was measured on a run, in every world."""

    pack: Callable[[Run], Mapping[str, NDArray[Any]]]
    """Gives by name the arrays that must be kept of a run: what cannot be computed again to the bit."""

    unpack: Callable[[Settings, Mapping[str, NDArray[Any]]], Run]
    """Gives the run back, to the bit. May raise what Python raises where the arrays are not those of a run."""

    digests: Callable[[Run], Mapping[str, str]]
    """Gives SHA-256 digests by which a run is known to be the same."""

    cost: Callable[[Settings], Cost]
    """Tells what carrying out takes on this machine, to within a factor of two, in a second."""

    figures: tuple[str, ...]
    """The names that templates show figures by."""

    draw: Callable[[str, Run, Evidence], Drawing]
    """Draws one of them. Called in a process of its own."""

    sources: Mapping[Product, Sequence[Path]]
    """The files and folders of source that each product comes from, beyond those of the product before it."""

    packages: Mapping[Product, Sequence[str]]
    """The distributions whose version each product depends on, likewise."""

    findings: tuple[str, ...] = ()
    """The measurements that the closing summary shows."""

    unsteady: tuple[str, ...] = ()
    """The measurements, in whichever world, that another machine's rounding moves as it likes: a rerun compares what is said of them."""

    names: Callable[[], Collection[str]] = field(default=tuple)
    """Gives every name that a measurement can have under any settings, in every world, where that is known beforehand."""

    contradictions: Callable[[Settings, Evidence], Iterable[str]] = field(default=lambda *_: ())
    """Gives, in words, what of kept evidence cannot be: cheap enough to ask at every build."""

    measure_case: Callable[[Settings, int, str], Evidence] | None = None
    """Carries out one case alone, counted from 1, and gives what was measured on it, to the bits that it has among others; of one of
    `variants`, if it is named, what can be compared. Called in a process where nothing else runs meanwhile. Raises ReportgenError."""

    cost_of_case: Callable[[Settings], float] = field(default=lambda _: 0.0)
    """Tells how many seconds a case takes, where this machine carries out many."""

    variants: Mapping[str, str] = field(default_factory=dict)
    """Other ways to make a case, by name, with words for each; they are compared with the first, which only chance sets apart."""

    outcome: str = ""
    """The measurement by which variants are compared."""

    compared: tuple[tuple[str, str], ...] = ()
    """Pairs of measurements of the same case that are read against each other."""

    explorer: Path | None = None
    """The folder of scripts that let the reader of a page try the run: `explorer.js`, `explorer.css` and `steps.json` (`html/page.py`)."""

    explored: Callable[[Run], bytes] = field(default=lambda _: b"")
    """Gives what those scripts run, as JSON."""

    files: Callable[[Run], Mapping[str, bytes]] = field(default=lambda _: {})
    """Gives what a run leaves beside the report for other programs, by file name."""

    read: Callable[[Settings, Path], Settings] = field(default=lambda settings, _: settings)
    """Reads the files that settings name, in a folder, and gives settings that hold what is in them: these are what a report carries, and
    nothing else is read to carry the experiment out. Raises ReportgenError."""

    decided: Callable[[Settings], Mapping[str, Any]] = field(default=lambda _: {})
    """Gives, by name, those fields of this value that settings decide: what the cases are called, which figures there are."""

    exact: bool = False
    """Whether evidence follows from settings alone, to the bit and in its words: then `contradictions` tells of all that does not, and an
    audit asks it of every report."""

    def as_set(self, settings: Settings) -> Study[Settings, Run]:
        """Return the study as settings make it."""
        return replace(self, **self.decided(settings))


def find_study(name: str, asked: str = "") -> Study[Any, Any]:
    """Return a guest by its name, the first of the table for an empty one; `asked` says where the name stands, for messages.

    Raises ReportgenError where there is no such guest.
    """
    known = name or next(iter(STUDIES))
    if known not in STUDIES:
        where = f"{asked}: " if asked else ""
        raise ReportgenError(f"{where}this program has no study named {name!r}{nearest(name, STUDIES)}")
    module, _, value = STUDIES[known].partition(":")
    study: Study[Any, Any] = getattr(import_module(module), value)
    return study
