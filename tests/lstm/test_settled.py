"""Statements are settled on networks of some seeds, and tested on those of the next one, which nobody has seen before."""

import hashlib

from reportgen.claims.language import in_symbols
from reportgen.cli.templates import bundled_templates
from reportgen.evidence import Evidence
from reportgen.lstm.evidence.choice import CHOICES, SETTLED
from reportgen.lstm.settings import Experiment
from reportgen.prose.render import claim_tests

SETTLED_TESTS = "ab0944f9c84e4efe"
"""Of the tests and choices, as they were when the default seed was drawn."""


def test_who_changes_a_test_draws_networks_that_nobody_has_seen(small_evidence: Evidence) -> None:
    tests = claim_tests(bundled_templates(), small_evidence)
    said = [f"{name}: {in_symbols(test.expression)}" for name, each in sorted(tests.items()) for test in each]
    said += [f"{name} = {value}" for name, value, *_ in CHOICES]
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
    assert digest == SETTLED_TESTS, (
        "a test or a choice is another: settle it on seeds that were seen, take the next one as the default of Experiment.seed, raise "
        f"SETTLED by one, and write {digest} here"
    )
    assert Experiment().seed == SETTLED + 1
