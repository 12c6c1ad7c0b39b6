// @ts-check
// States in links: they come back as they were, and nothing that a link can say is an error.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeState, encodeState, MOST_INTERVENTIONS, ranges } from "../../reportgen/lstm/explorer/state.js";

/** @typedef {import("../../reportgen/lstm/explorer/state.js").Bounds} Bounds */
/** @typedef {import("../../reportgen/lstm/explorer/state.js").State} State */
/** @typedef {import("../../reportgen/lstm/explorer/state.js").Step} Step */

/** @type {Bounds} */
const data = {
  units: 16,
  timesteps: 100,
  period: [15, 50],
  noise: 0.1,
  networks: [
    { number: 1, worlds: { trained: 0, untrained: 0, chrono: 0 } },
    { number: 2, worlds: { trained: 0 } },
  ],
};
/** @type {Step[]} */
const steps = JSON.parse(readFileSync(new URL("../../reportgen/lstm/explorer/steps.json", import.meta.url), "utf8"));
const start = decodeState("", data, steps);

/**
 * A generator of whole numbers below a bound, the same every time.
 * @param {number} seed
 */
function dice(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** @param {State} state */
function isSound(state) {
  const range = ranges(data);
  const network = data.networks.find((each) => each.number === state.network);
  assert.ok(network && Object.hasOwn(network.worlds, state.world));
  assert.ok(Object.isFrozen(state) && Object.isFrozen(state.interventions));
  assert.ok(state.step === "" || steps.some((step) => step.id === state.step));
  const moments = [state, ...(state.saved ? [state.saved] : [])];
  for (const each of [...moments, ...state.interventions.flatMap((one) => (one.kind === "put" ? [one.from] : []))]) {
    assert.ok(Number.isInteger(each.t) && each.t >= 1 && each.t <= data.timesteps);
    assert.ok(each.period >= range.period.low && each.period <= range.period.high);
    assert.ok(each.phase >= 0 && each.phase <= 360 && each.noise >= 0 && each.noise <= range.noise.high);
    assert.ok(["probe", "own"].includes(each.wave));
  }
  assert.ok(Number.isInteger(state.unit) && state.unit >= 1 && state.unit <= data.units);
  assert.ok(["i", "f", "g", "o"].includes(state.gate) && ["unit", "all"].includes(state.view));
  assert.ok(["c", "before", "step", "h", "change"].includes(state.picture));
  assert.ok(state.interventions.length <= MOST_INTERVENTIONS);
  for (const each of state.interventions) {
    assert.ok(Object.isFrozen(each) && each.t >= 1 && each.t <= data.timesteps);
    if (each.kind === "hold") {
      assert.ok(each.value === "mean" || (each.value >= (each.gate === "g" ? -1 : 0) && each.value <= 1));
      assert.ok(each.unit === null || (each.unit >= 1 && each.unit <= data.units));
    } else if (each.kind === "push") {
      assert.ok(Math.abs(each.amount) <= 5 && each.unit >= 1 && each.unit <= data.units);
    }
  }
}

test("the start needs no words", () => {
  assert.equal(encodeState(start, data, steps), "#explore");
  isSound(start);
});

test("a state is written by what differs from the start", () => {
  const state = { ...start, t: 42, unit: 3, gate: /** @type {const} */ ("o") };
  assert.equal(encodeState(state, data, steps), "#explore?t=42&unit=3&gate=o");
});

test("every state comes back as it was, in every step", () => {
  const roll = dice(1);
  const any = (/** @type {string[]} */ ...texts) => texts[roll(texts.length)];
  for (let round = 0; round < 500; round++) {
    const moment = () =>
      any(`probe:${1 + roll(100)}`, `own:${1 + roll(100)}:${8 + roll(90)}.5:${roll(361)}:0.${roll(9999)}`);
    const hand = () =>
      any(
        `hold:${1 + roll(100)}:${any("i", "f", "g", "o")}:${any("all", `${1 + roll(16)}`)}:${any("mean", "1", "0", "0.35")}`,
        `cut:${1 + roll(100)}`,
        `feed:${1 + roll(100)}`,
        `push:${1 + roll(100)}:${1 + roll(16)}:-${roll(5)}.25`,
        `put:${1 + roll(100)}:${any("both", "c", "h")}:${moment()}`,
      );
    const query = [
      any("", `step=${steps[roll(steps.length)].id}`),
      any("", `network=${1 + roll(2)}`),
      any("", "world=untrained", "world=chrono"),
      any("", "wave=own", "wave=probe"),
      any("", `period=${10 + roll(50)}`),
      any("", `phase=${roll(361)}`, `noise=0.${roll(999)}`),
      any("", `t=${1 + roll(100)}`),
      any("", "view=all", `picture=${any("change", "before", "step", "h")}`),
      any("", `saved=${moment()}`),
      any("", "do=", `do=${hand()}`, `do=${hand()},${hand()},${hand()}`),
    ];
    const state = decodeState(`#explore?${query.filter(Boolean).join("&")}`, data, steps);
    isSound(state);
    const link = encodeState(state, data, steps);
    assert.deepEqual(decodeState(link, data, steps), state, link);
    assert.equal(encodeState(decodeState(link, data, steps), data, steps), link);
    assert.equal(new URL(link, "file:///report.html").hash, link);
  }
});

test("a step sets its own state, and other keys override it", () => {
  const step = /** @type {Step} */ (steps.find((each) => each.state.do?.startsWith("push")));
  const state = decodeState(`#explore?step=${step.id}`, data, steps);
  assert.equal(state.interventions.length, 1);
  assert.equal(encodeState(state, data, steps), `#explore?step=${step.id}`);
  const freed = decodeState(`#explore?step=${step.id}&do=&t=7`, data, steps);
  assert.deepEqual([freed.interventions.length, freed.t, freed.step], [0, 7, step.id]);
  assert.equal(encodeState(freed, data, steps), `#explore?step=${step.id}&t=7&do=`);
});

test("steps are sound whatever the settings, and every hand of theirs is laid", () => {
  for (const [units, timesteps] of [
    [1, 60],
    [16, 100],
    [256, 1000],
  ]) {
    for (const period of /** @type {[number, number][]} */ ([
      [4, 4],
      [15, 50],
      [60, 60],
    ])) {
      const other = { ...data, units, timesteps, period, networks: [data.networks[1]] };
      for (const step of steps) {
        const state = decodeState(`#explore?step=${step.id}`, other, steps);
        assert.equal(state.interventions.length, (step.state.do ?? "").split(",").filter(Boolean).length);
        assert.ok(state.t <= timesteps && state.period >= period[0] && state.period <= period[1]);
        assert.deepEqual(decodeState(encodeState(state, other, steps), other, steps), state);
      }
    }
  }
});

test("a share of the timesteps may be so many later", () => {
  const state = decodeState("#explore?do=push:50%25%2B2:1:1,push:50%25:1:1,push:100%25%2B2:1:1", data, steps);
  assert.deepEqual(
    state.interventions.map((each) => each.t),
    [52, 50, 100],
  );
});

test("what is out of bounds is at the bound, and what is no value is as at the start", () => {
  const state = decodeState(
    "#explore?t=1e9&unit=-5&phase=1e308&noise=-1&period=0.001&network=77&world=moon&gate=x&view=9",
    data,
    steps,
  );
  assert.deepEqual([state.t, state.unit, state.phase, state.noise, state.period], [100, 1, 360, 0, 7.5]);
  assert.deepEqual([state.network, state.world, state.gate, state.view], [1, "trained", "f", "unit"]);
  assert.equal(decodeState("#explore?t=60abc", data, steps).t, start.t);
  assert.equal(decodeState("#explore?network=2&world=chrono", data, steps).world, "trained");
  assert.equal(decodeState("#explore?world=__proto__", data, steps).world, "trained");
});

test("whatever a link holds, a sound state comes of it, in no time", () => {
  const roll = dice(9);
  const words = [
    "step",
    "do",
    "hold",
    "put",
    "push",
    "cut",
    ":",
    ",",
    "&",
    "=",
    "%",
    "%zz",
    "own",
    "probe",
    "both",
    "NaN",
  ];
  words.push(
    "Infinity",
    "1e999",
    "-0",
    "all",
    "mean",
    "\u0000",
    "💧",
    "__proto__",
    "constructor",
    "t",
    "saved",
    "f",
    "3",
    "?",
    "#",
  );
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: roll(40) }, () => words[roll(words.length)]).join("");
    isSound(decodeState(`#explore?${text}`, data, steps));
    isSound(decodeState(text, data, steps));
  }
  const long = `#explore?do=${"hold:1:f:all:1,".repeat(100000)}`;
  const before = performance.now();
  isSound(decodeState(long, data, steps));
  assert.ok(performance.now() - before < 100);
});

