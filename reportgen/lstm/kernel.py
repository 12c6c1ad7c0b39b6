"""All timesteps of a recurrent layer, forward and back, in machine code for the processor at hand.

The kernel is written with LLVM's vectors and compiled when it is first asked for, in a fifth of a second. A vector holds a unit's
value in `LANES` sequences: what is done to one sequence is done to its neighbours in the same instruction, in an order that depends on
nothing but the sizes. Per timestep there are three products of small matrices, which stay in registers, and the cell's own equations.

A layer is one matrix: with rows for [h_{t-1} ; x_t ; 1], and a column for each gate of each unit.
"""

import ctypes
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from reportgen.evidence import Floats

LANES = 16
"""Sequences to a vector. Processors with shorter registers take two or four for it, and come to the same bits."""

TILE = 4
"""Rows, and columns, of which products are computed at a time: sixteen sums, as many as registers hold."""

CHUNK = 2**20
"""Bytes of gradients of timesteps after which those of the weights are added up: what a processor keeps close."""

_FLOAT, _INT, _POINTER = ir.FloatType(), ir.IntType(64), ir.PointerType()
_VECTOR, _BITS = ir.VectorType(_FLOAT, LANES), ir.VectorType(ir.IntType(32), LANES)
_Vector = Any  # llvmlite ships no types
_Builder = Any


@dataclass(frozen=True)
class Cell:
    """A recurrent cell's own equations, given the sums z of its gates.

    gates: the number of sums to a unit; kept: the number of values that the way back needs of each.
    forward: of z and c_{t-1}, gives what is kept, c_t and h_t; backward: of what was kept, c_{t-1}, h_t and the gradients of h_t and
    c_t, gives those of each z, and of c_{t-1}.
    """

    gates: int
    kept: int
    forward: Callable[..., tuple[list[_Vector], _Vector, _Vector]]
    backward: Callable[..., tuple[list[_Vector], _Vector]]


@cache
def lstm_cell(gates: str, *, coupled: bool = False) -> Cell:
    """Return the cell of an LSTM with some of i, f, g, o, in the order of its columns; what it lacks is one, or f = 1 − i if coupled."""

    def forward(m: "_Math", z: list[_Vector], c: _Vector) -> tuple[list[_Vector], _Vector, _Vector]:
        values = {name: m.tanh(each) if name == "g" else m.sigmoid(each) for name, each in zip(gates, z, strict=True)}
        i, f, g, o = of_all(m, values)
        c = m.fma(f, c, m.mul(i, g))
        squashed = m.tanh(c)
        return [*values.values(), squashed], c, m.mul(o, squashed)

    def backward(
        m: "_Math", kept: list[_Vector], c: _Vector, _: _Vector, dh: _Vector, dc: _Vector
    ) -> tuple[list[_Vector], _Vector]:
        values, squashed = dict(zip(gates, kept[:-1], strict=True)), kept[-1]
        i, f, g, o = of_all(m, values)
        dc = m.fma(m.mul(dh, o), m.rest(squashed, squashed), dc)
        of_i = m.sub(m.mul(dc, g), m.mul(dc, c)) if coupled else m.mul(dc, g)
        gradients = {"i": of_i, "f": m.mul(dc, c), "o": m.mul(dh, squashed)}
        dz = [
            m.mul(m.mul(dc, i), m.rest(g, g))
            if name == "g"
            else m.mul(gradients[name], m.rest(values[name], values[name], of=values[name]))
            for name in gates
        ]
        return dz, m.mul(dc, f)

    def of_all(m: "_Math", values: dict[str, _Vector]) -> list[_Vector]:
        one = m.constant(1)
        f = m.sub(one, values["i"]) if coupled else values.get("f", one)
        return [values.get("i", one), f, values["g"], values.get("o", one)]

    return Cell(len(gates), len(gates) + 1, forward, backward)


def _plain_forward(m: "_Math", z: list[_Vector], c: _Vector) -> tuple[list[_Vector], _Vector, _Vector]:
    return [], c, m.tanh(z[0])


