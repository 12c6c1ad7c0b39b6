"""What assignment.toml may say, what it must, and that nothing in it can become more of a mail header than it is."""

import datetime
import tomllib
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.assignment import Assignment, Part, Requirement, read_assignment
from reportgen.check import check_bytes
from reportgen.errors import ReportgenError
from tests.check.answers import complete
from tests.check.rnn import RNN

TEMPLATES = Path(__file__).parents[1] / "templates"
TEXTS = "".join(f'{name} = "{name}"\n' for name in ("course", "assignment", "title", "keywords"))
PART = '[[part]]\nname = "one"\nheading = "Part I"\n'
ASKED = '[[requirement]]\ncode = "A2"\nsays = "It is there."\n'
SUBMISSION = '[submission]\nto = ["a@b.edu", "c@d.edu"]\nsubject = "Hand – in"\n'

_STREAM = BytesIO()
complete().save(_STREAM)
ANSWER = _STREAM.getvalue()

# U+0085, U+2028 and their like count: str.splitlines breaks a line at them, and so may a mail program.
BREAKS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]


def written(folder: Path, text: str) -> Path:
    (folder / "assignment.toml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(ReportgenError) as caught:
        read_assignment(folder)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_the_templates_that_come_with_it_say_how_the_assignment_asks_to_be_handed_in() -> None:
    assignment = read_assignment(TEMPLATES)

    assert assignment.to == ("Thuan.Nguyen@unt.edu",)
    assert assignment.subject == "ADTA 5560: Assignment 5 \N{EN DASH} Submission."
    assert assignment.texts["assignment"] == "Assignment 5"


def test_templates_may_print_the_lines_at_the_top_the_headings_of_the_parts_and_what_texts_adds(tmp_path: Path) -> None:
    more = '[texts]\ngreeting = "Hello"\nempty = ""\n'

    assignment = read_assignment(written(tmp_path, 'study = "table"\n' + TEXTS + PART + more + SUBMISSION))

    names = ("course", "assignment", "title", "keywords")
    assert assignment == Assignment(
        {**{name: name for name in names}, "one": "Part I", "greeting": "Hello", "empty": ""},
        ("a@b.edu", "c@d.edu"),
        "Hand – in",
        "table",
        (Part("one", "Part I"),),
    )


def test_a_requirement_is_read_with_all_that_it_may_say(tmp_path: Path) -> None:
    more = (
        '[[requirement]]\ncode = "A3"\nsays = "S."\nwhere = "one"\nsubject = "it"\nterms = ["a*"]\napart_from = ["A4"]\nwords = 9\n'
        'any_of = ["b"]\nnone_of = ["c"]\naspects = "x"\nat_least = 1\n'
        '[[requirement]]\ncode = "A4"\nsays = "T."\nterms = ["d"]\n[aspects.x]\nfirst = ["e"]\n"the second" = ["f", "g h"]\n'
    )

    assignment = read_assignment(written(tmp_path, TEXTS + PART + ASKED + more))

    assert assignment.requirements == (
        Requirement("A2", "It is there."),
        Requirement("A3", "S.", "one", "it", ("a*",), (), ("A4",), 9, ("b",), ("c",), "x", 1),
        Requirement("A4", "T.", terms=("d",)),
    )
    assert assignment.aspects == {"x": {"first": ("e",), "the second": ("f", "g h")}}


def test_a_folder_that_says_nothing_of_an_email_is_read_all_the_same(tmp_path: Path) -> None:
    """As `init` made them before there was such a section."""
    assignment = read_assignment(written(tmp_path, TEXTS))

    assert (assignment.to, assignment.subject) == ((), "")


def test_the_texts_are_read_only() -> None:
    given_ = {"course": "C"}
    assignment = Assignment(given_)
    given_["course"] = "changed"

    assert assignment.texts["course"] == "C"
    with pytest.raises(TypeError):
        assignment.texts["course"] = "changed"  # type: ignore[index]  # what is tested


def test_a_folder_that_is_none_or_holds_no_such_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone") == (
        f"{tmp_path / 'gone'}: is no folder of templates; `init DIR` makes one with all that is needed"
    )
    assert refusal(tmp_path) == (
        f"{tmp_path}: holds no assignment.toml; `init DIR` makes a folder with all that is needed"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "is not valid TOML: "),
        ('course = "C"', "assignment is missing: must be a line of text"),
        (TEXTS.replace('"title"', "3"), "title is 3: must be a line of text"),
        (TEXTS.replace('"title"', '" "'), "title is ' ': must be a line of text"),
        (TEXTS.replace('"title"', '"two\\nlines"'), "title is 'two\\nlines': must be one line of text; it holds U+000A"),
        (
            TEXTS.replace("title =", "titel ="),
            "unknown key 'titel'; the nearest is 'title' (what templates print besides stands in [texts])",
        ),
        (TEXTS + 'part_one = "x"', "unknown key 'part_one'; the nearest is 'part'"),
        ("study = 3\n" + TEXTS, "study is 3: must be a line of text"),
        ('study = "../x"\n' + TEXTS, "study is '../x': must be the name of a study"),
        ("quoted = 3\n" + TEXTS, "quoted is 3: must be a list, in [ ]"),
        ("quoted = [3]\n" + TEXTS, "quoted is [3]: must be words as in"),
        ('quoted = ["a.*b"]\n' + TEXTS, "quoted is 'a.*b': must be words as in"),
        ("texts = 3\n" + TEXTS, "texts is 3: must be a section, [texts]"),
        (TEXTS + "[texts]\na = 3", "texts.a is 3: must be a line of text"),
        (TEXTS + '[texts]\n"a b" = "x"', "texts is 'a b': must be a name that templates can print"),
        (TEXTS + '[texts]\nif = "x"', "texts is 'if': must be a name that templates can print"),
        (TEXTS + '[texts]\nauthor = "x"', "texts is 'author': is a name that stands for something else already"),
        (TEXTS + PART + '[texts]\none = "x"', "texts.one is 'x': is the name of a part or of a key at the top"),
        (TEXTS + '[part]\nname = "x"', "part is {'name': 'x'}: must be a list: write [[part]] above each of them"),
        (TEXTS + '[[part]]\nname = "x"', "part 1: heading is missing: each of them needs one"),
        (TEXTS + PART + 'topics = ["x"]', "unknown key 'part 1: topics'; the nearest is 'topic'"),
        (TEXTS + PART + 'topic = "x"', "part 1: topic is 'x': must be a list, in [ ]"),
        (TEXTS + PART + 'topic = ["x"]', "part 1: on is '': must be a line of text"),
        (TEXTS + PART + PART, "part 2: name is 'one': is that of another part"),
        (TEXTS + PART + PART.replace("one", "two"), "part 2: heading is 'Part I': is that of another part"),
        (TEXTS + PART.replace('"one"', '"title"'), "part 1: name is 'title': is a name that stands for something else already"),
        (TEXTS + PART.replace('"one"', '"One"'), "part 1: name is 'One': must be a name that templates can print"),
        (
            TEXTS + "".join(PART.replace("one", f"p{n}").replace("Part I", f"P{n}") for n in range(13)),
            "part is 'a list of 13': must have at most 12",
        ),
        (TEXTS + ASKED + "word = 3", "unknown key 'requirement 1: word'; the nearest is 'words'"),
        (TEXTS + ASKED + 'words = "3"', "requirement 1: words is '3': must be a whole number from 1 to 10000"),
        (TEXTS + ASKED + "words = 0", "requirement 1: words is 0: must be a whole number"),
        (TEXTS + ASKED + "words = true", "requirement 1: words is True: must be a whole number"),
        (TEXTS + ASKED.replace("A2", "A1"), "requirement 1: code is 'A1': must be A2 to A99"),
        (TEXTS + ASKED.replace('"A2"', "2"), "requirement 1: code is 2: must be A2 to A99"),
        (TEXTS + ASKED.replace("there.", "there"), "requirement 1: says is 'It is there': must be a sentence"),
        (TEXTS + ASKED + ASKED, "requirement 2: code is 'A2': is that of another requirement"),
        (TEXTS + PART + ASKED + 'where = "on"', "requirement 1: where is 'on': is no part; the nearest is 'one'"),
        (TEXTS + ASKED + 'where = "one"', "requirement 1: where is 'one': is no part; there are none"),
        (TEXTS + ASKED + 'terms = ["a("]', "requirement 1: terms is 'a(': must be words as in"),
        (TEXTS + ASKED + f"terms = {['a'] * 61}", "requirement 1: terms is 'a list of 61': must have at most 60"),
        (TEXTS + ASKED + 'terms = ["a"]\nnoun = ["b"]', "requirement 1: noun is ['b']: must be what they are called in one and in many"),
        (TEXTS + ASKED + 'noun = ["b", "c"]', "requirement 1: noun is ['b', 'c']: says nothing without `terms`"),
        (TEXTS + ASKED + 'subject = "b"', "requirement 1: subject is 'b': says nothing without `terms`"),
        (TEXTS + ASKED + "at_least = 2", "requirement 1: at_least is 2: says nothing without `aspects`"),
        (
            TEXTS + ASKED + 'terms = ["a"]\napart_from = ["A9"]',
            "requirement 1: apart_from is 'A9': is no other requirement with `terms` of its own; there are none",
        ),
        (
            TEXTS + ASKED + 'terms = ["a"]\nnoun = ["b", "c"]\napart_from = ["A2"]',
            "requirement 1: apart_from is ['A2']: says nothing beside `noun`",
        ),
        (TEXTS + ASKED + 'aspects = "y"\n[aspects.x]\na = ["b"]', "requirement 1: aspects is 'y': is not in [aspects]; the nearest is 'x'"),
        (TEXTS + ASKED + 'aspects = "x"\nat_least = 2\n[aspects.x]\na = ["b"]', "requirement 1: at_least is 2: must be at most 1"),
        (TEXTS + "[aspects]\na = 3", "aspects.a is 3: must be a section of lists"),
        (TEXTS + "[aspects.a]", "aspects.a is 'a list of 0': must have from 1 to 60"),
        (TEXTS + "[aspects.a]\nb = []", "aspects.a.b is []: must not be empty"),
        (TEXTS + "[aspects.a]\nb = [1]", "aspects.a.b is [1]: must be words as in"),
        ("submission = 3\n" + TEXTS, "submission is 3: must be a section, [submission]"),
        (TEXTS + "[[submission]]\n", "submission is [{}]: must be a section, [submission]"),
        (TEXTS + SUBMISSION + 'cc = "e@f.edu"', "unknown key 'submission.cc'; the nearest is 'subject'"),
        (TEXTS + '[submission]\nsubject = "S"', "submission.to is missing: must be a list of addresses"),
        (TEXTS + '[submission]\nto = ["a@b.edu"]', "submission.subject is missing: must be a line of text"),
        (TEXTS + '[submission]\nto = "a@b.edu"\nsubject = "S"', "submission.to is 'a@b.edu': must be a list of addresses"),
        (TEXTS + '[submission]\nto = [3]\nsubject = "S"', "submission.to is [3]: must be a list of addresses"),
        (TEXTS + '[submission]\nto = []\nsubject = "S"', "submission.to is []: must not be empty"),
        (TEXTS + '[submission]\nto = ["a@b.edu"]\nsubject = ""', "submission.subject is '': must not be empty"),
        (TEXTS + '[submission]\nto = ["a@b.edu"]\nsubject = 3', "submission.subject is 3: must be a line of text"),
        (TEXTS + '[submission]\nto = ["a@b.edu", "x"]\nsubject = "S"', "submission.to is 'x': must be an address as in"),
        (
            TEXTS + '[submission]\nto = ["a@b.edu"]\nsubject = "S\\r\\nBcc: x"',
            "submission.subject is 'S\\r\\nBcc: x': must be one line of text; it holds U+000D",
        ),
        (TEXTS + SUBMISSION + 'due = "tomorrow"', "submission.due is 'tomorrow': must be a day and a time, as in 2024-12-04T23:00:00"),
        (TEXTS + SUBMISSION + "due = 2024-12-04", "submission.due is '2024-12-04': must be a day and a time"),
        (TEXTS + SUBMISSION + "due = 2024-12-04T23:00:00", "submission.timezone is missing: must be the name of a time zone"),
        (
            TEXTS + SUBMISSION + 'due = 2024-12-04T23:00:00Z\ntimezone = "America/Chicago"',
            "submission.timezone is 'America/Chicago': must be the name of a time zone, as in \"America/Chicago\", unless `due` says",
        ),
        *(
            (TEXTS + SUBMISSION + f'due = 2024-12-04T23:00:00\ntimezone = "{zone}"', f"submission.timezone is '{zone}': must be the name")
            for zone in ("Texas", "", "../../etc/passwd", "America", "/etc/localtime")
        ),
        (TEXTS + SUBMISSION + 'timezone = "UTC"', "submission.timezone is 'UTC': says nothing without `due`"),
        (TEXTS + SUBMISSION + 'from = "unt.edu"', "submission.from is 'unt.edu': must be a list, in [ ]"),
        (TEXTS + SUBMISSION + 'from = ["@unt.edu"]', "submission.from is '@unt.edu': must list domains, as in"),
        (TEXTS + SUBMISSION + "from = [3]", "submission.from is [3]: must list domains"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_one_line_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(written(tmp_path, text)).startswith(f"{tmp_path / 'assignment.toml'}: {said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEXTS.encode("utf-16"), "is saved as UTF-16; save it as UTF-8"),
        (TEXTS.encode("utf-16-le"), "is saved as UTF-16; save it as UTF-8"),
        (TEXTS.encode("utf-16-be"), "is saved as UTF-16; save it as UTF-8"),
        ("# “Gewäsch”".encode("cp1252"), "is saved as Windows-1252; save it as UTF-8"),
        (b"\xff\0\x81", "cannot be read as text ("),
        (b"PK\x03\x04\xe9", "cannot be read as text ("),
    ],
)
def test_a_file_that_is_no_utf_8_is_named_and_said_to_be_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "assignment.toml").write_bytes(content)

    assert refusal(tmp_path).startswith(f"{tmp_path / 'assignment.toml'}: {said}")


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_bytes(TEXTS.encode("utf-8-sig"))

    assert read_assignment(tmp_path).texts["course"] == "course"


