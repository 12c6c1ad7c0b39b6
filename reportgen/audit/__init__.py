"""An audit: the document that a report says it is, written again from what it carries, against the one that is there."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reportgen.audit.package import Plan, survey
from reportgen.audit.page import MOST_BYTES, Inside, page_changes, rebuild_page
from reportgen.audit.rebuild import Rebuilt, rebuild
from reportgen.audit.view import read_view
from reportgen.audit.words import Change, changes
from reportgen.check.package import NotWord, Package, is_page, open_file, open_parts, read_part
from reportgen.claims.ledger import claim_to_table
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.picture import digest
from reportgen.provenance import Provenance, Unreadable, carried_in, carried_in_page, from_json, versions
from reportgen.results import surroundings

Verdict = Literal["intact", "re-saved", "changed", "cannot be audited"]


class CannotBeAudited(ReportgenError):  # noqa: N818 - it is a verdict
    """The document carries nothing from which it could be written again."""

    exit_code = 4


EXITS: Mapping[Verdict, int] = {
    "intact": 0,
    "changed": DoesNotHold.exit_code,
    "re-saved": 3,
    "cannot be audited": CannotBeAudited.exit_code,
}


@dataclass(frozen=True)
class Audit:
    """What an audit found, from nothing but the file.

    `compared`: how many parts of an intact document, and passages of another; `changes`: what is seen and was not generated so;
    `unknown`: what no rule here knows, so that nobody can say what is seen of it; `faults`: what inside does not fit together;
    `inputs`: what the document was made with and cannot be made anew from measurements;
    `elsewhere`: versions and surroundings that differ from those here, as (what, then, here);
    `other_version`: whether that is so of this program, or of what it writes documents with.
    """

    path: Path
    carried: Provenance
    rebuilt: Rebuilt
    verdict: Verdict
    compared: int
    changes: tuple[Change, ...]
    unknown: tuple[str, ...]
    faults: tuple[str, ...]
    inputs: tuple[str, ...]
    elsewhere: tuple[Change, ...]
    other_version: bool
    page: Inside | None = None  # what was taken as given of a page

    @property
    def same_surroundings(self) -> bool:
        """Whether what made the document is here: then the same experiment gives the same bits."""
        return all(change.where in _WITHOUT_EFFECT for change in self.elsewhere)


_WITHOUT_EFFECT = ("cores",)  # each network is trained by one thread


def audit(path: Path) -> Audit:
    """Compare a report with the one that it says it is.

    Raises CannotBeAudited where the file is no report of this program, DoesNotHold where what it carries gives none, and
    ReportgenError where it cannot be read.
    """
    try:
        if (page := _read_page(path)) is not None:
            return _audit_page(path, page)
        package = open_file(path)
        carried = from_json(carried_in(package))
        _require_consistent(path, carried)
        plan = survey(package)
        files = _files(package, plan, carried)
        rebuilt = _rebuilt(path, carried, files)
        here = versions(carried.study)
        elsewhere = tuple(_elsewhere(carried, here | surroundings(carried.study)))
        other_version = any(change.where in here for change in elsewhere)
        if _is_same(package, rebuilt):
            count = len(rebuilt.parts)
            return Audit(
                path, carried, rebuilt, "intact", count, (), (), (), _inputs(carried), elsewhere, other_version
            )
        then, now = read_view(open_parts(rebuilt.parts)), read_view(package, plan)
    except (NotWord, Unreadable) as reason:
        raise CannotBeAudited(f"{path}: cannot be audited: {reason}") from None
    found = tuple(changes(then, now, tuple(rebuilt.prose.figures)))
    unknown = tuple(each for each in now.unknown if each not in then.unknown)
    whole = all(sha256 in files for name in rebuilt.pictures for sha256 in _files_of(carried, name))
    faults = tuple(_faults(carried, rebuilt, comparable=whole and not other_version and not found))
    verdict: Verdict = "changed" if found or faults else "cannot be audited" if unknown else "re-saved"
    count = sum(1 for passage in now.passages if passage.text)
    return Audit(
        path, carried, rebuilt, verdict, count, found, unknown, faults, _inputs(carried), elsewhere, other_version
    )


def _require_consistent(path: Path, carried: Provenance) -> None:
    """Raise DoesNotHold where a study's measurements follow from its settings alone, and those of a report do not."""
    if carried.study.exact:
        for each in carried.study.contradictions(carried.settings.experiment, carried.evidence):
            raise DoesNotHold(f"{path}: changed since it was generated: what it carries contradicts itself: {each}")


def _read_page(path: Path) -> bytes | None:
    """Return the content of a page; None where a file is none, or cannot be read, which is said of every file alike."""
    try:
        if not path.is_file():  # nor a pipe or a device, which would never end
            return None
        with path.open("rb") as file:
            start = file.read(1000)
            content = start + file.read(MOST_BYTES) if is_page(start) else b""
    except OSError:
        return None
    if len(content) > MOST_BYTES:
        raise Unreadable("it is larger than any page of this program")
    return content or None


