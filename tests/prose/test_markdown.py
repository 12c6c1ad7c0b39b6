from markdown_it.token import Token

from reportgen.prose.markdown import parse


def inline(text: str) -> list[Token]:
    (token,) = (token for token in parse(text) if token.type == "inline")
    return token.children or []


def kinds(text: str) -> list[str]:
    return [token.type for token in inline(text)]


def test_citations_hold_their_keys_in_order() -> None:
    (token,) = inline("[@b2; @a-1:x]")
    assert token.type == "citation"
    assert token.meta == {"keys": ["b2", "a-1:x"]}


def test_cross_references_end_before_punctuation() -> None:
    tokens = inline("See @fig:river, @eq:cell-state. (@tbl:x)")
    assert [token.meta["label"] for token in tokens if token.type == "cross_reference"] == [
        "fig:river",
        "eq:cell-state",
        "tbl:x",
    ]
    assert "".join(token.content for token in tokens) == "See , . ()"


def test_an_address_is_no_cross_reference() -> None:
    assert kinds("someone@fig:ure") == ["text"]


def test_a_citation_may_stand_in_the_text_of_a_link() -> None:
    assert kinds("[a [@b] c](tbl:x)") == ["link_open", "text", "citation", "text", "link_close"]


def test_code_holds_neither_citations_nor_mathematics() -> None:
    assert kinds("`[@a] @fig:b $c$`") == ["code_inline"]


def test_an_entity_is_its_character_and_what_is_escaped_is_text() -> None:
    for typed, text in (
        ("a &amp; b", "a & b"), ("&nbsp;&#8217;", "\u00a0\u2019"), (r"\<b\> \*\*", "<b> **"), ("<w:b/>", "<w:b/>"), ("R&D; x", "R&D; x"),
    ):  # fmt: skip
        tokens = inline(typed)
        assert [token.type for token in tokens] == ["text"]
        assert tokens[0].content == text


def test_what_is_escaped_in_a_caption_is_joined_to_its_text() -> None:
    (image,) = inline(r"![a \* b &half; *c \_*](fig:x)")
    assert [(token.type, token.content) for token in image.children or []] == [
        ("text", "a * b ½ "), ("em_open", ""), ("text", "c _"), ("em_close", ""),
    ]  # fmt: skip


def test_prices_are_no_mathematics() -> None:
    assert kinds("from $5 to $6") == ["text"]
    assert kinds("a $x$ b") == ["text", "math_inline", "text"]


def test_a_labelled_equation_carries_its_label() -> None:
    (token,) = parse("$$\nc_t\n$$ (eq:cell)")
    assert (token.type, token.info, token.content.strip()) == ("math_block_label", "eq:cell", "c_t")


def test_an_attribute_line_puts_its_class_on_the_block_below() -> None:
    tokens = parse("{.title}\nA\n\n{.small}\n| a |\n|---|\n| b |\n\n{.references}\n# R")
    assert [(token.type, token.attrs) for token in tokens if "class" in token.attrs] == [
        ("paragraph_open", {"class": "title"}),
        ("table_open", {"class": "small"}),
        ("heading_open", {"class": "references"}),
    ]


def test_a_display_equation_inside_a_paragraph_is_seen() -> None:
    assert "math_inline_double" in kinds("text $$x$$ text")
