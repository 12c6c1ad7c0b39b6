"""Equations: LaTeX as Word's own mathematics, and numbered ones in tables."""

import re

import pytest

from tests.word.test_document import PICTURES, SAMPLE, body, find, part, values, words, write


def test_mathematics_is_native() -> None:
    tree = part(write(SAMPLE, PICTURES), "word/document.xml")
    assert not find(tree, "//m:box")
    assert values(tree, "//m:acc/m:accPr/m:chr/@m:val") == ["\u0303"] * SAMPLE.count(r"\tilde")
    assert len(find(tree, "//m:bar[m:barPr/m:pos/@m:val='top']")) == SAMPLE.count(r"\overline")


def test_the_limits_of_sums_are_under_and_over_in_display_and_beside_in_text() -> None:
    assert values(body("$$ \\sum_{k=1}^{T} g_k $$"), "//m:oMathPara//m:limLoc/@m:val") == ["undOvr"]
    assert values(body("Text $\\sum_{k=1}^{T} g_k$"), "//m:limLoc/@m:val") == ["subSup"]


def test_a_sum_ends_before_the_next_term_and_a_limit_that_is_not_given_is_hidden() -> None:
    tree = body("$$ \\sum_k \\Big(\\prod_j f_j + a\\Big) g_k + b = \\sum_k d $$")
    assert ["".join(values(sum_, "m:e//m:t/text()")) for sum_ in find(tree, "//m:nary")] == ["jfj+agk", "fj", "d"]
    assert len(find(tree, "//m:nary[not(m:sup/*)]/m:naryPr/m:supHide[@m:val='1']")) == 3


@pytest.mark.parametrize(
    "latex", [r"\tilde{c}_t", r"\tilde c", r"\widetilde{cg}", r"x_{\tilde c}", "c\u0303_t", "\\alpha\u0303"]
)
def test_every_tilde_is_an_accent(latex: str) -> None:
    tree = body(f"Text ${latex}$")
    assert values(tree, "//m:acc/m:accPr/m:chr/@m:val") == ["\u0303"]
    assert not re.search("[~\u0303]", "".join(values(tree, "//m:t/text()")))


def test_functions_are_set_as_functions_and_names_upright() -> None:
    tree = body("$\\ln f + \\tanh(c) + \\operatorname{diag}(f)$")
    assert ["".join(values(function, ".//m:t/text()")) for function in find(tree, "//m:func")] == ["lnf"]
    assert values(tree, "//m:r[m:rPr/m:nor]/m:t/text()") == ["diag"]


def test_a_space_in_mathematics_is_kept() -> None:
    assert values(body("$a \\, b \\qquad c$"), "//m:t[@xml:space='preserve']/text()") == ["\u2009", "\u2003\u2003"]


def test_a_square_root_hides_its_degree_and_a_cube_root_does_not() -> None:
    tree = body("$\\sqrt{x} + \\sqrt[3]{x}$")
    assert ["".join(values(root, "m:deg//m:t/text()")) for root in find(tree, "//m:rad")] == ["", "3"]
    assert values(tree, "//m:rad/m:radPr/m:degHide/@m:val") == ["1"]


def test_accents_are_combining_characters() -> None:
    assert values(body("$\\dot{c} + \\hat{c} + \\bar{c}$"), "//m:acc/m:accPr/m:chr/@m:val") == [
        "\u0307",
        "\u0302",
        "\u0305",
    ]


def test_numbered_equations_in_sequence_are_rows_of_one_table_each_with_its_number() -> None:
    tree = body("$$ a $$ (eq:a)\n\n$$ b $$ (eq:b)\n\nText.\n\n$$ c $$ (eq:c)")
    tables = find(tree, "//w:tbl")
    assert [len(find(table, "w:tr")) for table in tables] == [2, 1]
    for row in find(tree, "//w:tr"):
        equation, number = find(row, "w:tc")
        assert len(find(equation, "w:p/m:oMathPara")) == 1
        assert len(find(number, "w:p/w:bookmarkStart")) == 1
    assert [words(cell) for cell in find(tree, "//w:tc[2]/w:p")] == [
        f"({{SEQ Equation \\* ARABIC: {number}}})" for number in (1, 2, 3)
    ]
