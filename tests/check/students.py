"""Forty answers as students write them, each marked by reading before any rule was changed to suit it.

A document is written here as lines: "# " and "## " are Word's heading styles, "**" a line in bold, "__" one underlined, "- " a bullet,
"| " a row of a table; all else is plain text, as typed. A mark says what a reader finds: what is `missed` is not there; what is `unclear`
makes a reader look twice; all else that the assignment asks is met.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

ASKED = ("A2", "A3", "A4", "A5", "A6", "A7", "A8")


@dataclass(frozen=True)
class Answer:
    """How to write a document, and what a reader misses in it or is not sure of, by the codes of the requirements."""

    build: Callable[[], Document]
    missed: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()


def written(lines: Iterable[str]) -> Document:
    document = docx.Document()
    for line in lines:
        if line.startswith("## "):
            document.add_heading(line[3:], 2)
        elif line.startswith("# "):
            document.add_heading(line[2:], 1)
        elif line.startswith("**"):
            document.add_paragraph().add_run(line[2:]).bold = True
        elif line.startswith("__"):
            document.add_paragraph().add_run(line[2:]).underline = True
        elif line.startswith("- "):
            document.add_paragraph(line[2:], style="List Bullet")
        elif line.startswith("| "):
            cells = line[2:].split(" | ")
            for cell, text in zip(document.add_table(rows=1, cols=len(cells)).rows[0].cells, cells, strict=True):
                cell.text = text
        else:
            document.add_paragraph(line)
    return document


def answer(*lines: str, missed: str = "", unclear: str = "") -> Answer:
    return Answer(lambda: written(lines), frozenset(missed.split()), frozenset(unclear.split()))


# What students say, in their own words and with their own slips.
INTRO = (
    "The cell state is the long term memory of an LSTM. It is a vector that is passed from one time step to the next and the "
    "network can add information to it or take information away from it with the help of three gates."
)
BELT = (
    "You can think of it as a conveyor belt that runs straight through the entire chain. Information is put on the belt when "
    "the network thinks it is useful and is taken off when it is not needed anymore. Because the belt is only changed by a "
    "multiplication and an addition, information can flow along it for many steps almost unchanged."
)
CHANNEL = (
    "In this view the cell state is water running through a channel. The forget gate is a valve that lets part of the water "
    "out, and the input gate is a side channel that adds fresh water. What arrives at the end of the channel is a mixture of "
    "everything that was poured in on the way, and the flow never has to stop."
)
PHOTO = (
    "If we stop the network at one time step and take a picture of it, we get a snapshot. The snapshot is just a list of "
    "numbers, one for each unit, and it tells us everything the network remembers at that moment. The next snapshot will "
    "look slightly different because the gates have changed some of the numbers."
)
FROZEN = (
    "The second view freezes time. At time t the cell state C_t holds a summary of the sequence from x_1 to x_t, like a photo "
    "of the memory taken at that instant. It does not tell how the memory got there but only what is inside of it right now."
)
WHY = (
    "A neural network takes inputs, multiplies them with weights, adds a bias and sends the result through an activation "
    "function. The weights are learned with backpropagation. Every gate of an LSTM does the same thing."
)
FORGET = (
    "The forget gate receives the previous hidden state and the current input. It multiplies both with its weight matrix, adds "
    "a bias and uses the sigmoid function, so the result lies between 0 (forget everything) and 1 (keep everything)."
)
INPUT = (
    "The input gate gets the same hidden state and the same input but has its own weights and its own bias. Its sigmoid "
    "decides how much of the new candidate is written to the memory, and training finds the right values."
)
OUTPUT = (
    "The output gate is also a small layer with weights, a bias and a sigmoid activation. It learns during training which "
    "part of the memory should be shown to the outside as the hidden state."
)
GATES = (FORGET, INPUT, OUTPUT)
TASK_ONE = "Discuss the Cell (C) state of the LSTM neural network from two different points of views:"
TASK_TWO = "Discuss why each gate in the LSTM neural network can be viewed as a neural network."

# Without the word for what they are about, which stands in the heading.
BARE_INTRO = (
    "It carries what was learned from earlier time steps to later ones. Think of it as the notebook of the LSTM: things are "
    "written into it, crossed out, and read from it, but it is never thrown away between two steps of a sequence."
)
BARE_BELT = (
    "Everything moves along a straight line from left to right. On its way something is removed by a multiplication and "
    "something is added by a sum, but nothing forces the information to change. That is why gradients survive for a long time "
    "and old information is still there when it is finally needed."
)
BARE_PHOTO = (
    "Imagine that we press pause. What we hold in our hands is one vector with as many numbers as there are units. Each number "
    "says how strongly the network remembers one feature of what it has read so far, and nothing about how it came to be."
)
BARE_WHY = (
    "Each of them takes the previous hidden state and the new sample, multiplies them by a weight matrix of its own, adds a bias "
    "and applies a sigmoid. The parameters are trained by gradient descent like those of any dense layer."
)

SPANISH = (
    "# Parte I: El estado de la celda",
    "El estado de la celda es la memoria a largo plazo de la red. Se transmite de un paso de tiempo al siguiente y las "
    "puertas deciden qué información se añade y qué información se elimina en cada paso.",
    "## Un flujo en un canal",
    "Podemos imaginarlo como el agua que corre por un canal. La puerta de olvido deja salir una parte del agua y la puerta de "
    "entrada añade agua nueva, de modo que la información puede viajar muy lejos sin perderse en el camino.",
    "## Una instantánea",
    "Si detenemos la red en un momento dado obtenemos una fotografía de la memoria: un vector con un número para cada unidad, "
    "que resume todo lo que la red ha visto hasta ese momento de la secuencia.",
    "# Parte II: Las puertas",
    "Cada puerta es una red neuronal porque recibe las mismas entradas, las multiplica por sus propios pesos, suma un sesgo y "
    "aplica la función sigmoide. Los pesos se aprenden con el descenso del gradiente.",
    "La puerta de olvido, la puerta de entrada y la puerta de salida tienen la misma forma, pero cada una de ellas aprende "
    "una tarea diferente durante el entrenamiento.",
)

FRUIT = "apple banana cherry mango papaya guava lychee kiwi plum peach apricot melon grape orange lemon lime fig date quince"
SHAKESPEARE = (
    "Shall I compare thee to a summer’s day? Thou art more lovely and more temperate. Rough winds do shake the darling buds of "
    "May, and summer’s lease hath all too short a date. Sometime too hot the eye of heaven shines, and often is his gold "
    "complexion dimmed."
)


def with_breaks() -> Document:
    """Type all of it into one paragraph, with Shift+Enter for every new line."""
    document = docx.Document()
    run = document.add_paragraph().add_run("Part I: Cell (C) State")
    for line in (INTRO, CHANNEL, PHOTO, "Part II: Gates", WHY, *GATES):
        run.add_break()
        run.add_break()
        run.add_text(line)
    return document


def larger_type() -> Document:
    """Set headings in larger type, and in nothing else."""
    document = docx.Document()
    for line in ("Cell State", INTRO, "A flow", BARE_BELT, "A snapshot", BARE_PHOTO, "Gates", WHY, *GATES):
        run = document.add_paragraph().add_run(line)
        run.font.size = Pt(12 if len(line) > 30 else 18)
    return document


def titles() -> Document:
    """Set headings in the styles for a title and a subtitle, as they are the largest."""
    document = docx.Document()
    for style, line in (
        ("Title", "Part I: Cell State"), ("", INTRO), ("Subtitle", "Flow"), ("", BARE_BELT), ("Subtitle", "Snapshot"), ("", BARE_PHOTO),
        ("Title", "Part II: Gates"), ("", WHY), *(("", each) for each in GATES),
    ):  # fmt: skip
        document.add_paragraph(line, style=style or None)
    return document


def tracked() -> Document:
    """Leave changes to be accepted: what was put in counts, and what was struck out does not."""
    document = written(("# Part I: Cell State", INTRO, BELT, PHOTO, "# Part II: Gates", WHY, *GATES))
    marked = 'w:id="9" w:author="A" w:date="2024-12-01T10:00:00Z"'
    for paragraph in document.paragraphs[1:4]:
        run = paragraph.runs[0]._r
        inserted = parse_xml(f"<w:ins {nsdecls('w')} {marked}/>")
        run.addprevious(inserted)
        inserted.append(run)
    document.paragraphs[-1]._p.append(
        parse_xml(f"<w:del {nsdecls('w')} {marked}><w:r><w:delText>TODO: I have no idea.</w:delText></w:r></w:del>")
    )
    return document


ANSWERS: dict[str, Answer] = {
    # Headings as they come.
    "styled, all asked": answer(
        "# Part I: RNN: LSTM: Core Concepts: Cell (C) State", INTRO, "## A flow in a channel", CHANNEL,
        "## A snapshot of the cell state", PHOTO, "# Part II: RNN: LSTM: Core Concepts: Gates", WHY,
        "## Forget gate", FORGET, "## Input gate", INPUT, "## Output gate", OUTPUT,
    ),
    "bold lines": answer(
        "**PART I", INTRO, "**Flow in a channel", BELT, "**Snapshot", FROZEN, "**PART II", WHY, *GATES,
    ),
    "underlined lines": answer("__Part 1: Cell State", INTRO, BELT, PHOTO, "__Part 2: Gates", WHY, *GATES),
    "plain lines": answer(
        "Jane Doe", "ADTA 5560", "Part I: Cell State", INTRO, "Flow in a channel", BARE_BELT, "Snapshot", BARE_PHOTO,
        "Part II: Gates", WHY, *GATES,
    ),
    "larger type": Answer(larger_type),
    "one paragraph with line breaks": Answer(with_breaks),
    "all capitals": answer(
        "CELL STATE", INTRO, "FLOW", BARE_BELT, "SNAPSHOT", BARE_PHOTO, "GATES", WHY, *GATES,
    ),
    "question numbers": answer("**Question 1", INTRO, BELT, PHOTO, "**Question 2", WHY, *GATES),
    "submission requirement": answer(
        "**Submission Requirement #1", TASK_ONE, INTRO, CHANNEL, FROZEN, "**Submission Requirement #2", TASK_TWO, WHY, *GATES
    ),
    "numbered headings": answer(
        "# 1. Introduction", "In this paper I write about LSTM networks and what is inside of them.",
        "# 2. The Cell State", INTRO, CHANNEL, PHOTO, "# 3. The Gates", WHY, *GATES, "# 4. Conclusion", "LSTMs are great.",
    ),
    "run-in headings": answer(
        f"Part I: The cell state. {INTRO}", f"Flow: {BELT}", f"Snapshot: {FROZEN}", f"Part II: Gates. {WHY}",
        f"Forget gate: {FORGET}", f"Input gate: {INPUT}", f"Output gate: {OUTPUT}",
    ),
    "a table": answer(
        "**Part I: Cell State", f"| Flow | {BELT}", f"| Snapshot | {PHOTO}", "**Part II: Gates", WHY, f"| Forget gate | {FORGET}",
        f"| Input gate | {INPUT}", f"| Output gate | {OUTPUT}",
    ),
    "bullets": answer(
        "# Part I: Cell State", "- " + INTRO, "- " + BELT, "- " + PHOTO, "# Part II: Gates", "- " + WHY,
        *("- " + each for each in GATES),
    ),
    "title as a heading": answer(
        "# Assignment 5: The LSTM Cell State and Gates", "## Part I", INTRO, BELT, PHOTO, "## Part II", WHY, *GATES,
    ),
    "letters for parts": answer("# Part A: Cell State", INTRO, BELT, PHOTO, "# Part B: Gates", WHY, *GATES),
    # What the headings say already, the text need not repeat.
    "text that does not repeat its heading": answer(
        "# Part I: Cell State", BARE_INTRO, "## Flow in a channel", BARE_BELT, "## Snapshot", BARE_PHOTO,
        "# Part II: Gates", BARE_WHY, "## Forget gate", BARE_WHY.replace("Each of them", "It"),
        "## Input gate", BARE_WHY.replace("Each of them", "This one"), "## Output gate", BARE_WHY.replace("Each of them", "It also"),
    ),
    "numbers only": answer(
        "# Part I", BARE_INTRO, "## Flow", BARE_BELT, "## Snapshot", BARE_PHOTO, "# Part II", WHY, *GATES,
    ),
    "a sub-heading that names the topic": answer(
        "**Part II", "I start with what a network is. " + WHY, "# Forget gate", FORGET, "# The candidate", "It is made by tanh.",
        "# Input gate", INPUT, "# Output gate", OUTPUT, "**Part I", INTRO, BELT, PHOTO,
    ),
    "views called first and second": answer(
        "# Part I: Cell State", INTRO, "# First point of view", CHANNEL, "# Second point of view", PHOTO,
        "# Part II: Gates", WHY, *GATES,
    ),
    "view by view, each against the other": answer(
        "# Cell State", INTRO,
        "Seen as a flow in a channel, unlike in a snapshot, the cell state never stands still: content enters, mixes with what is "
        "there already and leaves again through the forget gate.",
        "Seen as a snapshot, unlike in a flow, the cell state stands still: it is one vector, and every number in it says what the "
        "layer has kept of all the samples until now.",
        "# Gates", WHY, *GATES, unclear="A4 A5",
    ),
    # How the gates are argued.
    "all gates together": answer(
        "# Part I: Cell State", INTRO, BELT, PHOTO, "# Part II: Gates",
        "An LSTM has three gates: the forget gate, the input gate and the output gate. " + WHY,
        "All three gates take the hidden state and the input, they have their own weight matrices, and they use the sigmoid function.",
        unclear="A6 A7 A8",
    ),
    "what each is for, and why all are networks": answer(
        "# Part I: Cell State", INTRO, CHANNEL, FROZEN, "# Part II: Gates",
        "The forget gate decides what is thrown away. The input gate decides which new information is stored in the cell. The output "
        "gate decides what the next hidden state will be. " + WHY,
        "Each gate has inputs, weights, a bias and a sigmoid, and they are trained together, so each gate is a network.",
        unclear="A6 A7",  # of A8, too, until it was seen that what follows is as well said of the gate that was named last
    ),
    "one gate refers to another": answer(
        "# Cell State", INTRO, BELT, PHOTO, "# Gates", WHY, "## Forget gate",
        "Unlike the input gate it removes things. It takes the hidden state and the input, multiplies them by its weights and "
        "applies a sigmoid; the weights are learned from data.",
        "## Input gate", "Unlike the forget gate it adds things. " + INPUT, "## Output gate", OUTPUT,
    ),
    "forgot gate": answer(
        "# Cell State", INTRO, BELT, PHOTO, "# Gates", WHY, FORGET.replace("forget gate", "forgot gate"), INPUT, OUTPUT,
    ),
    "short but right": answer(
        "# Part I: Cell State",
        "As a flow in a channel, the cell state carries information from step to step, and gates add to the flow or take from it. "
        "Because the changes are small, the channel lets old content run on for a long time.",
        "As a snapshot, the cell state at time t is one vector of numbers. It is a picture of what the network remembers right "
        "then, and from the picture the network can continue.",
        "# Part II: Gates",
        "The forget gate is a layer: inputs times weights plus bias, then sigmoid, all learned from the data by training.",
        "The input gate is built alike, with other weights, the same inputs and a sigmoid that learns what to let in.",
        "The output gate is one more layer of this kind: its weights and its sigmoid learn what the cell shows.",
    ),
    "tracked changes": Answer(tracked),
    "no headings at all": answer(INTRO, CHANNEL, PHOTO, WHY, *GATES, unclear="A2 A3 A4 A5 A6 A7 A8"),
    "in Spanish": answer(*SPANISH, unclear="A2 A3 A4 A5 A6 A7 A8"),
    "telegraphic": answer(
        "# Cell State", INTRO, BELT, PHOTO, "# Gates", "- Forget gate: input h, x; weights W, bias b; sigmoid; trained with backprop; "
        "output between 0 and 1, so a small neural network",
        "- Input gate: same input h, x; own weights, own bias; sigmoid; trained with backprop; decides what enters the cell memory",
        "- Output gate: same again; weights, bias, sigmoid, trained with backprop; decides what the hidden state shows of memory",
        unclear="A3 A6 A7 A8",
    ),
    # What is not there.
    "no Part II": answer(
        "# Part I: Cell State", INTRO,
        BELT + " The forget gate, a layer of learned weights with a sigmoid activation on the hidden state and the input, removes content.",
        PHOTO, missed="A3 A6 A7 A8",
    ),
    "no Part I": answer("# Part II: Gates", WHY, *GATES, missed="A2 A4 A5"),
    "no snapshot": answer("# Cell State", INTRO, CHANNEL, "# Gates", WHY, *GATES, missed="A5"),
    "no output gate": answer(
        "# Cell State", INTRO, BELT, PHOTO, "# Gates", "A gate opens and closes, and it decides what may pass to the other side of it.",
        FORGET, INPUT, missed="A8"
    ),
    "what gates do, and not why they are networks": answer(
        "# Cell State", INTRO, BELT, PHOTO, "# Gates",
        "The forget gate throws away what is not needed any more, so that the memory stays clean and does not overflow with old things.",
        "The input gate opens when something new and important arrives, and then the memory takes it in and keeps it for later.",
        "The output gate shows the part of the memory that matters at the moment, and it hides the rest of it until it is needed.",
        missed="A6 A7 A8",
    ),
    "key terms and fruit": answer(
        "# Part I: Cell State", f"cell state {FRUIT} flow channel {FRUIT} memory snapshot {FRUIT}",
        "## Flow in a channel", f"cell state flow channel memory {FRUIT} pear nut", "## Snapshot",
        f"snapshot cell state memory {FRUIT} pear nut",
        "# Part II: Gates", f"gates {FRUIT}",
        *(f"{name} gate input weights sigmoid learn network {FRUIT}" for name in ("forget", "input", "output")),
        missed="A2 A3 A4 A5 A6 A7 A8",
    ),
    "another subject under the right headings": answer(
        "# Part I: Cell State", SHAKESPEARE, "## A flow in a channel", SHAKESPEARE, "## A snapshot", SHAKESPEARE,
        "# Part II: Gates", SHAKESPEARE, missed="A2 A3 A4 A5 A6 A7 A8",
    ),
    "the assignment handed back": answer(
        "**PART I: RNN: LSTM: Core Concepts: Cell (C) State (50 Points)", "SUBMISSION REQUIREMENT #1", TASK_ONE,
        "- A flow in a channel", "- A snapshot of the cell state", "**PART II: RNN: LSTM: Core Concepts: Gates (50 Points)",
        "SUBMISSION REQUIREMENT #2", TASK_TWO, missed="A2 A3 A4 A5 A6 A7 A8",
    ),
    "an empty document": answer(missed="A2 A3 A4 A5 A6 A7 A8"),
    "headings and nothing else": answer(
        "# Part I: Cell State", "## Flow", "## Snapshot", "# Part II: Gates", "## Forget gate", "## Input gate", "## Output gate",
        missed="A2 A3 A4 A5 A6 A7 A8",
    ),
    "the views in a sentence": answer(
        "# Part I: Cell State", INTRO, "It can be seen as a flow in a channel and as a snapshot.", "# Part II: Gates", WHY, *GATES,
        missed="A4 A5",
    ),
    "another assignment": answer(
        "# K-means clustering", "K-means puts points into groups. It starts with random centers, gives each point to the nearest center "
        "and moves the centers until nothing changes any more. The number of groups has to be chosen before.",
        "# Evaluation", "The silhouette score says how well the points fit to their own group compared with the next one.",
        missed="A2 A3 A4 A5 A6 A7 A8",
    ),
    "Part II in a few words": answer(
        "# Part I: Cell State", INTRO, CHANNEL, PHOTO, "# Part II: Gates", "The gates are neural networks because they have weights.",
        missed="A3 A6 A7 A8",
    ),
    # Written after the rules, to try them on what they had not seen; the first two failed.
    "styles for titles": Answer(titles),
    "numbers with a nought": answer("# Part 01", INTRO, BELT, PHOTO, "# Part 02", WHY, *GATES),
    "contents that were typed": answer(
        "Contents", "Part I: Cell State ... 1", "Part II: Gates ... 2", "# Part I: Cell State", INTRO, BELT, PHOTO, "# Part II: Gates",
        WHY, *GATES,
    ),
    "a sub-heading of one part that names the other": answer(
        "**Part I", INTRO, "# How gates steer the flow", CHANNEL, "# Snapshot", FROZEN, "**Part II", WHY, *GATES,
    ),
    "in German": answer(
        "# Teil I: Der Zellzustand", "Der Zellzustand ist das Gedächtnis des Netzes und wird von einem Schritt an den nächsten "
        "weitergegeben, wobei die Tore etwas hinzufügen oder wegnehmen, je nachdem, was sie gelernt haben.",
        "# Teil II: Die Tore", "Jedes Tor ist ein neuronales Netz, denn es hat Eingaben, Gewichte und eine Aktivierung, und es lernt aus "
        "den Daten wie jedes andere Netz auch.", unclear="A2 A3 A4 A5 A6 A7 A8",
    ),
    "in Chinese": answer(
        "# 第一部分 细胞状态", "细胞状态是长短期记忆网络的长期记忆，它从一个时间步传递到下一个时间步。"
        "可以把它看作渠道中的水流，也可以看作某一时刻的快照。",
        "# 第二部分 门", "每个门都是一个神经网络，因为它有输入、权重、偏置和激活函数，并且通过训练来学习。", unclear="A2 A3 A4 A5 A6 A7 A8",
    ),
}  # fmt: skip