test("a hand takes the place of those that it contradicts, also in a link", () => {
  const kinds = (/** @type {string} */ hands) =>
    decodeState(`#explore?do=${hands}`, data).interventions.map((each) => `${each.kind}:${each.t}`);
  assert.deepEqual(kinds("cut:5,feed:9"), ["feed:9"]);
  assert.deepEqual(kinds("hold:5:f:1:1,hold:5:f:1:1"), ["hold:5"]);
  assert.deepEqual(kinds("hold:5:f:1:1,hold:6:f:2:1,hold:7:i:1:1"), ["hold:5", "hold:6", "hold:7"]);
  assert.deepEqual(kinds("hold:5:f:1:1,hold:6:f:all:1"), ["hold:6"]);
  assert.deepEqual(kinds("hold:5:f:all:1,hold:6:f:1:0"), ["hold:5", "hold:6"]);
  assert.deepEqual(kinds("put:5:c:probe:3,put:5:h:probe:4,put:6:c:probe:4"), ["put:5", "put:5", "put:6"]);
  assert.deepEqual(kinds("put:5:c:probe:3,put:5:both:probe:4"), ["put:5"]);
  assert.deepEqual(kinds("push:5:1:1,push:5:1:2,push:5:1:1"), ["push:5", "push:5"]);
});
