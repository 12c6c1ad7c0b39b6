"""Templates to tokens: every number bound to a measurement, every statement judged.

A number or a text from the settings goes through the templates and through the parser as a run of private-use characters, which `~`,
macros and `set` carry along unread; what is still a digit in the parsed Markdown was typed, and stops the build. Substitution comes
last, so that no name or title is taken for markup. Runs of the same kind say from which line of which template a line comes.
"""

import math
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, Literal, TypeVar

import jinja2
from jinja2 import nodes
from jinja2.loaders import split_template_path
from markdown_it.token import Token

from reportgen.claims.confidence import CONFIDENCE, in_percent, lower_bound
from reportgen.claims.fixed import why_fixed
from reportgen.claims.language import Test, measurement_name
from reportgen.claims.ledger import Claim, Judged, Ledger, Wording
from reportgen.claims.tags import ClaimTags
from reportgen.errors import ReportgenError, nearest
from reportgen.evidence import Evidence, significant
from reportgen.prose import numbers
from reportgen.prose.dialect import unsupported
from reportgen.prose.foreseen import MAIN
from reportgen.prose.given import Given, GivenNumbers
from reportgen.prose.markdown import parse
from reportgen.prose.numerals import numerals, typed_numerals
from reportgen.prose.outside import unmarked_paragraphs
from reportgen.prose.sandbox import MOST_CHARACTERS, MOST_WORK, Environment, count_work
from reportgen.textfiles import decoded, require_own

MAIN_TEMPLATE = MAIN

MOST_MARKS = 10_000
"""Of Markdown, in one template and on the whole page: lines and what opens something. Our page has 2,000."""

MOST_IN_EQUATION = 2_000
"""Characters; our longest has 100."""

_OPEN, _CLOSE, _DIGIT_ZERO = "\uf8f0", "\uf8f1", 0xF8E0
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_DIGITS = {_DIGIT_ZERO + digit: str(digit) for digit in range(10)}
_MARK = re.compile(f"{_OPEN}([{chr(_DIGIT_ZERO)}-{chr(_DIGIT_ZERO + 9)}]+){_CLOSE}")


@dataclass(frozen=True)
class Prose:
    """What templates make of the evidence: text as markdown-it's block tokens, and what is known about it.

    places: for each line that the tokens' `map` counts, from which line of which template it comes, as file:line; claims: those that
    stand in it, in the order of the page; claimed: for each of those lines the claims that stand in it, and of each whether nothing
    else does; tests: by claim the one that decided what is said; wordings: by claim what each of its cases would say; sources: the
    templates that were rendered, by name; unmarked: the paragraphs in which words stand outside claims, without a reason; given: the
    numbers that are no measurements, each with its reason; fixed: the claims that could not come out otherwise, as file:line: and why.
    """

    tokens: Sequence[Token]
    places: Sequence[str]
    claims: tuple[Claim, ...]
    claimed: Sequence[Mapping[str, bool]]
    tests: Mapping[str, Test]
    wordings: Mapping[str, Sequence[Wording]]
    sources: Mapping[str, str]
    unmarked: tuple[str, ...]
    given: tuple[Given, ...]
    fixed: tuple[str, ...]

    @property
    def figures(self) -> dict[str, str]:
        """The figures that are shown, by name in the order of the page, and where."""
        shown: dict[str, str] = {}
        for token in self.tokens:
            for child in numbers.descend(token.children or []):
                source = str(child.attrs.get("src", ""))
                if child.type == "image" and source.startswith("fig:"):
                    shown.setdefault(source.removeprefix("fig:"), self.places[token.map[0]] if token.map else "")
        return shown


