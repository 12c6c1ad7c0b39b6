"""What is to be carried out, as the command line says it."""

from dataclasses import replace

import pytest

from reportgen.errors import ReportgenError
from reportgen.lstm import STUDY as LSTM
from reportgen.lstm.settings import Experiment
from reportgen.sweep.plan import read_plan
from tests.coins import STUDY as COINS
from tests.coins import Tosses
from tests.sweep.guest import STUDY


def keys(*over: str, cases: int = 2) -> list[tuple[object, ...]]:
    return [job.key for job in read_plan(STUDY, Tosses(), cases, over).jobs()]


def test_without_axes_it_is_the_experiment_as_it_is_set_and_the_number_of_cases_is_no_part_of_it() -> None:
    assert keys() == [(1, 400, 0.7, "", 1), (1, 400, 0.7, "", 2)]
    assert keys() == [job.key for job in read_plan(STUDY, Tosses(coins=9), 2, ()).jobs()]


def test_axes_are_combined_and_every_setting_comes_before_the_second_case() -> None:
    found = keys("heads=0.5,0.7", "tosses=400,10")
    assert found[0] == (1, 400, 0.7, "", 1)
    assert {key[1:3] for key in found[:4]} == {(400, 0.7), (400, 0.5), (10, 0.7), (10, 0.5)}
    assert [key[-1] for key in found] == [1] * 4 + [2] * 4
    assert len(set(found)) == 8


def test_all_variants_are_those_of_the_study_and_its_own() -> None:
    assert [key[3] for key in keys("variant=all", cases=1)] == ["", "same", "fairer"]
    assert [key[3] for key in keys("variant=fairer", cases=1)] == ["fairer"]
    assert [key[3] for key in keys("variant=none,fairer", cases=1)] == ["", "fairer"]


def test_the_same_value_twice_is_one_and_numbers_are_read_as_the_setting_has_them() -> None:
    assert len(keys("heads=0.5,0.50,5e-1", cases=1)) == 1
    assert keys("tosses=7", cases=1)[0][1] == 7


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (("units",), "write it as NAME=VALUE,VALUE"),
        (("units=",), "write it as NAME=VALUE,VALUE"),
        (("unit=8",), "there is no setting 'unit'; the nearest is 'units'"),
        (("networks=8",), "there is no setting 'networks'"),
        (("units=8.5",), "'8.5' is not a whole number"),
        (("noise=loud",), "'loud' is not a number"),
        (("units=8", "units=16"), "units is given twice"),
        (("units=0",), "units"),
        (("period_min=60",), "period_min"),
        (("variant=no_forgt",), "there is no variant 'no_forgt'; the nearest is 'no_forget'"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_carried_out(over: tuple[str, ...], said: str) -> None:
    with pytest.raises(ReportgenError, match="--over") as error:
        read_plan(LSTM, Experiment(), 3, over)
    assert said in str(error.value)


def test_a_study_must_be_able_to_carry_out_one_case() -> None:
    with pytest.raises(ReportgenError, match="cannot carry out its coins one by one"):
        read_plan(COINS, Tosses(), 3, ())
    with pytest.raises(ReportgenError, match="--networks is 0"):
        read_plan(replace(STUDY), Tosses(), 0, ())
