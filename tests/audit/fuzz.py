# ruff: noqa: E501 - lists of elements are easier to read in long lines
"""Edits of any one thing in a report, by chance.

An edit takes the parts of a report and its own source of chance, changes one thing in one of them, and says what it did.
"""

from collections.abc import Callable, Iterator
from random import Random

from lxml import etree

from tests.audit.packages import DECLARED, OFFICE, A, M, W, packed, parts

Parts = dict[str, bytes]
Edit = Callable[[Parts, Random], str]

_LETTERS = "aeinorst0123456789.,–-+ \u00a0\u00ad\u200b\u2009²₁½𝑐жΑ"

# What changes how things look, by where it stands; most of it no report of this program holds.
_PROPERTIES = {
    f"{W}rPr": """
        <w:vanish/> <w:specVanish/> <w:webHidden/> <w:strike/> <w:dstrike/> <w:caps/> <w:smallCaps/> <w:b/> <w:i/> <w:outline/> <w:shadow/>
        <w:emboss/> <w:imprint/> <w:rtl/> <w:cs/> <w:snapToGrid w:val="0"/> <w:oMath/> <w:noProof/> <w:b w:val="0"/> <w:i w:val="0"/>
        <w:color w:val="FFFFFF"/> <w:color w:val="FF0000"/> <w:sz w:val="2"/> <w:sz w:val="40"/> <w:szCs w:val="60"/> <w:u w:val="single"/>
        <w:highlight w:val="black"/> <w:shd w:val="clear" w:fill="000000"/> <w:position w:val="12"/> <w:spacing w:val="60"/> <w:w w:val="50"/>
        <w:kern w:val="2"/> <w:effect w:val="lights"/> <w:bdr w:val="single" w:sz="8"/> <w:fitText w:val="300"/> <w:em w:val="dot"/>
        <w:vertAlign w:val="superscript"/> <w:lang w:val="ar-SA"/> <w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/> <w:rStyle w:val="Strong"/>
        <w:eastAsianLayout w:vert="1"/>""",
    f"{W}pPr": """
        <w:jc w:val="right"/> <w:ind w:left="3000"/> <w:ind w:hanging="900"/> <w:spacing w:before="900"/> <w:spacing w:line="100" w:lineRule="exact"/>
        <w:shd w:val="clear" w:fill="000000"/> <w:pageBreakBefore/> <w:keepNext/> <w:keepLines/> <w:bidi/> <w:outlineLvl w:val="0"/>
        <w:framePr w:w="2000" w:hAnchor="page" w:x="10" w:y="10"/> <w:textDirection w:val="btLr"/> <w:contextualSpacing/> <w:mirrorIndents/>
        <w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr> <w:pStyle w:val="Title"/> <w:pStyle w:val="Heading1"/> <w:widowControl w:val="0"/>
        <w:pBdr><w:top w:val="single" w:sz="24" w:color="FF0000"/></w:pBdr> <w:tabs><w:tab w:val="left" w:pos="5000"/></w:tabs>
        <w:suppressLineNumbers/> <w:suppressAutoHyphens/> <w:textAlignment w:val="top"/> <w:adjustRightInd w:val="0"/>""",
    f"{W}tblPr": """
        <w:jc w:val="right"/> <w:tblInd w:w="3000" w:type="dxa"/> <w:tblpPr w:tblpX="1" w:tblpY="1"/> <w:bidiVisual/> <w:tblStyle w:val="TableNormal"/>
        <w:tblBorders><w:top w:val="double" w:sz="24"/></w:tblBorders> <w:tblCellSpacing w:w="200" w:type="dxa"/> <w:tblOverlap w:val="never"/>
        <w:shd w:val="clear" w:fill="000000"/> <w:tblLayout w:type="autofit"/> <w:tblCaption w:val="false"/>""",
    f"{W}trPr": """
        <w:hidden/> <w:trHeight w:val="10" w:hRule="exact"/> <w:gridBefore w:val="1"/> <w:jc w:val="right"/> <w:tblHeader/> <w:cantSplit/>
        <w:tblCellSpacing w:w="200" w:type="dxa"/>""",
    f"{W}tcPr": """
        <w:gridSpan w:val="2"/> <w:vMerge/> <w:vMerge w:val="restart"/> <w:hMerge/> <w:shd w:val="clear" w:fill="000000"/> <w:vAlign w:val="bottom"/>
        <w:textDirection w:val="btLr"/> <w:noWrap/> <w:tcFitText/> <w:hideMark/> <w:tcBorders><w:top w:val="double" w:sz="24"/></w:tcBorders>""",
    f"{W}sectPr": """
        <w:lnNumType w:countBy="1"/> <w:pgBorders><w:top w:val="single" w:sz="24"/></w:pgBorders> <w:cols w:num="2"/> <w:vAlign w:val="center"/>
        <w:titlePg/> <w:bidi/> <w:rtlGutter/> <w:textDirection w:val="tbRl"/> <w:pgNumType w:start="7"/> <w:pgNumType w:fmt="lowerRoman"/>
        <w:type w:val="oddPage"/> <w:paperSrc w:first="1"/> <w:noEndnote/> <w:docGrid w:type="lines" w:linePitch="600"/>
        <w:pgSz w:w="6000" w:h="6000"/>""",
    f"{W}settings": """
        <w:mirrorMargins/> <w:gutterAtTop/> <w:displayBackgroundShape/> <w:evenAndOddHeaders/> <w:autoHyphenation/> <w:removePersonalInformation/>
        <w:defaultTabStop w:val="3000"/> <w:trackRevisions/> <w:bookFoldPrinting/> <w:characterSpacingControl w:val="compressPunctuation"/>
        <w:updateFields w:val="true"/> <w:view w:val="outline"/> <w:zoom w:percent="10"/> <w:printFormsData/> <w:hideSpellingErrors/>
        <w:documentProtection w:edit="forms" w:enforcement="1"/> <w:attachedTemplate xmlns:r="urn:x" r:id="rId1"/> <w:noLineBreaksAfter w:lang="en-US" w:val="a"/>
        <w:compat><w:ulTrailSpace/></w:compat> <w:compat><w:suppressTopSpacing/></w:compat> <w:styleLockTheme/> <w:documentType w:val="letter"/>
        <w:mathPr xmlns:x="urn:x"/> <w:clrSchemeMapping w:bg1="dark1" w:t1="light1"/> <w:footnotePr><w:pos w:val="sectEnd"/></w:footnotePr>""",
    f"{W}lvl": """
        <w:isLgl/> <w:legacy w:legacy="1" w:legacyIndent="900"/> <w:lvlPicBulletId w:val="0"/> <w:lvlRestart w:val="0"/> <w:suff w:val="nothing"/>
        <w:lvlText w:val="no"/> <w:numFmt w:val="upperRoman"/> <w:start w:val="9"/>""",
    f"{W}style": "<w:hidden/> <w:semiHidden/> <w:rPr><w:vanish/></w:rPr> <w:pPr><w:ind w:left='2000'/></w:pPr> <w:basedOn w:val='Title'/>",
    f"{W}r": """
        <w:t>not </w:t> <w:tab/> <w:br/> <w:br w:type="page"/> <w:sym w:font="Wingdings" w:char="F0FB"/> <w:delText>not </w:delText> <w:cr/> <w:ptab w:alignment="right"/>
        <w:noBreakHyphen/> <w:softHyphen/> <w:pgNum/> <w:dayLong/> <w:instrText> AUTHOR </w:instrText> <w:footnoteReference w:id="1"/> <w:annotationRef/>
        <w:lastRenderedPageBreak/> <w:fldChar w:fldCharType="begin"/> <w:ruby><w:rt><w:r><w:t>not</w:t></w:r></w:rt><w:rubyBase/></w:ruby>""",
    f"{W}p": """
        <w:r><w:t>not </w:t></w:r> <w:ins w:id="900"><w:r><w:t>not </w:t></w:r></w:ins> <w:fldSimple w:instr=" QUOTE not "><w:r><w:t>so</w:t></w:r></w:fldSimple>
        <w:smartTag w:element="x"><w:r><w:t>not </w:t></w:r></w:smartTag> <m:oMath><m:r><m:t>x</m:t></m:r></m:oMath> <w:del w:id="901"><w:r><w:delText>no</w:delText></w:r></w:del>
        <w:bookmarkStart w:id="902" w:name="here"/> <w:commentRangeStart w:id="1"/> <w:proofErr w:type="gramStart"/> <w:dir w:val="rtl"><w:r><w:t>not</w:t></w:r></w:dir>""",
    f"{W}body": "<w:p><w:r><w:t>Not so.</w:t></w:r></w:p> <w:p/> <w:altChunk/> <w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>",
    f"{M}e": "<m:r><m:t>1</m:t></m:r> <m:phant><m:e/></m:phant> <m:borderBox><m:e/></m:borderBox> <m:r><m:rPr><m:nor/></m:rPr><m:t>2</m:t></m:r>",
    f"{M}rPr": "<m:nor/> <m:sty m:val='b'/> <m:scr m:val='fraktur'/> <m:lit/> <m:brk/> <m:aln/>",
    f"{M}fPr": "<m:type m:val='noBar'/> <m:type m:val='lin'/>",
    f"{A}blip": "<a:grayscl/> <a:biLevel thresh='50000'/> <a:lum bright='90000'/> <a:alphaModFix amt='10000'/>",
}  # fmt: skip


