// @ts-check
// What a state shows: the network, the wave, the run as it was left alone and as hands were laid on it. No DOM.

import { differenceFrom, floats, meanOf, planeOf, run, snapshot, weightsOf } from "./model.js";
import { sine } from "./waves.js";

/** @typedef {import("./model.js").Weights} Weights */
/** @typedef {import("./model.js").Run} Run */
/** @typedef {import("./model.js").Change} Change */
/** @typedef {import("./waves.js").Wave} Wave */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Choice} Choice */
/** @typedef {import("./state.js").Intervention} Intervention */

/**
 * The explorer's data, as reportgen/lstm/exploring.py writes them.
 * @typedef {{units: number, timesteps: number, warm_up: number, period: [number, number], noise: number, seed: number,
 *   worlds: Record<string, string>, case_count: number,
 *   networks: {number: number, worlds: Record<string, {weights: string, recorded: {c: string, h: string}}>}[],
 *   probe: {x: string, target: string, phase: string, period: number}, example: {unit: number, t: number}, stride: number, tolerance: number}} Data
 */

/**
 * A state and all that follows from it: `calm` is the run that was left alone, `run` the one that is shown; t and u count from 0, `first` is
 * the timestep from 0 at which the first hand was laid on it,
 * `donor` the clean next sample of the wave whose snapshot (of timestep `from`) was put in last, from where (`at`) it was put in; `same` if that
 * is the wave that is looked at.
 * @typedef {{data: Data, state: State, t: number, u: number, weights: Weights, wave: Wave, calm: Run, run: Run, disturbed: boolean,
 *   first: number, donor: Donor | null, plane: ReturnType<typeof planeOf>}} Scene
 */

/** @typedef {{at: number, from: number, same: boolean, target: Float64Array}} Donor */

/**
 * Compute every recorded trace again: how many there were, and how far the worst is from what was recorded, as a
 * share of its largest |c|, or in the unit of c if that is below one.
 * @param {Data} data
 * @returns {{traces: number, largest: number, worst: string, agrees: boolean}}
 */
export function checked(data) {
  const wave = floats(data.probe.x);
  const found = { traces: 0, largest: 0, worst: "", agrees: wave.length === data.timesteps };
  for (const { number, worlds } of data.networks) {
    for (const [world, { weights, recorded }] of Object.entries(worlds)) {
      const made = run(weightsOf(floats(weights), data.units), wave);
      const { largest, level } = differenceFrom(made, { c: floats(recorded.c), h: floats(recorded.h) }, data.stride);
      found.traces += 1;
      // Rounding is relative: a state of tens is off by more than one below one.
      const share = largest / Math.max(1, level);
      found.agrees &&= share <= data.tolerance;
      if (share > found.largest) {
        [found.largest, found.worst] = [share, `network ${number}, ${data.worlds[world]}`];
      }
    }
  }
  found.agrees &&= found.traces > 0;
  return found;
}

/**
 * A function from states to scenes, which computes again only what has changed.
 * @param {Data} data
 * @returns {(state: State) => Scene}
 */
