"""What a report carries inside it, out of sight, so that anyone can check it and run its experiment again.

It is a custom XML part (ECMA-376 part 1, 15.2.5), which word processors keep and do not show: one element with JSON in it. It shows
that a report is consistent, not who made it.
"""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportgen import __version__
from reportgen.assignment import NEEDED_TEXTS
from reportgen.claims.ledger import Claim, claim_from_table, claim_to_table
from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence, evidence_from_table, evidence_to_table
from reportgen.settings import Report, Settings
from reportgen.study import Study, find_study
from reportgen.word.package import Attachment, Composed, pack

NAMESPACE = "urn:reportgen:provenance:1"

_PACKAGE = Path(__file__).parent
_WRITERS = ("jinja2", "markdown-it-py", "latex2mathml", "mathml2omml-as", "python-docx", "citeproc-py")


@dataclass(frozen=True)
class Figure:
    """A figure's alternative text, and the SHA-256 of its two files."""

    alt: str
    png: str
    svg: str


@dataclass(frozen=True)
class Provenance:
    """What a report comes from, and what came out.

    `study`: the experiment;
    `versions`: of this program, of the packages that matter, and of what the numbers were computed on; `digests`: SHA-256 by
    which its run is known; `sources`: the templates that were rendered, by name; `texts`: what they print besides
    measurements; `references` in CSL JSON; `margins`: what stands in header and footer; `content`: the digest of all that is seen.
    """

    study: Study[Any, Any]
    settings: Settings
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    sources: Mapping[str, str]
    texts: Mapping[str, str]
    references: Sequence[Mapping[str, Any]]
    evidence: Evidence
    claims: Sequence[Claim]
    figures: Mapping[str, Figure]
    margins: Sequence[str]
    content: str


class Unreadable(Exception):  # noqa: N818 - says what the part is
    """A part that does not hold what a report carries; its text says why."""


def versions(study: Study[Any, Any]) -> dict[str, str]:
    """Return the versions of what the page depends on, this program's first, with a digest of its source."""
    source = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
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
            "templates": dict(provenance.sources),
            "texts": dict(provenance.texts),
            "references": list(provenance.references),
            "evidence": evidence_to_table(provenance.evidence),
            "claims": [claim_to_table(claim) for claim in provenance.claims],
            "figures": {name: asdict(figure) for name, figure in provenance.figures.items()},
            "margins": list(provenance.margins),
            "content": provenance.content,
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
        provenance = Provenance(
            study=study,
            settings=Settings(study.settings(**settings["experiment"]), Report(**report)),
            versions=_strings(table["versions"]),
            digests=_strings(table["digests"]),
            sources=_strings(table["templates"]),
            texts=_strings(table["texts"]),
            references=_tables(table["references"]),
            evidence=evidence_from_table(table["evidence"]),
            claims=tuple(map(claim_from_table, table["claims"])),
            figures={name: Figure(**_strings(figure)) for name, figure in table["figures"].items()},
            margins=tuple(map(_string, table["margins"])),
            content=_string(table["content"]),
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


def _tables(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def attach(document: Composed, payload: bytes) -> bytes:
    """Return a document of our own that carries JSON out of sight, in the room that was left for it."""
    xml = f'{_DECLARATION}<provenance xmlns="{NAMESPACE}">{escape(payload.decode())}</provenance>'
    return pack(document, Attachment(NAMESPACE, xml.encode()))


_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
