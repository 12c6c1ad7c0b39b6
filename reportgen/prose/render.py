"""Templates to Markdown: every number bound to a measurement, every claim judged.

A number or a text from the settings goes through the templates as a run of private-use characters, which `~`, macros and `set`
carry along unread; what is still a digit in the parsed Markdown was typed, and stops the build. Substitution comes last.
"""

import dataclasses
import difflib
import math
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import jinja2
import numpy as np
from jinja2 import nodes
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markdown_it.token import Token

from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence, Measurement, significant, written
from reportgen.claims import Claim, ClaimTag, Ledger, Test, measurement_name
from reportgen.prose.markdown import parse

MAIN_TEMPLATE = "report.md.j2"

MOST_CHARACTERS = 50_000
"""In one template; the longest that comes with the package has 15,000."""

MOST_WORK = 500_000
"""Of all templates together: characters that are printed or read from variables, rounds of loops, calls. Ends what has no end."""

MOST_MARKS = 10_000
"""Of Markdown, in one template and on the whole page: lines and what opens something. Our page has 2,000."""

MOST_IN_EQUATION = 2_000
"""Characters; our longest has 100."""

MOST_LOOPS_NESTED = 10

# None of them makes much of little, as `center(10**9)` would.
_FILTERS = (
    "capitalize", "count", "d", "default", "first", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "select", "selectattr", "sort", "string", "title", "trim", "truncate", "unique", "upper",
)  # fmt: skip

_OPEN, _CLOSE, _DIGIT_ZERO = "\uf8f0", "\uf8f1", 0xF8E0
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MARK = re.compile(f"{_OPEN}([{chr(_DIGIT_ZERO)}-{chr(_DIGIT_ZERO + 9)}]+){_CLOSE}")
_OVER_NETWORKS: Mapping[Any, Callable[..., Any]] = {"median": np.median, "min": np.min, "max": np.max}
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Prose:
    """The report as Markdown, the claims that stand in it, and the templates that it was made of, by name."""

    markdown: str
    claims: tuple[Claim, ...]
    sources: Mapping[str, str]


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

    `texts` are plain strings by name (author, course, …), which templates print as they are; `tables` hold rows of Markdown, to loop
    over; `sources`, if given, are read in place of the folder's files. Raises ReportgenError, with file and line, for a missing
    template, a syntax error, an unknown name or filter, a bare number, and DoesNotHold for a false claim.
    """
    marks = _Marks()
    environment = _environment(folder, evidence, texts, marks, sources)
    environment.globals |= {name: [_row(row, marks) for row in rows] for name, rows in tables.items()}
    ledger: Ledger = environment.ledger  # type: ignore[attr-defined]  # `_environment` has just set it
    try:
        marked = environment.get_template(template).render()
        environment.work(len(marked))
        _require_readable(marked, str(folder))
    except jinja2.TemplateError as error:
        raise ReportgenError(_explain(error, folder)) from None
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        # What an expression or a filter was given makes no sense to it.
        raise ReportgenError(f"{_line_in_template(error, folder) or folder}: {error or type(error).__name__}") from None
    page = parse(marked)
    if any(len(token.content) > MOST_IN_EQUATION for token in _mathematics(page)):
        raise ReportgenError(f"{folder}: an equation has more than {MOST_IN_EQUATION:,} characters; divide it")
    for _, text in bare_numbers(page):
        raise ReportgenError(
            f"{folder / template}: the text {_MARK.sub('…', text)!r} holds a number that no measurement gave"
        )
    markdown = marks.substitute(marked)
    if len(markdown) > MOST_WORK:
        raise ReportgenError(f"{folder}: prints more than {MOST_WORK:,} characters, which no report has")
    claims = tuple(
        dataclasses.replace(claim, statement=marks.substitute(claim.statement)) for claim in ledger.said.values()
    )
    return Prose(markdown, claims, environment.loader.sources)  # type: ignore[union-attr]  # a _Loader


def claim_tests(folder: Path, evidence: Evidence) -> Mapping[str, tuple[Test, ...]]:
    """Return the tests of every claim in the templates of a folder, by name: the claim's own first, then those of its otherwises."""
    environment = _environment(folder, evidence, {}, _Marks())
    ledger: Ledger = environment.ledger  # type: ignore[attr-defined]  # `_environment` has just set it
    for path in sorted(folder.glob("*.md.j2")):
        environment.parse(path.read_text(encoding="utf-8"), path.name, str(path))
    return ledger.branches