@pytest.mark.parametrize(
    "given_", [RNN, (TEMPLATES / "assignment.toml").read_text(encoding="utf-8")], ids=["rnn", "ours"]
)
def test_a_typo_in_any_key_is_named_with_the_key_that_was_meant(tmp_path: Path, given_: str) -> None:
    lines = given_.splitlines()
    tried = set()
    section = ""
    for number, line in enumerate(lines):
        section = line if line.startswith("[") else section
        key = line.partition(" = ")[0]
        if not key.isidentifier() or " = " not in line or section.startswith("[aspects") or (section, key) in tried:
            continue
        tried.add((section, key))
        mistyped = [*lines[:number], line.replace(key, f"{key}x", 1), *lines[number + 1 :]]
        said = refusal(written(tmp_path, "\n".join(mistyped)))
        assert f"{key}x'; the nearest is '{key}'" in said
    assert len(tried) > 15


keys = st.one_of(
    st.sampled_from(
        ["course", "assignment", "title", "keywords", "study", "quoted", "part", "requirement", "aspects", "texts", "submission", "name",
         "heading", "on", "topic", "code", "says", "where", "terms", "noun", "words", "any_of", "at_least", "to", "subject"]
    ),
    st.text(max_size=5),
)  # fmt: skip
values = st.recursive(
    st.one_of(
        st.sampled_from(["A2", "A3", "x", "one", "It is.", "a*", "a ... b"]),
        st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.floats()),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=8,
)  # fmt: skip
GOOD = tomllib.loads(RNN)


