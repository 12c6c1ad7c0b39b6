"""Prose: no number but through the filters, every error with its file and line, text as it went in."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.assignment import read_assignment
from reportgen.errors import ReportgenError
from reportgen.lstm.evidence.choice import CHOICES
from reportgen.prose.outside import unmarked_paragraphs
from reportgen.prose.render import render
from tests.prose.pages import EVIDENCE, evidence, names_used, printed, refusal, rendered, words

FORMATS = {
    'flow.three | called("low", 3, "high")': "high",
    'flow.three | called("low", 3.1, "high")': "low",
    'flow.age | called("low", 2, "middle", 5.5, "high")': "middle",
    'flow.below | called("cold", 0, "warm")': "cold",
    'flow.age | number(".1f")': "3.5",
    'flow.age | number(".1f", range=true)': "3.5 (2.5 to 4.5)",
    'flow.age | number(".0f", true)': "4 (2 to 4)",
    'flow.big | number(".1f", range=true)': "12345.6",
    'flow.big | number(",.0f")': "12,346",
    'flow.tiny | number(".1e")': "2.4 × 10⁻⁷",
    'flow.tiny | number(".2e")': "2.40 × 10⁻⁷",
    'flow.big | number(".0e")': "1 × 10⁴",
    'flow.big | number(".2g")': "12000",
    'flow.ten | number(".3g")': "10.5",
    'flow.tiny | number(".2g")': "2.4 × 10⁻⁷",
    'flow.below | number(".1f")': "−1.5",
    'flow.below | number(".1e")': "−1.5 × 10⁰",
    'flow.zero | number(".2f")': "0",
    'flow.three | number("words")': "three",
    'flow.zero | number("words")': "zero",
    'flow.error | number(".4f")': "0.0021",
}


@pytest.mark.parametrize("expression", FORMATS)
def test_the_filter_prints_the_median_and_the_range_where_asked(tmp_path: Path, expression: str) -> None:
    assert printed(tmp_path, f"It is {{{{ {expression} }}}}.") == f"It is {FORMATS[expression]}."


@pytest.mark.parametrize(
    ("used", "said"),
    [
        ('called("low", 3, "high")', "flow.age is called differently in different cases"),
        ('called("low", 3)', "names and ascending limits take turns"),
        ('called("low", 3, "middle", 2, "high")', "names and ascending limits take turns"),
        ('called(2, "low", 3)', "names and ascending limits take turns"),
    ],
)
def test_what_has_no_one_name_is_not_called_by_one(tmp_path: Path, used: str, said: str) -> None:
    assert said in refusal(tmp_path, f"It is {{{{ flow.age | {used} }}}}.")


def test_the_number_is_the_median_and_not_the_mean(tmp_path: Path) -> None:
    skewed = evidence(flow__age=(10.0, 1.0, 2.0))

    assert printed(tmp_path, '{{ flow.age | number(".0f", range=true) }}', skewed) == "2 (1 to 10)"
    assert printed(tmp_path, "{% for m in measurements %}{{ m.value }}{% endfor %}", skewed) == "2 steps (1 to 10)"


@pytest.mark.parametrize(
    "template",
    [
        '{{ (flow.age | number(".1f")) ~ " steps" }}',
        '{% set n = flow.age | number(".1f") %}{{ n }} steps',
        '{% set n %}{{ flow.age | number(".1f") }} steps{% endset %}{{ n }}',
        '{% macro m(x) %}{{ x | number(".1f") }} steps{% endmacro %}{{ m(flow.age) }}',
        '{% for x in [flow.age] %}{{ x | number(".1f") }} steps{% endfor %}',
        '{{ [flow.age | number(".1f"), "steps"] | join(" ") }}',
        '{% filter trim %} {{ flow.age | number(".1f") }} steps {% endfilter %}',
        '{% if true %}{{ flow.age | number(".1f") }}{% else %}nothing{% endif %} steps',
        '{{ flow.age | number(".1f") if author else author }} steps',
        '{% include "part.md.j2" %} steps',
    ],
)
def test_a_number_survives_what_templates_do_with_it(tmp_path: Path, template: str) -> None:
    assert printed(tmp_path, template, part='{{ flow.age | number(".1f") }}') == "3.5 steps"


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("a 3 b", 1),
        ("a\n\nb\nc 3", 4),
        ("one 3.5 two", 1),
        ("the 1st", 1),
        ("minus x-3", 1),
        ("half ½", 1),
        ("other digits ٣", 1),
        ("a fullwidth ３", 1),
        ("an escape \\3", 1),
        ("no entity &#51;", 1),
        ("# A\n\n# B 3", 3),
        ("B 3\n===", 1),
        ("`3`", 1),
        ("a\nin `5 of 7` coins", 2),
        ("`2024-12-04`", 1),
        ("`½`", 1),
        ("**a *3***", 1),
        ("[a 3](https://example.org/)", 1),
        ("[a\n3](https://example.org/)", 2),
        ("a\n\n![a caption\nwith 3](fig:river)", 4),
        ("![a *3*](fig:river)", 1),
        ("[A table of 3](tbl:claims)", 1),
        ("| a | b |\n|---|---|\n| c | d |\n| e | 3 |", 4),
        ("| a | 3 |\n|---|---|\n| c | d |", 1),
        ("- a\n- b\n  - c 3", 3),
        ("> a\n> 3", 2),
        ("<b>3</b>", 1),
        ("a\r\n\r\n3", 3),
        ("$x$ is $0.5$", 1),
        ("$.5 x$", 1),
        ("$x + 100$", 1),
        ("a\n\n$$\nx\n= 1.5\n$$ (eq:x)", 5),
        ("{# 1\n2 #}\n3", 3),
        ("{% raw %}\n{{ a }}\n3\n{% endraw %}", 3),
        ("a\n{% if\n  true %}\n3\n{% endif %}", 4),
        ("a\n\n\n{%- if true %}b{% endif %}\n\nc 3", 6),
        ('a {{ flow.age\n  | number(".1f") }} 3', 2),
        ('{{ flow.age | number(".1f") }}3', 1),
        ("{{ author }}3", 1),
    ],
)
def test_a_digit_in_literal_text_is_refused_with_its_line(tmp_path: Path, template: str, line: int) -> None:
    assert refusal(tmp_path, template).startswith(f"report:{line}: the bare number in ")


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("a\n{{ 3 }}", 2),
        ("{{ 3.5 }}", 1),
        ('{{ "3" }}', 1),
        ('{{ "3" ~ "x" }}', 1),
        (r'{{ "\u0033" }}', 1),
        ('{{ "x" * 3 }}', 1),
        ("a\n{% set n = 3 %}\n{{ n }}", 2),
        ('{% set n = "3" %}{{ n }}', 1),
        ("{% set n %}3{% endset %}{{ n }}", 1),
        ("\n{% macro m() %}3{% endmacro %}{{ m() }}", 2),
        ("{% macro m(x) %}\n{{ x }}\n{% endmacro %}{{ m(3) }}", 2),
        ('a\n{{ "abc" | length }}', 2),
        ("{% for x in [author] %}\n{{ loop.index }}\n{% endfor %}", 2),
        ("{% for x in [1, 2] %}\n{{ x }}{% endfor %}", 2),
        ("{{ true }}", 1),
        ("a\n{{ none }}", 2),
    ],
)
def test_a_number_in_an_expression_is_refused_with_its_line(tmp_path: Path, template: str, line: int) -> None:
    message = refusal(tmp_path, template)

    assert message.startswith(f"report:{line}: ")
    assert re.search("bare|number|no text", message)


@pytest.mark.parametrize(
    "template",
    [
        '{% macro m(x) %}{{ x }}{% endmacro %}{{ m("3") }}',
        '{% macro m(x="3") %}{{ x }}{% endmacro %}{{ m() }}',
        '{{ "abc" | length ~ "" }}',
        '{% for x in ["a"] %}{{ loop.index ~ "" }}{% endfor %}',
        "{{ author | length ~ author }}",
        '![a {{ "abc" | length ~ "" }}](fig:river)',
        '$x = {{ "ab" | length ~ "." ~ "abc" | length }}$',
        '{{ flow.age | number(".1f") }}{{ "abc" | length ~ "" }}',
    ],
)
def test_a_number_that_an_expression_makes_is_refused_on_the_page(tmp_path: Path, template: str) -> None:
    assert re.match(r"report:1: .* holds a number that no measurement gave", refusal(tmp_path, template))


@pytest.mark.parametrize("template", ["a 3", "{{ 3 }}", '{{ flow.nope | number(".1f") }}'])
def test_a_branch_that_is_not_rendered_is_read_too(tmp_path: Path, template: str) -> None:
    assert refusal(tmp_path, f"{{% if author == 'B' %}}\n\n{template}\n{{% endif %}}").startswith("report:3: ")


def test_the_file_named_is_the_one_that_is_wrong(tmp_path: Path) -> None:
    assert refusal(tmp_path, 'a\n{% include "part.md.j2" %}', part="b\n\nc 3").startswith("part:3: the bare number")
    assert refusal(tmp_path, 'a\n{% include "part.md.j2" %}', part="b\n{{ nope }}").startswith("part:2: ")
    assert refusal(tmp_path, 'a\n{% include "part.md.j2" %}', part="b\n{% if %}").startswith("part:2: ")


@pytest.mark.parametrize(
    "text",
    [
        "A float32 in Part2b, and R2.",
        "As [@hochreiter1997; @gers2000] say.",
        "See @fig:river2, @tbl:claims-2 and @eq:cell1.",
        "![A caption.](fig:river2)",
        "[A link](https://example.org/2024/1)",
        "$c_{t-1} + 1$ and $(1 - f_t) \\odot W_2$",
        "$$\nc_1 = f_1\n$$ (eq:cell1)",
        "{.small2}\nA paragraph.",
        "1. a\n2. b",
        "`a 3` and `127.0.0.1`",
        "```\na\n3\n```",
        "a\n\n    code 3",
        "At <https://example.org/2024/1>, or https://example.org/2024/1.",
        "By <99someone@example.org>.",
    ],
)
def test_names_labels_citations_and_indices_may_hold_digits(tmp_path: Path, text: str) -> None:
    assert rendered(tmp_path, text).tokens


def test_what_is_not_zero_is_not_printed_as_zero(tmp_path: Path) -> None:
    assert printed(tmp_path, '{{ flow.tiny | number(".3f") }}') == "2 × 10⁻⁷"


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ('flow.age | number("words")', "which is no number to spell out"),
        ('flow.big | number("words")', "is no number to spell out"),
        ('flow.below | number("words")', "is no number to spell out"),
        ('flow.age | number("wrods")', "'wrods' is no number format"),
        ("flow.age | number(1)", "no number format"),
        ("flow.age | number", "format"),
        ('flow.age | number(".1f", true, "max", "x")', "number"),
        ('flow.age | number(".1f", rnage=true)', "rnage"),
        ('"a" | number(".1f")', "takes a measurement, not 'a'"),
        ('author | number(".1f")', "takes a measurement"),
        ('flow.curve | number(".1f")', "flow.curve is a curve; only a figure can show it"),
        ("flow.age", "flow.age is a measurement: print it with the filter number"),
        ('flow.age ~ "x"', "flow.age is a measurement"),
        ("flow.age | string", "flow.age is a measurement"),
        ("flow.age | upper", "flow.age is a measurement"),
        ("[flow.age] | join", "flow.age is a measurement"),
        ('flow.age | default("x")', "flow.age is a measurement"),
        ('"a" if flow.age > flow.zero', "compare it in a claim"),
        ('"a" if flow.age == flow.zero', "compare it in a claim"),
        ('"a" if flow.age', "compare it in a claim"),
        ("[flow.age, flow.zero] | max", "compare it in a claim"),
        ("flow.age | float", ""),
        ("flow.age | length", ""),
        ("flow.age + flow.zero", ""),
        ("-flow.age", ""),
        ("[flow.age, flow.zero] | sum", ""),
        ("flow.age | tojson", ""),
        ("flow.age()", ""),
        ("flow.age.mean()", ""),
        ("flow()", ""),
        ("flow", ""),
        ("flow | length", ""),
        ("ledger", ""),
        ("measurements", ""),
        ('flow.agee | number(".1f")', "flow.agee is undefined; the nearest is 'age'"),
        ('flow.eror | number(".1f")', "flow.eror is undefined; the nearest is 'error'"),
        ('flaw.age | number(".1f")', "'flaw' is undefined"),
        ("nope", "'nope' is undefined"),
        ('"a" ~ nope', "'nope' is undefined"),
        ("held", "'held' is undefined"),
        ('flow.age | nubmer(".1f")', "No filter named 'nubmer'"),
        ("author is wrong", "No test named 'wrong'"),
        ("1 +", ""),
    ],
)
def test_what_a_template_may_not_print_is_refused_with_its_line(tmp_path: Path, expression: str, why: str) -> None:
    message = refusal(tmp_path, f"a\n\nb {{{{ {expression} }}}}")

    assert message.startswith("report:3: ")
    assert why in message
    assert " at 0x" not in message, "an address in memory tells the author nothing"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('a\n{% include "gone.md.j2" %}', "report:2: there is no template 'gone.md.j2'"),
        ('{% include "../gone.md.j2" %}', "report:1: there is no template"),
        ("a\n{% if true %}\nb", "report:2: this if is never closed"),
        ("a\n{% endif %}", "report:2: Encountered unknown tag 'endif'"),
        ("a\n\n{{ author", "report:3: this {{ is never closed"),
        ("a\n{{ author\n\nSee (@fig:b).", "report:2: this {{ is never closed (unexpected char '@'"),
        ("a\n{{ author\n\nIt's {{ author }}.", "report:2: this {{ is never closed (unexpected char"),
        ("a\n{% if author\n\n$b$ {% endif %}", "report:2: this {% is never closed (unexpected char '$'"),
        ("a\n{{ author }}\n{{ author @ b }}\n{{ author", "report:3: unexpected char '@'"),
        ("a\n{% for x in nope %}{% endfor %}", "report:2: 'nope' is undefined"),
        ("a\n{% for x in flow %}{% endfor %}", "report:2: "),
        ("a\n{% include flow.age %}", "report:2: flow.age is a measurement"),
        ("a\nb \ue000", "report:2: holds the private-use character U+E000"),
        ("a\n\n\U00100000", "report:3: holds the private-use character U+100000"),
        ('a\n{{ "\uf8f0\uf8e0\uf8f1" }}', "report:2: holds the private-use character U+F8F0"),
    ],
)
def test_a_broken_template_is_refused_with_its_line(tmp_path: Path, template: str, message: str) -> None:
    assert refusal(tmp_path, template).startswith(message)


def test_a_folder_without_the_report_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ReportgenError, match=r"there is no template 'report\.md\.j2' in "):
            render(folder, EVIDENCE, {})


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.md.j2").write_bytes(b"caf\xe9")

    with pytest.raises(ReportgenError, match=r"report\.md\.j2"):
        render(tmp_path, EVIDENCE, {})


@pytest.mark.parametrize(
    "expression",
    [
        "author[0]",
        "author[:2]",
        "author | first",
        "author | reverse",
        '(flow.age | number(".1f"))[1:]',
        '(flow.age | number(".1f")) | truncate(1, true, "", 0)',
        r'"\uf8f0\uf8e9\uf8e9\uf8f1"',
        r'"\uf8f0"',
        r'"\ue000"',
    ],
)
def test_what_stands_for_a_text_is_never_printed_in_pieces_nor_forged(tmp_path: Path, expression: str) -> None:
    assert refusal(tmp_path, f"a\n{{{{ {expression} }}}}").startswith("report:2: ")


@pytest.mark.parametrize(
    "expression",
    [
        "flow.age._measurement",
        "flow.age._refuse()",
        "flow.age.__class__",
        'flow.age | attr("_measurement")',
        'flow.age | attr("__class__")',
        'flow.age["_measurement"]',
        "flow.age.values",
        "flow.age.name",
        "flow.__dict__",
        'flow["__dict__"]',
        "ledger._ledger",
        "ledger._mark",
        "author.__class__",
        '"".__class__.__mro__',
        "m.__globals__",
        "measurements.append(author)",
        '"{0.__class__}".format(author)',
        "self._TemplateReference__context",
    ],
)
def test_the_sandbox_lets_no_template_at_the_program(tmp_path: Path, expression: str) -> None:
    template = f"{{% macro m() %}}x{{% endmacro %}}\nb {{{{ {expression} }}}}"

    assert refusal(tmp_path, template).startswith("report:2: ")
    assert refusal(tmp_path, template.replace("{{", "{% if").replace("}}", "%}c{% endif %}")).startswith("report:2: ")


LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f"]), max_size=40
) | st.text("*_`~^[](){}<>#+-=|\\!$@&;:.1a \"'%", max_size=40)
NASTY = [
    "# No heading", "1. no list", "- no list", "+ no list", "> no quote", "***no* emphasis_*_", "`no code`", "[no](link)",
    "![no](fig:image)", "[@nobody1997]", "@fig:none", "$x$ and $$y$$", "{{ no }} {% expression %} {# or comment #}", "<b>no</b>",
    "&amp; &#51; &lt;", "a | b", "{.class}", "\\ \\\\ \\*", "---", "===", "```", "~~~", "a@b.org <a@b.org>", "http://a.b/c_d_e",
    "Å Ünï 王 ½ 2024 \U0001f9ea", "\uf8f0\uf8e0\uf8f1", "\ue000 \U00100000", "a  b\u00a0c\u2028d\x85e", "“quotes” 'n' \"so\" --- ...",
    "[x]: y", "[^1]", "-", "=", "|", ":", "|-|-|", "(tbl:x)", "x^2^ ~y~", "3.5",
]  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


PAGE = "# {{ text }}\n\n{{ text }}\n\n- {{ text }}\n\n![{{ text }}](fig:river)\n\n| h |\n|---|\n| {{ text }} |\n\nin {{ text }} it\n"


def assert_text_comes_out(folder: Path, text: str) -> None:
    assert words(rendered(folder, PAGE, texts={"text": text}).tokens) == [*[text] * 4, "h", text, f"in {text} it"]


@pytest.mark.parametrize("text", NASTY)
def test_text_from_the_settings_comes_out_as_it_went_in(page: Path, text: str) -> None:
    assert_text_comes_out(page, text)


@given(LINES.map(str.strip).filter(bool))
def test_any_line_comes_out_as_it_went_in(page: Path, text: str) -> None:
    assert_text_comes_out(page, text)


def test_a_text_that_is_not_given_is_false(tmp_path: Path) -> None:
    template = "{% if author %}by {{ author }}{% else %}by nobody{% endif %}"

    assert words(rendered(tmp_path, template, texts={"author": ""}).tokens) == ["by nobody"]
    assert words(rendered(tmp_path, template, texts={"author": "0"}).tokens) == ["by 0"]


def test_the_measurements_are_listed_without_the_curves(tmp_path: Path) -> None:
    row = "| {{ m.name }} | {{ m.label }} | {{ m.value }} | {{ m.method }} |"
    template = f"| a | b | c | d |\n|---|---|---|---|\n{{% for m in measurements %}}\n{row}\n{{% endfor %}}"
    blocks = words(rendered(tmp_path, template).tokens)[4:]

    assert [blocks[i : i + 4] for i in range(0, len(blocks), 4)][:2] == [
        ["flow.age", "the age", "3.50 steps (2.50 to 4.50)", "By hand: age | 1.5."],
        ["flow.big", "the big", "12346 steps", "By hand: big | 1.5."],
    ]
    assert blocks[::4] == [name for name in EVIDENCE.measurements if not name.startswith("untrained.")]


def test_the_templates_that_come_with_it_hold_no_bare_number_and_no_unknown_name(tmp_path: Path) -> None:
    """With a measurement for every name that they use, and tests that hold: what is tested here is all the rest."""
    folder = Path(__file__).parents[2] / "templates"
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.j2")}
    names, printed_as_given = names_used("\n".join(sources.values()))
    claim = re.compile(r"\{%-? (claim \w+|otherwise|identity \w+) if (.*?)(?: against \w+)? %\}")
    for name, source in sources.items():
        (tmp_path / name).write_text(claim.sub(r"{% \1 if task.error > 0 or (\2) %}", source), encoding="utf-8")
    texts = {**read_assignment(folder).texts, "author": "A", "date": "4 December 2024", "contents": "Contents"}
    texts |= {"appendix": "Appendix", "in_full": "yes"}
    values: dict[str, Any] = {name.replace(".", "__"): 3.0 for name in names}
    values |= {f"choice__{name}": float(value) for name, value, *_ in CHOICES}  # which words of claims repeat
    prose = render(tmp_path, evidence(given=printed_as_given, **values), texts)

    made = sum(source.count("{% claim ") + source.count("{% identity ") for source in sources.values())
    assert len(prose.claims) == made > 20


LOOPS = "".join(f"{{% for x{depth} in 'aaaaaaaaaaaaaaaaaaaa' %}}" for depth in range(7))
ENDS = "{% endfor %}" * 7
ENDLESS = {
    "loops in loops": f"{LOOPS}{ENDS}",
    "loops in loops that print": f"{LOOPS}b{ENDS}",
    "loops in loops that set": f"{LOOPS}{{% set y %}}b{{% endset %}}{ENDS}",
    "loops in loops that choose": LOOPS.replace(" %}", " if author %}") + ENDS,
    "a loop with a long body": f"{{% for x in '{'a' * 1000}' %}}{'b ' * 1000}{{% endfor %}}",
    "a macro that calls itself twice": (
        "{% macro m(x) %}{% if x | length < 25 %}{{ m(x ~ 'a') }}{{ m(x ~ 'a') }}{% endif %}{% endmacro %}{{ m('a') }}"
    ),
    "a text doubled by ~": "{% set a = 'a' %}" + "{% set a = a ~ a %}" * 40,
    "a text doubled by +": "{% set a = 'a' %}" + "{% set a = a + a %}" * 40,
    "a text doubled by printing": "{% set a = 'a' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
    "a text doubled by join": "{% set a = 'aa' %}" + "{% set a = [a, a, a, a, a, a, a, a] | join %}" * 12,
    "a text between all letters of another": "{% set a = '" + "a" * 9000 + "' %}{{ a | join(a) }}",
    "a list doubled": "{% set a = ['a'] %}" + "{% set a = a + a %}" * 40,
    "an attribute doubled": (
        f"{{% for x in ['{'a' * 9000}', 'b'] %}}"
        f"{{% set y = loop.previtem{' ~ loop.previtem' * 90} if not loop.first %}}{{% endfor %}}"
    ),
}  # fmt: skip


@pytest.mark.parametrize("template", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_has_no_end_is_ended(tmp_path: Path, template: str) -> None:
    assert "print or repeat more than 500,000 characters, or never end" in refusal(tmp_path, template)


def test_a_template_that_includes_others_without_end_is_ended(tmp_path: Path) -> None:
    twice = (
        '{% set a = a ~ "a" %}{% if a | length < 25 %}{% include "part.md.j2" %}{% include "part.md.j2" %}{% endif %}'
    )

    assert "or never end" in refusal(tmp_path, '{% set a = "a" %}{% include "part.md.j2" %}', part=twice)
    assert refusal(tmp_path, '{% include "report.md.j2" %}')


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("'a' * 10**9", "makes a bare number or text"),
        ("10**9**9", "makes a bare number or text"),
        ("'%999999999d' % author", "makes a bare number or text"),
        ("'a' | center(999999999)", "No filter named 'center'"),
        ("'%s' | format(author)", "No filter named 'format'"),
        ("2 | round(999999999, 'ceil')", "No filter named 'round'"),
        ("'a'.ljust(999999999)", "calls its own macros, and nothing else"),
        ("'{:>999999999}'.format(author)", "calls its own macros, and nothing else"),
        ("[[author]] | string", "a list stands in a list"),
        ("{'a': [author]} | string", "a list stands in a list"),
        ('flow.age | number(".999999999f")', "is no number format"),
        ('flow.age | number("999999999")', "is no number format"),
        ('flow.age | number("0200.1f")', "is no number format"),
        ("author == 1e999", "a number is too great"),
    ],
)
def test_what_makes_much_of_little_is_refused_with_its_line(tmp_path: Path, expression: str, why: str) -> None:
    message = refusal(tmp_path, f"a\n{{% if {expression} %}}b{{% endif %}}")

    assert message.startswith("report:2: ")
    assert why in message


@pytest.mark.parametrize(
    "template",
    [
        "{% macro m(x) %}{{ x }} {{ caller() }}{% endmacro %}{% call m('a') %}b{% endcall %}",
        "{% for x in ['a', 'b'] %}{{ loop.cycle('a', 'c') if loop.first else x }}{{ ' ' if not loop.last else '' }}{% endfor %}",
        "{% for x in 'ab' if x is defined %}{{ x }}{{ ' ' if loop.length is even and loop.first else '' }}{% endfor %}",
        "{% block b %}{{ nope | default('a') }} b{% endblock %}",
        "{{ {'a': 'a b'}['a'] }}",
    ],
)
def test_what_templates_are_written_with_still_works(tmp_path: Path, template: str) -> None:
    assert printed(tmp_path, template) == "a b"


@pytest.mark.parametrize("tag", ["{% for x in 'a' %}{% endfor %}", "{% if author %}{% endif %}"])
def test_a_template_that_nests_deeper_than_python_can_is_refused(tmp_path: Path, tag: str) -> None:
    begin, end = tag.split("%}", 1)[0] + "%}", tag.split("%}", 1)[1]

    assert re.match(
        r"report.*: .*(too many|too deep|more than 10 loops)", refusal(tmp_path, begin * 150 + "a" + end * 150)
    )


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("a " * 25_001, "has more than 50,000 characters"),
        ("a\n" * 10_002, "has more than 10,000 lines and marks of Markdown"),
        ("[" * 10_001, "has more than 10,000 lines and marks of Markdown"),
        ("{% for x in 'aaaaaaaaaaaaaaaaaaaa' %}" + "* " * 600 + "{% endfor %}", "has more than 10,000 lines and marks of Markdown"),
        (f"${'x + ' * 600}x$", "an equation has more than 2,000 characters"),
        ("{{ author }} " * 3000, "prints more than 500,000 characters"),
    ],
    ids=["characters", "lines", "brackets", "marks of a loop", "an equation", "long texts"],
)  # fmt: skip
def test_what_would_take_too_long_to_set_is_refused(tmp_path: Path, template: str, why: str) -> None:
    with pytest.raises(ReportgenError) as caught:
        rendered(tmp_path, template, texts={"author": "A" * 200})
    assert why in str(caught.value)


@pytest.mark.parametrize("unit", ["{% claim a ", "{# definition: a ", "{{ a ", "{% a ", "$ "])
def test_what_is_never_closed_is_looked_for_once(tmp_path: Path, unit: str) -> None:
    """And not from each of its beginnings, which took minutes: the test would never end."""
    found = unmarked_paragraphs("a wave\n\n" + unit * 100_000, "a.md.j2")

    assert found[0] == "a.md.j2:1: wave"
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("It is larger than before.", ["a.md.j2:1: It is larger than before."]),
        ("{% claim a if b.c > 1 %}It is larger.{% some %}Or not.\n\nEver.{% endclaim %}", []),
        ("{% identity a if b.c > 1 %}It is.{% endidentity %} {% case of a %}Yes.{% endcase %}", []),
        ("{# definition: a word #}It is larger than before.", []),
        ("{# citation: theirs #}\nIt is larger than before.", []),
        ("{# no claim: x #}It is.", ["a.md.j2:1: It is."]),
        ("{# definition: #}It is.", ["a.md.j2:1: It is."]),
        ("First.\n\n{# definition: x #}\nSecond.\n\nThird\nand on.", ["a.md.j2:1: First.", "a.md.j2:6: Third and on."]),
        ("# A heading\n\n| a | table |\n|---|---|\n\n$$\nx + y\n$$ (eq:sum)\n\n{.small}\n{{ author }}", []),
        ("![{% claim a if b.c > 1 %}A caption.{% endclaim %}](fig:x)", []),
        ("![A caption.](fig:x)", ["a.md.j2:1: caption."]),
        ("Before\n{% claim a if b.c > 1 %}\nIn.\n\nIn.\n{% endclaim %}\nbehind.", ["a.md.j2:1: Before behind."]),
    ],
)
def test_paragraphs_outside_claims_are_listed_unless_they_say_why(template: str, found: list[str]) -> None:
    assert [each.replace("![", "").replace("]", "") for each in unmarked_paragraphs(template, "a.md.j2")] == found