def _audit_page(path: Path, content: bytes) -> Audit:
    told, around, bound = carried_in_page(content)
    carried = from_json(told)
    _require_consistent(path, carried)
    here = versions(carried.study)
    elsewhere = tuple(_elsewhere(carried, here | surroundings(carried.study)))
    other_version = any(change.where in here for change in elsewhere)
    try:
        rebuilt, inside, generated = rebuild_page(path, carried, around)
    except ReportgenError as error:
        raise DoesNotHold(f"{path}: what it carries gives no page: {error}") from None
    inputs = (
        *_inputs(carried),
        *((f"the {carried.evidence.case[1]} that its explorer runs",) if inside.explored else ()),
    )
    found = () if generated == around else tuple(page_changes(generated, around))
    faults = tuple(_faults(carried, rebuilt, comparable=False))
    if not bound:
        faults = (
            *faults,
            "the digest that it carries is that of another page: its figures, or what its explorer runs, may be others",
        )
    verdict: Verdict = "changed" if found or faults or generated != around else "intact"
    return Audit(path, carried, rebuilt, verdict, 1, found, (), faults, inputs, elsewhere, other_version, inside)


def _rebuilt(path: Path, carried: Provenance, files: Mapping[str, bytes]) -> Rebuilt:
    try:
        return rebuild(path, carried, files)
    except ReportgenError as error:
        raise DoesNotHold(f"{path}: what it carries gives no report: {error}") from None


def _files(package: Package, plan: Plan, carried: Provenance) -> dict[str, bytes]:
    """Return by SHA-256 the files of a document that are those of its figures; each part is unpacked once."""
    wanted = {sha256 for name in carried.figures for sha256 in _files_of(carried, name)}
    targets = {each.target for found in plan.relations.values() for each in found.values() if each.kind == "image"}
    files = {}
    for target in sorted(targets):
        content = read_part(package, target)
        if (sha256 := digest(content)) in wanted:
            files[sha256] = content
    return files


def _is_same(package: Package, rebuilt: Rebuilt) -> bool:
    """Return whether every part is the same, to the byte; sizes first, so that no more is unpacked than was generated."""
    assert package.archive is not None  # it was a file
    parts = package.parts.values()
    entries = {entry.filename: entry.file_size for entry in parts if not isinstance(entry, bytes)}
    return entries == {name: len(content) for name, content in rebuilt.parts.items()} and all(
        read_part(package, name.lower()) == content for name, content in rebuilt.parts.items()
    )


def _elsewhere(carried: Provenance, here: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*carried.versions, *here)):
        then, now = carried.versions.get(name, "not set"), here.get(name, "not set")
        if then != now:
            yield Change(name, then, now)


def _inputs(carried: Provenance) -> tuple[str, ...]:
    """Name what was given when the document was made: measurements and templates say nothing of it."""
    own = [name for name in carried.figures if name not in carried.study.figures]
    count = len(carried.figures) - len(own)
    figures = [f"{count} {'figure' if count == 1 else 'figures'}, until they are drawn anew"] if count else []
    if own:
        figures.append(
            f"what the author's own {'picture shows' if len(own) == 1 else 'pictures show'} ({', '.join(own)})"
        )
    looks = [name for name in carried.looks if name.startswith("word/") and not name.startswith("word/_rels/")]
    sha256 = hashlib.sha256(b"".join(carried.looks[name] for name in sorted(carried.looks))).hexdigest()
    kinds = ", ".join(sorted({Path(name).stem.rstrip("0123456789") for name in looks} - {"document"}))
    studied = [
        f"what a study of {each['count']} {carried.evidence.case[1]} found, which is not run again"
        for each in carried.tables.get("studied", ())
    ]
    return (*figures, *studied, *([f"{kinds} of a reference document (SHA-256 {sha256[:16]}…)"] if looks else []))


def _files_of(carried: Provenance, name: str) -> tuple[str, ...]:
    figure = carried.figures[name]
    return (figure.png, figure.svg) if figure.svg else (figure.png,)


def _faults(carried: Provenance, rebuilt: Rebuilt, *, comparable: bool) -> Iterator[str]:
    """Yield where what is carried of the document is not what templates and measurements give.

    The digest of its parts is `comparable` where all of them could be written again; LibreOffice drops the SVGs of figures.
    """
    then, now = ({claim.name: claim for claim in claims} for claims in (carried.claims, rebuilt.prose.claims))
    for name in dict.fromkeys((*then, *now)):
        if name not in then or name not in now:
            yield f"the ledger that it carries {'lacks' if name in now else 'has'} the claim {name!r}"
        elif claim_to_table(then[name]) != claim_to_table(now[name]):
            yield f"the ledger that it carries says otherwise of the claim {name!r} than its measurements"
    if carried.sources.keys() != rebuilt.prose.sources.keys():
        yield "it carries a template that is not in it"
    if unseen := carried.figures.keys() - rebuilt.prose.figures.keys():
        yield f"it carries the figure {min(unseen)!r}, which it does not show"
    if comparable and carried.parts != rebuilt.parts_digest:
        yield "the digest that it carries is that of another document"