export function stage(data) {
  /** @type {Map<string, {key: string, value: unknown}>} */
  const memory = new Map();
  /**
   * @template V
   * @param {string} name
   * @param {string} key
   * @param {() => V} make
   * @returns {V}
   */
  const remembered = (name, key, make) => {
    const kept = memory.get(name);
    if (kept?.key === key) {
      return /** @type {V} */ (kept.value);
    }
    const value = make();
    memory.set(name, { key, value });
    return value;
  };
  const probe = {
    x: floats(data.probe.x),
    target: floats(data.probe.target),
    phase: floats(data.probe.phase),
    period: data.probe.period,
  };
  const waveOf = (/** @type {Choice} */ choice) =>
    choice.wave === "probe" ? probe : sine(data.timesteps, choice.period, choice.phase, choice.noise, data.seed);
  return (state) => {
    const network = `${state.network} ${state.world}`;
    const weights = remembered("weights", network, () => {
      const found = data.networks.find((each) => each.number === state.network) ?? data.networks[0];
      return weightsOf(floats(found.worlds[state.world].weights), data.units);
    });
    const { wave: which, period, phase, noise } = state;
    const heard = which === "probe" ? which : `${period} ${phase} ${noise}`;
    const wave = remembered("wave", heard, () => waveOf(state));
    const calm = remembered("calm", `${network} ${heard}`, () => run(weights, wave.x));
    const plane = remembered("plane", `${network} ${heard}`, () => planeOf(calm, data.warm_up));
    const { interventions } = state;
    const disturbed = interventions.length > 0;
    const made = remembered("run", `${network} ${heard} ${JSON.stringify(interventions)}`, () =>
      disturbed ? run(weights, wave.x, changesOf(interventions, weights, calm, data, waveOf)) : calm,
    );
    return {
      data,
      state,
      t: state.t - 1,
      u: state.unit - 1,
      weights,
      wave,
      calm,
      run: made,
      disturbed,
      first: Math.min(...interventions.map((each) => each.t), data.timesteps) - 1,
      donor: remembered("donor", `${heard} ${JSON.stringify(interventions)}`, () => donorOf(state, data, probe)),
      plane,
    };
  };
}

/**
 * How the wave would go on whose snapshot was put in last; unknown (NaN) before, and after the end of a held-out wave.
 * @param {State} state
 * @param {Data} data
 * @param {Wave} probe
 * @returns {Donor | null}
 */
function donorOf(state, data, probe) {
  const puts = state.interventions.flatMap((each) => (each.kind === "put" ? [each] : []));
  const last = puts.reduce((latest, each) => (latest && latest.t > each.t ? latest : each), puts[0]);
  if (last === undefined) {
    return null;
  }
  const { from } = last;
  const at = last.t - 1;
  const longer = from.wave === "probe" ? probe : sine(2 * data.timesteps, from.period, from.phase, 0, data.seed);
  const next = (/** @type {number} */ t) => (t < at ? Number.NaN : (longer.target[from.t - 1 + t - at] ?? Number.NaN));
  const alike = /** @type {const} */ (["period", "phase", "noise"]).every((key) => from[key] === state[key]);
  const same = from.wave === state.wave && (from.wave === "probe" || alike);
  return { at, from: from.t, same, target: Float64Array.from({ length: data.timesteps }, (_, t) => next(t)) };
}

/**
 * What interventions come to, in numbers.
 * @param {readonly Intervention[]} interventions
 * @param {Weights} weights
 * @param {Run} calm
 * @param {Data} data
 * @param {(choice: Choice) => Wave} waveOf
 * @returns {Change[]}
 */
function changesOf(interventions, weights, calm, data, waveOf) {
  return interventions.map((each) => {
    const at = each.t - 1;
    if (each.kind === "hold") {
      const { gate, unit, value } = each;
      const values = value === "mean" ? meanOf(calm, gate, data.warm_up) : new Float64Array(weights.units).fill(value);
      return { kind: "hold", gate, unit: unit === null ? null : unit - 1, values, at };
    }
    if (each.kind === "push") {
      return { kind: "push", unit: each.unit - 1, amount: each.amount, at };
    }
    if (each.kind === "put") {
      const { c, h } = snapshot(run(weights, waveOf(each.from).x), each.from.t - 1);
      return { kind: "put", c: each.part === "h" ? null : c, h: each.part === "c" ? null : h, at };
    }
    return { kind: each.kind, at };
  });
}

/**
 * Where a wave is in its period, in degrees from where it rises through zero.
 * @param {Scene} scene
 */
export function degrees({ wave, t }) {
  const turned = (wave.phase[t] * 180) / Math.PI;
  return Math.round(((turned % 360) + 360) % 360) % 360;
}
