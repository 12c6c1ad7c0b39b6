"""What every kind of hostile input is made with."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Lay = Callable[[], object]
"""Puts an input into the current folder."""

CORPUS = Path(__file__).parent / "corpus"
"""Inputs that are kept, each under a name that says what is wrong with it."""


@dataclass(frozen=True)
class Kind:
    """Inputs of one kind: `lay` puts the one of a number into the current folder, always the same for that number."""

    name: str
    lay: Callable[[int], object]
    short: int  # so many in a short pass, or a few more
    long: int

    def numbers(self, *, long: bool) -> range:
        """Return the numbers of a pass; those of a short one are spread over all."""
        return range(0, self.long, 1 if long else self.long // self.short)


def drawn(name: str, lay: Callable[[random.Random], object], short: int, long: int) -> Kind:
    """Return a kind whose inputs are drawn."""
    return Kind(name, lambda number: lay(random.Random(f"{name} {number}")), short, long)


def listed(name: str, lays: Sequence[Lay]) -> Kind:
    """Return a kind whose inputs are listed: a third of them in a short pass."""
    return Kind(name, lambda number: lays[number](), (len(lays) + 2) // 3, len(lays))


def kept(pattern: str) -> list[Path]:
    """Return kept files, in the order of their names."""
    return sorted(CORPUS.glob(pattern))


def spoil(draw: random.Random, text: str, words: Sequence[str]) -> str:
    """Return a text with one to six mistakes: tokens left out, doubled, moved, repeated, or put in from a list of words."""
    tokens = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        at = draw.randrange(len(tokens) + 1)
        until = min(len(tokens), at + draw.choice((1, 1, 2, 5, 40)))
        match draw.randrange(7):
            case 0:
                del tokens[at:until]
            case 1:
                tokens[at:at] = tokens[at:until]
            case 2:
                moved, tokens[at:until] = tokens[at:until], []
                other = draw.randrange(len(tokens) + 1)
                tokens[other:other] = moved
            case 3:
                tokens[at:until] = ["".join(tokens[at:until]) * draw.choice((2, 10, 300))]
            case 4:
                tokens[at:until] = [draw.choice(words)]
            case 5:
                tokens.insert(at, draw.choice(words))
            case 6:
                tokens.insert(at, chr(draw.choice(_ODD_CHARACTERS)))
    return "".join(tokens)


_ODD_CHARACTERS = (0x00, 0x09, 0x0D, 0x1B, 0x22, 0x27, 0x7F, 0x85, 0x2028, 0x202E, 0xE000, 0xFFFE, 0x1F600)


def damage(draw: random.Random, data: bytes) -> bytes:
    """Return a file with one to eight bytes changed, in a third of the cases all near its end."""
    damaged = bytearray(data)
    least = draw.choice((0, 0, max(0, len(data) - 1200)))
    for _ in range(draw.randint(1, 8)):
        damaged[draw.randrange(least, len(data))] = draw.randrange(256)
    return bytes(damaged)


def shift(draw: random.Random, data: bytes) -> bytes:
    """Return a file with a block cut out, doubled, zeroed, or put elsewhere."""
    at = draw.randrange(len(data))
    until = min(len(data), at + draw.choice((1, 30, 1000, 10_000)))
    block = data[at:until]
    match draw.randrange(4):
        case 0:
            return data[:at] + data[until:]
        case 1:
            return data[:until] + data[at:]
        case 2:
            return data[:at] + bytes(len(block)) + data[until:]
    without = data[:at] + data[until:]
    other = draw.randrange(len(without) + 1)
    return without[:other] + block + without[other:]
