import pytest

from benchmarks.rows import Row, baseline, slower, table
from benchmarks.training import operations
from reportgen.lstm.settings import Experiment


def row(ours: float = 1.0, peer: float | None = 3.0, reach: float | None = None, **more: object) -> Row:
    return Row("work", "peer", [ours] * 3, [] if peer is None else [peer] * 3, reach=reach, **more)  # type: ignore[arg-type]  # as the tests say


def test_ratio_is_the_peers_median_over_ours() -> None:
    assert Row("work", "peer", [1.0, 2.0, 90.0], [8.0, 0.1, 6.0]).ratio == 3.0


@pytest.mark.parametrize(
    ("peer", "reach", "met"),
    [(3.0, 3.0, True), (2.9, 3.0, False), (2.996, 3.0, True), (3.0, None, None), (None, 3.0, None)],
)
def test_reach_is_met_by_the_ratio_as_it_is_printed(peer: float | None, reach: float | None, met: bool | None) -> None:
    assert row(peer=peer, reach=reach).met is met


def test_table_says_what_falls_short_and_why() -> None:
    lines = table([row(reach=4.0), row(reach=2.0)], {"work": "The loop takes it all."}).splitlines()
    assert lines[2] == "| work | 1 s | peer [1] | 3 s | 3 | 4 | **no** |"
    assert lines[3] == "| work | 1 s | peer | 3 s | 3 | 2 | yes |"
    assert lines[-1] == "1. Falls short. The loop takes it all."


def test_a_reason_for_one_peer_goes_before_that_of_the_row() -> None:
    reasons = {"work": "General.", "work | peer": "This one."}
    assert table([row(reach=4.0)], reasons).endswith("1. Falls short. This one.")


def test_table_shows_the_spread_and_names_what_is_missing() -> None:
    rows = [
        Row("work", "peer", [0.001, 0.002, 0.003], [4.0, 2.0, 3.0]),
        Row("work", "other", [1.0], [], note="missing: no such package"),
    ]
    lines = table(rows, {}).splitlines()
    assert lines[2] == "| work | 2 ms (1 to 3 ms) | peer | 3 s (2 to 4 s) | 1500 |  |  |"
    assert lines[3] == "| work | 1 s | other [1] |  | missing |  |  |"
    assert lines[-1] == "1. missing: no such package"


def test_a_spread_across_a_second_keeps_its_units() -> None:
    assert "| 1 s (900 ms to 1.1 s) |" in table([Row("work", "peer", [0.9, 1.0, 1.1], [1.0])], {})


def test_check_notices_a_ratio_that_is_more_than_a_fifth_worse() -> None:
    before = baseline([row()])
    assert before == {"work | peer": 3.0}
    assert slower([row(peer=2.6)], before) == []
    assert slower([row(peer=9.0)], before) == []
    assert slower([row(peer=2.4)], before) == ["work | peer: the ratio is 2.4, was 3"]
    assert slower([row(ours=1.3)], before) == ["work | peer: the ratio is 2.31, was 3"]


def test_check_names_a_peer_that_has_gone_missing() -> None:
    assert slower([row(peer=None, note="no torch")], {"work | peer": 3.0}) == [
        "work | peer: the peer is missing (no torch); the ratio was 3"
    ]


def test_a_fixed_number_of_seconds_is_not_held_against_another_machine() -> None:
    assert baseline([row(absolute=True)]) == {}
    assert slower([row(peer=0.1, absolute=True)], {"work | peer": 3.0}) == []


def test_operations_of_an_epoch_counted_by_hand() -> None:
    experiment = Experiment(units=2, sequences=32, timesteps=60, batch_size=32)
    step = 2 * (1 * 8) + 2 * (2 * 8) + 2 * (2 * 1)
    assert operations(experiment) == 3 * 32 * 60 * step
