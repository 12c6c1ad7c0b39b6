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

    __slots__ = ("_mark", "_read", "_said")

    def __init__(self, mark: Callable[[str], str]) -> None:
        self._mark = mark
        self._read: list[Given] = []
        self._said: dict[Given, None] = {}

    def __call__(self, *which: object, **named: object) -> str:
        """Return a mark for what is given: the one of this number among those that `read` has found."""
        (number,) = which if len(which) == 1 and not named else (None,)
        if type(number) is not int or not 0 <= number < len(self._read):  # it was called by another name
            raise TemplateRuntimeError(HOW)
        self._said[self._read[number]] = None
        return self._mark(self._read[number].number)

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

    def read(self, tree: nodes.Node, template: str) -> Iterator[tuple[int, str]]:
        """Read each `given` of a template; yields line and problem of one that is not as it should be."""
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "given":
                yield from self._read_one(call, template)

    def _read_one(self, call: nodes.Call, template: str) -> Iterator[tuple[int, str]]:
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
            self._read.append(Given(said[0], said[1], template, call.lineno))
            call.args = [nodes.Const(len(self._read) - 1)]
