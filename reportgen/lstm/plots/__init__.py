"""The figures: one module for each part of the essay, one function for each figure."""

from reportgen.drawing import Plot
from reportgen.lstm.plots.flow import memory, river
from reportgen.lstm.plots.gates import freezing, networks
from reportgen.lstm.plots.snapshot import loop, snapshots, transplant
from reportgen.lstm.plots.task import prediction

PLOTS: dict[str, Plot] = {
    "task": prediction,
    "river": river,
    "memory": memory,
    "snapshots": snapshots,
    "loop": loop,
    "transplant": transplant,
    "gates": networks,
    "freezing": freezing,
}
"""By the name that templates use, in the order of the report."""
