"""One archive, written at the end: what a document carries takes the room that was left for it, and nothing else moves."""

import io
import re
import zipfile

from lxml import etree

from reportgen.manuscript import read_manuscript
from reportgen.prose.markdown import parse
from reportgen.word.document import compose, write_docx
from reportgen.word.package import Attachment, fill, pack
from tests.manuscript.test_references import ITEMS
from tests.soundness import require_sound
from tests.word.test_document import PICTURES, PROPERTIES, SAMPLE, part, values

CARRIED = Attachment("urn:a:b", b'<carried xmlns="urn:a:b">x &lt; y</carried>')
RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}"


def entries(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_attachment_stands_in_a_custom_xml_part_with_an_id_of_its_own() -> None:
    made = write_docx(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES, attachment=CARRIED)
    require_sound(made)
    assert entries(made)["customXml/item1.xml"] == CARRIED.xml
    properties = part(made, "customXml/itemProps1.xml")
    (item,) = values(properties, "@*")
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", item)
    assert values(properties, "*/*/@*") == ["urn:a:b"]
    kinds = {each.get("Target"): each.get("Type") for each in part(made, "word/_rels/document.xml.rels")}
    assert str(kinds["../customXml/item1.xml"]).endswith("/customXml")
    other = Attachment("urn:a:b", CARRIED.xml + b"\n")
    again = write_docx(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES, attachment=other)
    assert values(part(again, "customXml/itemProps1.xml"), "@*") != [item]


def test_room_for_an_attachment_changes_no_other_part_but_what_lists_parts() -> None:
    bare, room = (
        compose(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES, room=room) for room in (False, True)
    )
    changed = {name for name in room.parts if room.parts[name] != bare.parts.get(name)}
    assert changed == {
        "[Content_Types].xml", "word/_rels/document.xml.rels", "customXml/item1.xml", "customXml/itemProps1.xml",
        "customXml/_rels/item1.xml.rels",
    }  # fmt: skip
    ids = [str(each.get("Id")) for each in etree.fromstring(bare.parts["word/_rels/document.xml.rels"])]
    assert [str(each.get("Id")) for each in etree.fromstring(room.parts["word/_rels/document.xml.rels"])][:-1] == ids


def test_packing_changes_nothing_of_what_was_composed() -> None:
    composed = compose(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES, room=True)
    before = dict(composed.parts)
    once, twice = (pack(fill(composed, CARRIED)) for _ in range(2))
    assert once == twice
    assert dict(composed.parts) == before
    assert list(entries(once)) == list(composed.parts)
