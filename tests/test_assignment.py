"""What assignment.toml may say, what it must, and that nothing in it can become more of a mail header than it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.assignment import Assignment, read_assignment

TEMPLATES = Path(__file__).parents[1] / "templates"
TEXTS = "".join(
    f'{name} = "{name}"\n' for name in ("course", "assignment", "title", "keywords", "part_one", "part_two")
)
SUBMISSION = '[submission]\nto = ["a@b.edu", "c@d.edu"]\nsubject = "Hand – in"\n'

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


def test_every_line_of_text_at_the_top_may_be_printed_and_nothing_else(tmp_path: Path) -> None:
    more = 'greeting = "Hello"\nnumber = 3\nlist = ["x"]\n'

    assignment = read_assignment(written(tmp_path, TEXTS + more + SUBMISSION + '[another]\nkey = "value"\n'))

    names = ("course", "assignment", "title", "keywords", "part_one", "part_two")
    assert assignment == Assignment(
        {**{name: name for name in names}, "greeting": "Hello"}, ("a@b.edu", "c@d.edu"), "Hand – in"
    )


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
        ('course = "C"', "lacks a line of text for 'assignment'"),
        (TEXTS.replace('"title"', "3"), "lacks a line of text for 'title'"),
        (TEXTS.replace('"title"', '"two\\nlines"'), "a text must be one line of text; it holds U+000A"),
        ("submission = 3\n" + TEXTS, "submission is 3: must be a section, [submission]"),
        (TEXTS + "[[submission]]\n", "submission is [{}]: must be a section, [submission]"),
        (TEXTS + SUBMISSION + 'cc = "e@f.edu"', "submission.cc is 'e@f.edu': is unknown; a submission has"),
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
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_one_line_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(written(tmp_path, text)).startswith(f"{tmp_path / 'assignment.toml'}: {said}")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_bytes(b"\xff")

    assert refusal(tmp_path).startswith(f"{tmp_path / 'assignment.toml'}: cannot be read as text (")


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