@given(st.dictionaries(keys, values, max_size=4), st.data())
def test_any_table_is_an_assignment_or_one_line(table: dict[str, object], data: st.DataObject) -> None:
    """Of a good file, some keys are given anything, at the top and in its first part and requirement."""
    good = {**GOOD, **table}
    for name in ("part", "requirement"):
        if data.draw(st.booleans()) and name not in table:
            listed: list[dict[str, object]] = GOOD[name]
            first = {**listed[0], **data.draw(st.dictionaries(st.sampled_from(sorted(listed[-1])), values, max_size=2))}
            good[name] = [first, *listed[1:]]
    with patch("reportgen.assignment.read_toml", return_value=good):
        try:
            assignment = read_assignment(TEMPLATES)
        except ReportgenError as error:
            said = str(error)
        else:
            check_bytes(ANSWER, assignment, own=True)
            return
    assert len(said.splitlines()) == 1
    assert said.startswith(f"{TEMPLATES / 'assignment.toml'}: ")
    assert len(said) < 1000


@pytest.mark.parametrize(
    "address",
    ["Thuan.Nguyen@unt.edu", "a@b.edu", "a+b_c-d@my.unt.edu", "o'brien@x-y.ac.uk", f"{'a' * 200}@{'b' * 49}.edu"],
)
def test_an_address_of_the_usual_form_is_taken(address: str) -> None:
    assert Assignment({}, (address,), "S").to == (address,)


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "@unt.edu", "a@", "a@unt", "a@@unt.edu", "a@b@unt.edu", ".a@unt.edu", "a.@unt.edu", "a..b@unt.edu",
        "a@unt..edu", "a@-unt.edu", "a@unt-.edu", "a@unt.edu.", "a b@unt.edu", "a@unt.edu ", "A <a@unt.edu>", "<a@unt.edu>",
        "a@unt.edu, b@unt.edu", "a@unt.edu;b@unt.edu", '"a"@unt.edu', "a(b)@unt.edu", "a@[10.0.0.1]", "mailto:a@unt.edu",
        "ä@unt.edu", "a@ünt.edu", "a\N{ZERO WIDTH SPACE}b@unt.edu", "=?utf-8?q?a?=@unt.edu", f"{'a' * 201}@{'b' * 49}.edu",
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be an address") as caught:
        Assignment({}, (address,), "S")
    assert caught.value.args[:2] == ("submission.to", address)


