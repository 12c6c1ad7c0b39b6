"""What the rules look at: the paragraphs, figures, tables and references of a Word document as it is read."""

from dataclasses import dataclass

from reportgen.check.package import Package, read_xml, related
from reportgen.check.reader import BOLD, PLAIN, Paragraph, Table, read_main, read_story, read_styles

__all__ = ["BOLD", "PLAIN", "Document", "Paragraph", "Table", "read_document"]

DC = "{http://purl.org/dc/elements/1.1/}"

MAX_TITLE = 1000  # characters; of what is longer the rest is not looked at


@dataclass(frozen=True)
class Document:
    """What a Word document shows; `damage` says why it could not be opened, and then all else is empty."""

    damage: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    notes: tuple[Paragraph, ...] = ()  # footnotes and endnotes
    tables: tuple[Table, ...] = ()  # without those that only lay out figures or a single row
    references: tuple[str, ...] = ()  # bookmark names that cross-references point to
    bookmarks: frozenset[str] = frozenset()  # in lower case: Word ignores it
    equations: int = 0
    equation_objects: int = 0  # Equation Editor and MathType: pictures to all other programs
    title: str = ""
    language: str = ""
    changes: int = 0  # that wait to be accepted or rejected
    comments: int = 0


def read_document(package: Package) -> Document:
    """Read what a package holds, from anyone; raises `NotWord` where that is no Word document."""
    top = related(package, "")
    main = top.get("officeDocument", "")
    beside = related(package, main)
    # One part at a time, so that no two trees are in memory together.
    title, language_of_file = _read_core(package, top.get("core-properties"))
    styles, language = read_styles(package, beside.get("styles"))
    body = read_story(read_main(package, main), styles)
    of_notes = dict.fromkeys(beside[kind] for kind in ("footnotes", "endnotes") if kind in beside)  # each part once
    notes = [read_story(read_xml(package, name), styles) for name in of_notes]
    return Document(
        paragraphs=body.paragraphs,
        notes=tuple(paragraph for story in notes for paragraph in story.paragraphs),
        tables=body.tables,
        references=tuple(name for story in (body, *notes) for name in story.references),
        bookmarks=body.bookmarks.union(*(story.bookmarks for story in notes)),
        equations=sum(story.equations for story in (body, *notes)),
        equation_objects=sum(story.equation_objects for story in (body, *notes)),
        title=title,
        language=language or language_of_file,
        changes=sum(story.changes for story in (body, *notes)),
        comments=sum(story.comments for story in (body, *notes)),
    )


def _read_core(package: Package, name: str | None) -> tuple[str, str]:
    """Give title and language from the properties of the file (ECMA-376 part 2, "Core properties")."""
    if name is None:
        return "", ""
    core = read_xml(package, name)
    return " ".join(core.findtext(f"{DC}title", "")[:MAX_TITLE].split()), core.findtext(f"{DC}language", "").strip()
