// @ts-check
// The explorer's equations against what NumPy computes (oracle.json, written by tests/lstm/test_exploring.py), and against algebra.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as model from "../../reportgen/lstm/explorer/model.js";

/** @typedef {import("../../reportgen/lstm/explorer/model.js").Run} Run */
/** @typedef {import("../../reportgen/lstm/explorer/model.js").Change} Change */

const oracle = JSON.parse(readFileSync(new URL("./oracle.json", import.meta.url), "utf8"));
const U = /** @type {number} */ (oracle.units);
const T = oracle.x.length;
const cut = /** @type {number} */ (oracle.cut);
const weights = model.weightsOf(model.floats(oracle.weights), U);
const calm = model.run(weights, oracle.x);

/**
 * @param {ArrayLike<number>} found
 * @param {ArrayLike<number>} expected
 * @param {string} [what]
 * @param {number} [within]
 */
function near(found, expected, what = "", within = 1e-12) {
  assert.equal(found.length, expected.length, what);
  for (let n = 0; n < found.length; n++) {
    assert.ok(Math.abs(found[n] - expected[n]) < within, `${what} ${n}: ${found[n]}, not ${expected[n]}`);
  }
}

/**
 * @param {Run} made
 * @param {string} name
 * @param {number} start
 */
function isAsNumpy(made, name, start) {
  for (const each of /** @type {const} */ (["i", "f", "g", "o", "c", "h"])) {
    near(made[each].subarray(start * U), oracle.traces[name][each], `${name}, ${each}`);
  }
  near(made.y.subarray(start), oracle.traces[name].y, `${name}, y`);
}

test("a run that is left alone is NumPy's", () => isAsNumpy(calm, "calm", 0));

test("interventions are NumPy's", () => {
  const mean = model.meanOf(calm, "i", 7);
  const donor = model.run(weights, [...oracle.x].reverse());
  /** @type {[string, Change][]} */
  const cases = [
    ["f at one", { kind: "hold", gate: "f", unit: null, values: [1, 1, 1], at: cut }],
    ["i at its mean", { kind: "hold", gate: "i", unit: null, values: mean, at: cut }],
    ["input cut", { kind: "cut", at: cut }],
    ["output fed back", { kind: "feed", at: cut }],
    ["donor put in", { kind: "put", ...model.snapshot(donor, cut - 1), at: cut - 1 }],
  ];
  for (const [name, change] of cases) {
    const made = model.run(weights, oracle.x, [change]);
    isAsNumpy(made, name, cut);
    near(made.c.subarray(0, (cut - 1) * U), calm.c.subarray(0, (cut - 1) * U), `${name}, before`);
  }
});

test("a snapshot that is put back where it was taken changes nothing, and elsewhere something", () => {
  const saved = model.snapshot(calm, 8);
  assert.deepEqual(model.run(weights, oracle.x, [{ kind: "put", ...saved, at: 8 }]).y, calm.y);
  assert.notDeepEqual(model.run(weights, oracle.x, [{ kind: "put", ...saved, at: 5 }]).y, calm.y);
  const partly = model.run(weights, oracle.x, [{ kind: "put", c: saved.c, h: null, at: 5 }]);
  near(partly.c.subarray(5 * U, 6 * U), saved.c);
  near(partly.h.subarray(5 * U, 6 * U), calm.h.subarray(5 * U, 6 * U));
});

test("with the forget gate at one and the input gate at zero a unit keeps its content to the last bit, and the others do not", () => {
  const hold = (/** @type {model.Gate} */ gate, /** @type {number} */ value) =>
    /** @type {Change} */ ({ kind: "hold", gate, unit: 1, values: [value, value, value], at: 4 });
  const made = model.run(weights, oracle.x, [hold("f", 1), hold("i", 0)]);
  for (let t = 4; t < T; t++) {
    assert.equal(made.c[t * U + 1], calm.c[3 * U + 1]);
    assert.notEqual(made.c[t * U], calm.c[3 * U]);
  }
});

