"""Which headings templates can print: never is one called impossible that is then there."""

from pathlib import Path

import pytest

from reportgen.assignment import read_assignment
from reportgen.cli.templates import bundled_templates
from reportgen.prose.foreseen import can_have_heading
from tests.prose.pages import rendered

TEXTS = {"author": "A. Name", "part": "Part I: The coins", "course": "Chance", "title": "Exercise"}
PRINTED = {
    "# {{ part }}": "Part I: The coins",
    "## Part I: The coins": "Part I: The coins",
    "Part I: The coins\n---": "Part I: The coins",
    "# *Part I*: The `coins` #": "Part I: The coins",
    "# {{ course }}: {{ title }}": "Chance: Exercise",
    "# {% if author %}Part I{% else %}Part{% endif %}: The coins": "Part I: The coins",
    "# Part\n{%- if author %} I{% endif %}\n": "Part I",
    "# Part {% if author %}\nI\n{% endif %}": "Part I",
    "{% macro m(x) %}\n# {{ x }}\n{% endmacro %}\n{{ m(part) }}": "Part I: The coins",
    "{% macro m(x) %}Part I: {{ x }}{% endmacro %}\n# {{ m('The coins') }}": "Part I: The coins",
    "{{ '# ' ~ part }}": "Part I: The coins",
    "{% set h %}# The coins{% endset %}\n{{ h }}": "The coins",
    "{% set h = part %}\n# {{ h }}": "Part I: The coins",
    "{% filter title %}# the coins{% endfilter %}": "The Coins",
    "{# a comment\n#}# The coins": "The coins",
    "#{{ ' The coins' }}": "The coins",
    "{{ '' }}# The coins": "The coins",
    "{% if not author %}text{% endif %}# The coins": "The coins",
    '{% set h = "# The coins" %}{{ h }}': "The coins",
    r'{{ "\x23 The coins" }}': "The coins",
    "The coins\n{% if author %}\n===\n{% endif %}": "The coins",
    "The coins\n{{ '=' ~ '==' }}": "The coins",
    "The\ncoins\n===": "The coins",
    "{% set title = part %}\n# {{ title }}": "Part I: The coins",
    "{% for title in [part] %}\n# {{ title }}\n{% endfor %}": "Part I: The coins",
    "{% if author %}# The coins{% endif %}": "The coins",
    "# The {{ given('four', 'why not') }} coins": "The four coins",
    "# [The coins](https://example.org)": "The coins",
    "# The&nbsp;coins &amp; more": "The\u00a0coins & more",
    "# {{ part | replace_me if false else part }}".replace(" | replace_me", ""): "Part I: The coins",
    '{% include "part.md.j2" %}': "From elsewhere",
    '{% include ["nothing.md.j2", "part.md.j2"] %}': "From elsewhere",
    '{% from "part.md.j2" import m %}{{ m() }}': "From a macro",
}


@pytest.mark.parametrize("template", PRINTED)
def test_a_heading_that_is_printed_was_possible(tmp_path: Path, template: str) -> None:
    part = "{% macro m() %}\n# From a macro\n{% endmacro %}\n# From elsewhere\n"
    prose = rendered(tmp_path, template, texts=TEXTS, part=part)
    shown = [
        "".join(child.content or " " * (child.type == "softbreak") for child in following.children or [])
        for token, following in zip(prose.tokens, prose.tokens[1:], strict=False)
        if token.type == "heading_open"
    ]

    assert PRINTED[template] in shown
    assert can_have_heading(tmp_path, TEXTS, PRINTED[template])


@pytest.mark.parametrize(
    "template",
    [
        "Part II: The coins",
        "# {{ part }}\n\nPart II: The coins",
        "# Part I\n\n{{ part }} {{ course }}",
        "{{ flow.age | number('.1f') }} steps\n\n# {{ course }} II",
        "{# # Part II: The coins #}\n# Part",
        "{% macro m(x) %}({{ x }}){% endmacro %}\n{{ m(part) }}\n\n# Part",
        '# Part\n\n{% include "part.md.j2" %}',
        "| # Part II: The coins |\n|---|\n| a |",
    ],
)
def test_a_heading_that_no_template_has_is_said_to_be_impossible(tmp_path: Path, template: str) -> None:
    prose = rendered(tmp_path, template, texts=TEXTS, part="# Another")
    assert not any(
        token.type == "heading_open" and following.content == "Part II: The coins"
        for token, following in zip(prose.tokens, prose.tokens[1:], strict=False)
    )
    assert not can_have_heading(tmp_path, TEXTS, "Part II: The coins")


def test_our_own_templates_have_their_headings_and_no_others() -> None:
    folder = bundled_templates()
    assignment = read_assignment(folder)
    texts = {**assignment.texts, "author": "A", "date": "D", "contents": "Contents", "appendix": "Appendix"}
    assert all(can_have_heading(folder, texts, part.heading) for part in assignment.parts)
    assert can_have_heading(folder, texts, "The four networks, one by one")
    assert not can_have_heading(folder, texts, "Part III: Attention")
