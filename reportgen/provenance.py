"""What a report carries inside it, out of sight, so that anyone can check it and run its experiment again.

It is a custom XML part (ECMA-376 part 1, 15.2.5), which word processors keep and do not show: one element with JSON in it. It shows
that a report is consistent, not who made it.
"""

import base64
import datetime
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportgen import __version__
from reportgen.assignment import NEEDED_TEXTS
from reportgen.check.package import NotWord, Package, open_package, read_part, read_xml, relationships
from reportgen.claims.ledger import Claim, claim_from_table, claim_to_table
from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence, evidence_from_table, evidence_to_table
from reportgen.picture import Picture, digest
from reportgen.prose.render import Markdown
from reportgen.settings import Report, Settings
from reportgen.study import Study, find_study
from reportgen.word.package import Attachment, Composed, digest_around, fill

NAMESPACE = "urn:reportgen:provenance:2"

_PACKAGE = Path(__file__).parent
_WRITERS = ("jinja2", "markdown-it-py", "latex2mathml", "mathml2omml-as", "python-docx", "citeproc-py")


@dataclass(frozen=True)
class Figure:
    """A figure's alternative text, and the SHA-256 of its two files; of an SVG that is not there, none."""

    alt: str
    png: str
    svg: str


@dataclass(frozen=True)
class Provenance:
    """What a document comes from, all of it, and what came out: from this alone the same parts are written again.

    `study`: the experiment; `versions`: of this program, of the packages that matter, and of what the numbers were computed on;
    `digests`: SHA-256 by which its run is known; `template`: the one that was rendered; `sources`: it and those that
    it includes, by name; `texts`: what they print besides measurements; `tables`: what they loop over besides; `title`: what the
    document calls itself; `references` in CSL JSON; `looks`: the parts of a reference document, if there was one, by name;
    `parts`: the digest of all parts but this one.
    """

    study: Study[Any, Any]
    settings: Settings
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    template: str
    sources: Mapping[str, str]
    texts: Mapping[str, str]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    title: str
    references: Sequence[Mapping[str, Any]]
    looks: Mapping[str, bytes]
    evidence: Evidence
    claims: Sequence[Claim]
    figures: Mapping[str, Figure]
    parts: str = ""


_SOURCES = (".py", ".js", ".css", ".json")


def carried_figure(picture: Picture) -> Figure:
    """Return what a report carries of a figure."""
    return Figure(picture.alt, digest(picture.png), digest(picture.svg) if picture.svg else "")


class Unreadable(Exception):  # noqa: N818 - says what the part is
    """A part that does not hold what a report carries; its text says why."""


def versions(study: Study[Any, Any]) -> dict[str, str]:
    """Return the versions of what the page depends on, this program's first, with a digest of its source."""
    source = hashlib.sha256()
    for file in sorted(path for path in _PACKAGE.rglob("*") if path.suffix in _SOURCES):
        source.update(f"{file.relative_to(_PACKAGE).as_posix()}\0".encode() + file.read_bytes())
    packages = {name: version(name) for name in (*study.packages.get("figures", ()), *_WRITERS)}
    return {"reportgen": __version__, "source": source.hexdigest()[:16], **packages}


def to_json(provenance: Provenance) -> bytes:
    """Return what a report carries as JSON, in full precision."""
    return json.dumps(
        {
            "study": provenance.study.name,
            "settings": {
                "experiment": asdict(provenance.settings.experiment),
                "report": asdict(provenance.settings.report),
            },
            "versions": dict(provenance.versions),
            "digests": dict(provenance.digests),
            "template": provenance.template,
            "templates": dict(provenance.sources),
            "texts": dict(provenance.texts),
            "tables": _marked(provenance.tables),
            "title": provenance.title,
            "references": list(provenance.references),
            "looks": {name: base64.b64encode(part).decode() for name, part in provenance.looks.items()},
            "evidence": evidence_to_table(provenance.evidence),
            "claims": [claim_to_table(claim) for claim in provenance.claims],
            "figures": {name: asdict(figure) for name, figure in provenance.figures.items()},
            "parts": provenance.parts,
        },
        default=str,  # a date
    ).encode()


def from_json(text: bytes) -> Provenance:
    """Return what `to_json` wrote; raises Unreadable for anything else, whoever wrote it."""
    try:
        table = json.loads(text)
        settings = table["settings"]
        report = {**settings["report"], "date": datetime.date.fromisoformat(settings["report"]["date"])}
        study = find_study(_string(table["study"]) or "?")
        experiment = study.settings(**settings["experiment"])
        provenance = Provenance(
            study=study.as_set(experiment),
            settings=Settings(experiment, Report(**report)),
            versions=_strings(table["versions"]),
            digests=_strings(table["digests"]),
            template=_string(table["template"]),
            sources=_strings(table["templates"]),
            texts=_strings(table["texts"]),
            tables={_string(name): [_row(row) for row in rows] for name, rows in table["tables"].items()},
            title=_string(table["title"]),
            references=_tables(table["references"]),
            looks={name: base64.b64decode(part, validate=True) for name, part in _strings(table["looks"]).items()},
            evidence=evidence_from_table(table["evidence"]),
            claims=tuple(map(claim_from_table, table["claims"])),
            figures={name: Figure(**_strings(figure)) for name, figure in table["figures"].items()},
            parts=_string(table["parts"]),
        )
    except ReportgenError as error:  # no such study
        raise Unreadable(f"{str(error).partition(';')[0]}; audit it with the program that made it") from None
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Unreadable(f"what it carries is damaged ({type(error).__name__})") from None
    if missing := [name for name in NEEDED_TEXTS if name not in provenance.texts]:
        raise Unreadable(f"what it carries is damaged: it lacks the text {missing[0]!r}")
    if sum(map(len, provenance.sources.values())) > _MOST_SOURCE:
        raise Unreadable(f"what it carries is damaged: its templates have more than {_MOST_SOURCE:,} characters")
    if provenance.evidence.case != provenance.study.case:
        raise Unreadable("what it carries is damaged: it has measurements of something else than its study measures")
    return provenance


