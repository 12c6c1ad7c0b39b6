"""The settings of the experiment: everything that a measurement can depend on."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from reportgen.settings import validate


@dataclass(frozen=True)
class Experiment:
    """What is trained, on what, how often: everything that a measurement can depend on.

    Raises ValueError where a value has another type, is out of bounds, or does not go with another one.
    """

    seed: Annotated[int, Meta(ge=0, le=2**31 - 1000)] = 7
    networks: Annotated[int, Meta(ge=1, le=50)] = 5
    units: Annotated[int, Meta(ge=1, le=256)] = 16
    epochs: Annotated[int, Meta(ge=1, le=1000)] = 15
    sequences: Annotated[int, Meta(ge=32, le=100_000)] = 2048
    timesteps: Annotated[int, Meta(ge=60, le=1000)] = 100
    batch_size: Annotated[int, Meta(ge=1, le=4096)] = 32
    learning_rate: Annotated[float, Meta(ge=1e-15, le=1e6)] = 0.02
    period_min: Annotated[float, Meta(ge=4, le=1000)] = 15.0
    period_max: Annotated[float, Meta(ge=4, le=1000)] = 50.0
    noise: Annotated[float, Meta(ge=0, le=10)] = 0.1

    def __post_init__(self) -> None:
        """Check every field, and then those that must go together."""
        validate(self)
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