@pytest.mark.parametrize("subject", [" S", "S ", "\N{NO-BREAK SPACE}S", "=?utf-8?q?a=0D=0ABcc:_x@y.edu?=", "S" * 201])
def test_a_subject_that_would_arrive_as_another_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        Assignment({}, ("a@b.edu",), subject)
    assert caught.value.args[:2] == ("submission.subject", subject)


@given(st.text(max_size=20), st.sampled_from(BREAKS), st.text(max_size=20))
def test_no_line_break_and_no_control_character_is_let_into_subject_or_address(
    before: str, character: str, after: str
) -> None:
    with pytest.raises(ValueError, match="must"):
        Assignment({}, ("a@b.edu",), before + character + after)
    with pytest.raises(ValueError, match="must be an address"):
        Assignment({}, (f"{before}a@b.edu{character}{after}",), "S")


@pytest.mark.parametrize(
    ("due", "in_utc"),
    [
        ('due = 2024-12-04T23:00:00\ntimezone = "America/Chicago"', "2024-12-05T05:00:00+00:00"),
        ('due = 2024-07-04T23:00:00\ntimezone = "America/Chicago"', "2024-07-05T04:00:00+00:00"),
        ("due = 2024-12-04T23:00:00+01:00", "2024-12-04T22:00:00+00:00"),
    ],
)
def test_when_it_is_due_is_a_time_that_is_the_same_everywhere(tmp_path: Path, due: str, in_utc: str) -> None:
    found = read_assignment(written(tmp_path, TEXTS + SUBMISSION + due)).due

    assert found is not None
    assert found.astimezone(datetime.UTC).isoformat() == in_utc


def test_templates_of_ours_say_when_and_from_where_as_the_assignment_does() -> None:
    ours = read_assignment(TEMPLATES)

    assert ours.due is not None
    assert (ours.due.strftime("%A %m/%d/%Y %I:%M %p"), ours.senders) == ("Wednesday 12/04/2024 11:00 PM", ("unt.edu",))
