"""Every hand-in of a mixed inbox is judged as a person judges it, line by line."""

from pathlib import Path

import pytest

from reportgen.assignment import read_assignment
from reportgen.inbox import HandIn, judge_all
from reportgen.inbox.tables import in_words, outcome
from tests.inbox.handins import MAILS, Expected, digest_of_two

ASSIGNMENT = read_assignment(Path(__file__).parents[2] / "templates")


def test_the_inbox_is_mixed() -> None:
    assert len(MAILS) >= 40
    assert {each.outcome for each in MAILS.values()} == {"pass", "doubt", "fail"}


@pytest.mark.parametrize("name", MAILS)
def test_a_message_is_judged_as_a_person_judges_it(name: str) -> None:
    expected: Expected = MAILS[name]

    (judged,) = judge_all(HandIn("inbox#1", message=expected.make()), ASSIGNMENT)

    rules = {each.code: each.outcome for each in judged.results if each.group != "craft" and each.outcome != "pass"}
    assert rules == expected.rules
    assert outcome(judged) == expected.outcome
    messages = " ".join(each.message for each in judged.results)
    assert [said for said in expected.said if said not in messages] == []
    assert judged.student.name == expected.student


def test_messages_in_a_message_are_hand_ins_of_their_own() -> None:
    one, two = judge_all(HandIn("inbox#1", message=digest_of_two()), ASSIGNMENT)

    assert (one.place, one.student.name, two.place, two.student.name) == (
        "inbox#1.1",
        "Inner One",
        "inbox#1.2",
        "Inner Two",
    )
    assert [outcome(each) for each in (one, two)] == ["doubt", "fail"]
    assert "nothing is attached" in in_words(two, ASSIGNMENT)
