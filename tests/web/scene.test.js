// @ts-check
// From a state to a scene: the right network, wave and hands, nothing computed twice, and the check at load.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { floats, run, snapshot, weightsOf } from "../../reportgen/lstm/explorer/model.js";
import { checked, degrees, stage } from "../../reportgen/lstm/explorer/scene.js";
import { decodeState } from "../../reportgen/lstm/explorer/state.js";
import { normal, sine } from "../../reportgen/lstm/explorer/waves.js";

/** @typedef {import("../../reportgen/lstm/explorer/scene.js").Data} Data */

const oracle = JSON.parse(readFileSync(new URL("./oracle.json", import.meta.url), "utf8"));

/** @param {ArrayLike<number>} values */
const packed = (values) => Buffer.from(Float32Array.from(values).buffer).toString("base64");

/** @returns {Data} */
function example() {
  const weights = floats(oracle.weights);
  const entry = (/** @type {Float64Array} */ numbers) => {
    const made = run(weightsOf(numbers, 3), floats(packed(oracle.x)));
    const rows = (/** @type {Float64Array} */ whole) => packed(whole.filter((_, n) => Math.floor(n / 3) % 2 === 0));
    return { weights: packed(numbers), recorded: { c: rows(made.c), h: rows(made.h) } };
  };
  return {
    units: 3,
    timesteps: 14,
    warm_up: 7,
    period: [6, 12],
    noise: 0.1,
    seed: 6,
    worlds: { trained: "after training", untrained: "before training" },
    case_count: 2,
    networks: [
      { number: 1, worlds: { trained: entry(weights), untrained: entry(weights.map((value) => value / 2)) } },
      { number: 2, worlds: { trained: entry(weights.map((value) => -value)) } },
    ],
    probe: {
      x: packed(oracle.x),
      target: packed(oracle.x.map((/** @type {number} */ value) => value / 2)),
      phase: packed(oracle.x.map((/** @type {number} */ _, /** @type {number} */ t) => t)),
      period: 8,
    },
    example: { unit: 2, t: 9 },
    stride: 2,
    tolerance: 1e-4,
  };
}

test("recorded traces are computed again, of every network and world, and one that is off is found", () => {
  const data = example();
  const found = checked(data);
  assert.equal(found.traces, 3);
  assert.ok(found.agrees && found.largest < 1e-6 && found.largest > 0);

  const { recorded } = data.networks[1].worlds.trained;
  const c = floats(recorded.c);
  recorded.c = packed(c.with(4, c[4] + 0.01));
  const off = checked(data);
  assert.equal(off.agrees, false);
  assert.equal(off.worst, "network 2, after training");
  assert.equal(checked({ ...data, networks: [] }).agrees, false);
  assert.equal(checked({ ...example(), timesteps: 15 }).agrees, false);
});

test("a scene is of the network, the world and the wave that were chosen", () => {
  const data = example();
  const see = stage(data);
  const scene = see(decodeState("#explore?network=1&world=untrained&t=3&unit=2", data));
  assert.deepEqual(scene.weights.bias, weightsOf(floats(data.networks[0].worlds.untrained.weights), 3).bias);
  assert.deepEqual([scene.t, scene.u, scene.disturbed, scene.run], [2, 1, false, scene.calm]);
  assert.deepEqual(scene.wave.x, floats(data.probe.x));
  const own = see(decodeState("#explore?period=8&phase=90&noise=0", data));
  assert.ok(Math.abs(own.wave.x[0] - 1) < 1e-12 && Math.abs(own.wave.x[2]) < 1e-12);
  assert.equal(degrees({ ...own, t: 3 }), 225);
});

test("dragging through time computes no run anew, and another wave does", () => {
  const data = example();
  const see = stage(data);
  const [one, other, third] = ["t=2", "t=9", "t=9&period=8"].map((query) =>
    see(decodeState(`#explore?do=hold:3:f:all:mean&${query}`, data)),
  );
  assert.equal(one.run, other.run);
  assert.notEqual(other.run, third.run);
});

test("hands are laid on the timestep, the unit and by the value that a link says", () => {
  const data = example();
  const see = stage(data);
  const scene = (/** @type {string} */ hands) => see(decodeState(`#explore?do=${hands}`, data));
  const held = scene("hold:4:i:2:0.25");
  assert.deepEqual([held.first, held.disturbed], [3, true]);
  assert.notEqual(held.run.i[2 * 3 + 1], 0.25);
  assert.equal(held.run.i[3 * 3 + 1], 0.25);
  assert.notEqual(held.run.i[3 * 3], 0.25);
  const mean = scene("hold:4:o:all:mean");
  const expected = [7, 8, 9, 10, 11, 12, 13].reduce((sum, t) => sum + mean.calm.o[t * 3 + 2] / 7, 0);
  assert.ok(Math.abs(mean.run.o[5 * 3 + 2] - expected) < 1e-12);
  const pushed = scene("push:4:3:-2");
  assert.equal(pushed.run.c[3 * 3 + 2], pushed.calm.c[3 * 3 + 2] - 2);
  assert.equal(scene("cut:4").run.x[3], 0);
  assert.equal(scene("feed:4").run.x[3], scene("feed:4").run.y[2]);
});

test("a transplant is the state of the other wave, and its donor goes on as that wave does", () => {
  const data = example();
  const scene = stage(data)(decodeState("#explore?do=put:6:both:own:9:8:90:0", data));
  const donor = run(scene.weights, sine(14, 8, 90, 0, 6).x);
  const { c, h } = snapshot(donor, 8);
  assert.deepEqual(scene.run.c.slice(15, 18), c);
  assert.deepEqual(scene.run.h.slice(15, 18), h);
  const target = /** @type {Float64Array} */ (scene.donor?.target);
  assert.equal(scene.donor?.at, 5);
  assert.ok(Number.isNaN(target[4]));
  for (const t of [5, 13]) {
    assert.ok(Math.abs(target[t] - Math.sin(Math.PI / 2 + (2 * Math.PI * (t + 4)) / 8)) < 1e-12);
  }
  const resumed = stage(data)(decodeState("#explore?do=put:9:both:probe:9", data));
  assert.deepEqual(resumed.run.y, resumed.calm.y);
});

test("noise is the same for a seed, another for another, of mean zero and of the deviation that was asked for", () => {
  const [one, same, other] = [7, 7, 8].map((seed) => sine(9, 5, 0, 0.3, seed).x);
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
  const chance = normal(1);
  const drawn = Array.from({ length: 20000 }, chance);
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.04);
});

test("a snapshot of the wave that is looked at is known as such", () => {
  const see = stage(example());
  const same = (/** @type {string} */ query) => see(decodeState(`#explore?${query}`, example())).donor?.same;
  assert.equal(same("do=put:9:both:probe:4"), true);
  assert.equal(same("period=8&do=put:9:both:probe:4"), false);
  assert.equal(same("period=8&phase=90&noise=0&do=put:9:both:own:4:8:90:0"), true);
  assert.equal(same("period=8&phase=80&noise=0&do=put:9:both:own:4:8:90:0"), false);
});