def _insertable(tag: str) -> list[etree._Element]:
    return list(etree.fromstring(f"<all {DECLARED}>{_PROPERTIES[tag]}</all>"))


def _trees(content: Parts) -> list[str]:
    return sorted(name for name in content if name.endswith((".xml", ".rels")) and not name.startswith("customXml/"))


def _some_tree(content: Parts, chance: Random) -> str:
    """Choose a part: the text in every other case, for there is most to be seen."""
    return "word/document.xml" if chance.random() < 0.5 else chance.choice(_trees(content))


def _put(content: Parts, name: str, root: etree._Element) -> None:
    content[name] = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _path(element: etree._Element) -> str:
    return element.getroottree().getelementpath(element)[-120:] or etree.QName(element).localname


def change_text(content: Parts, chance: Random) -> str:
    """Change, add or take a character of any text."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    texts = [each for each in root.iter() if (each.text or "").strip()]
    if not texts:
        return ""
    chosen = chance.choice(texts)
    text = str(chosen.text)
    at = chance.randrange(len(text))
    new = chance.choice(
        [
            text[:at] + chance.choice(_LETTERS) + text[at + 1 :],
            text[:at] + chance.choice(_LETTERS) + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + text[at:].swapcase(),
            f"not {text}",
            text[::-1],
        ]
    )
    chosen.text = new
    _put(content, name, root)
    return f"{name}: {text[:40]!r} to {new[:40]!r}"


def change_attribute(content: Parts, chance: Random) -> str:
    """Give an attribute another value, one that it has elsewhere or a usual one, or take it away."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    held = [(each, str(key)) for each in root.iter() for key in each.attrib]
    if not held:
        return ""
    element, key = chance.choice(held)
    before = element.get(key, "")
    others = sorted({str(each.get(key)) for each in root.iter() if each.get(key) is not None} - {before})
    usual = ["0", "1", "true", "false", "none", "auto", "left", "right", "7", f"{before}0", f"{before} x"]
    if before.lstrip("-").isdigit():
        usual += [str(int(before) + step) for step in (-400, -20, -3, 3, 20, 400)]
    if chance.random() < 0.2:
        del element.attrib[key]
        after = "nothing"
    else:
        after = chance.choice(others) if others and chance.random() < 0.5 else chance.choice(usual)
        element.set(key, after)
    _put(content, name, root)
    return f"{name}: {_path(element)} {etree.QName(key).localname}={before[:40]!r} to {after[:40]!r}"