test("of two holds of a gate the later counts, in whatever order they were laid", () => {
  const hold = (/** @type {number} */ value, /** @type {number} */ at) =>
    /** @type {Change} */ ({ kind: "hold", gate: "o", unit: null, values: [value, value, value], at });
  for (const changes of [
    [hold(0, 3), hold(1, 7)],
    [hold(1, 7), hold(0, 3)],
  ]) {
    const made = model.run(weights, oracle.x, changes);
    assert.deepEqual([made.o[3 * U], made.o[6 * U], made.o[7 * U]], [0, 0, 1]);
  }
});

test("a cut and a feeding back follow one another", () => {
  const made = model.run(weights, oracle.x, [
    { kind: "feed", at: 8 },
    { kind: "cut", at: 3 },
  ]);
  near(made.x.subarray(0, 3), oracle.x.slice(0, 3));
  near(made.x.subarray(3, 8), [0, 0, 0, 0, 0]);
  near(made.x.subarray(8), made.y.subarray(7, T - 1));
});

/** Runs with everything done to them that changes what is in the channel. @type {Run[]} */
const runs = [
  calm,
  model.run(weights, oracle.x, [
    { kind: "push", unit: 2, amount: -1.5, at: 5 },
    { kind: "put", c: new Float64Array([1, -2, 3]), h: null, at: 9 },
    { kind: "hold", gate: "f", unit: null, values: [0.5, 0.9, 1], at: 2 },
  ]),
];

test("contributions add up to c, whatever was done", () => {
  for (const made of runs) {
    for (let t = 0; t < T; t++) {
      const sizes = new Float64Array(t + 1);
      for (let u = 0; u < U; u++) {
        const parts = model.contributions(made, u, t);
        const sum = parts.reduce((total, part) => total + part, 0);
        assert.ok(Math.abs(sum - made.c[t * U + u]) < 1e-12);
        parts.forEach((part, k) => {
          sizes[k] += Math.abs(part);
        });
      }
      near(model.sizesOfContributions(made, t), sizes);
    }
  }
});

test("what a push added fades by the forget gates alone", () => {
  const push = model.run(weights, oracle.x, [{ kind: "push", unit: 0, amount: 0.75, at: 4 }]);
  assert.equal(push.c[4 * U], calm.c[4 * U] + 0.75);
  near([push.h[4 * U]], [calm.o[4 * U] * Math.tanh(calm.c[4 * U] + 0.75)]);
  const [before, after] = [calm, push].map((made) => model.contributions(made, 0, 6)[4]);
  const kept = push.f[5 * U] * push.f[6 * U];
  near([after], [(before / (calm.f[5 * U] * calm.f[6 * U]) + 0.75) * kept]);
});

test("the bands of the river are the contributions by their ages", () => {
  for (const made of runs) {
    for (let u = 0; u < U; u++) {
      const bands = model.bands(made, u);
      for (let t = 0; t < T; t++) {
        const expected = model.AGES.map(() => 0);
        model.contributions(made, u, t).forEach((part, k) => {
          expected[model.bandOf(t - k)] += part;
        });
        near(
          bands.map((band) => band[t]),
          expected,
        );
      }
    }
  }
});

test("the bands of all units are the sizes of each unit's, and content older than the last age stays in the last band", () => {
  const wave = Array.from({ length: 40 }, (_, t) => 3 * Math.sin(t / 3));
  const made = model.run(weights, wave, [{ kind: "hold", gate: "f", unit: null, values: [0.99, 1, 0.95], at: 0 }]);
  const all = model.bands(made, null);
  for (const [n, band] of all.entries()) {
    const units = [0, 1, 2].map((u) => model.bands(made, u)[n]);
    near(
      band,
      band.map((_, t) => units.reduce((sum, each) => sum + Math.abs(each[t]), 0)),
    );
  }
  assert.deepEqual(model.AGE_NAMES, ["now", "1–2", "3–5", "6–10", "over 10"]);
  const old = model.contributions(made, 1, 39).slice(0, 29);
  near([model.bands(made, 1)[4][39]], [old.reduce((sum, each) => sum + each, 0)]);
});

