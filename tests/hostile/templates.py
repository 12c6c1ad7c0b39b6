"""Hostile templates: mistakes of every kind, loops without end, what grows without end, and reaches for the program."""

import os
import random
import re
import shutil
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from reportgen import pipeline
from reportgen.cli.templates import bundled_templates
from reportgen.evidence import Measured, gather
from reportgen.lstm import STUDY
from reportgen.lstm.run import WORLDS
from reportgen.lstm.settings import Experiment
from reportgen.manuscript import read_manuscript
from reportgen.picture import Picture
from reportgen.prose.markdown import parse
from reportgen.results import Results
from reportgen.word.document import write_docx
from tests.check.answers import png
from tests.hostile.inputs import Kind, damage, drawn, kept, listed, shift, spoil
from tests.manuscript.test_references import ITEMS
from tests.prose.pages import names_used
from tests.word.test_document import PICTURES, PROPERTIES, SAMPLE

FOLDER = Path("templates")

_SOURCE = bundled_templates()
_MAIN = "report.md.j2"
WORDS = [
    "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{% endclaim %}", "{% otherwise %}", "{% otherwise if flow.nope > 1 %}", "{% endif %}", "{% some %}",
    "{% none %}", "{% identity b if task.error > 0 %}", "{% endidentity %}", "{% case of a %}", "{% case of nope %}", "{% endcase %}",
    "{% claim c if task.error > 0 against untrained %}", "against nowhere", '{{ task.units | count("unit") }}', "{{ untrained.task.error }}",
    "{% claim a if task.error > 0 %}", "{% claim a %}", "{% if author %}", "{% for x in measurements %}", "{% endfor %}", "{% else %}",
    "{% raw %}", "{% endraw %}", "{% macro m(x) %}", "{% endmacro %}", "{% set x = 1 %}", "{{ held }} of {{ networks }}", "{% block b %}",
    '{% include "task.md.j2" %}', '{% include "../secret.txt" %}', '{% extends "report.md.j2" %}', '{% import "flow.md.j2" as f %}',
    "{{ ''.__class__.__mro__ }}", "{{ task.error }}", '{{ task.error | number(".999999999f") }}', '{{ task.error | number("999999999") }}',
    "{{ 10**9 }}", "{{ 'a' * 10**9 }}", "{{ 9**9**9**9 }}", "{{ author | center(999999999) }}", "{{ nope }}", "| nope", "(", ")", "[", "]", "$",
    "$$", "\\frac{", "^{", "`", "```", "![a](fig:nope)", "@fig:nope", "[@nope]", "# ", "| a |\n|---|\n", "- ", "> ", "*", "**", "3", "½", "\n\n",
    "{.title}", "{.nope}", "and", "or", "not", "if", "in", "is", "<", "==", "~", "0x", "1e999", "'", '"', "\\",
]  # fmt: skip


@cache
def _sources() -> dict[str, str]:
    """Return the real templates, each claim with a test that holds of the evidence below, so that all else is reached."""
    claim = re.compile(r"\{% (claim \w+|otherwise|identity \w+) if (.*?)(?: against \w+)? %\}")
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(_SOURCE.iterdir()) if path.is_file()}
    return {name: claim.sub(r"{% \1 if task.error > 0 or (\2) %}", source) for name, source in sources.items()}


@cache
def _results() -> Results:
    """Return results by hand: on each of two networks, every measurement that a template names, and none of its curves."""
    names, settings = names_used("".join(path.read_text(encoding="utf-8") for path in sorted(_SOURCE.glob("*.j2"))))

    def network(number: int) -> Iterator[Measured]:
        for name in names:
            value = 2.0 if name in settings else 2.0 + 2 * number
            yield Measured(name, value, f"the {name}", "steps", "By hand.", given=name in settings)

    evidence = gather(STUDY.case, WORLDS, (network(number) for number in range(2)))
    return Results(STUDY, Experiment(networks=2), "", "", {}, {}, evidence, {}, b"", b"")


def _pictures() -> dict[str, Picture]:
    names = re.findall(r"\(fig:([\w-]+)\)", "".join(_sources().values()))
    return {name: Picture(png().getvalue(), b"<svg/>", "A wave that fades.") for name in names}


def prepare() -> None:
    """Make and import once, before processes are forked, what all of them need."""
    _results()
    write_docx(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES)


def stand_in() -> None:
    """Put evidence and pictures where a run would be measured and drawn."""
    pipeline._results = lambda *_: (_results(), None, False)
    setattr(pipeline, "kept_figures", lambda _: _pictures())  # noqa: B010 - which the pipeline does not export


def put(name: str, content: str | bytes) -> None:
    """Write a folder of templates, and in it this file in place of its own."""
    FOLDER.mkdir()
    for file, text in _sources().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
    (FOLDER / name).unlink(missing_ok=True)
    (FOLDER / name).write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)