def insert(content: Parts, chance: Random) -> str:
    """Put something that changes looks where it may stand."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    places = [each for each in root.iter() if each.tag in _PROPERTIES]
    if not places:
        return ""
    kind = chance.choice(sorted({str(each.tag) for each in places}))
    place = chance.choice([each for each in places if each.tag == kind])
    new = chance.choice(_insertable(kind))
    for old in place.findall(str(new.tag)) if chance.random() < 0.5 and str(new.tag) != f"{W}p" else []:
        place.remove(old)
    place.insert(chance.randint(0, len(place)), new)
    _put(content, name, root)
    return f"{name}: {etree.QName(new).localname} {new.attrib} in {_path(place)}"


def insert_properties(content: Parts, chance: Random) -> str:
    """Say of a run, a paragraph, a row or a cell how it looks, where nothing was said."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    kinds = {f"{W}r": f"{W}rPr", f"{W}p": f"{W}pPr", f"{W}tr": f"{W}trPr", f"{W}tc": f"{W}tcPr"}
    places = [each for each in root.iter(*kinds) if each.find(kinds[str(each.tag)]) is None]
    if not places:
        return ""
    place = chance.choice(places)
    kind = kinds[str(place.tag)]
    properties = etree.Element(kind)
    properties.append(chance.choice(_insertable(kind)))
    place.insert(0, properties)
    _put(content, name, root)
    return f"{name}: {etree.QName(properties[0]).localname} {properties[0].attrib} of {_path(place)}"