def _plain_backward(
    m: "_Math", _: list[_Vector], c: _Vector, h: _Vector, dh: _Vector, dc: _Vector
) -> tuple[list[_Vector], _Vector]:
    del c
    return [m.mul(dh, m.rest(h, h))], dc


def _gru_forward(m: "_Math", z: list[_Vector], c: _Vector) -> tuple[list[_Vector], _Vector, _Vector]:
    update, reset = m.sigmoid(z[0]), m.sigmoid(z[1])
    candidate = m.tanh(m.fma(reset, z[3], z[2]))
    h = m.fma(update, m.sub(c, candidate), candidate)
    return [update, reset, candidate, z[3]], h, h


def _gru_backward(
    m: "_Math", kept: list[_Vector], c: _Vector, _: _Vector, dh: _Vector, dc: _Vector
) -> tuple[list[_Vector], _Vector]:
    update, reset, candidate, recurrent = kept
    d = m.add(dh, dc)
    of_update = m.mul(m.mul(d, m.sub(c, candidate)), m.rest(update, update, of=update))
    of_candidate = m.mul(m.mul(d, m.sub(m.constant(1), update)), m.rest(candidate, candidate))
    of_reset = m.mul(m.mul(of_candidate, recurrent), m.rest(reset, reset, of=reset))
    return [of_update, of_reset, of_candidate, m.mul(of_candidate, reset)], m.mul(d, update)


LSTM = lstm_cell("ifgo")
"""i, f, o = σ(z), g = tanh(z), c = f·c₋₁ + i·g, h = o·tanh(c) (Gers et al., 2000), in Keras's order."""

PLAIN = Cell(1, 0, _plain_forward, _plain_backward)
"""h = tanh(z) (Elman, 1990)."""

GRU = Cell(4, 4, _gru_forward, _gru_backward)
"""z, r = σ, n = tanh(x-part + r·h-part), h = z·h₋₁ + (1 − z)·n (Cho et al., 2014, as cuDNN and Keras have it); c stands for h.

Its columns: z, r, the part of n that comes from x, and that which comes from h; the first has no recurrent weights, the second none of x.
"""


@dataclass(frozen=True)
class Passed:
    """What a layer computed on its way forward, on L sequences: B of them, filled up to a multiple of LANES.

    inputs: (T + 1, R, L), h_{t-1}, x_t, ones, in rows; c: (T + 1, U, L), from the state before the first timestep on; kept:
    (T, U, kept, L); y: (T, L), the read-out of every h.
    """

    inputs: Floats
    c: Floats
    kept: Floats
    y: Floats


@dataclass(frozen=True)
class Gradients:
    """Those of the weights, of the read-out, of the inputs (T + 1, R, L), and of the first c, (U, L)."""

    weights: Floats
    readout: Floats
    inputs: Floats
    c0: Floats


Room = dict[tuple[str, tuple[int, ...]], Floats]
"""Memory for the large arrays of a call, kept for the next one, which overwrites them: the system takes longer to give it anew than
the kernel to fill it, where it is set to give back what is free (as a Dask worker's is)."""