test("the mean age of content counts by size", () => {
  assert.equal(model.meanAge([0, 0, 5]), 0);
  assert.equal(model.meanAge([-1, 0, 1]), 1);
  assert.equal(model.meanAge([0, 0]), 0);
});

test("a neuron's products, bias and activation are the gate", () => {
  for (const gate of model.GATES) {
    for (let u = 0; u < U; u++) {
      for (const t of [0, 1, 9]) {
        const seen = model.neuron(weights, calm, gate, u, t);
        assert.ok(Math.abs(seen.value - calm[gate][t * U + u]) < 1e-12);
        assert.equal(seen.used, calm[gate][t * U + u]);
        assert.deepEqual(
          seen.terms.map((term) => term.unit),
          [null, 0, 1, 2],
        );
        assert.ok(seen.terms.every((term) => term.product === term.value * term.weight));
      }
    }
  }
});

test("the plane is that of the largest variance, and a flat loop lies in it whole", () => {
  const timesteps = 60;
  const made = { ...calm, timesteps, c: new Float64Array(timesteps * U) };
  for (let t = 0; t < timesteps; t++) {
    const [a, b] = [3 * Math.cos((2 * Math.PI * t) / 30), Math.sin((2 * Math.PI * t) / 30)];
    made.c.set([a / Math.SQRT2 + 5, a / Math.SQRT2 - 5, b], t * U);
  }
  const plane = model.planeOf(made, 0);
  near(plane.axes[0], [Math.SQRT1_2, Math.SQRT1_2, 0], "", 1e-8);
  near(plane.axes[1], [0, 0, 1], "", 1e-8);
  near(plane.shares, [0.9, 0.1], "", 1e-8);
  const places = model.placesIn(plane, made);
  near([places[0], places[1]], [3, 0], "", 1e-8);
});

test("a plane of nothing, and of one unit, is no error", () => {
  const single = { ...calm, units: 1, timesteps: 5, c: new Float64Array([1, 2, 3, 4, 5]) };
  assert.deepEqual([...model.planeOf(single, 0).shares], [1, 0]);
  const still = model.planeOf({ ...single, c: new Float64Array(5) }, 0);
  assert.deepEqual([...still.shares], [0, 0]);
  assert.ok([...model.placesIn(still, single)].every(Number.isFinite));
});

test("the difference from what was recorded is the largest there is, of c and of h", () => {
  const rows = (/** @type {Float64Array} */ whole) => whole.filter((_, n) => Math.floor(n / U) % 4 === 0);
  const recorded = { c: rows(calm.c), h: rows(calm.h) };
  assert.equal(model.differenceFrom(calm, recorded, 4).largest, 0);
  assert.equal(model.differenceFrom(calm, recorded, 4).level, Math.max(...recorded.c.map(Math.abs)));
  for (const name of /** @type {const} */ (["c", "h"])) {
    const last = recorded[name].length - 1;
    const wrong = { ...recorded, [name]: recorded[name].with(last, recorded[name][last] + 0.25) };
    assert.ok(Math.abs(model.differenceFrom(calm, wrong, 4).largest - 0.25) < 1e-12);
    const none = { ...recorded, [name]: recorded[name].with(0, Number.NaN) };
    assert.equal(model.differenceFrom(calm, none, 4).largest, Number.POSITIVE_INFINITY);
  }
  assert.equal(
    model.differenceFrom(calm, { c: recorded.c, h: recorded.h.slice(1) }, 4).largest,
    Number.POSITIVE_INFINITY,
  );
});

test("weights of another size, and a text that is no base64, are refused", () => {
  assert.throws(() => model.weightsOf(new Float64Array(5), U), RangeError);
  assert.throws(() => model.floats("%%%"));
});

test("an error is over what is known of the target", () => {
  assert.equal(model.errorFrom([9, 1, 2], [0, 3, Number.NaN], 1), 4);
});
