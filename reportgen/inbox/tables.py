"""What was found of an inbox, for people, spreadsheets and programs; names and addresses only where they are asked for."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from reportgen.assignment import Assignment
from reportgen.check import Result
from reportgen.check.requirements import subject_of
from reportgen.inbox import Inbox, Judged

MARKS = {"pass": "✓", "doubt": "?", "fail": "✗", "n/a": "–"}


def outcome(judged: Judged, *, strict: bool = False) -> str:
    """Return "fail", "doubt" or "pass" for a hand-in as a whole."""
    if judged.failed(strict=strict):
        return "fail"
    return "doubt" if judged.doubts else "pass"


def in_words(judged: Judged, assignment: Assignment, *, strict: bool = False) -> str:
    """Say in one line what is missing and what is in doubt, each thing once, however many rules it concerns."""
    failed = judged.failed(strict=strict)
    said = list(dict.fromkeys(each.message for each in failed if each.group == "submission"))
    if not any(each.code == "S1" for each in failed):  # else there is no document to miss anything in
        said += _subjects("missing", [each for each in failed if each.group == "assignment"], assignment)
        said += [each.message for each in failed if each.group == "craft"]
    said += [f"in doubt: {each.message}" for each in judged.doubts if each.group == "submission"]
    said += _subjects("in doubt", [each for each in judged.doubts if each.group == "assignment"], assignment)
    said += [
        f"noted: {each.message}"
        for each in judged.results
        if each.code == "C11" and each.outcome == "fail" and not strict
    ]
    return "; ".join(said)


def _subjects(word: str, results: Sequence[Result], assignment: Assignment) -> list[str]:
    """Say of several rules what they are about, and of one, or where all say the same, what it says."""
    messages = list(dict.fromkeys(each.message for each in results))
    if len(messages) == 1:
        return [f"in doubt: {messages[0]}" if word == "in doubt" else messages[0]]
    about = {each.code: subject_of(each, assignment) for each in assignment.requirements}
    if len(results) == len(about) and word == "missing":
        return ["missing: all that is asked"]
    return [f"{word}: {', '.join(about.get(each.code, each.rule) for each in results)}"] if results else []


def who(judged: Judged) -> str:
    """Say whose a hand-in is, or else which."""
    return judged.student.known or judged.file or judged.place


def table_lines(inbox: Inbox, assignment: Assignment, *, strict: bool = False) -> Iterator[str]:
    """Give a line a hand-in, then what was handed in twice, and the sum."""
    if inbox.judged:
        names = [_plain(who(each))[:40] for each in inbox.judged]
        room = max(map(len, names))
        digits = len(str(len(names)))
        for number, (judged, name) in enumerate(zip(inbox.judged, names, strict=True), 1):
            words = _plain(in_words(judged, assignment, strict=strict))
            mark = MARKS[outcome(judged, strict=strict)]
            yield f"{number:>{digits}} {mark} {name:<{room}}  {words or 'meets what is asked'}".rstrip()
        yield ""
    yield from _listed(inbox)
    yield sum_line(inbox, strict=strict)


def _listed(inbox: Inbox) -> Iterator[str]:
    for group in inbox.same:
        yield f"The same file: {_numbers(group)}."
    for group in inbox.alike:
        yield f"The same words in different files: {_numbers(group)}."
    if inbox.reference:
        yield f"The reference answer, much of it, or made by this program: {_numbers(inbox.reference)}."
    for group in again(inbox):
        yield f"From one student: {_numbers(group)}; which of them counts is yours to say."


def again(inbox: Inbox) -> list[list[int]]:
    """Return which hand-ins are of one student, as far as their name and number, or their address, say so."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, each in enumerate(inbox.judged, 1):
        student = each.student
        key = ("", student.address) if student.address else (student.name, student.id)
        if student.address or student.id:
            groups.setdefault(key, []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def sum_line(inbox: Inbox, *, strict: bool = False) -> str:
    """Say how many hand-ins meet what is asked, with how many a reader must look, and how many do not."""
    outcomes = [outcome(each, strict=strict) for each in inbox.judged]
    late = sum(any(each.code == "S4" and each.outcome == "fail" for each in judged.results) for judged in inbox.judged)
    passed, doubted, failed = (outcomes.count(kind) for kind in ("pass", "doubt", "fail"))
    return (
        f"{len(outcomes)} {'hand-in' if len(outcomes) == 1 else 'hand-ins'}: {passed} {'has' if passed == 1 else 'have'} the required "
        f"headings and words, {doubted} with a doubt; {failed} {'does' if failed == 1 else 'do'} not meet what is asked"
        f"{f', {late} of them late' if late else ''}."
    )


def _numbers(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def as_csv(inbox: Inbox, assignment: Assignment, *, strict: bool = False) -> str:
    """Return a row a hand-in, with the outcome of every rule: for a spreadsheet, and with names."""
    codes = _codes(inbox)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [
            "number",
            "student",
            "id",
            "address",
            "place",
            "file",
            "outcome",
            "sent",
            "late_minutes",
            "missing_or_in_doubt",
            *codes,
        ]
    )
    for number, each in enumerate(inbox.judged, 1):
        outcomes = {result.code: result.outcome for result in each.results}
        row = [
            str(number), each.student.name, each.student.id, each.student.address, each.place, each.file, outcome(each, strict=strict),
            each.sent.isoformat() if each.sent else "", f"{each.late.total_seconds() / 60:.0f}" if each.late else "",
            in_words(each, assignment, strict=strict), *(outcomes.get(code, "") for code in codes),
        ]  # fmt: skip
        writer.writerow([unspreadsheet(_plain(cell)) for cell in row])
    return text.getvalue()


def unspreadsheet(text: str) -> str:
    """Keep a spreadsheet from taking somebody's text for a formula."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def as_json(inbox: Inbox, *, names: bool = False, strict: bool = False) -> str:
    """Return all that was found as one JSON object; whose it is, and what files are called, only if `names` are asked for."""
    hand_ins: list[dict[str, Any]] = []
    for number, each in enumerate(inbox.judged, 1):
        said: dict[str, Any] = {"number": number, "place": each.place}
        if names:
            said |= {"student": asdict(each.student), "file": each.file}
        said |= {
            "outcome": outcome(each, strict=strict),
            "system": each.system,
            "files": each.files,
            "sent": each.sent.isoformat() if each.sent else None,
            "late_seconds": int(each.late.total_seconds()) if each.late else None,
            "results": [asdict(rule) if names else _unnamed(asdict(rule), each) for rule in each.results],
        }
        hand_ins.append(said)
    outcomes = [each["outcome"] for each in hand_ins]
    return json.dumps(
        {
            "hand_ins": hand_ins,
            "same_file": inbox.same,
            "same_words": inbox.alike,
            "reference_answer": inbox.reference,
            "sum": {kind: outcomes.count(kind) for kind in ("pass", "doubt", "fail")},
        },
        ensure_ascii=False,
    )


def as_junit(inbox: Inbox, *, names: bool = False, strict: bool = False) -> str:
    """Return what was found as JUnit writes the results of tests: a suite a hand-in, a case a rule; it names nobody unless asked to."""
    suites = ET.Element("testsuites", name="reportgen check")
    for each in inbox.judged:
        counted = [rule for rule in each.results if strict or rule.group != "craft"]
        name = f"{each.place} ({who(each)})" if names else each.place
        suite = ET.SubElement(
            suites, "testsuite", name=_xml(name), tests=str(len(counted)),
            failures=str(sum(rule.outcome == "fail" for rule in counted)), errors="0",
            skipped=str(sum(rule.outcome == "n/a" for rule in counted)),
        )  # fmt: skip
        for rule in counted:
            case = ET.SubElement(suite, "testcase", name=f"{rule.code} {_xml(rule.rule)}", classname=_xml(each.place))
            message = _xml(rule.message if names else _unnamed(asdict(rule), each)["message"])
            if rule.outcome == "fail":
                ET.SubElement(case, "failure", message=message)
            elif rule.outcome == "n/a":
                ET.SubElement(case, "skipped", message=message)
            elif rule.outcome == "doubt":
                ET.SubElement(case, "system-out").text = f"in doubt: {message}"
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _unnamed(rule: dict[str, Any], judged: Judged) -> dict[str, Any]:
    """Take out of a message whatever may name a student: what they put into the subject, and their name in a heading."""
    message = rule["message"]
    if rule["code"] == "S3" and message:
        message = (
            message.partition("“")[0].rstrip(" ,") + " not the one that is asked for" if "“" in message else message
        )
    for said in (judged.student.name, judged.student.address, *judged.student.name.split()):
        if len(said) > 2:
            message = re.sub(rf"\b{re.escape(said)}\b", "…", message, flags=re.IGNORECASE)
    return {**rule, "message": message}


def _codes(inbox: Inbox) -> list[str]:
    codes = {result.code for each in inbox.judged for result in each.results}
    return sorted(codes, key=lambda code: ("SAC".index(code[0]) if code[0] in "SAC" else 9, int(code[1:])))


def _plain(text: str) -> str:
    """Let nothing that somebody hands in move a terminal's cursor, or begin a line."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _xml(text: str) -> str:
    """Leave out what XML cannot hold (XML 1.0, 2.2)."""
    return "".join(each if each.isprintable() else " " for each in text)