def forward(
    cell: Cell,
    x: Floats,
    weights: Floats,
    readout: Floats,
    h0: Floats | None = None,
    c0: Floats | None = None,
    room: Room | None = None,
) -> Passed:
    """Return what a layer computes on x: (B, T, d), from the state h0, c0: (B, U), zeros unless told.

    weights: (U + d + 1, gates·U), the rows of [h ; x ; 1], the columns of one gate after another; readout: (U + 1,), the weights of
    [h ; 1]. All are float32.
    """
    (B, T, d), U = x.shape, len(readout) - 1
    rows, L = U + d + 1, -(-B // LANES) * LANES
    inputs = _taken(room, "inputs", T + 1, -(-rows // TILE) * TILE, L)
    c, kept = _taken(room, "c", T + 1, U, L), _taken(room, "kept", T, U, cell.kept, L)
    y = _taken(room, "y", T, L)
    inputs[:T, U : U + d, :B] = x.transpose(1, 2, 0)
    inputs[:, U : U + d, B:], inputs[T, U : U + d] = 0, 0
    inputs[:, U + d], inputs[:, rows:] = 1, 0
    for state, first in ((inputs[0, :U], h0), (c[0], c0)):
        state[:] = 0
        if first is not None:
            state[:, :B] = first.T
    by_unit = np.ascontiguousarray(weights.reshape(rows, cell.gates, U).transpose(2, 0, 1))
    arrays = by_unit, readout, inputs, c, kept, y
    _functions(cell).forward(T, L, U, rows, inputs.shape[1], *map(_address, arrays))
    return Passed(inputs, c, kept, y)


def backward(
    cell: Cell,
    passed: Passed,
    weights: Floats,
    readout: Floats,
    *,
    y_grad: Floats | None = None,
    h_grad: Floats | None = None,
    c_grad: Floats | None = None,
    room: Room | None = None,
) -> Gradients:
    """Return the gradients, given those of y, (T, B), of every h, as far as they come from outside, (T, U, B), and of the last c, (U, B).

    None stands for zeros; without those of h, nobody asks for those of x, and the inputs' hold those of h alone.
    """
    (T, U, _, L), rows, padded = passed.kept.shape, len(weights), passed.inputs.shape[1]
    columns = cell.gates * U
    by_row = np.zeros((padded, columns), np.float32)
    by_row[:rows] = weights.reshape(rows, cell.gates, U).transpose(0, 2, 1).reshape(rows, columns)
    by_tile = np.ascontiguousarray(by_row.reshape(-1, TILE, columns).transpose(0, 2, 1))
    inputs, y = _taken(room, "input grads", *passed.inputs.shape), _taken(room, "y grads", T, L)
    c0 = np.zeros((U, L), np.float32)
    inputs[:], y[:] = 0, 0
    for own, given in ((inputs[1:, :U], h_grad), (c0, c_grad), (y, y_grad)):
        if given is not None:
            own[..., : given.shape[-1]] = given
    steps = max(1, min(T, CHUNK // (4 * columns * L)))
    of_sums = _taken(room, "sums", steps, columns, L)
    of_weights, of_readout = np.zeros((padded, columns), np.float32), np.zeros(U + 1, np.float32)
    through = padded if h_grad is not None else -(-U // TILE) * TILE
    arrays = of_sums, by_tile, readout, passed.inputs, passed.c, passed.kept, y, inputs, c0, of_weights, of_readout
    _functions(cell).backward(T, L, U, rows, padded, through, steps, *map(_address, arrays))
    by_gate = of_weights[:rows].reshape(rows, U, cell.gates).transpose(0, 2, 1)
    return Gradients(np.ascontiguousarray(by_gate).reshape(rows, columns), of_readout, inputs, c0)


def _taken(room: Room | None, name: str, *shape: int) -> Floats:
    if room is None:
        return _aligned(*shape)
    if (name, shape) not in room:
        room[name, shape] = _aligned(*shape)
    return room[name, shape]


def _aligned(*shape: int) -> Floats:
    """Return an array whose first value begins a line of the cache, so that TensorFlow takes it as it is."""
    size = math.prod(shape)
    whole = np.empty(size + LANES, np.float32)
    begin = -whole.ctypes.data % (4 * LANES) // 4
    return whole[begin : begin + size].reshape(shape)


def _address(array: Floats) -> int:
    return array.__array_interface__["data"][0]  # type: ignore[no-any-return]  # an address


# Compiling


@dataclass(frozen=True)
class _Functions:
    engine: Any  # what keeps the code
    forward: Callable[..., None]
    backward: Callable[..., None]


_COMPILING = threading.Lock()


def _functions(cell: Cell) -> _Functions:
    """Return what is compiled once for all threads: of two that compiled at a time, one would run code that is thrown away."""
    with _COMPILING:
        return _compiled(cell)


_SIZES = {"forward": 5, "backward": 7}
_ARRAYS = {"forward": 6, "backward": 11}


@cache
def _compiled(cell: Cell) -> _Functions:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    code = llvm.parse_assembly(str(module(cell)))
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(code, passes)
    engine = llvm.create_mcjit_compiler(code, machine)
    engine.finalize_object()
    functions = {
        name: ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * _SIZES[name], *[ctypes.c_void_p] * _ARRAYS[name])(
            engine.get_function_address(name)
        )
        for name in _SIZES
    }
    return _Functions(engine, **functions)


def module(cell: Cell) -> ir.Module:
    """Return the code of both functions for a cell."""
    code = ir.Module(name="recurrent")
    code.triple = llvm.get_process_triple()
    _write_forward(_function(code, "forward"), cell)
    backward = _function(code, "backward")
    _Backward(backward, cell, *backward.function.args).write()
    return code


def _function(code: ir.Module, name: str) -> _Builder:
    arguments = [_INT] * _SIZES[name] + [_POINTER] * _ARRAYS[name]
    function = ir.Function(code, ir.FunctionType(ir.VoidType(), arguments), name)
    for pointer in function.args[_SIZES[name] :]:
        pointer.add_attribute("noalias")
    return ir.IRBuilder(function.append_basic_block())


def _write_forward(b: _Builder, cell: Cell) -> None:
    T, B, U, rows, padded, weights, readout, inputs, c, kept, y = b.function.args
    m, G = _Math(b), cell.gates

    def step(t: _Vector, n: _Vector, vectors: int) -> None:
        """All units of one timestep, in `vectors` times LANES sequences from the n-th on."""
        before, after = _at(b, inputs, [padded, B], t, 0, n), _at(b, inputs, [padded, B], _plus(b, t, 1), 0, n)
        with _loop(b, 0, U) as u:
            of_unit = _at(b, weights, [rows, _int(G)], u, 0, 0)
            sums = [[m.variable() for _ in range(vectors)] for _ in range(G)]
            with _loop(b, 0, rows) as k:
                values = [m.load(_at(b, before, [B], k, LANES * v)) for v in range(vectors)]
                for g in range(G):
                    weight = m.broadcast(_at(b, of_unit, [_int(G)], k, g))
                    for value, total in zip(values, sums[g], strict=True):
                        m.add_to(total, weight, value)
            for v in range(vectors):
                lane = _plus(b, n, LANES * v)
                z = [m.of(sums[g][v]) for g in range(G)]
                values, new_c, h = cell.forward(m, z, m.load(_at(b, c, [U, B], t, u, lane)))
                for place, value in enumerate(values):
                    m.store(value, _at(b, kept, [U, _int(cell.kept), B], t, u, place, lane))
                m.store(new_c, _at(b, c, [U, B], _plus(b, t, 1), u, lane))
                m.store(h, _at(b, after, [B], u, LANES * v))
        for v in range(vectors):
            total = m.variable(m.broadcast(_at(b, readout, [], U)))
            with _loop(b, 0, U) as u:
                of_unit, value = m.broadcast(_at(b, readout, [], u)), m.load(_at(b, after, [B], u, LANES * v))
                m.add_to(total, of_unit, value)
            m.store(m.of(total), _at(b, y, [B], t, _plus(b, n, LANES * v)))

    with _loop(b, 0, T) as t:
        _over_lanes(b, B, lambda n, vectors: step(t, n, vectors))
    b.ret_void()


@dataclass(frozen=True)
class _Backward:
    """The way back, as its arguments: sizes, and arrays. Each method writes a part of it."""

    b: _Builder
    cell: Cell
    T: _Vector
    B: _Vector
    U: _Vector
    rows: _Vector
    padded: _Vector
    through: _Vector
    steps: _Vector
    z_grads: _Vector
    weights: _Vector
    readout: _Vector
    inputs: _Vector
    c: _Vector
    kept: _Vector
    y_grads: _Vector
    input_grads: _Vector
    c_grads: _Vector
    weight_grads: _Vector
    readout_grads: _Vector

    @cached_property
    def m(self) -> "_Math":
        return _Math(self.b)

    @cached_property
    def columns(self) -> _Vector:
        return self.b.mul(self.U, _int(self.cell.gates))

    def write(self) -> None:
        """Go through chunks of timesteps, the last first."""
        b = self.b
        _ = self.columns  # computed once, before any loop
        with _loop(b, 0, self.T, self.steps) as done:
            left = b.sub(self.T, done)
            count = b.select(b.icmp_signed("<", left, self.steps), left, self.steps)
            first = b.sub(left, count)
            with _loop(b, 0, count) as back:
                s = b.sub(b.sub(count, back), _int(1))
                t, of_step = b.add(first, s), _at(b, self.z_grads, [self.columns, self.B], s, 0, 0)
                with _loop(b, 0, self.B, LANES) as n:
                    self.through_cell(t, of_step, n)
                _over_lanes(b, self.B, partial(self.to_inputs, t, of_step))
            self.to_weights(first, count)
        self.to_readout()
        b.ret_void()

    def through_cell(self, t: _Vector, of_step: _Vector, n: _Vector) -> None:
        """Give the gradients of the sums of one timestep, and of c before it."""
        b, m, G = self.b, self.m, self.cell.gates
        U, B, padded, kept = self.U, self.B, self.padded, self.cell.kept
        later = _plus(b, t, 1)
        with _loop(b, 0, U) as u:
            dh = m.load(_at(b, self.input_grads, [padded, B], later, u, n))
            of_unit = m.broadcast(_at(b, self.readout, [], u))
            dh = m.fma(of_unit, m.load(_at(b, self.y_grads, [B], t, n)), dh)
            values = [m.load(_at(b, self.kept, [U, _int(kept), B], t, u, place, n)) for place in range(kept)]
            h, c_before = (
                m.load(_at(b, self.inputs, [padded, B], later, u, n)),
                m.load(_at(b, self.c, [U, B], t, u, n)),
            )
            c_grad = _at(b, self.c_grads, [B], u, n)
            dz, dc = self.cell.backward(m, values, c_before, h, dh, m.load(c_grad))
            m.store(dc, c_grad)
            for g in range(G):
                m.store(dz[g], _at(b, of_step, [_int(G), B], u, g, n))

    def to_inputs(self, t: _Vector, of_step: _Vector, n: _Vector, vectors: int) -> None:
        """Add to the gradients of h_{t-1} and of x_t: the weights times those of the sums."""
        b, m, B = self.b, self.m, self.B
        with _loop(b, 0, self.through, TILE) as row:
            of_tile = _at(b, self.weights, [self.columns], row, 0)
            lanes = [_plus(b, n, LANES * v) for v in range(vectors)]
            places = [
                [_at(b, self.input_grads, [self.padded, B], t, _plus(b, row, r), lane) for lane in lanes]
                for r in range(TILE)
            ]
            sums = [[m.variable(m.load(place)) for place in of_row] for of_row in places]
            with _loop(b, 0, self.columns) as j:
                values = [m.load(_at(b, of_step, [B], j, lane)) for lane in lanes]
                for r in range(TILE):
                    weight = m.broadcast(_at(b, of_tile, [_int(TILE)], j, r))
                    for value, total in zip(values, sums[r], strict=True):
                        m.add_to(total, weight, value)
            for of_row, totals in zip(places, sums, strict=True):
                for place, total in zip(of_row, totals, strict=True):
                    m.store(m.of(total), place)

    def to_weights(self, first: _Vector, count: _Vector) -> None:
        """Add those of the weights: inputs times gradients of the sums, over sequences and the timesteps of a chunk."""
        b = self.b
        whole = b.sub(self.columns, b.srem(self.columns, _int(TILE)))
        with _loop(b, 0, whole, TILE) as j, _loop(b, 0, self.padded, TILE) as row:
            self._tile(first, count, row, j, TILE)
        with _loop(b, whole, self.columns) as j, _loop(b, 0, self.padded, TILE) as row:
            self._tile(first, count, row, j, 1)

    def _tile(self, first: _Vector, count: _Vector, row: _Vector, j: _Vector, width: int) -> None:
        b, m, B = self.b, self.m, self.B
        sums = [[m.variable() for _ in range(width)] for _ in range(TILE)]
        with _loop(b, 0, count) as s, _loop(b, 0, B, LANES) as n:
            t = b.add(first, s)
            dz = [m.load(_at(b, self.z_grads, [self.columns, B], s, _plus(b, j, each), n)) for each in range(width)]
            for r in range(TILE):
                value = m.load(_at(b, self.inputs, [self.padded, B], t, _plus(b, row, r), n))
                for each, total in zip(dz, sums[r], strict=True):
                    m.add_to(total, value, each)
        for r in range(TILE):
            for each in range(width):
                place = _at(b, self.weight_grads, [self.columns], _plus(b, row, r), _plus(b, j, each))
                b.store(b.fadd(b.load(place, typ=_FLOAT), m.total(m.of(sums[r][each]))), place)

    def to_readout(self) -> None:
        """Give those of the read-out: of h, and of the ones."""
        b, m, B = self.b, self.m, self.B
        with _loop(b, 0, _plus(b, self.U, 1)) as k:
            row = b.select(b.icmp_signed("<", k, self.U), k, b.sub(self.rows, _int(1)))
            total = m.variable()
            with _loop(b, 0, self.T) as t, _loop(b, 0, B, LANES) as n:
                value = m.load(_at(b, self.inputs, [self.padded, B], _plus(b, t, 1), row, n))
                m.add_to(total, value, m.load(_at(b, self.y_grads, [B], t, n)))
            b.store(m.total(m.of(total)), _at(b, self.readout_grads, [], k))


def _over_lanes(b: _Builder, B: _Vector, body: Callable[[_Vector, int], None]) -> None:
    """Go over all sequences, two vectors at a time, and the last by itself where their number is odd."""
    pairs = b.sub(B, b.srem(B, _int(2 * LANES)))
    with _loop(b, 0, pairs, 2 * LANES) as n:
        body(n, 2)
    with _loop(b, pairs, B, LANES) as n:
        body(n, 1)


class _Math:
    """Arithmetic on vectors: each operation rounds once, as IEEE 754 has it, and nothing is reordered."""

    def __init__(self, b: _Builder) -> None:
        self.b = b
        self.add, self.sub, self.mul, self.div = b.fadd, b.fsub, b.fmul, b.fdiv
        name, kind = f"llvm.fma.v{LANES}f32", ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        self._fma = b.module.globals.get(name) or ir.Function(b.module, kind, name)

    def fma(self, one: _Vector, other: _Vector, more: _Vector) -> _Vector:
        return self.b.call(self._fma, [one, other, more])

    def constant(self, value: float) -> _Vector:
        return ir.Constant(_VECTOR, [ir.Constant(_FLOAT, float(np.float32(value)))] * LANES)

    def load(self, place: _Vector) -> _Vector:
        return self.b.load(place, typ=_VECTOR, align=4)

    def store(self, value: _Vector, place: _Vector) -> None:
        self.b.store(value, place, align=4)

    def variable(self, value: _Vector | None = None) -> _Vector:
        """Return a place for a sum, which begins with a value, or zero; the compiler keeps it in a register."""
        with self.b.goto_entry_block():
            place = self.b.alloca(_VECTOR)
        self.b.store(self.constant(0) if value is None else value, place)
        return place

    def of(self, variable: _Vector) -> _Vector:
        """Return the value of a sum."""
        return self.b.load(variable, typ=_VECTOR)

    def add_to(self, variable: _Vector, one: _Vector, other: _Vector) -> None:
        """Add a product to a sum."""
        self.b.store(self.fma(one, other, self.of(variable)), variable)

    def broadcast(self, place: _Vector) -> _Vector:
        value = self.b.load(place, typ=_FLOAT, align=4)
        single = self.b.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
        return self.b.shuffle_vector(single, single, _lanes([0] * LANES))

    def total(self, vector: _Vector) -> _Vector:
        """Return the sum over all lanes: halves are added until one is left."""
        width = LANES
        while width > 1:
            width //= 2
            other = self.b.shuffle_vector(vector, vector, _lanes([(n + width) % LANES for n in range(LANES)]))
            vector = self.add(vector, other)
        return self.b.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    def rest(self, one: _Vector, other: _Vector, of: _Vector | None = None) -> _Vector:
        """Return 1 − one·other, or `of` − one·other."""
        return self.fma(self.b.fneg(one), other, self.constant(1) if of is None else of)

    def sigmoid(self, x: _Vector) -> _Vector:
        """Return 1 / (1 + e⁻ˣ)."""
        power, less = self._exponential(self.b.fneg(x), 87.0)
        return self.div(self.constant(1), self.add(self.constant(1), self.fma(power, less, power)))

    def tanh(self, x: _Vector) -> _Vector:
        """Return E / (E + 2) with E = e²ˣ − 1, which keeps its digits near zero."""
        power, less = self._exponential(self.add(x, x), 20.0)
        e = self.fma(power, less, self.sub(power, self.constant(1)))
        return self.div(e, self.add(e, self.constant(2)))

    def _exponential(self, y: _Vector, most: float) -> tuple[_Vector, _Vector]:
        """Return 2ⁿ and eʳ − 1 of y = n·ln 2 + r with |r| ≤ ln 2 / 2, y being cut off at ±most; what is no number stays none.

        eʳ − 1 is its Taylor series to the seventh power, whose error is below that of rounding.
        """
        b = self.b
        for sign, beyond in ((1, ">"), (-1, "<")):
            end = self.constant(sign * most)
            y = b.select(b.fcmp_ordered(beyond, y, end), end, y)
        # Adding 1.5 · 2²³ rounds to a whole number, which then stands in the last bits (IEEE 754).
        whole = self.constant(1.5 * 2**23)
        shifted = self.fma(y, self.constant(np.log2(np.e)), whole)
        n = self.sub(shifted, whole)
        high = 0.693359375  # ln 2 to its tenth bit, so that n · high is exact
        r = self.fma(n, self.constant(-high), y)
        r = self.fma(n, self.constant(high - np.log(2)), r)
        series = self.constant(1 / 5040)
        for factorial in (720, 120, 24, 6, 2):
            series = self.fma(series, r, self.constant(1 / factorial))
        less = self.fma(self.mul(r, r), series, r)
        exponent = b.shl(b.bitcast(shifted, _BITS), ir.Constant(_BITS, [23] * LANES))
        power = b.bitcast(b.add(exponent, ir.Constant(_BITS, [127 << 23] * LANES)), _VECTOR)
        return power, less


def _lanes(numbers: Sequence[int]) -> ir.Constant:
    return ir.Constant(_BITS, list(numbers))


def _int(value: int) -> ir.Constant:
    return ir.Constant(_INT, value)


def _plus(b: _Builder, value: _Vector, more: int) -> _Vector:
    return b.add(value, _int(more)) if more else value


def _at(b: _Builder, array: _Vector, inner: Sequence[_Vector], *indices: Any) -> _Vector:
    """Return the place of an element of an array whose axes, but for the first, have these lengths."""
    offset = _int(0)
    for place, index in enumerate(indices):
        index = _int(index) if isinstance(index, int) else index  # noqa: PLW2901 - the same number
        offset = index if not place else b.add(b.mul(offset, inner[place - 1]), index)
    return b.gep(array, [offset], source_etype=_FLOAT)


@contextmanager
def _loop(b: _Builder, start: Any, stop: _Vector, step: Any = 1) -> Iterator[_Vector]:
    """Write a loop; what is written inside is its body."""
    start, step = (_int(value) if isinstance(value, int) else value for value in (start, step))
    body, after = b.append_basic_block(), b.append_basic_block()
    before = b.block
    b.cbranch(b.icmp_signed("<", start, stop), body, after)
    b.position_at_end(body)
    index = b.phi(_INT)
    index.add_incoming(start, before)
    yield index
    following = b.add(index, step)
    index.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, stop), body, after)
    b.position_at_end(after)
