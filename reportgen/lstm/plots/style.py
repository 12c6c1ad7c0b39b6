"""What the figures of this study share: the colours of the six names, and how several networks are told apart."""

COLOURS = {"i": "#0072B2", "f": "#D55E00", "g": "#009E73", "o": "#CC79A7", "c": "#000000", "h": "#56B4E9"}
"""The palette of Okabe and Ito (2008). Black is also what the network says; orange, what it says when robbed of something."""

ROBBED = "#E69F00"


def networks_note(count: int) -> str:
    """Return what thin and thick lines are in a panel that shows every network."""
    return "one network" if count == 1 else f"thin: {count} networks; thick: median"


def range_note(count: int) -> str:
    """Return what bands and lines are in a panel that shows the range of the networks."""
    return "one network" if count == 1 else f"line: median of {count} networks; band: range"


def of_networks(count: int) -> str:
    """Return "of the one network" or "of 5 networks, median (lowest to highest)", for alternative texts."""
    return "of the one network" if count == 1 else f"of {count} networks, as median (lowest to highest)"
