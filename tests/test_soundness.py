"""A small document in which all is well, and each fault that the pass of `soundness` must name, put into it."""

import base64
import io
import warnings
import zipfile

import pytest

from tests.soundness import require_sound, structural_faults

NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://schemas.openxmlformats.org/{path}"'
    for prefix, path in {
        "w": "wordprocessingml/2006/main",
        "m": "officeDocument/2006/math",
        "r": "officeDocument/2006/relationships",
        "wp": "drawingml/2006/wordprocessingDrawing",
        "a": "drawingml/2006/main",
        "pic": "drawingml/2006/picture",
    }.items()
)
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def field(code: str, result: str) -> str:
    return f"{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{mark('separate')}{run(result)}{mark('end')}"


def bookmark(number: int, name: str, content: str) -> str:
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{content}<w:bookmarkEnd w:id="{number}"/>'


def paragraph(style: str, content: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{content}</w:p>'


def link(anchor: str, content: str) -> str:
    return f'<w:hyperlink w:anchor="{anchor}">{content}</w:hyperlink>'


def entry(level: int, anchor: str, text: str, before: str = "", after: str = "") -> str:
    shown = run(text) + "<w:r><w:tab/></w:r>" + field(f"PAGEREF {anchor} \\h", "1")
    return paragraph(f"TOC{level}", before + link(anchor, shown) + after)


def picture(number: int, name: str, relationship: str) -> str:
    return (
        f'<w:r><w:drawing><wp:inline><wp:extent cx="360000" cy="360000"/><wp:docPr id="{number}" name="{name}" '
        f'descr="A {name}"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<pic:pic><pic:nvPicPr><pic:cNvPr id="{number}" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        f'<a:blip r:embed="{relationship}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="360000" cy="360000"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def caption(number: int) -> str:
    return paragraph(
        "Caption", bookmark(9 + number, f"_Ref_Figure_{number}", run("Figure ") + field("SEQ Figure", str(number)))
    )


def cell(content: str) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="4000" w:type="dxa"/></w:tcPr>{content}</w:tc>'


BODY = (
    paragraph("TOCHeading", run("Contents"))
    + entry(
        1,
        "_Toc_1",
        "The cell",
        mark("begin") + '<w:r><w:instrText>TOC \\o "1-3" \\h</w:instrText></w:r>' + mark("separate"),
    )
    + entry(2, "_Toc_2", "A flow of c")
    + entry(3, "_Toc_3", "By level", after=mark("end"))
    + paragraph("Heading1", bookmark(1, "_Toc_1", run("The cell")))
    + paragraph(
        "Body",
        run("By ")
        + field("REF _Ref_Figure_1 \\h \\* MERGEFORMAT", "Figure 1")
        + run(", on page ")
        + '<w:fldSimple w:instr=" PAGEREF _Ref_Figure_2 "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        + '<w:hyperlink r:id="rIdLink"><w:r><w:rPr><w:rStyle w:val="Hyperlink"/></w:rPr><w:t>see</w:t></w:r></w:hyperlink>'
        + link("_Ref_Entry", run("[1]"))
        + '<w:r><w:footnoteReference w:id="1"/></w:r>',
    )
    + '<w:bookmarkStart w:id="2" w:name="_Toc_2"/>'  # around the paragraph, where bookmarks may also stand
    + paragraph("Heading2", run("A flow of ") + "<m:oMath><m:r><m:t>c</m:t></m:r></m:oMath>")
    + '<w:bookmarkEnd w:id="2"/>'
    + paragraph("Body", picture(1, "river", "rIdImage"))
    + caption(1)
    + paragraph("Body", picture(2, "loop", "rIdImage"))
    + caption(2)
    + paragraph("Heading3", bookmark(3, "_Toc_3", run("By level")))
    + paragraph("ListNumber", run("one"))
    + '<w:p><w:pPr><w:pStyle w:val="ListNumber"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr></w:pPr></w:p>'
    + '<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>'
    '<w:gridCol w:w="4000"/></w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>'
    + cell(paragraph("Body", run("Gate")))
    + "</w:tr></w:tbl>"
    + paragraph("Body", bookmark(4, "_Ref_Entry", run("[1]")))
    + '<w:sectPr><w:headerReference w:type="default" r:id="rIdHeader"/><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
)


def style(kind: str, name: str, rest: str = "", default: bool = False) -> str:
    attribute = ' w:default="1"' if default else ""
    identifier = name.title().replace(" ", "").replace("Toc", "TOC")
    return f'<w:style w:type="{kind}"{attribute} w:styleId="{identifier}"><w:name w:val="{name}"/>{rest}</w:style>'


STYLES = (
    style("paragraph", "Normal", default=True)
    + style("character", "Default", default=True)
    + style("table", "Table", default=True)
    + style("numbering", "List", default=True)
    + style("paragraph", "Body", '<w:basedOn w:val="Normal"/><w:next w:val="Body"/><w:link w:val="Hyperlink"/>')
    + style("character", "Hyperlink", '<w:link w:val="Body"/>')
    + style("table", "Grid")
    + style("paragraph", "List Number", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
    + "".join(
        style("paragraph", name)
        for name in (
            "Caption",
            "TOC Heading",
            *(f"{kind} {level}" for kind in ("heading", "toc") for level in (1, 2, 3)),
        )
    )
)
NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/>'
    '<w:pStyle w:val="ListNumber"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/><w:numStyleLink w:val="List"/></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
)
NOTE = paragraph("Body", run("Note ") + field("REF _Ref_Figure_2 \\h", "Figure 2"))
FOOTNOTES = f'<w:footnote w:id="1">{NOTE}</w:footnote>'

COLOURS = ("dk1", "lt1", "dk2", "lt2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")
FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
FORMATS = (
    ("fillStyleLst", FILL),
    ("lnStyleLst", "<a:ln/>"),
    ("effectStyleLst", "<a:effectStyle><a:effectLst/></a:effectStyle>"),
)
THEME = (
    '<a:clrScheme name="t">'
    + "".join(f'<a:{name}><a:srgbClr val="000000"/></a:{name}>' for name in COLOURS)
    + '</a:clrScheme><a:fontScheme name="t">'
    + "".join(
        f'<a:{name}><a:latin typeface="A"/><a:ea typeface=""/><a:cs typeface=""/></a:{name}>'
        for name in ("majorFont", "minorFont")
    )
    + '</a:fontScheme><a:fmtScheme name="t">'
    + "".join(f"<a:{name}>{kind * 3}</a:{name}>" for name, kind in (*FORMATS, ("bgFillStyleLst", FILL)))
    + "</a:fmtScheme>"
)


def relationships(*listed: tuple[str, str, str]) -> str:
    made = "".join(f'<Relationship Id="{name}" Type="{KINDS}/{kind}" Target="{to}"/>' for name, kind, to in listed)
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{made}</Relationships>'


TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    + "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{WORD}.{kind}+xml"/>'
        for name, kind in {
            "document": "document.main", "styles": "styles", "numbering": "numbering", "settings": "settings",
            "header1": "header", "footnotes": "footnotes", "fontTable": "fontTable",
        }.items()
    )
    + '<Override PartName="/word/theme.xml" ContentType="application/vnd.openxmlformats-officedocument.theme+xml"/>'
    + "</Types>"
)  # fmt: skip
PARTS = {
    "[Content_Types].xml": TYPES,
    "_rels/.rels": relationships(("rId1", "officeDocument", "word/document.xml")),
    "word/document.xml": f"<w:document {NAMESPACES}><w:body>{BODY}</w:body></w:document>",
    "word/_rels/document.xml.rels": relationships(
        *(
            (f"rId{at}", kind, f"{kind}.xml")
            for at, kind in enumerate(("styles", "numbering", "settings", "footnotes", "fontTable", "theme"))
        ),
        ("rIdHeader", "header", "header1.xml"),
        ("rIdImage", "image", "media/image1.png"),
        ("rIdLink", "hyperlink", 'https://example.org/" TargetMode="External'),
    ),
    "word/styles.xml": f"<w:styles {NAMESPACES}>{STYLES}</w:styles>",
    "word/numbering.xml": f"<w:numbering {NAMESPACES}>{NUMBERING}</w:numbering>",
    "word/settings.xml": f'<w:settings {NAMESPACES}><w:zoom w:percent="100"/></w:settings>',
    "word/footnotes.xml": f"<w:footnotes {NAMESPACES}>{FOOTNOTES}</w:footnotes>",
    "word/fontTable.xml": f"<w:fonts {NAMESPACES}/>",
    "word/theme.xml": f'<a:theme {NAMESPACES} name="t"><a:themeElements>{THEME}</a:themeElements></a:theme>',
    "word/header1.xml": f"<w:hdr {NAMESPACES}>{paragraph('Body', run('A header, page ') + field('PAGE', '1'))}</w:hdr>",
}