def render(
    folder: Path,
    evidence: Evidence,
    texts: Mapping[str, str],
    *,
    template: str = MAIN_TEMPLATE,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
    sources: Mapping[str, str] | None = None,
) -> Prose:
    """Return the report, or what another template of a folder makes of the evidence.

    `texts` are plain strings by name (author, course, …), which templates print as they are; `tables` hold rows of plain strings, to
    loop over, and of `Markdown`; of one named `shares`, each row says in how many cases of a study a finding holds. `sources`, if
    given, are read in place of the folder's files. Raises ReportgenError, with file and line, for a missing template, a syntax error,
    an unknown name or filter, a bare number, and DoesNotHold for a claim that comes to a case that nobody wrote.
    """
    marks = _Marks()
    environment = _environment(folder, evidence, texts, marks, sources)
    environment.globals |= {name: [_row(row, marks) for row in rows] for name, rows in tables.items()}
    ledger: Ledger = environment.ledger  # type: ignore[attr-defined]  # `_environment` has just set it
    environment.globals["findings"] = _Claims(ledger, marks, "finding", tables.get("shares", ()))
    given: GivenNumbers = environment.globals["given"]  # type: ignore[assignment]  # `_environment` has just set it
    try:
        marked = environment.get_template(template).render()
        environment.work(len(marked))
        text, places, claimed = marks.take_places(marked)
        _require_readable(text, str(folder))
    except jinja2.TemplateError as error:
        raise ReportgenError(_explain(error, folder, sources)) from None
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        # What an expression or a filter was given makes no sense to it.
        raise ReportgenError(f"{_line_in_template(error, folder) or folder}: {error or type(error).__name__}") from None
    tokens = parse(text)
    if any(len(token.content) > MOST_IN_EQUATION for token in numbers.mathematics(tokens)):
        raise ReportgenError(f"{folder}: an equation has more than {MOST_IN_EQUATION:,} characters; divide it")
    for line, bare in numbers.bare_numbers(tokens):
        raise ReportgenError(
            f"{places[line - 1] or folder}: the text {_MARK.sub('…', bare)!r} holds a number that no measurement gave"
        )
    for line, problem in unsupported(text, tokens):
        raise ReportgenError(f"{places[line - 1] or folder}: {_PRIVATE_USE.sub('…', problem)}")
    if len(marks.substitute(text)) > MOST_WORK:
        raise ReportgenError(f"{folder}: prints more than {MOST_WORK:,} characters, which no report has")
    marks.substitute_in(tokens)
    loader: _Loader = environment.loader  # type: ignore[assignment]  # `_environment` has set it
    return Prose(
        tokens,
        places,
        tuple(replace(claim, statement=marks.substitute(claim.statement)) for claim in ledger.said.values()),
        claimed,
        {name: ledger.printed[name][3].test for name in ledger.said},
        {name: ledger.wordings[name] for name in ledger.said},
        loader.sources,
        tuple(
            place
            for name, source in loader.sources.items()
            for place in unmarked_paragraphs(source, str(folder / name))
        ),
        given.said,
        tuple(_fixed_claims(ledger)),
    )


def _fixed_claims(ledger: Ledger) -> Iterator[str]:
    """Yield place, name and reason of what was said under a test that nothing could contradict; an identity is exact by what it is."""
    for name in ledger.said:
        template, line, _, judged = ledger.printed[name]
        why = why_fixed(judged.test, ledger.evidence)
        if why and (name not in ledger.identities or all(ledger.evidence[each].given for each in judged.test.names)):
            yield f"{template}:{line}: the claim {name!r} could not come out otherwise: its test {why}"


def claim_tests(folder: Path, evidence: Evidence) -> Mapping[str, tuple[Test, ...]]:
    """Return the tests of every claim in the templates of a folder, by name: the claim's own first, then those of its otherwises."""
    return _read_claims(folder, evidence, judging=False).tests


def judged_claims(folder: Path, evidence: Evidence) -> dict[str, tuple[Judged, bool]]:
    """Return how the first test of every claim in the report's templates comes out, by name, and whether it is an identity.

    Nothing is printed, so that no case need be written. Raises ReportgenError as `render` does for templates that make no sense.
    """
    ledger = _read_claims(folder, evidence, judging=True)
    return {name: (judged, name in ledger.identities) for name, judged in ledger.first.items()}


