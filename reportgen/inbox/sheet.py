"""A sheet to mark in: the criteria, room for points, and beside them what `check` saw. No point in it is given by this program."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from reportgen.assignment import NUMERALS, Assignment, Requirement
from reportgen.check.terms import alternatives, matching
from reportgen.inbox import Inbox, Judged
from reportgen.inbox.judging import shown
from reportgen.inbox.tables import MARKS, in_words, unspreadsheet, who
from reportgen.marking import Criterion, Part

_NEVER = (1980, 1, 1, 0, 0, 0)  # the first time that a zip archive can hold: a sheet is a function of what it shows
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def marking_sheet(inbox: Inbox, assignment: Assignment, marking: Mapping[str, Part], kind: str) -> bytes:
    """Return a sheet for an inbox as an Excel workbook (`kind` ".xlsx": a row a hand-in) or a Word document (".docx": a table each)."""
    return _steady(_workbook(inbox, assignment, marking) if kind == ".xlsx" else _document(inbox, assignment, marking))


def bearing(criterion: Criterion, part: str, assignment: Assignment) -> list[Requirement]:
    """Return the requirements that say something of a criterion: those whose subject it names, or else that of the whole part."""
    of_part = [each for each in assignment.requirements if each.where == part]
    named = [each for each in of_part if each.terms and _names(each, criterion.says)]
    return named or [each for each in of_part if not each.terms]


def _names(requirement: Requirement, text: str) -> bool:
    if not requirement.noun:
        return bool(matching(requirement.terms).search(text))
    name = rf"\b{alternatives(requirement.terms)}[ -]{alternatives(requirement.noun)}\b"
    return bool(re.search(name, text, re.IGNORECASE))


def _seen(judged: Judged, requirements: Sequence[Requirement]) -> str:
    results = {each.code: each for each in judged.results}
    said = []
    for each in requirements:
        if each.code in results:
            result = results[each.code]
            said.append(f"{MARKS[result.outcome]} {each.code}: {result.message or each.says}")
    return "\n".join(said) or "– nothing was looked at"


def _criteria(marking: Mapping[str, Part]) -> Iterator[tuple[str, str, Criterion]]:
    """Give the name of the part, what a criterion is called, as "I.1", and the criterion."""
    for numeral, (name, part) in zip(NUMERALS, marking.items(), strict=False):
        for number, criterion in enumerate(part.criteria, 1):
            yield name, f"{numeral}.{number}", criterion


def _workbook(inbox: Inbox, assignment: Assignment, marking: Mapping[str, Part]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - heavy, and for a sheet only
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Marks"
    first = ["number", "student", "id", "file", "handed in", "of how it was handed in"]
    criteria = list(_criteria(marking))
    header = [*first, *(text for _, name, each in criteria for text in (f"{name} ({each.points})", f"{name}: seen"))]
    header += [f"Part {numeral} ({part.points})" for numeral, part in zip(NUMERALS, marking.values(), strict=False)]
    sheet.append(header)
    sheet.append([*[""] * len(first), *(text for _, _, each in criteria for text in (_clean(each.says), ""))])
    column = {name: len(first) + 1 + 2 * index for index, (_, name, _) in enumerate(criteria)}
    for row, (number, judged) in enumerate(enumerate(inbox.judged, 1), 3):
        cells = [
            str(number),
            judged.student.name or who(judged),
            judged.student.id,
            judged.file,
            _when(judged, assignment),
            _submission(judged),
        ]
        cells += [text for part, _, each in criteria for text in ("", _seen(judged, bearing(each, part, assignment)))]
        sheet.append([unspreadsheet(_clean(cell)) or None for cell in cells])
        sheet.cell(row, 1).value = number
        for offset, (numeral, part) in enumerate(zip(NUMERALS, marking.values(), strict=False)):
            places = [f"{get_column_letter(column[f'{numeral}.{n}'])}{row}" for n in range(1, len(part.criteria) + 1)]
            given = ",".join(places)
            sheet.cell(
                row, len(first) + 1 + 2 * len(criteria) + offset
            ).value = f'=IF(COUNT({given})=0,"",SUM({given}))'
    last = max(3, len(inbox.judged) + 2)
    for _, name, criterion in criteria:
        allowed = DataValidation(
            type="decimal", operator="between", formula1="0", formula2=str(criterion.points), allow_blank=True
        )
        allowed.error, allowed.errorTitle = f"From 0 to {criterion.points}", name
        letter = get_column_letter(column[name])
        allowed.add(f"{letter}3:{letter}{last}")
        sheet.add_data_validation(allowed)
        sheet.column_dimensions[get_column_letter(column[name] + 1)].width = 38
    for index, width in enumerate((8, 24, 14, 24, 24, 36), 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for cells_of_row in sheet.iter_rows(min_row=1, max_row=2):
        for cell in cells_of_row:
            cell.font = Font(bold=cell.row == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.fill = PatternFill("solid", start_color="EEEEEE")
    for cells_of_row in sheet.iter_rows(min_row=3, max_row=last):
        for cell in cells_of_row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C3"
    sheet.row_dimensions[2].height = 120
    book.properties.creator = "reportgen"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _when(judged: Judged, assignment: Assignment) -> str:
    if judged.sent is None:
        return "unknown"
    return shown(judged.sent.astimezone(assignment.due.tzinfo) if assignment.due else judged.sent)


def _submission(judged: Judged) -> str:
    said = [each for each in judged.results if each.group == "submission" and each.outcome in ("fail", "doubt")]
    return "\n".join(f"{MARKS[each.outcome]} {each.message}" for each in said)


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _document(inbox: Inbox, assignment: Assignment, marking: Mapping[str, Part]) -> bytes:
    import docx  # noqa: PLC0415 - heavy, and for a sheet only
    from docx.enum.section import WD_ORIENT  # noqa: PLC0415
    from docx.oxml import parse_xml  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    document = docx.Document()
    # python-docx begins with a file that has its styles a second time, otherwise; Word 2010 read them.
    for name in [name for name, each in document.part.rels.items() if each.reltype.endswith("/stylesWithEffects")]:
        del document.part.rels[name]
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    assert section.page_width is not None
    title = f"Marking sheet: {assignment.texts.get('assignment', 'assignment')}"
    document.core_properties.title, document.core_properties.author = title, "reportgen"
    document.add_heading(title, 1)
    document.add_paragraph(
        "Points are for you to give. What stands under “seen” was found by a program that looks at headings and words only."
    )
    criteria = [(part, name, each, bearing(each, part, assignment)) for part, name, each in _criteria(marking)]
    body = document.element.body
    end = body.find(qn("w:sectPr"))
    for number, judged in enumerate(inbox.judged, 1):
        document.add_heading(_clean(f"{number}. {who(judged)}"), 2)
        document.add_paragraph(
            _clean("; ".join(filter(None, (f"handed in {_when(judged, assignment)}", in_words(judged, assignment)))))
        )
        rows = [("criterion", "what an answer must say", "of", "points", "seen")]
        rows += [
            (name, each.says, str(each.points), "", _seen(judged, requirements))
            for _, name, each, requirements in criteria
        ]
        rows += [
            (f"Part {numeral}", "", str(part.points), "", "")
            for numeral, part in zip(NUMERALS, marking.values(), strict=False)
        ]
        end.addprevious(parse_xml(_table(rows)))
        document.add_paragraph()
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


_WIDTHS = (1100, 6200, 700, 1000, 4900)  # twentieths of a point


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Write a table with a header row: python-docx looks for a cell through all of them, which takes minutes for a class."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in _WIDTHS)
    lines = []
    for index, row in enumerate(rows):
        header = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if index == 0 else "<w:trPr><w:cantSplit/></w:trPr>"
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_cell(text, bold=index == 0)}</w:tc>'
            for text, width in zip(row, _WIDTHS, strict=True)
        )
        lines.append(f"<w:tr>{header}{cells}</w:tr>")
    return (
        f'<w:tbl xmlns:w="{_W}"><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(_WIDTHS)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(lines)}</w:tbl>'
    )


def _cell(text: str, *, bold: bool) -> str:
    properties = f'<w:rPr>{"<w:b/>" if bold else ""}<w:sz w:val="18"/></w:rPr>'
    return "".join(
        f'<w:p><w:r>{properties}<w:t xml:space="preserve">{escape(_clean(line))}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )


def _clean(text: str) -> str:
    """Leave out what neither format can hold."""
    return "".join(each for each in text if each.isprintable() or each == "\n")


def _steady(content: bytes) -> bytes:
    """Return a package without the time at which it was written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", data)
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return stream.getvalue()
