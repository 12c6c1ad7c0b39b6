"""The figures: one module for each part of the essay, one function for each figure."""

from reportgen.drawing import Plot
from reportgen.lstm.plots.channel import channel
from reportgen.lstm.plots.flow import memory, river
from reportgen.lstm.plots.gates import holding, networks
from reportgen.lstm.plots.recall import recall
from reportgen.lstm.plots.snapshot import loop, snapshots, transplant
from reportgen.lstm.plots.task import prediction

PLOTS: dict[str, Plot] = {
    "task": prediction,
    "channel": channel,
    "river": river,
    "memory": memory,
    "recall": recall,
    "snapshots": snapshots,
    "loop": loop,
    "transplant": transplant,
    "gates": networks,
    "holding": holding,
}
"""By the name that templates use, in the order of the report."""