def remove(content: Parts, chance: Random) -> str:
    """Take an element away, with all that is in it."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    held = [each for each in root.iter() if each.getparent() is not None]
    if not held:
        return ""
    gone = chance.choice(held)
    told = f"{name}: without {_path(gone)}"
    parent = gone.getparent()
    assert parent is not None
    parent.remove(gone)
    _put(content, name, root)
    return told


def move(content: Parts, chance: Random) -> str:
    """Put an element, or a copy of it, beside another of its kind, or one place on."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    held = [each for each in root.iter() if each.getparent() is not None]
    if not held:
        return ""
    moved = chance.choice(held)
    same = [each for each in held if each.tag == moved.tag and each is not moved and moved not in each.iterancestors()]
    told = f"{name}: {_path(moved)}"
    copy = etree.fromstring(etree.tostring(moved))
    copy.tail = None
    if same and chance.random() < 0.7:
        place = chance.choice(same)
        told += f" beside {_path(place)}"
        place.addnext(copy)
    else:
        moved.addnext(copy)
        told += " once more"
    if chance.random() < 0.6:
        parent = moved.getparent()
        assert parent is not None
        parent.remove(moved)
        told += ", moved"
    _put(content, name, root)
    return told


def swap(content: Parts, chance: Random) -> str:
    """Let two neighbours change places."""
    name = _some_tree(content, chance)
    root = etree.fromstring(content[name])
    held = [each for each in root.iter() if each.getnext() is not None]
    if not held:
        return ""
    first = chance.choice(held)
    second = first.getnext()
    assert second is not None
    told = f"{name}: {_path(first)} after {_path(second)}"
    second.addnext(first)
    _put(content, name, root)
    return told


def change_picture(content: Parts, chance: Random) -> str:
    """Put another picture in the place of one, or damage one."""
    media = sorted(name for name in content if name.startswith("word/media/"))
    chosen, other = chance.choice(media), chance.choice(media)
    if chosen == other:
        data = bytearray(content[chosen])
        at = chance.randrange(len(data))
        data[at] ^= 1 << chance.randrange(8)
        content[chosen] = bytes(data)
        return f"{chosen}: byte {at}"
    content[chosen] = content[other]
    return f"{chosen}: the content of {other}"


def change_relationship(content: Parts, chance: Random) -> str:
    """Let a relationship lead elsewhere, be of another type, or be outside."""
    name = chance.choice([each for each in sorted(content) if each.endswith(".rels")])
    root = etree.fromstring(content[name])
    held = list(root)
    if not held:
        return ""
    chosen, other = chance.choice(held), chance.choice(held)
    key = chance.choice(["Target", "Type", "Id", "TargetMode"])
    before = chosen.get(key, "")
    chosen.set(key, "External" if key == "TargetMode" else other.get(key, "") + chance.choice(["", "x"]))
    if chance.random() < 0.2:
        root.append(
            etree.Element(
                f"{{{root.nsmap[None]}}}Relationship", {"Id": "rIdNew", "Type": f"{OFFICE}/image", "Target": "x"}
            )
        )
    _put(content, name, root)
    return f"{name}: {key} {before!r} to {chosen.get(key)!r}"


def change_parts(content: Parts, chance: Random) -> str:
    """Add a part, take one away, or let one be another."""
    names = sorted(content)
    chosen, other = chance.choice(names), chance.choice(names)
    what = chance.choice(["gone", "new", "another"])
    if what == "gone":
        del content[chosen]
    elif what == "new":
        content[f"word/new{chance.randrange(9)}.xml"] = content[chosen]
    else:
        content[chosen] = content[other]
    return f"{chosen}: {what} {other if what == 'another' else ''}"


EDITS: tuple[Edit, ...] = (
    change_text, change_text, change_attribute, change_attribute, insert, insert, insert_properties, remove, move, swap,
    change_picture, change_relationship, change_parts,
)  # fmt: skip


def edits(report: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield that many edits of a report, each with what it did; the same for the same seed."""
    whole = parts(report)
    number = made = 0
    while made < count:
        chance = Random(f"{seed}/{number}")
        number += 1
        edit = chance.choice(EDITS)
        content = dict(whole)
        told = edit(content, chance)
        if told and content != whole:
            made += 1
            yield f"{number - 1} {edit.__name__} {told}", packed(content)
