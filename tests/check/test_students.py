"""`check` against the marks that a reader gave forty answers: no correct one fails, and what is missed does not pass."""

from functools import lru_cache
from io import BytesIO

import pytest

from reportgen.check import check_bytes
from tests.check.answers import LSTM
from tests.check.students import ANSWERS, ASKED


@lru_cache
def outcomes(name: str) -> dict[str, str]:
    stream = BytesIO()
    ANSWERS[name].build().save(stream)
    found = {result.code: result for result in check_bytes(stream.getvalue(), LSTM)}
    assert found["A1"].outcome == "pass"
    return {code: found[code].outcome for code in ASKED}


def test_there_are_forty_answers_and_most_are_right() -> None:
    assert len(ANSWERS) >= 40
    assert sum(not answer.missed for answer in ANSWERS.values()) >= 25


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_judged_as_a_reader_marked_it(name: str) -> None:
    answer = ANSWERS[name]

    for code, outcome in outcomes(name).items():
        if code in answer.missed:
            assert (code, outcome) == (code, "fail")
        elif code in answer.unclear:
            assert (code, outcome) == (code, "doubt")
        else:
            assert (code, outcome) in ((code, "pass"), (code, "doubt"))


def test_what_a_reader_is_sure_of_is_hardly_ever_in_doubt() -> None:
    doubts = {
        (name, code)
        for name, answer in ANSWERS.items()
        for code, outcome in outcomes(name).items()
        if code not in answer.missed | answer.unclear and outcome == "doubt"
    }
    assert doubts == {("short but right", "A5")}  # by two words
