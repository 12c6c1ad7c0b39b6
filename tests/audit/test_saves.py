"""A document that another program saved anew is told from one that was changed: no false alarm, and no word lost."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from tests.audit.office import converted, needs_office
from tests.audit.packages import DOCUMENT, W, edited, in_tree, parts, with_parts, xml
from tests.audit.reports import judged
from tests.builds import reportgen
from tests.check.answers import complete, saved


def split_runs(document: bytes) -> bytes:
    """Write the same text as Word does after some editing: in pieces, with marks of spelling and of the session between."""
    root = etree.fromstring(parts(document)[DOCUMENT])
    w = f"{{{root.nsmap['w']}}}"
    for text in list(root.iter(f"{w}t")):
        run, words = text.getparent(), text.text or ""
        if run is None or run.tag != f"{w}r" or len(words) < 4 or len(run.findall(f"{w}t")) > 1:
            continue
        half = len(words) // 2
        second = etree.fromstring(etree.tostring(run))
        text.text = words[:half]
        for piece in second.iter(f"{w}t"):
            piece.text = words[half:]
            piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        second.set(f"{w}rsidR", "00AB12CD")
        run.addnext(second)
        run.addnext(etree.Element(f"{w}proofErr", {f"{w}type": "spellStart"}))
    return with_parts(document, {DOCUMENT: etree.tostring(root)})


def other_equations(document: bytes) -> bytes:
    """Write brackets and fractions as LibreOffice writes them back."""
    root = etree.fromstring(parts(document)[DOCUMENT])
    m = f"{{{root.nsmap['m']}}}"
    for run in root.iter(f"{m}r"):
        for properties in run.findall(f"{m}rPr"):
            run.remove(properties)
    return with_parts(document, {DOCUMENT: etree.tostring(root)})


def without_svg(document: bytes) -> bytes:
    content = re.sub(rb"<a:extLst>.*?</a:extLst>", b"", parts(document)[DOCUMENT])
    return with_parts(document, {DOCUMENT: content})


def with_page_numbers(document: bytes) -> bytes:
    return edited(document, '<w:t xml:space="preserve">1</w:t>', "<w:t>17</w:t>", "word/footer1.xml")


def as_word_does(document: bytes) -> bytes:
    """Add what Word notes for itself: sessions, marks of paragraphs, where pages broke, how far it looked for mistakes."""

    def note(root: etree._Element) -> None:
        for number, paragraph in enumerate(root.iter(f"{W}p")):
            paragraph.set(f"{W}rsidR", "00AB12CD")
            paragraph.set("{http://schemas.microsoft.com/office/word/2010/wordml}paraId", f"{number:08X}")
        run = next(root.iter(f"{W}r"))
        run.insert(1, xml("<w:lastRenderedPageBreak/>"))
        run.addprevious(xml('<w:bookmarkStart w:id="900" w:name="_GoBack"/>'))
        run.addprevious(xml('<w:bookmarkEnd w:id="900"/>'))
        for properties in root.iter(f"{W}rPr"):
            properties.append(xml("<w:noProof/>"))

    def settle(root: etree._Element) -> None:
        root.append(xml('<w:rsids><w:rsidRoot w:val="00AB12CD"/><w:rsid w:val="00AB12CD"/></w:rsids>'))
        root.append(xml('<w:themeFontLang w:val="en-US"/>'))
        root.append(xml('<w:decimalSymbol w:val="."/>'))

    def know(root: etree._Element) -> None:
        root.insert(
            1,
            xml(
                '<w:latentStyles w:defLockedState="0"><w:lsdException w:name="Normal" w:qFormat="1"/></w:latentStyles>'
            ),
        )
        root.append(
            xml(
                '<w:style w:type="character" w:customStyle="1" w:styleId="Heading1Char"><w:name w:val="Heading 1 Char"/>'
                '<w:uiPriority w:val="9"/><w:rsid w:val="00AB12CD"/><w:rPr><w:b/></w:rPr></w:style>'
            )
        )

    return in_tree(in_tree(in_tree(document, note), settle, "word/settings.xml"), know, "word/styles.xml")


@pytest.mark.parametrize("save", [split_runs, other_equations, without_svg, with_page_numbers, as_word_does])
def test_what_a_word_processor_changes_when_it_saves_is_no_change(
    short: bytes, tmp_path: Path, save: Callable[[bytes], bytes]
) -> None:
    changed = save(short)
    assert changed != short
    found = judged(changed, tmp_path)
    assert (found.verdict, found.changes, found.unknown, found.faults) == ("re-saved", (), (), ())


def test_folders_that_an_archiver_lists_are_no_change(short: bytes, tmp_path: Path) -> None:
    listed = with_parts(short, {"word/": b"", "word/media/": b""})
    assert judged(listed, tmp_path).verdict == "intact"
    hidden = judged(with_parts(short, {"word/": b"a message"}), tmp_path)
    assert (hidden.verdict, hidden.unknown) == ("cannot be audited", ("the part word/, to which nothing leads",))


@needs_office
def test_what_libreoffice_saves_anew_is_told_so_and_nothing_else(built: Path, short: bytes, tmp_path: Path) -> None:
    """A short report in which everything stands, the reference answer, one with a reference document, and the marking guide."""
    reference = complete()
    reference.sections[0].header.paragraphs[0].text = "University of Somewhere"
    arguments = ("--marking-guide", "--contents", "--reference-doc", str(saved(reference, tmp_path)))
    copy = shutil.copytree(built, tmp_path / "copy")  # what it asks for is not what the others' build was made with
    done = reportgen(copy, *arguments, "--output", str(tmp_path / "referenced.docx"))
    assert done.returncode == 0, done.stderr
    documents = {
        "short": short,
        "report": (built / "build" / "report.docx").read_bytes(),
        "referenced": (tmp_path / "referenced.docx").read_bytes(),
        "guide": (tmp_path / "marking-guide.docx").read_bytes(),
    }
    again = converted(tmp_path, "docx", documents)
    assert again.keys() == documents.keys()
    for name, document in again.items():
        found = judged(document, tmp_path)
        assert (name, found.verdict, found.changes, found.unknown, found.faults) == (name, "re-saved", (), (), ())


@needs_office
def test_a_word_that_was_changed_before_it_was_saved_anew_is_found(short: bytes, tmp_path: Path) -> None:
    forged = edited(short, "two sides", "no sides")
    found = judged(converted(tmp_path, "docx", {"forged": forged})["forged"], tmp_path)
    assert [(change.then, change.now) for change in found.changes] == [
        ("• a coin has two sides,", "• a coin has no sides,")
    ]
