"""The choices of the report, each of which decides a word: one table, from which templates take thresholds and print them."""

from collections.abc import Iterator

from reportgen.evidence import Measured
from reportgen.lstm.evidence.snapshot import SAME, SWING
from reportgen.lstm.run import Network, Run

SETTINGS = ()
"""They depend on none."""

SETTLED = 6
"""Statements and choices were settled while looking at networks of the seeds up to this one; the default seed is the next."""

CHOICES = (
    ("half", 50, "a share above which something is most or much", "%"),
    ("most", 80, "a share above which something is nearly all", "%"),
    ("well", 0.9, "an R² above which something is read or recalled", ""),
    ("poorly", 0.5, "an R² below which something is not", ""),
    ("little", 0.1, "an R² above which something is told at all", ""),
    ("matters", 1.5, "a factor of the error above which what costs it matters", "×"),
    ("apart", 2, "a factor between two errors above which a wave is followed rather than another", "×"),
    ("swing", SWING, "a swing to either side above which an output still swings", ""),
    ("same", SAME, "a share of it by which a period may be off, or a turn in it, and be the same", ""),
    (
        "limit",
        75,
        "what one neuron can get right at most, given value and slope of a clean wave at every phase alike",
        "%",
    ),
    ("exactly", 0.001, "a difference below which a sample is told exactly", ""),
    ("together", 0.5, "how far units may peak together and still do so at different phases", ""),
)
"""Name, value, label and unit. The limit is a theorem: of the four cases of an exclusive or, a line gets three right at most."""


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Give the choices, the same in every network, and whether they were made before."""
    yield Measured(
        "choice.unseen",
        run.experiment.seed - SETTLED,
        "how far the seed is beyond the last on whose networks statements were settled",
        "",
        "seed less that seed",
    )
    settled = ("settled", SETTLED, "the last of the seeds on whose networks statements were settled", "")
    for name, value, label, unit in (settled, *CHOICES):
        yield Measured(f"choice.{name}", value, label, unit, "a choice of this report", given=True)
