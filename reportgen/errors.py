"""What can go wrong, as one line for the person who reads it: what is wrong, where, what to do."""

from collections.abc import Iterable


class ReportgenError(Exception):
    """Something the user can put right; its text is the one line that they see."""

    exit_code = 2


class DoesNotHold(ReportgenError):  # noqa: N818 - "the claim does not hold" is what it says
    """A claim that the networks contradict, or a document that fails its check."""

    exit_code = 1


class TrainingDiverged(ReportgenError):  # noqa: N818 - names the event
    """The loss stopped being a finite number."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name comes nearest to one that is not known, to end an error's line with."""
    from difflib import get_close_matches  # noqa: PLC0415 - every command imports this module, and few go wrong

    close = get_close_matches(name, list(known), 1, cutoff=0)
    return f"; the nearest is {close[0]!r}" if close else "; there are none"


LONGEST_LINE = 900
"""Characters of an error; a file can hold a name of any length, and nobody reads it."""


def one_line(message: str) -> str:
    """Return a message as the line that a user is shown, cut off where it is too long."""
    line = " ".join(message.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
