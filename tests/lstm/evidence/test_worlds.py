"""A world is a condition and nothing else: what is measured in it is what the main world of a run in that condition shows."""

import dataclasses
from typing import Any

import pytest

from reportgen.evidence import Evidence
from reportgen.lstm import STUDY
from reportgen.lstm.evidence import measure
from reportgen.lstm.run import WORLDS, Run, in_world

OTHERS = [world for world, words in WORLDS.items() if words]


def as_if_trained(run: Run, world: str) -> Run:
    """Return a run whose networks are in their trained state what they were in another world; what else is known of them stays."""
    networks = (dataclasses.replace(network, trained=network.states[world]) for network in run.networks)
    return dataclasses.replace(run, networks=tuple(networks))


@pytest.fixture(scope="module")
def as_trained(small_run: Run) -> dict[str, Evidence]:
    """Return by world the evidence of the run that is in its trained state what it was there."""
    return {world: measure(as_if_trained(small_run, world)) for world in OTHERS}


def cases(evidence: Evidence, world: str, name: str) -> Any:
    measurement = evidence.seen_in(world, name)
    return measurement and (measurement.cases, measurement.coordinates, measurement.unit, measurement.method)


@pytest.mark.parametrize("world", OTHERS)
def test_a_world_measures_what_a_run_in_that_condition_measures_in_the_main_one(
    small_evidence: Evidence, as_trained: dict[str, Evidence], world: str
) -> None:
    """To the bit, every scalar and every curve; and nothing is left in a world that the main one does not know."""
    shown = as_trained[world]
    there = {name.removeprefix(f"{world}.") for name in small_evidence.measurements if name.startswith(f"{world}.")}

    assert there <= set(shown.measurements)
    other = [name for name in sorted(there) if cases(shown, "trained", name) != cases(small_evidence, world, name)]
    assert other == []

    # The rest is of one world, or the same in all: what the run is, what needs no network, and what is asked of a trained one alone.
    scalars = [name for name in there if small_evidence[name].is_scalar]
    moved = [name for name in scalars if cases(small_evidence, "trained", name) != cases(small_evidence, world, name)]
    assert len(scalars) > 40
    assert len(moved) > 0.9 * len(scalars)


@pytest.mark.parametrize("world", OTHERS)
def test_the_other_worlds_do_not_move_with_the_trained_one(
    small_evidence: Evidence, as_trained: dict[str, Evidence], world: str
) -> None:
    shown = as_trained[world]
    named = [name for name in small_evidence.measurements if name.partition(".")[0] in OTHERS]

    assert named
    assert [name for name in named if cases(shown, "", name) != cases(small_evidence, "", name)] == []


def test_what_is_the_same_everywhere_is_the_same_whatever_was_trained(
    small_evidence: Evidence, as_trained: dict[str, Evidence]
) -> None:
    everywhere = [name for name, measurement in small_evidence.measurements.items() if measurement.everywhere]
    assert len(everywhere) > 10
    for world in OTHERS:
        assert [
            name for name in everywhere if cases(as_trained[world], "", name) != cases(small_evidence, "", name)
        ] == []
        for name in everywhere:
            assert cases(small_evidence, world, name) == cases(small_evidence, "", name)
            assert in_world(world, name) not in small_evidence.measurements


def test_every_measurement_is_known_before_anything_is_measured(small_evidence: Evidence) -> None:
    """If one was added or has another name: write `reportgen/lstm/measurements.txt` again, sorted, a name a line."""
    assert set(small_evidence.measurements) == STUDY.names()