def add(content: str | bytes) -> None:
    """Write a folder of templates, and in it this behind what one of them has, so that all the rest is there."""
    more = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    put("task.md.j2", _sources()["task.md.j2"].encode() + b"\n\n" + more)


def mistakes(draw: random.Random) -> None:
    """Make mistakes in a real template."""
    name = draw.choice([name for name in _sources() if name.endswith(".j2")])
    put(name, spoil(draw, _sources()[name], WORDS))


def real_tests(draw: random.Random) -> None:
    """Make mistakes in a real template whose claims have their own tests."""
    name = draw.choice([name for name in _sources() if name.endswith(".j2")])
    put(name, spoil(draw, (_SOURCE / name).read_text(encoding="utf-8"), WORDS))


def snippets(draw: random.Random) -> None:
    """Add nothing but mistakes."""
    pieces = [*WORDS, "a word ", "\n\n", "*", "[", "]("]
    add("".join(draw.choice(pieces) * draw.choice((1, 1, 1, 40)) for _ in range(draw.randint(1, 60))))


def beside(draw: random.Random) -> None:
    """Make mistakes in what stands beside the templates: the assignment's lines and the references."""
    name = draw.choice([name for name in _sources() if not name.endswith(".j2")])
    words = [
        *WORDS,
        "{",
        "}",
        ":",
        ",",
        "null",
        "[]",
        "{}",
        "1",
        '"id": 1,',
        '"author": 3,',
        '"issued": {"date-parts": [[]]},',
        "NaN",
    ]
    put(name, spoil(draw, _sources()[name], words))


def bytes_(draw: random.Random) -> None:
    """Damage a file, or write it in another encoding, or write what was never text."""
    name = draw.choice(list(_sources()))
    text = _sources()[name]
    encodings = ("utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig", "latin-1", "cp037")
    contents = (
        damage(draw, text.encode()),
        shift(draw, text.encode()),
        text.encode(draw.choice(encodings), "replace"),
        draw.randbytes(draw.choice((0, 1, 100, 10_000))),
    )
    put(name, draw.choice(contents))