def _read_claims(folder: Path, evidence: Evidence, *, judging: bool) -> Ledger:
    environment = _environment(folder, evidence, {}, _Marks())
    ledger: Ledger = environment.ledger  # type: ignore[attr-defined]  # `_environment` has just set it
    ledger.judging = judging
    for path in sorted(folder.glob("*.md.j2")):
        environment.parse(path.read_text(encoding="utf-8"), path.name, str(path))
    return ledger


def require_main_template(folder: Path) -> None:
    """Raise ReportgenError if a folder cannot be rendered, before anything is trained for it."""
    if not (folder / MAIN_TEMPLATE).is_file():
        raise ReportgenError(f"{folder}: holds no {MAIN_TEMPLATE}; `init DIR` makes a folder with all that is needed")


class Markdown(str):
    """A cell of a table that is Markdown; any other is text, and read as it is."""

    __slots__ = ()


class _Marks:
    """What stands for each run of private-use characters: a text, or no text but a place, or where a claim begins or ends."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._places: dict[int, str] = {}
        self._claims: dict[int, str] = {}  # of each, the first of two runs begins it and the second ends it

    def mark(self, text: str) -> str:
        self._texts.append(text)
        return _OPEN + "".join(chr(_DIGIT_ZERO + int(digit)) for digit in str(len(self._texts) - 1)) + _CLOSE

    def mark_place(self, place: str) -> str:
        mark = self.mark("")
        self._places[len(self._texts) - 1] = place
        return mark

    def mark_claim(self, name: str, text: str) -> str:
        """Return the text of a claim between two marks that say so."""
        begin, end = self.mark(""), self.mark("")
        self._claims |= dict.fromkeys((len(self._texts) - 2, len(self._texts) - 1), name)
        return f"{begin}{text}{end}"

    def substitute(self, marked: str) -> str:
        if _OPEN not in marked:  # as in most of the thousands of tokens
            return marked
        return _MARK.sub(lambda match: self._texts[self._number(match)], marked)

    def substitute_in(self, tokens: Sequence[Token]) -> None:
        """Put every text in its place, in tokens that nobody else has seen yet."""
        for token in tokens:
            token.content = self.substitute(token.content)
            token.info = self.substitute(token.info)
            token.attrs = {
                name: self.substitute(value) if isinstance(value, str) else value for name, value in token.attrs.items()
            }
            self.substitute_in(token.children or [])

    def without(self, marked: str) -> str:
        """Return what is left of a text when every mark that was made is taken out of it."""
        return _MARK.sub(lambda match: "" if self._number(match) < len(self._texts) else match[0], marked)

    def without_places(self, marked: str) -> str:
        return _MARK.sub(lambda match: "" if self._is_silent(self._number(match)) else match[0], marked)

    def _is_silent(self, number: int) -> bool:
        return number in self._places or number in self._claims

    def take_places(self, marked: str) -> tuple[str, list[str], list[dict[str, bool]]]:
        """Return a text without what marks its places and claims, the place of each of its lines, and the claims in each.

        A line's place is that of the innermost template it begins in; of each claim in it is said whether nothing else stands there.
        """
        lines, places, place, claimed = [], [], "", []
        inside: list[str] = []
        for line in marked.split("\n"):
            found, leading, end, said = [], [], 0, False
            here, outside = set[str](), False
            for match in (*_MARK.finditer(line), None):
                if between := line[end : match.start() if match else None].strip():
                    here.update(inside[-1:])
                    # What opens a figure's caption or closes it is no word.
                    outside |= not inside and bool(re.sub(r"^!\[|\]\(\S+\)$", "", between))
                    said = True
                if match is None:
                    break
                end, number = match.end(), self._number(match)
                if number in self._places:
                    found.append(self._places[number])
                    if not said:  # nothing but places stands before it
                        leading.append(self._places[number])
                elif (name := self._claims.get(number)) is None:
                    said = True
                    here.update(inside[-1:])
                    outside |= not inside
                elif name in inside:
                    inside.remove(name)
                else:
                    inside.append(name)
            if found:
                place = leading[-1] if leading else found[0]
            lines.append(self.without_places(line))
            places.append(place)
            claimed.append(dict.fromkeys(sorted(here), not outside and len(here) == 1))
        return "\n".join(lines), places, claimed

    @staticmethod
    def _number(match: re.Match[str]) -> int:
        return int(match[1].translate(_DIGITS))


def _row(row: Mapping[str, Any], marks: _Marks) -> SimpleNamespace:
    """Bind a row of strings, and the rows in it, to marks."""

    def bound(value: Any) -> Any:
        if isinstance(value, Markdown):
            return str(value)
        return marks.mark(value) if isinstance(value, str) else [_row(each, marks) for each in value]

    return SimpleNamespace(**{name: bound(value) for name, value in row.items()})


class _Claims:
    """The claims said so far, as the appendix prints them; read when a template reaches the loop, not before."""

    __slots__ = ("_kind", "_ledger", "_marks", "_shares")

    def __init__(
        self,
        ledger: Ledger,
        marks: _Marks,
        kind: Literal["finding", "identity"],
        shares: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._ledger, self._marks, self._kind, self._shares = ledger, marks, kind, shares

    @property
    def made(self) -> str:
        """How many have been said so far."""
        return self._marks.mark(str(len(self._said())))

    @property
    def held(self) -> str:
        """How many of them as they were first worded, of every case."""
        return self._marks.mark(str(sum(claim.succeeds for claim in self._said())))

    def _said(self) -> list[Claim]:
        return [claim for claim in self._ledger.said.values() if claim.kind == self._kind]

    def _studied(self, claim: Claim) -> str:
        """Say in how many cases of a study the same test came out true, "" where it was asked of none."""
        asked = claim.name, claim.test, claim.against
        return next((row["told"] for row in self._shares if (row["name"], row["test"], row["against"]) == asked), "")

    def __iter__(self) -> Iterator[SimpleNamespace]:
        evidence, mark = self._ledger.evidence, self._marks.mark
        for claim in self._said():
            values = (f"{name} = {', '.join(map(significant, values))}" for name, values in claim.values.items())
            against = f", and not {evidence.worlds[claim.against]}" if claim.against else ""
            yield SimpleNamespace(
                name=mark(claim.name),
                statement=self._marks.without_places(claim.statement).replace("|", r"\|"),
                test=mark(claim.test),
                words=mark(f"{claim.words}{against}"),
                values=mark("; ".join(values)),
                verdict=mark(f"{claim.held} of {len(claim.verdicts)}"),
                studied=mark(told) if (told := self._studied(claim)) else "",
                # What was said because something else did not hold was chosen by the result, and no bound holds for that.
                bound=mark("–" if claim.fallback else in_percent(lower_bound(claim.held, len(claim.verdicts)))),
                worlds=[
                    mark(f"{claim.worlds[world]} of {evidence.count}" if world in claim.worlds else "–")
                    for world in evidence.other_worlds
                ],
            )


class _Measurements:
    """What was measured with one value per case, as the appendix prints it, each with its value in the other worlds."""

    __slots__ = ("_evidence", "_mark")

    def __init__(self, evidence: Evidence, mark: Callable[[str], str]) -> None:
        self._evidence, self._mark = evidence, mark

    def __iter__(self) -> Iterator[SimpleNamespace]:
        evidence, mark = self._evidence, self._mark
        for name, m in evidence.measurements.items():
            if not m.is_scalar or name.partition(".")[0] in evidence.other_worlds:
                continue
            others = [f"{world}.{name}" for world in evidence.other_worlds]
            yield SimpleNamespace(
                name=mark(name),
                label=mark(m.label),
                value=mark(evidence.shown(name)),
                worlds=[mark(evidence.shown(other) if other in evidence.measurements else "") for other in others],
                method=mark(f"{m.method} ({m.source})" if m.source else m.method),
            )


class _Loader(jinja2.BaseLoader):
    """Reads each template critically before it is used, and remembers it; from a folder, unless it is given the sources."""

    def __init__(self, folder: Path, sources: Mapping[str, str] | None, marks: _Marks) -> None:
        self.folder, self.given, self.marks = folder, sources, marks
        self.files = (
            jinja2.FileSystemLoader(folder, encoding="latin-1") if sources is None else jinja2.DictLoader(sources)
        )
        self.sources: dict[str, str] = {}

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        """Return a template's text and file."""
        if self.given is None:
            with suppress(jinja2.TemplateNotFound):  # Jinja says it of names that climb out of the folder
                require_own(self.folder.joinpath(*split_template_path(template)), self.folder)
        source, file, uptodate = self.files.get_source(environment, template)
        filename = file or str(self.folder / template)
        if (
            self.given is None
        ):  # Latin-1 gave the bytes as they are, and the loader has seen to it that they lie in the folder
            source = decoded(source.encode("latin-1"), Path(filename))
        return source, filename, uptodate

    def load(  # type: ignore[override]  # it is the loader of this environment only
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> jinja2.Template:
        source, filename, uptodate = self.get_source(environment, name)
        self.sources[name] = source
        if len(source) > MOST_CHARACTERS:
            raise ReportgenError(
                f"{filename}: has more than {MOST_CHARACTERS:,} characters; divide it, or leave some out"
            )
        if private := _PRIVATE_USE.search(source):
            line = source.count("\n", 0, private.start()) + 1
            raise ReportgenError(
                f"{filename}:{line}: holds the private-use character U+{ord(private[0]):04X}; remove it"
            )
        try:
            skeleton = _skeleton(environment, source, filename)
        except jinja2.TemplateSyntaxError as error:
            error.source = source  # which Jinja says only where it parses
            raise
        _require_readable(skeleton, filename)
        parsed = parse(skeleton)
        for line, text in numbers.bare_numbers(parsed):
            raise ReportgenError(
                f"{filename}:{line}: the bare number in {_PRIVATE_USE.sub('…', text)!r} comes from no measurement; "
                'write {{ family.name | number(".1f") }}, or give it with its reason: {{ given("1997", "year of the paper") }}'
            )
        for line, problem in unsupported(skeleton, parsed, whole=False):
            raise ReportgenError(f"{filename}:{line}: {_PRIVATE_USE.sub('…', problem)}")
        tree = environment.parse(source, name, filename)
        ledger: Ledger = environment.ledger  # type: ignore[attr-defined]  # set by `_environment`
        given: GivenNumbers = environment.globals["given"]  # type: ignore[assignment]  # set by `_environment`
        for part in (tree, nodes.Scope(ledger.take_unsaid())):
            for line, problem in (*given.read(part, name), *_doubtful_expressions(part, environment)):
                raise ReportgenError(f"{filename}:{line}: {problem}")
        for line, problem in _typed_numerals(source, filename, environment, ledger):
            raise ReportgenError(f"{filename}:{line}: {problem}")
        environment.work(len(source))
        try:
            count_work(tree)
            self._mark_places(tree, filename)
            code = environment.compile(tree, name, filename)
        except jinja2.TemplateSyntaxError as error:
            raise ReportgenError(f"{filename}:{error.lineno}: {error.message}") from None
        except SyntaxError as error:  # Python's, which has limits that Jinja does not know
            raise ReportgenError(f"{filename}: {error.msg}; it nests too deep") from None
        return environment.template_class.from_code(environment, code, globals or {}, uptodate)

    def _mark_places(self, node: nodes.Node, filename: str) -> None:
        """Have everything that is printed say where it stands, but for what is kept to be printed elsewhere: where it is used counts."""
        for child in node.iter_child_nodes():
            if not isinstance(child, nodes.AssignBlock | nodes.Macro | nodes.FilterBlock):
                self._mark_places(child, filename)
        if isinstance(node, nodes.Output):
            node.nodes = [marked for part in node.nodes for marked in self._marked(part, filename)]

    def _marked(self, part: nodes.Expr, filename: str) -> list[nodes.Expr]:
        place = nodes.TemplateData(self.marks.mark_place(f"{filename}:{part.lineno}"))
        if not isinstance(part, nodes.TemplateData):
            return [place, part]
        first, *rest = part.data.split("\n")
        lines = (
            f"{self.marks.mark_place(f'{filename}:{part.lineno + above}')}{line}" for above, line in enumerate(rest, 1)
        )
        part.data = "\n".join([f"{place.data if first else ''}{first}", *lines])
        return [part]


def _environment(
    folder: Path, evidence: Evidence, texts: Mapping[str, str], marks: _Marks, sources: Mapping[str, str] | None = None
) -> Environment:
    environment: Environment = Environment(
        loader=_Loader(folder, sources, marks),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _finalize(value, marks, environment),
        extensions=[ClaimTags],
    )

    def number(bound: object, form: object = "", range: bool = False, of: object = "median", said: object = "") -> str:  # noqa: A002 - as authors write it
        return marks.mark(numbers.number(bound, form, range, of, said))

    def count(bound: object, singular: object = "", plural: object = "", words: bool = False) -> str:
        return marks.mark(numbers.count(bound, singular, plural, words))

    def called(bound: object, *names: object) -> str:
        return marks.mark(numbers.called(bound, *names))

    for name, used in (("number", number), ("count", count), ("called", called)):
        used.__qualname__ = name  # as a message about its arguments should call it
        environment.filters[name] = used
    ledger = Ledger(evidence, marks.mark, marks.mark_claim)
    environment.ledger = ledger  # type: ignore[attr-defined]  # where the extension keeps its state
    environment.globals = {name: marks.mark(text) if text else "" for name, text in texts.items()}
    environment.globals |= vars(_names(evidence))
    environment.globals |= {
        "findings": _Claims(ledger, marks, "finding"),
        "identities": _Claims(ledger, marks, "identity"),
        "measurements": _Measurements(evidence, marks.mark),
        "given": GivenNumbers(marks.mark),
        "confidence": marks.mark(in_percent(CONFIDENCE)),
        "bound": marks.mark(in_percent(lower_bound(evidence.count, evidence.count))),
        "worlds": [marks.mark(evidence.worlds[world]) for world in evidence.other_worlds],
    }
    return environment


def _names(evidence: Evidence) -> SimpleNamespace:
    """Return what templates know measurements by: `flow.mean_age`, and in another world `untrained.flow.mean_age`."""
    top = SimpleNamespace()
    for name, measurement in evidence.measurements.items():
        *above, short = name.split(".")
        place = top
        for each in above:
            if not hasattr(place, each):
                setattr(place, each, SimpleNamespace())
            place = getattr(place, each)
        setattr(place, short, numbers.Bound(measurement))
    return top


def _finalize(value: object, marks: _Marks, environment: Environment) -> str:
    """Let a string through to the page; everything else is a number that nobody measured, or no text at all."""
    if isinstance(value, str):
        if _PRIVATE_USE.search(marks.without(value)):
            raise jinja2.TemplateRuntimeError("an expression takes a number or a text of the run apart; print it whole")
        environment.work(len(value))
        return value
    if isinstance(value, numbers.Bound):
        return marks.mark(numbers.setting(value))
    if isinstance(value, jinja2.Undefined):
        str(value)  # says what is wrong with it
    if isinstance(value, int | float):
        raise jinja2.TemplateRuntimeError(
            f"the bare number {value} comes from no measurement; print one with the filter number"
        )
    raise jinja2.TemplateRuntimeError(f"an expression gives a {type(value).__name__}, which is no text to print")


def _skeleton(environment: jinja2.Environment, source: str, filename: str) -> str:
    """Return a template's literal text, line for line: expressions and tags within a line as a private-use character."""
    parts, at = [""], 1
    for line, kind, part in environment.lex(source, filename=filename):
        # A tag that strips the white space around it takes newlines away, which still count.
        if line > at:
            parts.append("\n" * (line - at))
            at = line
        if kind == "data":
            parts.append(part)
            at += part.count("\n")
        elif kind == "variable_begin":
            parts.append(_OPEN)
        elif kind == "block_begin" and parts[-1] and parts[-1][-1] != "\n":
            parts.append(_CLOSE)  # what stands before a tag and what stands behind it are two words
    return "".join(parts)


def _require_readable(markdown: str, place: str) -> None:
    """Raise ReportgenError before what takes a parser, or the writer behind it, more than a moment."""
    if len(re.findall(r"[\n|$@`*_>\[]", markdown)) > MOST_MARKS:
        raise ReportgenError(f"{place}: has more than {MOST_MARKS:,} lines and marks of Markdown; shorten it")


_Node = TypeVar("_Node", bound=nodes.Node)


def _doubtful_expressions(template: nodes.Node, environment: Environment) -> Iterator[tuple[int, str]]:
    """Yield line and problem of typed numbers in output, and of what does not exist, in every branch."""
    known, every = environment.globals, list(template.find_all(nodes.Node))

    def all_of(kind: type[_Node]) -> Iterator[_Node]:
        return (node for node in every if isinstance(node, kind))

    for used in (*all_of(nodes.Filter), *all_of(nodes.Test)):
        there = environment.filters if isinstance(used, nodes.Filter) else environment.tests
        if used.name not in there:
            yield used.lineno, f"No {type(used).__name__.lower()} named {used.name!r}{nearest(used.name, there)}"
    for node in all_of(nodes.Getattr):
        *above, short = measurement_name(node).split(".")
        family = known.get(above[0]) if above else None
        for each in above[1:]:
            family = getattr(family, each, None)
        if isinstance(family, SimpleNamespace) and not hasattr(family, short):
            place = ".".join(above)
            yield node.lineno, f"{place}.{short} is undefined{nearest(short, vars(family))}"
    for constant in all_of(nodes.Const):
        if isinstance(constant.value, float) and not math.isfinite(constant.value):
            yield constant.lineno, "a number is too great for any computer's"
    printed = [part for output in all_of(nodes.Output) for part in output.nodes]
    assigned = [assignment.node for assignment in all_of(nodes.Assign)]
    for constant in (constant for part in printed + assigned for constant in _printed_constants(part)):
        if re.search(r"\d", str(constant.value)):
            yield constant.lineno, f"the bare number in {str(constant.value)!r} comes from no measurement"
    case = environment.ledger.evidence.case  # type: ignore[attr-defined]  # set by `_environment`
    for constant in (constant for part in printed + assigned for constant in _texts(part)):
        for found in numerals(str(constant.value), case):
            yield constant.lineno, f"the bare number {found.words!r} in an expression comes from no measurement"


def _typed_numerals(source: str, filename: str, environment: Environment, ledger: Ledger) -> Iterator[tuple[int, str]]:
    """Yield line and problem of numbers in words that no measurement, no test and no reason stands behind."""
    evidence = ledger.evidence

    def given(name: str) -> float | None:
        return float(evidence[name].cases[0]) if evidence[name].given else None

    lexed = environment.lex(source, filename=filename)
    for line, found, in_claim in typed_numerals(lexed, evidence.case, lambda name: ledger.tests.get(name, ()), given):
        ways = [f'give it with its reason: {{{{ given("{found.words}", "why it is no measurement") }}}}']
        if found.kind == "cases":
            ways.insert(0, "print the count with {{ held }} in a claim, or with the filter count")
        elif in_claim:
            ways.insert(0, "have the test compare with it")
        else:
            ways.insert(0, 'print it with the filter number("words") or count(…, words=true)')
        if found.kind == "other":
            ways.append("say in {# definition: … #} why it stands there")
        yield line, f"the bare number {found.words!r}, in words, comes from no measurement; {'; or '.join(ways)}"


def _printed_constants(node: nodes.Node) -> Iterator[nodes.Const]:
    """Yield the constants whose value can reach the page: not those in a filter's or a test's arguments."""
    if isinstance(node, nodes.Const):
        yield node
    elif isinstance(node, nodes.Filter | nodes.Test | nodes.Call | nodes.Getitem | nodes.Getattr):
        if node.node is not None:
            yield from _printed_constants(node.node)
    elif not isinstance(node, nodes.TemplateData):
        for child in node.iter_child_nodes():
            yield from _printed_constants(child)


def _texts(node: nodes.Node) -> Iterator[nodes.Const]:
    """Yield the texts of an expression that can reach the page, but for those that a filter of ours or `given` answers for."""
    if isinstance(node, nodes.Const):
        yield from [node] if isinstance(node.value, str) else []
    elif (isinstance(node, nodes.Filter) and node.name in ("number", "count", "called")) or (
        isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "given"
    ):
        return
    elif not isinstance(node, nodes.TemplateData | nodes.Test | nodes.Compare | nodes.Getitem):
        for child in node.iter_child_nodes():
            yield from _texts(child)


def _explain(error: jinja2.TemplateError, folder: Path, sources: Mapping[str, str] | None) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        asked = _line_in_template(error, folder)
        return f"{asked or folder}: there is no template {error.name!r} in {folder}"
    if isinstance(error, jinja2.TemplateSyntaxError):
        place, message = error.filename or folder / (error.name or ""), error.message
        source = error.source or (sources or {}).get(error.name or "")
        if source and (never_closed := _never_closed(source, error.lineno)):
            line, opened = never_closed
            return f"{place}:{line}: this {opened} is never closed ({message}, line {error.lineno})"
        return f"{place}:{error.lineno}: {message}"
    return f"{_line_in_template(error, folder) or folder}: {error.message}"


_DELIMITERS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_CLOSES = {"{{": "}}", "{%": "%}", "{#": "#}"}
_BLOCK = re.compile(r"\{%-?\s*(\w+)\b([^%]*)")
_BLOCKS = ("if", "for", "macro", "call", "filter", "block", "set", "with", "raw")


def _never_closed(source: str, until: int) -> tuple[int, str] | None:
    """Return line and name of what a syntax error on a later line comes from: a `{{` or a block that was opened and never closed."""

    def line(position: int) -> int:
        return source.count("\n", 0, position) + 1

    opened: re.Match[str] | None = None
    for found in _DELIMITERS.finditer(source):
        if opened is None:
            opened = found if found[0] in _CLOSES else None
        elif found[0] == _CLOSES[opened[0]]:
            opened = None
        elif opened[0] != "{#" and found[0] in _CLOSES:  # one opens within another, which was therefore never closed
            break
    if opened is not None:
        return (line(opened.start()), opened[0]) if line(opened.start()) <= until else None
    blocks: list[tuple[int, str]] = []
    for found in _BLOCK.finditer(source):
        name = found[1]
        if name in _BLOCKS and not (name == "set" and "=" in found[2]):
            blocks.append((line(found.start()), name))
        elif name.startswith("end") and blocks and blocks[-1][1] == name.removeprefix("end"):
            blocks.pop()
    return blocks[-1] if blocks else None


def _line_in_template(error: Exception, folder: Path) -> str:
    """Return `file:line` of the innermost template that an error went through."""
    places = [
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename).parent == folder
    ]
    return places[-1] if places else ""
