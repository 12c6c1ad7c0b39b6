"""The settings of the experiment: everything that a measurement can depend on."""

from dataclasses import dataclass

from reportgen.settings import bounded, require_bounds


@dataclass(frozen=True)
class Experiment:
    """What is trained, on what, how often: everything that a measurement can depend on.

    Raises ValueError where a value has another type, is out of bounds, or does not go with another one.
    """

    seed: int = bounded(1, 0, 2**31 - 1000)
    networks: int = bounded(5, 1, 50)
    units: int = bounded(16, 1, 256)
    epochs: int = bounded(15, 1, 1000)
    sequences: int = bounded(2048, 32, 100_000)
    timesteps: int = bounded(100, 60, 1000)
    batch_size: int = bounded(32, 1, 4096)
    learning_rate: float = bounded(0.02, 1e-15, 1e6)
    period_min: float = bounded(15.0, 4, 1000)
    period_max: float = bounded(50.0, 4, 1000)
    noise: float = bounded(0.1, 0, 10)

    def __post_init__(self) -> None:
        """Check every field, and then those that must go together."""
        require_bounds(self)
        if self.period_min > self.period_max:
            raise ValueError(f"period_min ({self.period_min:g}) is greater than period_max ({self.period_max:g})")
        if self.period_max > self.timesteps:
            raise ValueError(
                f"period_max ({self.period_max:g}) is longer than a sequence (timesteps = {self.timesteps})"
            )
        if self.batch_size > self.sequences:
            raise ValueError(f"batch_size ({self.batch_size}) is greater than sequences ({self.sequences})")

    @property
    def warm_up(self) -> int:
        """Timesteps at the start of a sequence that no error is counted on: half of them."""
        return self.timesteps // 2