_MOST_SOURCE = 500_000  # ten times our own


def _strings(table: Any) -> dict[str, str]:
    return {_string(name): _string(value) for name, value in table.items()}


def _marked(value: Any) -> Any:
    """Tell the Markdown in tables from their text, which JSON does not."""
    if isinstance(value, Mapping):
        return {name: _marked(each) for name, each in value.items()}
    if isinstance(value, Markdown):
        return {_MARKDOWN: str(value)}
    return value if isinstance(value, str) else [_marked(each) for each in value]


_MARKDOWN = "markdown"


def _row(table: Any) -> dict[str, Any]:
    """Return a row of a table as templates are given it: of texts, Markdown, and rows."""

    def cell(value: Any) -> Any:
        if isinstance(value, list):
            return [_row(each) for each in value]
        return Markdown(_string(value[_MARKDOWN])) if isinstance(value, dict) else _string(value)

    return {_string(name): cell(value) for name, value in table.items()}


def _tables(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def sealed(document: Composed, provenance: Provenance) -> Provenance:
    """Return what a document of our own comes from, bound to its parts."""
    return replace(provenance, parts=digest_around(document.parts))


def seal(document: Composed, provenance: Provenance) -> Composed:
    """Return a document of our own that carries, in the room that was left for it, what it comes from."""
    told = to_json(sealed(document, provenance)).decode()
    xml = f'{_DECLARATION}<provenance xmlns="{NAMESPACE}">{escape(told)}</provenance>'
    return fill(document, Attachment(NAMESPACE, xml.encode()))


_BLOCK = re.compile(rb'(<script type="text/plain" id="carried">)([A-Za-z0-9+/=]*)(</script>)')
_MOST_CARRIED = 64 * 2**20


def seal_page(page: bytes, told: bytes) -> bytes:
    """Return a page of our own that carries, in the block that was left empty for it, the JSON of what it comes from.

    It is compressed, and bound to the page around it by the SHA-256 that follows it.
    """
    kept = base64.b64encode(zlib.compress(told + hashlib.sha256(page).hexdigest().encode()))
    return _BLOCK.sub(lambda found: found[1] + kept + found[3], page, count=1)


def carried_in_page(page: bytes) -> tuple[bytes, bytes, bool]:
    """Return the JSON that a page carries, the page around it, and whether the two are bound to each other.

    Raises Unreadable where it carries none.
    """
    found = _BLOCK.search(page)
    if found is None or not found[2]:
        raise Unreadable("it carries nothing that this program put there; it was made otherwise, or that was taken out")
    try:
        unpacking = zlib.decompressobj()
        told = unpacking.decompress(base64.b64decode(found[2], validate=True), _MOST_CARRIED)
    except (ValueError, zlib.error) as error:
        raise Unreadable(f"what it carries is damaged ({type(error).__name__})") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise Unreadable("what it carries is damaged, or too much")
    around = page[: found.start(2)] + page[found.end(2) :]
    return told[:-64], around, told[-64:] == hashlib.sha256(around).hexdigest().encode()


def is_page_as_written(page: bytes) -> bool:
    """Return whether a page is what a build wrote, by what it says itself."""
    try:
        return carried_in_page(page)[2]
    except Unreadable:
        return False


_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def carried_in(package: Package) -> bytes:
    """Return the JSON that a document carries. Raises Unreadable where it carries none, and NotWord where it is no document."""
    found = []
    for _, kind, main in relationships(package, ""):
        for _, inner, target in relationships(package, main) if kind == "officeDocument" else ():
            if inner == "customXml" and target in package.parts and (root := read_xml(package, target)) is not None:
                found.append((str(root.tag), root.text or ""))
    for tag, text in found:
        if tag == f"{{{NAMESPACE}}}provenance":
            return text.encode()
    if any(tag.startswith(f"{{{NAMESPACE.rpartition(':')[0]}:") for tag, _ in found):
        raise Unreadable(
            "it was made by another version of this program, which carries other things; audit it with that one"
        )
    raise Unreadable("it carries nothing that this program put there; it was made otherwise, or that was taken out")


def is_as_written(document: bytes) -> bool:
    """Return whether a document is what a build wrote, by what it says itself of its parts."""
    try:
        package = open_package(document)
        said = json.loads(carried_in(package))["parts"]
        assert package.archive is not None
        names = [entry.filename for entry in package.archive.infolist()]
        return bool(said == digest_around({name: read_part(package, name.lower()) for name in names}))
    except (NotWord, Unreadable, ValueError, LookupError, TypeError, RecursionError):
        return False