def packed(parts: dict[str, str], *more: zipfile.ZipInfo) -> bytes:
    """Pack parts into a document, and `more` entries that hold some XML."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target, warnings.catch_warnings(action="ignore"):  # of names that are there
        for name, content in parts.items():
            target.writestr(zipfile.ZipInfo(name), content)
        target.writestr(zipfile.ZipInfo("word/media/image1.png"), PNG)
        for entry_ in more:
            target.writestr(entry_, "<x/>")
    return archive.getvalue()


def spoiled(part: str, old: str, new: str) -> bytes:
    assert PARTS[part].count(old) >= 1, "there is nothing to spoil"
    return packed(PARTS | {part: PARTS[part].replace(old, new, 1)})


def test_a_document_in_which_all_is_well() -> None:
    require_sound(packed(PARTS))


DOCUMENT, RELATIONSHIPS, HEADER = "word/document.xml", "word/_rels/document.xml.rels", "word/header1.xml"
NOTES, SHEET, LISTS = "word/footnotes.xml", "word/styles.xml", "word/numbering.xml"


@pytest.mark.parametrize(
    ("part", "old", "new", "faults"),
    [
        # Fields
        (DOCUMENT, "REF _Ref_Figure_1", "ref _Ref_9", [f"{DOCUMENT}: REF _Ref_9 has no bookmark"]),
        (NOTES, "REF _Ref_Figure_2", "REF _Ref_9", [f"{NOTES}: REF _Ref_9 has no bookmark"]),
        (HEADER, "PAGE", "PAGEREF _Toc_9", [f"{HEADER}: PAGEREF _Toc_9 has no bookmark"]),
        (DOCUMENT, " PAGEREF _Ref_Figure_2 ", "NOTEREF x", [f"{DOCUMENT}: NOTEREF x has no bookmark"]),
        (NOTES, "Figure 2", "Figure 3", [f"{NOTES}: REF _Ref_Figure_2 shows 'Figure 3', the bookmark 'Figure 2'"]),
        (DOCUMENT, 'w:anchor="_Ref_E', 'w:anchor="E', [f"{DOCUMENT}: the hyperlink to Entry has no bookmark"]),
        (HEADER, mark("begin"), "", [
            f"{HEADER}: the instruction 'PAGE' is in no field's code",
            f"{HEADER}: a field's separate without its begin",
            f"{HEADER}: a field's end without its begin",
        ]),
        (HEADER, mark("end"), "", [f"{HEADER}: the field 'PAGE' has no end"]),
        (HEADER, mark("separate"), mark("separate") * 2, [f"{HEADER}: the field 'PAGE' is separated twice"]),
        (HEADER, mark("end"), "<w:r><w:instrText>X</w:instrText></w:r>" + mark("end"), [
            f"{HEADER}: the instruction 'X' is in no field's code"
        ]),
        (HEADER, run("1") + mark("end"), link("_Toc_1", run("1") + mark("end")), [
            f"{HEADER}: the field 'PAGE' ends in another hyperlink or tc or sdtContent or footnote or endnote or comment "
            "than it begins in"
        ]),
        (DOCUMENT, run("2") + mark("end"), run("3") + mark("end"), [
            f"{NOTES}: REF _Ref_Figure_2 shows 'Figure 2', the bookmark 'Figure 3'",
            f"{DOCUMENT}: SEQ Figure shows '3' where 2 is due",
        ]),
        # Contents and headings
        (DOCUMENT, run("By level") + "<w:r><w:tab/>", run("By") + "<w:r><w:tab/>", [
            f"{DOCUMENT}: the entry 'By' in the table of contents leads to the heading 'By level'"
        ]),
        (DOCUMENT, '<w:hyperlink w:anchor="_Toc_2">', '<w:hyperlink w:anchor="_Toc_3">', [
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents leads to 2 places",
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents leads to the heading 'By level'",
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents has not the level of its heading, 3",
            f"{DOCUMENT}: the entries of the table of contents are not the headings in their order",
        ]),
        (DOCUMENT, entry(2, "_Toc_2", "A flow of c"), entry(2, "_Ref_Entry", "A flow of c"), [
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents leads to no heading",
            f"{DOCUMENT}: the heading 'A flow of c' is not in the table of contents",
        ]),
        (DOCUMENT, entry(2, "_Toc_2", "A flow of c"), paragraph("TOC2", run("A flow of c")), [
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents leads to 0 places",
            f"{DOCUMENT}: the heading 'A flow of c' is not in the table of contents",
        ]),
        (DOCUMENT, entry(2, "_Toc_2", "A flow of c"), "", [
            f"{DOCUMENT}: the heading 'A flow of c' is not in the table of contents"
        ]),
        (DOCUMENT, entry(2, "_Toc_2", "A flow of c"), entry(2, "_Toc_2", "A flow of c") * 2, [
            f"{DOCUMENT}: the entries of the table of contents are not the headings in their order"
        ]),
        (DOCUMENT, "TOC2", "TOC1", [
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents has not the level of its heading, 2"
        ]),
        (DOCUMENT, 'w:val="Heading2"', 'w:val="Body"', [
            f"{DOCUMENT}: the heading 'By level' is of level 3 under one of level 1",
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents leads to no heading",
        ]),
        (DOCUMENT, 'w:val="Heading1"', 'w:val="Body"', [
            f"{DOCUMENT}: the heading 'A flow of c' is of level 2 under one of level 0",
            f"{DOCUMENT}: the entry 'The cell' in the table of contents leads to no heading",
        ]),
        (DOCUMENT, '"1-3"', '"1-2"', [
            f"{DOCUMENT}: the entries of the table of contents are not the headings in their order"
        ]),
        # Bookmarks
        (DOCUMENT, '<w:bookmarkEnd w:id="4"/>', "", [f"{DOCUMENT}: the bookmark _Ref_Entry has no end"]),
        (DOCUMENT, '<w:bookmarkStart w:id="4" w:name="_Ref_Entry"/>', "", [
            f"{DOCUMENT}: the end of bookmark 4 has no start before it",
            f"{DOCUMENT}: the hyperlink to _Ref_Entry has no bookmark",
        ]),
        (HEADER, "<w:r>", bookmark(4, "a", "") + "<w:r>", ["bookmarks: two have the id 4"]),
        (HEADER, "<w:r>", bookmark(5, "_REF_ENTRY", "") + "<w:r>", ["bookmarks: two have the name _ref_entry"]),
        *(
            (HEADER, "<w:r>", bookmark(5, name, "") + "<w:r>", [f"{HEADER}: Word takes no bookmark of the name {name!r}"])
            for name in ("1a", "a-b", "a b", "_" + "a" * 40, "")
        ),
        # Relationships and content types
        (RELATIONSHIPS, "media/image1.png", "media/image2.png", [
            f"{RELATIONSHIPS}: rIdImage leads to word/media/image2.png, which is no part",
            "word/media/image1.png: no relationship leads to it",
        ]),
        (HEADER, "<w:r>", '<w:hyperlink r:id="rIdLink"/><w:r>', [
            f"{HEADER}: hyperlink names rIdLink, which is no relationship of this part"
        ]),
        (DOCUMENT, '<a:blip r:embed="rIdImage"/>', '<a:blip r:link="rId9"/>', [
            f"{DOCUMENT}: blip names rId9, which is no relationship of this part"
        ]),
        (DOCUMENT, ' r:id="rIdLink"', ' w:anchor="_Toc_1"', [f"{RELATIONSHIPS}: nothing uses rIdLink (hyperlink)"]),
        (RELATIONSHIPS, 'Id="rIdImage"', 'Id="rIdLink"', [
            f"{RELATIONSHIPS}: two relationships are rIdLink",
            f"{DOCUMENT}: blip names rIdImage, which is no relationship of this part",
            f"{DOCUMENT}: blip names rIdImage, which is no relationship of this part",
        ]),
        (RELATIONSHIPS, 'Target="media/image1.png"', 'Target="https://example.org/a.png" TargetMode="External"', [
            f"{RELATIONSHIPS}: rIdImage is external, though no hyperlink: image",
            "word/media/image1.png: no relationship leads to it",
        ]),
        ("[Content_Types].xml", 'Extension="png"', 'Extension="jpg"', ["word/media/image1.png: has no content type"]),
        ("[Content_Types].xml", "/word/header1.xml", "/word/header2.xml", [
            f"{HEADER}: its content type says no more than XML", "[Content_Types].xml: /word/header2.xml is no part"
        ]),
        # Styles
        (DOCUMENT, 'w:val="Caption"', 'w:val="Captain"', [f"{DOCUMENT}: pStyle 'Captain' is no paragraph style"]),
        (HEADER, 'w:val="Body"', 'w:val="Grid"', [f"{HEADER}: pStyle 'Grid' is no paragraph style"]),
        (DOCUMENT, 'w:rStyle w:val="Hyperlink"', 'w:rStyle w:val="Body"', [
            f"{DOCUMENT}: rStyle 'Body' is no character style"
        ]),
        (DOCUMENT, 'w:val="Grid"', 'w:val="Body"', [f"{DOCUMENT}: tblStyle 'Body' is no table style"]),
        (SHEET, 'basedOn w:val="Normal"', 'basedOn w:val="Default"', [
            f"{SHEET}: basedOn 'Default' is no paragraph style"
        ]),
        (SHEET, 'next w:val="Body"', 'next w:val="Hyperlink"', [f"{SHEET}: next 'Hyperlink' is no paragraph style"]),
        (SHEET, 'link w:val="Hyperlink"', 'link w:val="Normal"', [f"{SHEET}: link 'Normal' is no character style"]),
        (SHEET, 'link w:val="Body"', 'link w:val="Default"', [f"{SHEET}: link 'Default' is no paragraph style"]),
        (LISTS, 'numStyleLink w:val="List"', 'numStyleLink w:val="Grid"', [
            f"{LISTS}: numStyleLink 'Grid' is no numbering style"
        ]),
        (LISTS, 'numStyleLink w:val="List"', 'styleLink w:val="Grid"', [
            f"{LISTS}: styleLink 'Grid' is no numbering style"
        ]),
        (LISTS, 'pStyle w:val="ListNumber"', 'pStyle w:val="Enum"', [f"{LISTS}: pStyle 'Enum' is no paragraph style"]),
        (SHEET, 'w:styleId="Caption"', 'w:styleId="Body"', [
            "styles: two have the id 'Body'",
            f"{DOCUMENT}: pStyle 'Caption' is no paragraph style",
            f"{DOCUMENT}: pStyle 'Caption' is no paragraph style",
        ]),
        (SHEET, '<w:name w:val="Caption"/>', '<w:name w:val="body"/>', ["styles: two have the name 'body'"]),
        (SHEET, ' w:default="1"', "", ["styles: 0 of type paragraph are the default"]),
        (SHEET, 'w:styleId="Grid"', 'w:styleId="Grid" w:default="1"', ["styles: 2 of type table are the default"]),
        (SHEET, ' w:default="1" w:styleId="List"', ' w:styleId="List"', ["styles: 0 of type numbering are the default"]),
        # Numbering
        (DOCUMENT, '<w:numId w:val="2"/>', '<w:numId w:val="3"/>', [f"{DOCUMENT}: numId 3 has no num"]),
        (SHEET, '<w:numId w:val="1"/>', '<w:numId w:val="3"/>', [f"{SHEET}: numId 3 has no num"]),
        (LISTS, '<w:abstractNumId w:val="0"/>', '<w:abstractNumId w:val="7"/>', [f"{LISTS}: num 1 has no abstractNum 7"]),
        (LISTS, 'abstractNumId="1"', 'abstractNumId="0"', ["numbering: two abstractNum are 0"]),
        (LISTS, '<w:num w:numId="2">', '<w:num w:numId="1">', [
            "numbering: two num are 1", f"{DOCUMENT}: numId 2 has no num"
        ]),
        # Pictures, tables, text, settings
        (DOCUMENT, '<wp:docPr id="2"', '<wp:docPr id="1"', ["pictures: two have the id 1"]),
        (DOCUMENT, 'descr="A loop"', 'descr=" "', [f"{DOCUMENT}: the picture 'loop' has no alternative text"]),
        (DOCUMENT, ' descr="A loop"', "", [f"{DOCUMENT}: the picture 'loop' has no alternative text"]),
        (DOCUMENT, "<w:cantSplit/>", '<w:cantSplit w:val="1"/>', [f"{DOCUMENT}: cantSplit has a w:val"]),
        (DOCUMENT, "<w:tblHeader/>", '<w:tblHeader w:val="true"/>', [f"{DOCUMENT}: tblHeader has a w:val"]),
        (DOCUMENT, paragraph("Body", run("Gate")), "", [f"{DOCUMENT}: a cell ('') does not end with a paragraph"]),
        (DOCUMENT, "<m:t>c<", "<m:t>\\tilde c<", [
            f"{DOCUMENT}: '\\\\tilde c' is left of the LaTeX in mathematics",
            f"{DOCUMENT}: the entry 'A flow of c' in the table of contents leads to the heading 'A flow of \\\\tilde c'",
        ]),
        (DOCUMENT, "<m:t>c<", "<m:t>c <", [f"{DOCUMENT}: 'c ' loses its outer blanks without xml:space=\"preserve\""]),
        (DOCUMENT, "<w:t>see<", "<w:t> see<", [f"{DOCUMENT}: ' see' loses its outer blanks without xml:space=\"preserve\""]),
        (LISTS, "%1.", "\uf0b7", [f"{LISTS}: U+F0B7 is for private use and may show as anything"]),
        (NOTES, "Note ", "Note \U0010fffd ", [f"{NOTES}: U+10FFFD is for private use and may show as anything"]),
        ("word/settings.xml", "<w:zoom", "<w:updateFields/><w:zoom", [
            "word/settings.xml: with updateFields Word asks every reader a question"
        ]),
    ],
)  # fmt: skip
def test_each_fault_is_named_and_nothing_else(part: str, old: str, new: str, faults: list[str]) -> None:
    assert sorted(structural_faults(spoiled(part, old, new))) == sorted(faults)


@pytest.mark.parametrize("name", ["word/settings.xml", "word/Settings.xml"])
def test_a_name_that_is_in_the_archive_twice(name: str) -> None:
    twice = packed(PARTS, zipfile.ZipInfo(name))
    assert "word/settings.xml: is in the archive more than once" in structural_faults(twice)


def test_an_entry_of_another_date_that_nothing_leads_to() -> None:
    later = packed(PARTS, zipfile.ZipInfo("word/more.xml", (2024, 12, 4, 0, 0, 0)))
    assert structural_faults(later) == [
        "the archive: has 2 dates",
        "word/more.xml: its content type says no more than XML",
        "word/more.xml: no relationship leads to it",
    ]


def test_relationships_of_a_part_that_is_not_there() -> None:
    parts = PARTS | {"word/_rels/gone.xml.rels": relationships(("rId1", "theme", "theme.xml"))}
    assert structural_faults(packed(parts)) == ["word/_rels/gone.xml.rels: word/gone.xml is no part"]


def test_a_style_is_one_of_paragraphs_if_it_does_not_say_so() -> None:
    assert structural_faults(spoiled(SHEET, 'w:type="paragraph" w:styleId="Body"', 'w:styleId="Body"')) == []


@pytest.mark.parametrize(
    ("font", "faults"),
    [("Symbol", []), ("Arial", [f"{LISTS}: U+F0B7 is for private use and may show as anything"])],
)
def test_a_bullet_may_be_a_sign_of_a_symbol_font(font: str, faults: list[str]) -> None:
    bullet = f'<w:lvlText w:val="\uf0b7"/><w:rPr><w:rFonts w:ascii="{font}"/></w:rPr>'
    assert structural_faults(spoiled(LISTS, '<w:lvlText w:val="%1."/>', bullet)) == faults


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("REF _Ref_Figure_1 \\h \\* MERGEFORMAT", "REF _Ref_Figure_1"),
        ("REF _Ref_Figure_1 \\h", 'ref "_Ref_Figure_1" \\h \\* Charformat'),
        ("REF _Ref_Figure_1 \\h", "REF \\h _Ref_Figure_1"),
        (field("REF _Ref_Figure_1 \\h \\* MERGEFORMAT", "Figure 1"), field("REF _Ref_Figure_1 \\p", "above")),
        ("<w:instrText>REF _Ref_Fi", "<w:instrText>REF _Re</w:instrText></w:r><w:r><w:instrText>f_Fi"),
        ("SEQ Figure", "SEQ Figure \\* ARABIC"),
        ('"1-3" \\h', '"1-3" \\h \\z \\u'),
        ('\\o "1-3"', '\\c "Figure"'),
        (
            entry(3, "_Toc_3", "By level", after=mark("end")),
            entry(3, "_Toc_3", "By level") + paragraph("Body", mark("end")),
        ),
        (entry(2, "_Toc_2", "A flow of c"), paragraph("TOC2", link("_Toc_2", run("A flow of c")))),
    ],
)
def test_a_field_may_be_written_in_other_ways(old: str, new: str) -> None:
    assert structural_faults(spoiled(DOCUMENT, old, new)) == []


@pytest.mark.parametrize(
    ("part", "old", "new", "fault"),
    [
        (DOCUMENT, '<w:tcW w:w="4000" w:type="dxa"/>', '<w:tcMar/><w:shd w:val="clear"/>', "Unexpected element 'shd'"),
        (DOCUMENT, '<w:tblW w:w="0" w:type="auto"/>', "<w:tblCellMar/><w:tblBorders/>", "element 'tblBorders'"),
        (HEADER, "PAGE", "PAGEREF x", "PAGEREF x has no bookmark"),
    ],
)
def test_what_either_of_the_two_finds_is_not_sound(part: str, old: str, new: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=f"{part}.*{fault}"):
        require_sound(spoiled(part, old, new))
