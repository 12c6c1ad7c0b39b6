"""Ways to make a report show something else than was generated, each found or thought of by whoever attacked the audit.

A forgery takes a report and returns one in which Word or LibreOffice shows something else.
"""

from collections.abc import Callable

from lxml import etree

from tests.audit.packages import (
    DOCUMENT,
    OFFICE,
    PIC,
    WP,
    A,
    M,
    R,
    W,
    edited,
    in_tree,
    parts,
    related,
    typed,
    with_parts,
    xml,
)

Forgery = Callable[[bytes], bytes]
LIE = "It is false that "


def body_text(root: etree._Element) -> etree._Element:
    """Return the first run of a paragraph of prose, which is not in a table and says something."""
    for paragraph in root.iterfind(f"{W}body/{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        run = paragraph.find(f"{W}r")
        if (
            style is not None
            and style.get(f"{W}val") == "BodyText"
            and run is not None
            and len(run.findtext(f"{W}t", "")) > 20
        ):
            return run
    raise AssertionError("there is no text")


def _beside(element: etree._Element, new: etree._Element) -> None:
    element.addprevious(new)


def inserted(inline: str) -> Forgery:
    """Put something before the first words of the text."""
    return lambda report: in_tree(report, lambda root: _beside(body_text(root), xml(inline)))


def wrapped(opening: str, inside: str, closing: str = "") -> Forgery:
    """Put the first words of the text into something: `inside` is the path to where, if that is not the element itself."""

    def forge(root: etree._Element) -> None:
        run = body_text(root)
        around = xml(opening)
        run.addprevious(around)
        place = around if not inside else around.find(inside)
        assert place is not None
        place.append(run)

    return lambda report: in_tree(report, forge)


def field(code: str, result: str = LIE, locked: str = "") -> Forgery:
    """Put a field before the first words of the text, which shows what its code says or, until it is updated, its result."""

    def forge(root: etree._Element) -> None:
        run = body_text(root)
        for piece in (
            f'<w:r><w:fldChar w:fldCharType="begin"{locked}/></w:r>',
            f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>',
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
            f'<w:r><w:t xml:space="preserve">{result}</w:t></w:r>',
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        ):
            run.addprevious(xml(piece))

    return lambda report: in_tree(report, forge)


def field_about(code: str) -> Forgery:
    """Make the first words of the text the result of a field, which shows something else once it is updated."""

    def forge(root: etree._Element) -> None:
        run = body_text(root)
        for piece in (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>',
            f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>',
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
        ):
            run.addprevious(xml(piece))
        run.addnext(xml('<w:r><w:fldChar w:fldCharType="end"/></w:r>'))

    return lambda report: in_tree(report, forge)


# The package


def two_main_documents(report: bytes) -> bytes:
    """Let the true type of relationship lead to the forged part, and another one that ends in the same word to the generated one."""
    content = parts(report)
    forged = typed(
        report, "word/forged.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    )
    forged = with_parts(
        forged,
        {
            "word/forged.xml": parts(inserted(f"<w:r><w:t>{LIE}</w:t></w:r>")(report))[DOCUMENT],
            "word/_rels/forged.xml.rels": content["word/_rels/document.xml.rels"],
        },
    )
    forged = edited(forged, 'Target="word/document.xml"', 'Target="word/forged.xml"', "_rels/.rels")
    other = '<Relationship Id="rIdNew" Type="urn:another/officeDocument" Target="word/document.xml"/></Relationships>'
    return edited(forged, "</Relationships>", other, "_rels/.rels")


def alternative_chunk(report: bytes) -> bytes:
    """Word inserts the text of a part of another format when it opens the document (17.17.2.1)."""
    report, key = related(report, "aFChunk", "chunk.html")
    report = typed(with_parts(report, {"word/chunk.html": f"<p>{LIE}</p>".encode()}), "word/chunk.html", "text/html")
    return in_tree(report, lambda root: root[0].insert(3, xml(f'<w:altChunk r:id="{key}"/>')))


def subdocument(report: bytes) -> bytes:
    report, key = related(report, "subDocument", "forged.docx", external=True)
    return in_tree(report, lambda root: root[0].insert(3, xml(f'<w:p><w:subDoc r:id="{key}"/></w:p>')))


def attached_template(report: bytes) -> bytes:
    """Word takes styles from it where that is asked for, and fetches it from wherever it is."""
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/attachedTemplate" Target="https://example.org/a.dotm" TargetMode="External"/></Relationships>'
    )
    report = with_parts(report, {"word/_rels/settings.xml.rels": rels.encode()})
    new = xml('<w:attachedTemplate r:id="rId1"/>')
    return in_tree(report, lambda root: root.insert(1, new), "word/settings.xml")


def hyperlink_target(report: bytes) -> bytes:
    return edited(report, 'Target="https://', 'Target="https://evil.example/', "word/_rels/document.xml.rels")


# Text


def text_after_an_element(report: bytes) -> bytes:
    def forge(root: etree._Element) -> None:
        body_text(root).tail = LIE

    return in_tree(report, forge)


def deleted_text_in_a_run(report: bytes) -> bytes:
    return inserted(f'<w:r><w:delText xml:space="preserve">{LIE}</w:delText></w:r>')(report)


def styled(style: str, kind: str, about: str) -> Forgery:
    """Add a style, and set the first words, or their paragraph, in it."""

    def forge(report: bytes) -> bytes:
        report = in_tree(report, lambda root: root.append(xml(style)), "word/styles.xml")

        def set_in(root: etree._Element) -> None:
            run = body_text(root)
            if kind == "character":
                run.insert(0, xml(f'<w:rPr><w:rStyle w:val="Forged"/>{about}</w:rPr>'))
            else:
                found = run.getparent().find(f"{W}pPr/{W}pStyle")  # type: ignore[union-attr]  # a run stands in a paragraph
                assert found is not None
                found.set(f"{W}val", "Forged")

        return in_tree(report, set_in)

    return forge


HIDING = '<w:style w:type="character" w:styleId="Forged"><w:name w:val="Forged"/><w:rPr><w:vanish/></w:rPr></w:style>'
HIDING_ALL = (
    '<w:style w:type="paragraph" w:styleId="Forged"><w:name w:val="Forged"/><w:basedOn w:val="BodyText"/>'
    "<w:rPr><w:vanish/></w:rPr></w:style>"
)
LISTED = (
    '<w:style w:type="paragraph" w:styleId="Forged"><w:name w:val="Forged"/><w:basedOn w:val="BodyText"/>'
    '<w:pPr><w:numPr><w:numId w:val="77"/></w:numPr></w:pPr></w:style>'
)


def list_text(report: bytes) -> bytes:
    """Let a style bring a list, and the list bring words."""

    def number(root: etree._Element) -> None:
        abstract = xml(
            '<w:abstractNum w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
            f'<w:lvlText w:val="{LIE}"/></w:lvl></w:abstractNum>'
        )
        root.insert(0, abstract)
        root.append(xml('<w:num w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))

    return styled(LISTED, "paragraph", "")(in_tree(report, number, "word/numbering.xml"))


def second_properties(report: bytes) -> bytes:
    """Of two properties, one reader takes the first and another the last."""

    def hide(root: etree._Element) -> None:
        for style in root.iterchildren(f"{W}style"):
            if style.get(f"{W}styleId") == "Caption":
                style.append(xml("<w:rPr><w:vanish/></w:rPr>"))

    return in_tree(report, hide, "word/styles.xml")


def default_hidden(report: bytes) -> bytes:
    """Let a style of the report's own hide what is set in it."""

    def hide(root: etree._Element) -> None:
        for style in root.iterchildren(f"{W}style"):
            if style.get(f"{W}styleId") == "Caption":
                style[-1].append(xml("<w:vanish/>"))

    return in_tree(report, hide, "word/styles.xml")


def phantom(report: bytes) -> bytes:
    """Put a part of an equation into a phantom, which takes room and is not seen (22.1.2.81)."""

    def hide(root: etree._Element) -> None:
        run = next(root.iter(f"{M}r"))
        around = xml('<m:phant><m:phantPr><m:show m:val="0"/></m:phantPr><m:e/></m:phant>')
        run.addprevious(around)
        around[1].append(run)

    return in_tree(report, hide)


def moved_fraction(report: bytes) -> bytes:
    """Leave the same signs in the same order, and make another equation of them."""

    def move(root: etree._Element) -> None:
        for base in root.iter(f"{M}sSub"):
            below = base.find(f"{M}sub")
            assert below is not None
            if len(below):
                base.addnext(below[-1])
                return
        raise AssertionError("there is no index")

    return in_tree(report, move)


def raised(report: bytes) -> bytes:
    """Write a number as the sign of its power, which is the number only to whoever takes such signs apart."""

    def raise_(root: etree._Element) -> None:
        text = next(each for each in root.iter(f"{M}t") if "1" in (each.text or ""))
        text.text = str(text.text).replace("1", "\N{SUPERSCRIPT ONE}")

    return in_tree(report, raise_)


def upright(report: bytes) -> bytes:
    """Set a letter of an equation as text: a name where a variable was (22.1.2.71)."""

    def set_(root: etree._Element) -> None:
        run = next(root.iter(f"{M}r"))
        properties = run.find(f"{M}rPr")
        if properties is None:
            properties = xml("<m:rPr/>")
            run.insert(0, properties)
        properties.insert(0, xml("<m:nor/>"))

    return in_tree(report, set_)


# Small things that show, each found by an edit by chance and a look at the pages


def spaces_left_out(report: bytes) -> bytes:
    """Word leaves out the spaces at the ends of a text that does not ask for them to be kept."""
    space = "{http://www.w3.org/XML/1998/namespace}space"

    def leave_out(root: etree._Element) -> None:
        text = next(each for each in root.iter(f"{W}t") if (each.text or "").endswith(" "))
        text.attrib.pop(space)

    return in_tree(report, leave_out)


def late_properties(report: bytes) -> bytes:
    """Say how a run is set after its text, where one reader looks and another does not."""
    return in_tree(report, lambda root: body_text(root).append(xml("<w:rPr><w:strike/></w:rPr>")))


def marked_field(report: bytes) -> bytes:
    """Set the marks of a field in another way; one reader gives their looks to what the field shows."""

    def set_(root: etree._Element) -> None:
        codes = (
            each for each in root.iter(f"{W}instrText") if "REF" in (each.text or "") and "TOC" not in str(each.text)
        )
        run = next(codes).getparent()
        assert run is not None
        for old in run.findall(f"{W}rPr"):
            run.remove(old)
        run.insert(0, xml('<w:rPr><w:position w:val="12"/></w:rPr>'))

    return in_tree(report, set_)


def bookmark_in_a_field(report: bytes) -> bytes:
    """Let a label's bookmark end in the field of its number: whoever writes references anew finds no bookmark."""

    def move(root: etree._Element) -> None:
        for mark in root.iter(f"{W}bookmarkEnd"):
            before = mark.getprevious()
            if before is not None and before.find(f"{W}fldChar") is not None:
                before.addprevious(mark)
                return
        raise AssertionError("there is no field")

    return in_tree(report, move)


def first_page(report: bytes) -> bytes:
    """Give the first page a header and a footer of its own, which are empty."""
    return in_tree(report, lambda root: next(root.iter(f"{W}sectPr")).append(xml("<w:titlePg/>")))


def in_level(new: str, place: int = -1) -> Forgery:
    """Say something of all levels of the lists."""

    def forge(root: etree._Element) -> None:
        for level in root.iter(f"{W}lvl"):
            element = xml(new)
            for old in level.findall(str(element.tag)):
                level.remove(old)
            at = level.find(f"{W}lvlText")
            assert at is not None
            at.addprevious(element) if place < 0 else at.addnext(element)

    return lambda report: in_tree(report, forge, "word/numbering.xml")


def level_of_no_list(report: bytes) -> bytes:
    """Define a level that no list has, in the place of one that is used."""
    return edited(report, 'w:ilvl="0"', 'w:ilvl="20"', "word/numbering.xml")


def without_id(report: bytes) -> bytes:
    """Leave a relationship without the name that it is found by."""
    return edited(report, 'Id="', 'XId="', "word/_rels/document.xml.rels")


def another_root(report: bytes) -> bytes:
    """Put the footer in the place of the theme."""
    return with_parts(report, {"word/theme/theme1.xml": parts(report)["word/footer1.xml"]})


def endless_field(report: bytes) -> bytes:
    """Let the last field of the footer never end."""

    def forge(root: etree._Element) -> None:
        list(root.iterfind(f".//{W}fldChar[@{W}fldCharType='end']"))[-1].set(f"{W}fldCharType", "begin")

    return in_tree(report, forge, "word/footer1.xml")


def nameless_style(report: bytes) -> bytes:
    """Leave the style of a figure’s caption without its name."""

    def forge(root: etree._Element) -> None:
        for style in root.iterfind(f"{W}style[@{W}styleId='Caption']"):
            style.remove(first(style, f"{W}name"))

    return in_tree(report, forge, "word/styles.xml")


# Tables


def in_table_styles(new: str) -> Forgery:
    """Say something of a table in its style alone."""

    def forge(root: etree._Element) -> None:
        for properties in root.iterfind(f"{W}style/{W}tblPr"):
            element = xml(new)
            for old in properties.findall(str(element.tag)):
                properties.remove(old)
            at = properties.find(f"{W}tblCellMar")
            properties.append(element) if at is None else at.addprevious(element)

    return lambda report: in_tree(report, forge, "word/styles.xml")


def wider_grid(report: bytes) -> bytes:
    """Give a table's grid a column that no row has."""
    return in_tree(report, lambda root: next(root.iter(f"{W}tblGrid")).append(xml('<w:gridCol w:w="1451"/>')))


def _cell(root: etree._Element) -> etree._Element:
    """Return a cell of a table of several rows and columns."""
    for row in root.iter(f"{W}tr"):
        cells = row.findall(f"{W}tc")
        if len(cells) > 2 and row.getprevious() is not None and row.getprevious().tag == f"{W}tr":  # type: ignore[union-attr]  # it is one
            return cells[1]
    raise AssertionError("there is no table")


def shifted_row(report: bytes) -> bytes:
    """Move all cells under the next column's heading, by an empty one in front."""

    def shift(root: etree._Element) -> None:
        _cell(root).addprevious(xml('<w:tc><w:tcPr><w:tcW w:w="500" w:type="dxa"/></w:tcPr><w:p/></w:tc>'))

    return in_tree(report, shift)


def hidden_row(report: bytes) -> bytes:
    def hide(root: etree._Element) -> None:
        row = _cell(root).getparent()
        assert row is not None
        properties = row.find(f"{W}trPr")
        assert properties is not None
        properties.append(xml("<w:hidden/>"))

    return in_tree(report, hide)


def merged_cells(report: bytes) -> bytes:
    def merge(root: etree._Element) -> None:
        properties = _cell(root).find(f"{W}tcPr")
        assert properties is not None
        properties.append(xml('<w:gridSpan w:val="2"/>'))

    return in_tree(report, merge)


def described_table(report: bytes) -> bytes:
    def describe(root: etree._Element) -> None:
        properties = next(root.iter(f"{W}tblPr"))
        properties.append(xml(f'<w:tblCaption w:val="{LIE}"/>'))

    return in_tree(report, describe)


# Pictures


def in_picture(change: Callable[[etree._Element], object]) -> Forgery:
    return lambda report: in_tree(report, lambda root: change(next(root.iter(f"{W}drawing"))))


def first(drawing: etree._Element, tag: str) -> etree._Element:
    return next(drawing.iter(tag))


def shape_over_a_figure(report: bytes) -> bytes:
    shape = (
        '<w:r><w:pict><v:rect style="position:absolute;margin-left:0;margin-top:0;width:400pt;height:200pt;z-index:9" '
        'fillcolor="red"/></w:pict></w:r>'
    )

    def cover(root: etree._Element) -> None:
        run = next(root.iter(f"{W}drawing")).getparent()
        assert run is not None
        run.addprevious(xml(shape))

    return in_tree(report, cover)


def linked_picture(report: bytes) -> bytes:
    report, key = related(report, "image", "https://example.org/a.png", external=True)
    return in_picture(lambda drawing: first(drawing, f"{A}blip").set(f"{R}link", key))(report)


def second_blip(report: bytes) -> bytes:
    """Of two files in one picture, one is compared and the other one shown."""

    def add(drawing: etree._Element) -> None:
        blip = first(drawing, f"{A}blip")
        again = etree.fromstring(etree.tostring(blip))
        keys = [each.get(f"{R}embed") for each in drawing.getroottree().getroot().iter(f"{A}blip")]
        again.set(f"{R}embed", str(keys[1]) if len(keys) > 1 else "rId1")
        blip.addnext(again)

    return in_picture(add)(report)


def _flip(drawing: etree._Element) -> None:
    first(drawing, f"{A}xfrm").set("flipH", "1")


def _crop(drawing: etree._Element) -> None:
    first(drawing, f"{A}blip").addnext(xml('<a:srcRect l="30000" t="30000"/>'))


def chart_title(report: bytes) -> bytes:
    title = f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{LIE}</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    chart = f"<c:chartSpace><c:chart>{title}</c:chart></c:chartSpace>"
    report, key = related(report, "chart", "charts/chart1.xml")
    report = with_parts(report, {"word/charts/chart1.xml": etree.tostring(xml(chart))})
    report = typed(
        report, "word/charts/chart1.xml", "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
    )
    drawing = (
        '<w:r><w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/><wp:docPr id="9999" name="Chart"/><a:graphic>'
        f'<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart r:id="{key}"/></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing></w:r>"
    )
    return inserted(drawing)(report)


TEXT_BOX = (
    '<w:r><w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/><wp:docPr id="9999" name="Box"/><a:graphic><a:graphicData '
    'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:txbx><w:txbxContent><w:p><w:r>'
    f"<w:t>{LIE}</w:t></w:r></w:p></w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
)
DRAWN_TEXT = TEXT_BOX.replace("<wps:txbx><w:txbxContent><w:p><w:r><w:t>", "<a:p><a:r><a:t>").replace(
    "</w:t></w:r></w:p></w:txbxContent></wps:txbx>", "</a:t></a:r></a:p>"
)
VML_TEXT = (
    '<w:r><w:pict><v:shape type="#_x0000_t136" style="width:300pt;height:40pt" fillcolor="black"><v:textpath '
    f'style="font-family:Arial" string="{LIE}"/></v:shape></w:pict></w:r>'
)
FORM = (
    '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="a"/><w:textInput>'
    f'<w:default w:val="{LIE}"/></w:textInput></w:ffData></w:fldChar></w:r>'
)
CHOICE = (
    '<mc:AlternateContent><mc:Choice Requires="no"><w:r><w:t xml:space="preserve"> </w:t></w:r></mc:Choice><mc:Fallback>'
    f"<w:r><w:t>{LIE}</w:t></w:r></mc:Fallback></mc:AlternateContent>"
)
BOUND = (
    '<w:sdt><w:sdtPr><w:dataBinding w:xpath="/provenance" w:storeItemID="{00000000-0000-0000-0000-000000000000}"/>'
    "</w:sdtPr><w:sdtContent/></w:sdt>"
)

FORGERIES: dict[str, Forgery] = {
    "two parts that call themselves the main document": two_main_documents,
    "a choice that no reader takes": inserted(CHOICE),
    "a control bound to data": wrapped(BOUND, f"{W}sdtContent"),
    **{
        f"a field {code.split()[0]}": field(code)
        for code in (
            "DOCPROPERTY Title",
            'SET a "b"',
            "REF nowhere",
            'QUOTE "It is false that"',
            'INCLUDETEXT "a.docx"',
        )
    },
    "a field MACROBUTTON": field(f"MACROBUTTON NoMacro {LIE}", ""),
    "a field EQ": field(rf"EQ \f({LIE};2)", ""),
    "a field QUOTE about the text": field_about(f'QUOTE "{LIE}"'),
    "a field DOCPROPERTY about the text": field_about("DOCPROPERTY Title"),
    "a locked PAGE of any text": field("PAGE", LIE, ' w:fldLock="1"'),
    "a locked NUMPAGES of any text": field("NUMPAGES", LIE, ' w:fldLock="1"'),
    "a PAGE of any text": field("PAGE", LIE),
    "a locked PAGE of a number": field("PAGE", "7", ' w:fldLock="1"'),
    "a simple PAGE of any text": inserted(f'<w:fldSimple w:instr=" PAGE "><w:r><w:t>{LIE}</w:t></w:r></w:fldSimple>'),
    "a style that hides words": styled(HIDING, "character", ""),
    "a style that hides a paragraph": styled(HIDING_ALL, "paragraph", ""),
    "a style of the report’s own that hides": default_hidden,
    "a style with a list of words": list_text,
    "a style that says two things": second_properties,
    "hidden by a style, and once more": styled(HIDING, "character", '<w:vanish w:val="1"/>'),
    "hidden, and then not": inserted(f'<w:r><w:rPr><w:vanish/><w:vanish w:val="0"/></w:rPr><w:t>{LIE}</w:t></w:r>'),
    "another document’s text": alternative_chunk,
    "a document within": subdocument,
    "a chart’s title": chart_title,
    "text in a DrawingML box": inserted(TEXT_BOX),
    "text in a DrawingML shape": inserted(DRAWN_TEXT),
    "text along a VML path": inserted(VML_TEXT),
    "a form’s default": inserted(FORM),
    "a symbol": inserted('<w:r><w:sym w:font="Wingdings" w:char="F0FB"/></w:r>'),
    "words hidden where they stand": styled(HIDING.replace("<w:vanish/>", ""), "character", "<w:vanish/>"),
    "deleted text in a run": deleted_text_in_a_run,
    "text after an element’s end": text_after_an_element,
    "a phantom in an equation": phantom,
    "an index that left its place": moved_fraction,
    "a number that is a power": raised,
    "a variable that is a name": upright,
    "spaces that are not kept": spaces_left_out,
    "a strike behind the text": late_properties,
    "a reference’s marks, raised": marked_field,
    "a bookmark that ends in a field": bookmark_in_a_field,
    "a first page of its own": first_page,
    "nothing between a list’s sign and its text": in_level('<w:suff w:val="nothing"/>'),
    "a list’s sign that stands elsewhere": in_level('<w:lvlJc w:val="right"/>', 1),
    "a level that no list has": level_of_no_list,
    "a relationship without a name": without_id,
    "a part of another kind": another_root,
    "a field that does not end": endless_field,
    "a length that is none, of what nothing uses": lambda report: with_parts(
        report,
        {
            "word/numbering.xml": parts(report)["word/numbering.xml"].replace(
                b'w:hanging="397"/></w:pPr></w:lvl></w:abstractNum>',
                b'w:hanging="none"/></w:pPr></w:lvl></w:abstractNum>',
            )
        },
    ),
    "a level that does not say where its first line stands": lambda report: edited(
        report, ' w:hanging="397"', "", "word/numbering.xml"
    ),
    "a length that is none": lambda report: edited(report, 'w:hanging="', 'w:hanging="x', "word/numbering.xml"),
    "relationships of no type": lambda report: edited(
        report, "package.relationships+xml", "package.r", "[Content_Types].xml"
    ),
    "a table of another width": lambda report: edited(report, '<w:tblW w:w="', '<w:tblW w:w="1'),
    "a style without a name": nameless_style,
    "a table moved by its style": in_table_styles('<w:tblInd w:w="3000" w:type="dxa"/>'),
    "bands of two rows": in_table_styles('<w:tblStyleRowBandSize w:val="2"/>'),
    "a grid with a column too many": wider_grid,
    "an empty cell": shifted_row,
    "a hidden row": hidden_row,
    "merged cells": merged_cells,
    "a table’s title": described_table,
    "a shape over a figure": shape_over_a_figure,
    "a cropped figure": in_picture(_crop),
    "a mirrored figure": in_picture(_flip),
    "a second picture in one": second_blip,
    "a picture from elsewhere": linked_picture,
    "a link that leads elsewhere": hyperlink_target,
    "a template that is attached": attached_template,
    "words turned around": wrapped('<w:bdo w:val="rtl"/>', ""),
    "a picture’s title": in_picture(lambda drawing: first(drawing, f"{WP}docPr").set("title", LIE)),
    "a picture’s inner description": in_picture(lambda drawing: first(drawing, f"{PIC}cNvPr").set("descr", LIE)),
    "a picture’s inner title": in_picture(lambda drawing: first(drawing, f"{PIC}cNvPr").set("title", LIE)),
    "text without colour": styled(HIDING.replace("<w:vanish/>", '<w:color w:val="FFFFFF"/>'), "character", ""),
    "text of no size": styled(HIDING.replace("<w:vanish/>", '<w:sz w:val="2"/>'), "character", ""),
    "text struck out": styled(HIDING.replace("<w:vanish/>", "<w:strike/>"), "character", ""),
    "a tracked insertion": wrapped('<w:ins w:id="9999" w:author="x"/>', ""),
    "a comment": inserted('<w:r><w:commentReference w:id="0"/></w:r>'),
    "a page’s colour": lambda report: in_tree(
        report, lambda root: root.insert(0, xml('<w:background w:color="FF0000"/>'))
    ),
}