def loose_comparisons(folder: Path) -> list[str]:
    """Return, as `file:line: words`, the comparatives and superlatives that stand outside claims.

    No rule can find a statement that nobody marked, but most statements about data compare. A paragraph with the comment
    `{# no claim: why #}` in it compares something else.
    """
    found = []
    for path in sorted(path for path in folder.glob("*.md.j2") if path.is_file()):
        line = 1
        text = _CLAIMS.sub(_only_newlines, path.read_text(encoding="utf-8", errors="replace"))
        for paragraph in re.split(r"(\n\s*\n)", text):
            if not _NO_CLAIM.search(paragraph):
                prose = _NO_PROSE.sub(_only_newlines, paragraph)
                found += [
                    f"{path}:{line + prose.count(chr(10), 0, match.start())}: {match[0]}"
                    for match in _COMPARISON.finditer(prose)
                ]
            line += paragraph.count("\n")
    return found


def _only_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


# What is never closed goes on to the end: else it would be looked for from every place where it may begin.
_CLAIMS = re.compile(r"\{%-?\s*claim\b.*?(?:\bendclaim\s*-?%\}|\Z)", re.DOTALL)
_NO_CLAIM = re.compile(r"\{#\s*no claim:\s*\S.*?(?:#\}|\Z)", re.DOTALL)
_NO_PROSE = re.compile(r"\{#.*?(?:#\}|\Z)|\{%.*?(?:%\}|\Z)|\{\{.*?(?:\}\}|\Z)|\$[^$]*\$", re.DOTALL)
_COMPARISON = re.compile(
    r"\b(?:(?<!at )(?:more|less|fewer|most|least|better|worse|best|worst|further|twice|half)\b|"
    r"(?!(?:rather|other)\b)\w{3,}er\s+than\b|"
    r"(?!(?:rest|test|interest|latest|request|honest|forest|west|east|past|just|must|first|last|least)\b)\w{3,}est\b)",
    re.IGNORECASE,
)


def require_main_template(folder: Path) -> None:
    """Raise ReportgenError if a folder cannot be rendered, before anything is trained for it."""
    if not (folder / MAIN_TEMPLATE).is_file():
        raise ReportgenError(f"{folder}: holds no {MAIN_TEMPLATE}; `init DIR` makes a folder with all that is needed")


