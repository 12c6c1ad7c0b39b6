"""Numbers that are no measurements: given in a template with their reason, printed as they are, and listed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace

from jinja2 import TemplateRuntimeError, nodes

LONGEST = 80
"""Characters of what is given: a year, an address, a coordinate, and no sentence."""

LONGEST_REASON = 300

HOW = 'given takes what is printed and why it is no measurement, as in given("1997", "year of the paper")'


@dataclass(frozen=True)
class Given:
    """A number, in digits or words, that a template gives: as it is printed, why, and where."""

    number: str
    reason: str
    template: str
    line: int


class GivenNumbers:
    """What templates call as `given`, and loop over to print what was given so far; reads as empty where nothing was."""

    __slots__ = ("_mark", "_said")

    def __init__(self, mark: Callable[[str], str]) -> None:
        self._mark = mark
        self._said: dict[Given, None] = {}

    def __call__(self, *said: object, **place: object) -> str:
        """Return a mark for what is given; `place_given` has said where that is."""
        if len(said) != 4 or place:  # called by another name
            raise TemplateRuntimeError(HOW)
        number, reason, template, line = said
        self._said[Given(str(number), str(reason), str(template), int(str(line)))] = None
        return self._mark(str(number))

    def __iter__(self) -> Iterator[SimpleNamespace]:
        for each in tuple(self._said):
            where = self._mark(f"{each.template}:{each.line}")
            yield SimpleNamespace(number=self._mark(each.number), reason=self._mark(each.reason), where=where)

    def __len__(self) -> int:
        return len(self._said)

    @property
    def said(self) -> tuple[Given, ...]:
        """What was given, each once, in the order of the page."""
        return tuple(self._said)


def place_given(tree: nodes.Node, template: str) -> Iterator[tuple[int, str]]:
    """Have each `given` of a template say where it stands; yields line and problem of one that is not as it should be."""
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name != "given":
            continue
        said = [argument.value for argument in call.args if isinstance(argument, nodes.Const)]
        if len(said) != 2 or len(call.args) != 2 or call.kwargs or call.dyn_args or call.dyn_kwargs:
            yield call.lineno, HOW
        elif not all(isinstance(text, str) and text.isprintable() for text in said) or not said[0].strip():
            yield call.lineno, f"{HOW}: two texts on one line"
        elif not re.search(r"[^\W\d_]{2,}", said[1]):
            yield call.lineno, f"{said[0]!r} is given without a reason: say why it is no measurement"
        elif len(said[0]) > LONGEST or len(said[1]) > LONGEST_REASON:
            yield call.lineno, f"what is given has at most {LONGEST} characters, and its reason {LONGEST_REASON}"
        else:
            call.args = [*call.args, nodes.Const(template), nodes.Const(call.lineno)]