def _much(unit: str, count: int = 0) -> str:
    """Return a unit repeated, as often as a template may be long."""
    return unit * (count or 45_000 // len(unit))


_MUCH = {
    "10 MB of text": "a word " * 1_500_000,
    "10 MB in one word": "a" * 10_000_000,
    "10 MB of open comments": "{#" * 5_000_000,
    "10 MB of open tags": "{%" * 5_000_000,
    "text": _much("a word "),
    "one word": _much("a"),
    "open comments": _much("{#"),
    "open tags": _much("{%"),
    "open expressions": _much("{{"),
    "open claims": _much("{% claim "),
    "open comments that are text": "{% raw %}" + _much("{# definition: a ", 2800) + "{% endraw %}",
    "open claims that are text": "{% raw %}" + _much("{% claim ", 4800) + "{% endraw %}",
    "expressions": _much("{{ author }} "),
    "dates": _much("{{ date }} "),
    "conditions": _much("{% if author %}a{% endif %}"),
    "loops in loops": "{% for x in 'a' %}" * 200 + "a" + "{% endfor %}" * 200,
    "conditions in conditions": "{% if author %}" * 90 + "{{ author }}" * 400 + "{% endif %}" * 90,
    "blocks in blocks": "".join(f"{{% block b{depth} %}}" for depth in range(200)) + "a" + "{% endblock %}" * 200,
    "macros in macros": "".join(f"{{% macro m{depth}() %}}" for depth in range(90)) + "a" + "{% endmacro %}" * 90,
    "claims": "".join(f"{{% claim c{n} if task.error > 0 %}}a{{% endclaim %}}" for n in range(900)),
    "otherwises": "{% claim c if task.error < 0 %}a" + "{% otherwise if task.error < 0 %}b" * 900 + "{% endclaim %}",
    "cases of a claim": "{% claim c if task.error > 0 %}a{% endclaim %}"
    + "{% case of c %}b{% some %}d{% none %}e{% endcase %}" * 900,
    "identities": "".join(f"{{% identity c{n} if task.error > 0 %}}a{{% endidentity %}}" for n in range(900)),
    "an identity that does not hold": "{% identity c if task.error < 0 %}a{% endidentity %}",
    "open identities": _much("{% identity c if task.error > 0 %}"),
    "open cases": "{% claim c if task.error > 0 %}a{% endclaim %}" + "{% case of c %}" * 900,
    "assignments": _much("{% set a = author %}"),
    "comparatives": _much("greater than "),
    "brackets": _much("["),
    "brackets that close": _much("[]"),
    "brackets that close later": _much("[", 22_000) + _much("]", 22_000),
    "links": _much("[a](b)"),
    "links in links": _much("[", 9000) + _much("](a)", 9000),
    "open links": _much("[a]("),
    "open angles": _much("[a](<b"),
    "images": _much("!["),
    "images in images": _much("![", 9000) + _much("](fig:a)", 9000),
    "emphasis": _much("*a **b "),
    "emphasis in emphasis": _much("*a ", 15_000) + _much("b* ", 15_000),
    "underscores": _much("_a"),
    "asterisks": _much("*"),
    "backticks": "".join("`" * length + " " for length in range(1, 290)),
    "quotes in quotes": _much(">"),
    "quotes in lists in quotes": _much("> - "),
    "lists in lists": "".join(" " * (2 * depth) + "- a\n" for depth in range(300)),
    "list items": _much("- a\n"),
    "headings": _much("# a\n\n"),
    "underlines": _much("a\n-\n"),
    "link definitions": "".join(f"[{'a' * (length % 90 + 1)}]: b\n" for length in range(900)),
    "open link definitions": _much("[a]: "),
    "dollars": _much("$"),
    "dollars and letters": _much("$a"),
    "equations": _much("$x$ "),
    "equations of their own": _much("$$\nx\n$$\n\n"),
    "an equation in braces": "$" + "{" * 10_000 + "}" * 10_000 + "$",
    "an equation of fractions": "$" + r"\frac{a}{" * 2000 + "b" + "}" * 2000 + "$",
    "an equation of subscripts": "$" + "x_{" * 2000 + "}" * 2000 + "$",
    "an equation of roots": "$" + r"\sqrt{" * 300 + "}" * 300 + "$",
    "a long equation": f"${_much('x+')}x$",
    "a wide table": "|" + "a|" * 7000 + "\n|" + "-|" * 7000 + "\n|" + "a|" * 7000,
    "a wide and long table": "|" + "a|" * 900 + "\n|" + "-|" * 900 + "\n" + "|\n" * 20_000,
    "a long table": "|a|b|\n|-|-|\n" + "|a|b|\n" * 7000,
    "pipes": _much("|"),
    "citations": _much("[@hochreiter1997]"),
    "references": _much("@eq:cell "),
    "attributes": _much("{.note}\n"),
    "open attributes": _much("{.note "),
    "backslashes": _much("\\"),
    "blank lines": _much("a\n\n"),
    "addresses": _much("<http://a.b> "),
    "fences": _much("```\n"),
    "spaces": _much(" "),
    "lines of spaces": _much("  \n"),
}
_BESIDE = {
    "assignment in an array without end": ("assignment.toml", "a = " + "[" * 100_000),
    "assignment in names without end": ("assignment.toml", "a" + ".a" * 100_000 + " = 1"),
    "assignment of 10 MB": ("assignment.toml", 'title = "' + "a" * 10_000_000 + '"'),
    "a number too long to read": ("assignment.toml", "a = " + "9" * 5000),
    "references in an array without end": ("references.json", "[" * 100_000),
    "references of 10 MB": ("references.json", "[" + "{}," * 3_000_000 + "{}]"),
    "a reference's number too long to read": ("references.json", "[" + "9" * 5000 + "]"),
    "a reference to a number": ("references.json", '[{"id": 3, "type": 4}]'),
}


def _make_special(kind: str) -> None:
    put(_MAIN, '{% include "flow.md.j2" %}')
    place = FOLDER / "flow.md.j2"
    place.unlink()
    match kind:
        case "missing":
            pass
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case "itself":
            place.symlink_to(place.name)
        case "endless":
            place.symlink_to("/dev/zero")


def _include_all() -> None:
    """Include so many files that each is small and all of them are much."""
    put(_MAIN, "".join(f'{{% include "a{letter}.md.j2" %}}\n' for letter in _LETTERS))
    for letter in _LETTERS:
        (FOLDER / f"a{letter}.md.j2").write_text("a word " * 10_000, encoding="utf-8")


_LETTERS = [first + second for first in "abcdefghij" for second in "abcdefghij"]

KINDS: list[Kind] = [
    listed("kept templates", [partial(add, path.read_bytes()) for path in kept("templates/*.md.j2")]),
    drawn("mistakes in a real template", mistakes, 20, 150),
    drawn("mistakes in one with its own tests", real_tests, 5, 40),
    drawn("nothing but mistakes", snippets, 10, 80),
    drawn("mistakes in assignment and references", beside, 10, 60),
    drawn("bytes damaged, other encodings", bytes_, 10, 60),
    listed("much of a kind", [partial(add, content) for content in _MUCH.values()]),
    listed("assignment and references without end", [partial(put, *file) for file in _BESIDE.values()]),
    listed(
        "no file",
        [
            *(partial(_make_special, kind) for kind in ("missing", "folder", "pipe", "itself", "endless")),
            partial(shutil.copytree, _SOURCE.parent / "docs", FOLDER),
            FOLDER.touch,
            _include_all,
        ],
    ),
]