class _Marks:
    """What stands for each run of private-use characters."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def mark(self, text: str) -> str:
        self._texts.append(text)
        return _OPEN + "".join(chr(_DIGIT_ZERO + int(digit)) for digit in str(len(self._texts) - 1)) + _CLOSE

    def substitute(self, marked: str) -> str:
        return _MARK.sub(lambda match: self._texts[self._number(match)], marked)

    def without(self, marked: str) -> str:
        """Return what is left of a text when every mark that was made is taken out of it."""
        return _MARK.sub(lambda match: "" if self._number(match) < len(self._texts) else match[0], marked)

    @staticmethod
    def _number(match: re.Match[str]) -> int:
        return int("".join(str(ord(digit) - _DIGIT_ZERO) for digit in match[1]))


def _row(row: Mapping[str, Any], marks: _Marks) -> SimpleNamespace:
    """Bind a row of Markdown, and the rows in it, to marks."""
    return SimpleNamespace(
        **{
            name: marks.mark(value) if isinstance(value, str) else [_row(each, marks) for each in value]
            for name, value in row.items()
        }
    )


class _Bound:
    """A measurement in a template: something to print with the filter `number`, and nothing else."""

    __slots__ = ("_measurement",)

    def __init__(self, measurement: Measurement) -> None:
        self._measurement = measurement

    def _refuse(self, *_: object) -> Any:
        raise jinja2.TemplateRuntimeError(
            f"{self._measurement.name} is a measurement: print it with the filter number, compare it in a claim"
        )

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __bool__ = __str__ = __html__ = __hash__ = _refuse


class _Rows:
    """The claims said so far, as the appendix prints them; read when a template reaches the loop, not before."""

    __slots__ = ("_ledger", "_mark")

    def __init__(self, ledger: Ledger, mark: Callable[[str], str]) -> None:
        self._ledger, self._mark = ledger, mark

    def __iter__(self) -> Iterator[SimpleNamespace]:
        for claim in self._ledger.said.values():
            values = (f"{name} = {', '.join(map(significant, values))}" for name, values in claim.values.items())
            yield SimpleNamespace(
                name=self._mark(escape(claim.name)),
                statement=claim.statement.replace("|", r"\|"),
                test=self._mark(escape(claim.test)),
                words=self._mark(escape(claim.words)),
                values=self._mark(escape("; ".join(values))),
                verdict=self._mark(f"{claim.held} of {len(claim.verdicts)}"),
            )


class _Loader(jinja2.BaseLoader):
    """Reads each template critically before it is used, and remembers it; `files` says where they come from."""

    def __init__(self, folder: Path, sources: Mapping[str, str] | None) -> None:
        self.folder = folder
        self.files = jinja2.FileSystemLoader(folder) if sources is None else jinja2.DictLoader(sources)
        self.sources: dict[str, str] = {}

    def load(  # type: ignore[override]  # it is the loader of this environment only
        self,
        environment: "_Environment",
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> jinja2.Template:
        try:
            source, file, uptodate = self.files.get_source(environment, name)
        except UnicodeDecodeError as error:
            raise ReportgenError(
                f"{name}: is not UTF-8 text ({error.reason} at byte {error.start}); save it as such"
            ) from None
        filename = file or str(self.folder / name)
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
        skeleton = _skeleton(environment, source, filename)
        _require_readable(skeleton, filename)
        for line, text in bare_numbers(parse(skeleton)):
            raise ReportgenError(
                f"{filename}:{line}: the bare number in {_PRIVATE_USE.sub('…', text)!r} comes from no measurement; "
                'write {{ family.name | number(".1f") }}'
            )
        tree = environment.parse(source, name, filename)
        ledger: Ledger = environment.ledger  # type: ignore[attr-defined]  # set by `_environment`
        for part in (tree, nodes.Scope(ledger.take_unsaid())):
            for line, problem in _doubtful_expressions(part, environment.globals):
                raise ReportgenError(f"{filename}:{line}: {problem}")
        environment.work(len(source))
        try:
            _Counting().visit(tree)
            code = environment.compile(tree, name, filename)
        except jinja2.TemplateSyntaxError as error:
            raise ReportgenError(f"{filename}:{error.lineno}: {error.message}") from None
        except SyntaxError as error:  # Python's, which has limits that Jinja does not know
            raise ReportgenError(f"{filename}: {error.msg}; it nests too deep") from None
        return environment.template_class.from_code(environment, code, globals or {}, uptodate)


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a template calls its own macros only, computes nothing, and comes to an end."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._worked = 0
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {"join": self._join, "counted": self._counted, "item": self._item, "items": self._items}

    def work(self, amount: int) -> None:
        """Count what is printed, repeated or read; raises TemplateRuntimeError where it is more than a report can need."""
        self._worked += amount
        if self._worked > MOST_WORK:
            raise jinja2.TemplateRuntimeError(
                f"the templates print or repeat more than {MOST_WORK:,} characters, or never end; shorten them"
            )

    # The filters that `_Counting` puts into templates. A filter that is passed the context is not applied while compiling.

    @jinja2.pass_context
    def _counted(self, _: object, value: Any) -> Any:
        self.work(_length(value))
        return value

    @jinja2.pass_context
    def _item(self, _: object, value: Any) -> Any:
        if isinstance(value, list | tuple | dict):
            raise jinja2.TemplateRuntimeError("a list stands in a list; write one list")
        return value

    @jinja2.pass_context
    def _items(self, _: object, values: Any, amount: int) -> Iterator[Any]:
        for value in values:
            self.work(amount)
            yield value

    @jinja2.pass_context
    def _join(self, _: object, values: Any, d: str = "") -> str:
        texts = [str(value) for value in values]
        self.work(_length(texts) + len(texts) * len(d))
        return d.join(texts)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a block, `loop.cycle`, a claim, and nothing else."""
        if not isinstance(obj, Macro | BlockReference | jinja2.Undefined) and not isinstance(
            getattr(obj, "__self__", None), LoopContext | ClaimTag
        ):
            raise jinja2.TemplateRuntimeError("a template calls its own macros, and nothing else")
        self.work(1)
        result = super().call(context, obj, *args, **kwargs)
        self.work(_length(result))
        return result

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Add, and refuse what makes much of little."""
        if operator != "+":
            raise jinja2.TemplateRuntimeError(f"{operator!r} makes a bare number or text; print what was measured")
        return super().call_binop(context, operator, left, right)

    def join_path(self, template: str, parent: str) -> str:
        """Count a template that another one includes, each time that it does."""
        self.work(1000)
        return super().join_path(template, parent)


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(_length, value)) + len(value) if isinstance(value, list | tuple) else 0


class _Counting(NodeTransformer):
    """Has a template count, while it is rendered, what it reads from variables and what its loops repeat."""

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's name, as below
        return _filtered(node, "counted") if node.ctx == "load" else node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "counted")

    def __init__(self) -> None:
        self._depth = 0

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if self._depth == MOST_LOOPS_NESTED:
            raise jinja2.TemplateSyntaxError(f"more than {MOST_LOOPS_NESTED} loops stand in each other", node.lineno)
        texts = (text.data for text in node.find_all(nodes.TemplateData))
        amount = 1 + sum(map(len, texts)) + sum(_length(constant.value) for constant in node.find_all(nodes.Const))
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        node.iter = _filtered(node.iter, "items", nodes.Const(amount))
        return node

    def visit_List(self, node: nodes.List | nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if getattr(node, "ctx", "load") == "load":
            node.items = [_filtered(item, "item") for item in node.items]
        return node

    visit_Tuple = visit_List  # noqa: N815

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.value = _filtered(node.value, "item")
        return node


def _filtered(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    filtered = nodes.Filter(node, name, list(arguments), [], None, None)
    filtered.set_lineno(node.lineno)
    return filtered


def _environment(
    folder: Path, evidence: Evidence, texts: Mapping[str, str], marks: _Marks, sources: Mapping[str, str] | None = None
) -> _Environment:
    environment: _Environment = _Environment(
        loader=_Loader(folder, sources),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _finalize(value, marks, environment),
        extensions=[ClaimTag],
    )

    def number(bound: object, form: object = "", range: bool = False, of: object = "median") -> str:  # noqa: A002 - as authors write it
        return marks.mark(_print(bound, form, range, of))

    number.__qualname__ = "number"  # as a message about its arguments should call it
    ledger = Ledger(evidence, marks.mark)
    environment.ledger = ledger  # type: ignore[attr-defined]  # where the extension keeps its state
    environment.filters["number"] = number
    environment.globals = {name: marks.mark(escape(text)) if text else "" for name, text in texts.items()}
    families: dict[str, dict[str, _Bound]] = {}
    for name, measurement in evidence.measurements.items():
        family, short = name.split(".")
        families.setdefault(family, {})[short] = _Bound(measurement)
    environment.globals |= {family: SimpleNamespace(**bound) for family, bound in families.items()}
    environment.globals["ledger"] = _Rows(ledger, marks.mark)
    environment.globals["measurements"] = [
        SimpleNamespace(
            name=marks.mark(escape(m.name)),
            label=marks.mark(escape(m.label)),
            value=marks.mark(escape(evidence.shown(m.name))),
            method=marks.mark(escape(f"{m.method} ({m.source})" if m.source else m.method)),
        )
        for m in evidence.measurements.values()
        if m.values.ndim == 1
    ]
    return environment


def _finalize(value: object, marks: _Marks, environment: _Environment) -> str:
    """Let a string through to the page; everything else is a number that nobody measured, or no text at all."""
    if isinstance(value, str):
        if _PRIVATE_USE.search(marks.without(value)):
            raise jinja2.TemplateRuntimeError("an expression takes a number or a text of the run apart; print it whole")
        environment.work(len(value))
        return value
    if isinstance(value, _Bound | jinja2.Undefined):
        str(value)  # says what is wrong with it
    if isinstance(value, int | float):
        raise jinja2.TemplateRuntimeError(
            f"the bare number {value} comes from no measurement; print one with the filter number"
        )
    raise jinja2.TemplateRuntimeError(f"an expression gives a {type(value).__name__}, which is no text to print")


def _print(bound: object, form: object, range_too: bool, of: object) -> str:
    if not isinstance(bound, _Bound):
        raise jinja2.TemplateRuntimeError(f"the filter number takes a measurement, not {bound!r}")
    measurement = bound._measurement
    if not isinstance(form, str) or not form or re.search(r"\d{3}", form):  # a width or a precision of hundreds
        raise jinja2.TemplateRuntimeError(f'{form!r} is no number format; write for example number(".1f")')
    if measurement.values.ndim > 1:
        raise jinja2.TemplateRuntimeError(f"{measurement.name} is a curve; only a figure can show it")
    if of not in _OVER_NETWORKS:
        raise jinja2.TemplateRuntimeError(f"of={of!r} is none of {', '.join(_OVER_NETWORKS)}")

    def over_networks(part: object) -> str:
        return _format(float(_OVER_NETWORKS[part](measurement.values)), form, measurement.name)

    shown = over_networks(of)
    if not range_too or np.ptp(measurement.values) == 0:
        return shown
    return f"{shown} ({over_networks('min')} to {over_networks('max')})"


def _format(value: float, form: str, name: str) -> str:
    if form == "words":
        if value != int(value) or not 0 <= value < len(_WORDS):
            raise jinja2.TemplateRuntimeError(f"{name} is {value:g}, which is no number to spell out")
        return _WORDS[int(value)]
    try:
        text = written(value, form)
    except ValueError:
        raise jinja2.TemplateRuntimeError(f'{form!r} is no number format; write for example number(".1f")') from None
    # What is not zero is not printed as zero, however few digits were asked for.
    return written(value, ".1g") if value != 0 and not re.search("[1-9]", text) else text


def escape(text: str) -> str:
    """Return text as Markdown that reads as that text."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _skeleton(environment: jinja2.Environment, source: str, filename: str) -> str:
    """Return a template's literal text, line for line: expressions as one private-use character, tags as nothing."""
    text = ""
    for line, kind, part in environment.lex(source, filename=filename):
        # A tag that strips the white space around it takes newlines away, which still count.
        text += "\n" * (line - 1 - text.count("\n"))
        if kind == "data":
            text += part
        elif kind == "variable_begin":
            text += _OPEN
    return text


