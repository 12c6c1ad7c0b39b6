"""A second assignment, on simple recurrent networks, as another instructor would write it: three parts, other words."""

from pathlib import Path

from reportgen.assignment import Assignment, read_assignment

RNN = """
course = "CS 101: Sequences"
assignment = "Homework 2"
title = "Simple recurrent networks"
keywords = "recurrent neural networks; unrolling"
quoted = ["Explain how", "Say why"]

[[part]]
name = "loop"
heading = "Question 1: The loop"
on = "the loop"
topic = ["loop(s)", "recurren*"]

[[part]]
name = "unrolling"
heading = "Question 2: Unrolling through time"
on = "unrolling"
topic = ["unroll*", "unfold*"]

[[part]]
name = "fading"
heading = "Question 3: Why gradients fade"
on = "fading gradients"
topic = ["vanish*", "fad(e)(ing)"]

[[requirement]]
code = "A2"
says = "The loop has a part of its own."
where = "loop"
words = 15

[[requirement]]
code = "A3"
says = "The hidden state is discussed as a memory."
where = "loop"
terms = ["memory", "remember*", "keep|keeps in mind"]
words = 12
any_of = ["hidden ... state"]

[[requirement]]
code = "A4"
says = "Unrolling is described, and not by way of a film."
where = "unrolling"
words = 15
none_of = ["film(s)", "movie*"]

[[requirement]]
code = "A5"
says = "The recurrent weight matrix is discussed as shared."
where = "unrolling"
noun = ["weight matrix", "weight matrices"]
terms = ["recurrent", "hidden to hidden"]
words = 8
any_of = ["same", "share*"]

[[requirement]]
code = "A6"
says = "The input weight matrix is discussed as shared."
where = "unrolling"
noun = ["weight matrix", "weight matrices"]
terms = ["input"]
words = 8
any_of = ["same", "share*"]

[[requirement]]
code = "A7"
says = "It is explained why gradients fade, by products, by size and by remedy."
where = "fading"
words = 15
aspects = "an explanation"

[[requirement]]
code = "A8"
says = "The answer has a hundred different words."
words = 100

[aspects."an explanation"]
products = ["product*", "multipl*", "chain rule"]
size = ["below|under|less than one", "small*", "eigenvalue(s)"]
remedy = ["clip*", "orthogonal*", "truncat*"]
"""

PARTS = {
    "Question 1: The loop": (
        "In a loop, at each tick the layer mixes the present sample with what it said a moment ago. This hidden state is its only "
        "memory: whatever it shall remember of the past must fit into these few numbers, or be lost."
    ),
    "Question 2: Unrolling through time": (
        "Unrolled, drawn once per tick, the circle becomes a deep chain of copies. The recurrent weight matrix is the same in every copy, "
        "so that the chain learns one rule. The input weight matrix is shared among all copies likewise, however long the sequence is."
    ),
    "Question 3: Why gradients fade": (
        "Going backwards, the chain rule multiplies one Jacobian per copy, and a long product of matrices whose norm is less "
        "than one tends to zero. Whoever clips large gradients cures the opposite; an orthogonal start helps against fading, "
        "because it neither stretches nor shrinks anything on its way, and an honest student also admits what it costs: "
        "training takes longer, sometimes much longer, until another balance between old impressions and new ones emerges."
    ),
}
"""An answer that meets every requirement, by heading."""


def assignment(folder: Path, text: str = RNN) -> Assignment:
    """Read the assignment as a folder of templates would have it."""
    (folder / "assignment.toml").write_text(text, encoding="utf-8")
    return read_assignment(folder)