def _require_readable(markdown: str, place: str) -> None:
    """Raise ReportgenError before what takes a parser, or the writer behind it, more than a moment."""
    if len(re.findall(r"[\n|$@`*_>\[]", markdown)) > MOST_MARKS:
        raise ReportgenError(f"{place}: has more than {MOST_MARKS:,} lines and marks of Markdown; shorten it")


def bare_numbers(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Yield line and text of what has a number in literal text, or a decimal or a large integer in mathematics.

    Names (words that begin with a letter) may hold digits; so may labels and citations, which are no text tokens.
    """
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type in ("fence", "code_block") or token.type.startswith("math_block"):
            search = _math_number if token.type.startswith("math_block") else _number
            if (position := search(token.content)) is not None:
                above = token.content.count("\n", 0, position) + (token.type == "fence")
                yield line + above, token.content[position:].partition("\n")[0]
        inline = line
        for child in _descend(token.children or []):
            if child.type in ("softbreak", "hardbreak"):
                inline += 1
            search = _math_number if child.type == "math_inline" else _number
            if child.type in ("text", "code_inline", "math_inline") and search(child.content) is not None:
                yield inline, child.content


def _mathematics(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from (part for part in (token, *_descend(token.children or [])) if part.type.startswith("math"))


def _descend(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        if token.type == "image":
            yield from _descend(token.children or [])


def _number(text: str) -> int | None:
    """Return where the first number stands: a word that begins with a digit, of whatever script."""
    return next((word.start() for word in re.finditer(r"\w+", text) if word[0][0].isnumeric()), None)


def _math_number(latex: str) -> int | None:
    """Return where the first decimal or integer of more than one digit stands, with TeX's braced separators."""
    match = re.search(r"\d(?:[\d.,]|\{[.,]\})*\d|\d\.|\.\d", latex)
    return match.start() if match else None


def _doubtful_expressions(template: nodes.Node, known: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield line and problem of typed numbers in output, and of measurements that do not exist, in every branch."""
    for node in template.find_all(nodes.Getattr):
        name, _, short = measurement_name(node).rpartition(".")
        family = known.get(name)
        if isinstance(family, SimpleNamespace) and not hasattr(family, short):
            near = difflib.get_close_matches(short, vars(family), 1, cutoff=0)
            yield node.lineno, f"{name}.{short} is undefined; the nearest measurement is {name}.{near[0]}"
    for constant in template.find_all(nodes.Const):
        if isinstance(constant.value, float) and not math.isfinite(constant.value):
            yield constant.lineno, "a number is too great for any computer's"
    printed = [part for output in template.find_all(nodes.Output) for part in output.nodes]
    assigned = [assignment.node for assignment in template.find_all(nodes.Assign)]
    for constant in (constant for part in printed + assigned for constant in _printed_constants(part)):
        if re.search(r"\d", str(constant.value)):
            yield constant.lineno, f"the bare number in {str(constant.value)!r} comes from no measurement"


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


def _explain(error: jinja2.TemplateError, folder: Path) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        asked = _line_in_template(error, folder)
        return f"{asked or folder}: there is no template {error.name!r} in {folder}"
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or folder / (error.name or '')}:{error.lineno}: {error.message}"
    return f"{_line_in_template(error, folder) or folder}: {error.message}"


def _line_in_template(error: Exception, folder: Path) -> str:
    """Return `file:line` of the innermost template that an error went through."""
    places = [
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename).parent == folder
    ]
    return places[-1] if places else ""
