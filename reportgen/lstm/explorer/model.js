// @ts-check
// The LSTM of the run, equation by equation, in float64 on the float32 weights that were trained. No DOM.

/** The four layers, in the order in which their weights are stored. */
export const GATES = /** @type {const} */ (["i", "f", "g", "o"]);

/** @typedef {"i" | "f" | "g" | "o"} Gate */

/**
 * One network: kernel (4U), recurrent (U × 4U, row by row), bias (4U), readout (U).
 * @typedef {{units: number, kernel: Float64Array, recurrent: Float64Array, bias: Float64Array, readout: Float64Array,
 *   readoutBias: number}} Weights
 */

/**
 * The four gates, c and h at every timestep (T × U, row by row), the inputs that were used and the outputs (T). `kept` and `poured` (T × U) are the
 * parts of c = kept · c₋₁ + poured: f and i·g, unless a hand was in it.
 * @typedef {{units: number, timesteps: number, x: Float64Array, y: Float64Array, i: Float64Array, f: Float64Array, g: Float64Array,
 *   o: Float64Array, c: Float64Array, h: Float64Array, kept: Float64Array, poured: Float64Array}} Run
 */

/**
 * What is done to a run; timesteps from 0. A hold, a cut and a feeding back begin with a timestep; a push and a put change the state that
 * a timestep has left behind. The later beginning counts, and of two the one that stands later.
 * @typedef {{kind: "hold", gate: Gate, unit: number | null, values: ArrayLike<number>, at: number}
 *   | {kind: "cut", at: number} | {kind: "feed", at: number} | {kind: "push", unit: number, amount: number, at: number}
 *   | {kind: "put", c: Float64Array | null, h: Float64Array | null, at: number}} Change
 */

/**
 * The float32 numbers, little-endian, that a base64 text holds.
 * @param {string} text
 */
export function floats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, place) => view.getFloat32(4 * place, true));
}

/**
 * The parts of a network whose numbers stand one after the other.
 * @param {Float64Array} numbers
 * @param {number} units
 * @returns {Weights}
 */
export function weightsOf(numbers, units) {
  if (numbers.length !== 4 * units * (units + 2) + units + 1) {
    throw new RangeError(`${numbers.length} weights are not those of ${units} units`);
  }
  let start = 0;
  const next = (/** @type {number} */ length) => {
    start += length;
    return numbers.slice(start - length, start);
  };
  return {
    units,
    kernel: next(4 * units),
    recurrent: next(4 * units * units),
    bias: next(4 * units),
    readout: next(units),
    readoutBias: next(1)[0],
  };
}

/** @param {number} z */
export function sigmoid(z) {
  return 1 / (1 + Math.exp(-z));
}

/**
 * The network on a wave, from a state of zeros, with what was done to it.
 * @param {Weights} weights
 * @param {ArrayLike<number>} wave the inputs (T)
 * @param {readonly Change[]} [changes]
 * @returns {Run}
 */
export function run(weights, wave, changes = []) {
  const U = weights.units;
  const T = wave.length;
  const empty = () => new Float64Array(T * U);
  /** @type {Run} */
  const made = {
    units: U,
    timesteps: T,
    x: new Float64Array(T),
    y: new Float64Array(T),
    i: empty(),
    f: empty(),
    g: empty(),
    o: empty(),
    c: empty(),
    h: empty(),
    kept: empty(),
    poured: empty(),
  };
  const sorted = [...changes].sort((one, other) => one.at - other.at);
  const z = new Float64Array(4 * U);
  for (let t = 0; t < T; t++) {
    const begun = sorted.filter((change) => change.at <= t);
    made.x[t] = input(made, wave, begun, t);
    sums(weights, made, t, z);
    const at = t * U;
    for (let u = 0; u < U; u++) {
      made.i[at + u] = sigmoid(z[u]);
      made.f[at + u] = sigmoid(z[U + u]);
      made.g[at + u] = Math.tanh(z[2 * U + u]);
      made.o[at + u] = sigmoid(z[3 * U + u]);
    }
    hold(made, begun, t);
    for (let u = 0; u < U; u++) {
      made.kept[at + u] = made.f[at + u];
      made.poured[at + u] = made.i[at + u] * made.g[at + u];
      made.c[at + u] = made.kept[at + u] * (t > 0 ? made.c[at - U + u] : 0) + made.poured[at + u];
      made.h[at + u] = made.o[at + u] * Math.tanh(made.c[at + u]);
    }
    reach(made, begun, t);
    made.y[t] = readOut(weights, made.h.subarray(at, at + U));
  }
  return made;
}

/**
 * The input of a timestep: the wave's, none, or what the network said a timestep earlier.
 * @param {Run} made
 * @param {ArrayLike<number>} wave
 * @param {readonly Change[]} begun
 * @param {number} t
 */
function input(made, wave, begun, t) {
  const last = begun.filter((change) => change.kind === "cut" || change.kind === "feed").at(-1);
  if (last?.kind === "cut") {
    return 0;
  }
  return last && t > 0 ? made.y[t - 1] : wave[t];
}

/**
 * The weighted sums of all four layers, (4U), before their activation.
 * @param {Weights} weights
 * @param {Run} made
 * @param {number} t
 * @param {Float64Array} z where they are put
 */
function sums({ units, kernel, recurrent, bias }, made, t, z) {
  const width = 4 * units;
  for (let n = 0; n < width; n++) {
    z[n] = kernel[n] * made.x[t] + bias[n];
  }
  if (t === 0) {
    return;
  }
  for (let k = 0, row = 0; k < units; k++, row += width) {
    const h = made.h[(t - 1) * units + k];
    for (let n = 0; n < width; n++) {
      z[n] += h * recurrent[row + n];
    }
  }
}

/**
 * Put what is held in the place of what was computed.
 * @param {Run} made
 * @param {readonly Change[]} begun
 * @param {number} t
 */
function hold(made, begun, t) {
  for (const change of begun) {
    if (change.kind === "hold") {
      for (let u = 0; u < made.units; u++) {
        if (change.unit === null || change.unit === u) {
          made[change.gate][t * made.units + u] = change.values[u];
        }
      }
    }
  }
}

/**
 * Push and put the state that a timestep left behind.
 * @param {Run} made
 * @param {readonly Change[]} begun
 * @param {number} t
 */
function reach(made, begun, t) {
  const at = t * made.units;
  for (const change of begun) {
    if (change.at !== t) {
      continue;
    }
    if (change.kind === "push") {
      const place = at + change.unit;
      const before = made.c[place];
      made.poured[place] += change.amount;
      made.c[place] = before + change.amount;
      made.h[place] += made.o[place] * (Math.tanh(made.c[place]) - Math.tanh(before));
    } else if (change.kind === "put") {
      if (change.c) {
        made.c.set(change.c, at);
        made.poured.set(change.c, at);
        made.kept.fill(0, at, at + made.units);
      }
      if (change.h) {
        made.h.set(change.h, at);
      }
    }
  }
}

/**
 * The prediction of the next sample.
 * @param {Weights} weights
 * @param {ArrayLike<number>} h (U)
 */
export function readOut(weights, h) {
  let said = weights.readoutBias;
  for (let u = 0; u < weights.units; u++) {
    said += weights.readout[u] * h[u];
  }
  return said;
}

/**
 * The state that a timestep left behind.
 * @param {Run} made
 * @param {number} t from 0
 */
export function snapshot(made, t) {
  const [start, stop] = [t * made.units, (t + 1) * made.units];
  return { c: made.c.slice(start, stop), h: made.h.slice(start, stop) };
}

/**
 * The mean of a gate in each unit over the timesteps from one on, (U).
 * @param {Run} made
 * @param {Gate} gate
 * @param {number} start
 */
export function meanOf(made, gate, start) {
  const means = new Float64Array(made.units);
  for (let t = start; t < made.timesteps; t++) {
    for (let u = 0; u < made.units; u++) {
      means[u] += made[gate][t * made.units + u] / (made.timesteps - start);
    }
  }
  return means;
}

/**
 * What every timestep up to t contributes to c of one unit at t, (t + 1): what it poured in, thinned by every forget gate since.
 * @param {Run} made
 * @param {number} unit
 * @param {number} t
 */
export function contributions(made, unit, t) {
  const parts = new Float64Array(t + 1);
  let thinned = 1;
  for (let k = t; k >= 0; k--) {
    parts[k] = thinned * made.poured[k * made.units + unit];
    thinned *= made.kept[k * made.units + unit];
  }
  return parts;
}

/**
 * The sizes of the contributions to c at t, added over all units, (t + 1).
 * @param {Run} made
 * @param {number} t
 */
export function sizesOfContributions(made, t) {
  const sizes = new Float64Array(t + 1);
  for (let u = 0; u < made.units; u++) {
    let thinned = 1;
    for (let k = t; k >= 0 && thinned !== 0; k--) {
      sizes[k] += Math.abs(thinned * made.poured[k * made.units + u]);
      thinned *= made.kept[k * made.units + u];
    }
  }
  return sizes;
}

/** The ages, in timesteps, by which the river is banded, from each of these to the next; those of the essay's figure (plots/flow.py). */
export const AGES = [0, 1, 3, 6, 11];

/** What the bands are called. */
export const AGE_NAMES = AGES.map((age, n) => {
  const next = AGES[n + 1];
  return n === 0 ? "now" : next === undefined ? `over ${age - 1}` : `${age}–${next - 1}`;
});

/**
 * The band to which an age belongs.
 * @param {number} age in timesteps
 */
export function bandOf(age) {
  return AGES.filter((each) => each <= age).length - 1;
}

/**
 * c of one unit by the age of what it is made of, one band (T) for each of AGES, which add up to c; or, of all units, the sizes of
 * those parts, added.
 * @param {Run} made
 * @param {number | null} unit
 */
export function bands(made, unit) {
  const { units, timesteps } = made;
  const oldest = AGES[AGES.length - 1];
  const all = AGES.map(() => new Float64Array(timesteps));
  const byAge = new Float64Array(oldest + 1);
  for (let u = unit ?? 0; u < (unit === null ? units : unit + 1); u++) {
    byAge.fill(0);
    for (let t = 0; t < timesteps; t++) {
      const kept = made.kept[t * units + u];
      byAge[oldest] = (byAge[oldest] + byAge[oldest - 1]) * kept;
      for (let age = oldest - 1; age > 0; age--) {
        byAge[age] = byAge[age - 1] * kept;
      }
      byAge[0] = made.poured[t * units + u];
      for (let n = 0; n < AGES.length; n++) {
        let part = 0;
        for (let age = AGES[n]; age < (AGES[n + 1] ?? oldest + 1); age++) {
          part += byAge[age];
        }
        all[n][t] += unit === null ? Math.abs(part) : part;
      }
    }
  }
  return all;
}

/**
 * The mean age of content in timesteps, its parts counted by their size.
 * @param {ArrayLike<number>} parts (t + 1), as contributions gives them
 */
export function meanAge(parts) {
  let [weighted, whole] = [0, 0];
  for (let k = 0; k < parts.length; k++) {
    weighted += (parts.length - 1 - k) * Math.abs(parts[k]);
    whole += Math.abs(parts[k]);
  }
  return whole > 0 ? weighted / whole : 0;
}

/**
 * One neuron of one gate at work: value, weight and product of each input, bias, sum, and what its activation makes of it.
 * `unit` of an input is null for the sample.
 * @param {Weights} weights
 * @param {Run} made
 * @param {Gate} gate
 * @param {number} unit
 * @param {number} t
 */
export function neuron(weights, made, gate, unit, t) {
  const U = weights.units;
  const column = GATES.indexOf(gate) * U + unit;
  const term = (/** @type {number | null} */ from, /** @type {number} */ value, /** @type {number} */ weight) => ({
    unit: from,
    value,
    weight,
    product: value * weight,
  });
  const terms = [term(null, made.x[t], weights.kernel[column])];
  for (let k = 0; k < U; k++) {
    terms.push(term(k, t > 0 ? made.h[(t - 1) * U + k] : 0, weights.recurrent[k * 4 * U + column]));
  }
  const bias = weights.bias[column];
  const sum = terms.reduce((total, each) => total + each.product, bias);
  return { terms, bias, sum, value: gate === "g" ? Math.tanh(sum) : sigmoid(sum), used: made[gate][t * U + unit] };
}

/**
 * The plane in which most of what c does along a run lies: its mean (U), its first two principal axes (U), and the share of
 * the variance along each.
 * @param {Run} made
 * @param {number} start the first timestep that counts
 */
export function planeOf(made, start) {
  const U = made.units;
  const T = made.timesteps - start;
  const mean = new Float64Array(U);
  for (let t = start; t < made.timesteps; t++) {
    for (let u = 0; u < U; u++) {
      mean[u] += made.c[t * U + u] / T;
    }
  }
  const spread = new Float64Array(U * U);
  const centred = new Float64Array(U);
  for (let t = start; t < made.timesteps; t++) {
    for (let u = 0; u < U; u++) {
      centred[u] = made.c[t * U + u] - mean[u];
    }
    for (let u = 0; u < U; u++) {
      for (let v = 0; v < U; v++) {
        spread[u * U + v] += (centred[u] * centred[v]) / T;
      }
    }
  }
  let total = 0;
  for (let u = 0; u < U; u++) {
    total += spread[u * U + u];
  }
  const first = leading(spread, U);
  const share = total > 0 ? first.variance / total : 0;
  for (let u = 0; u < U; u++) {
    for (let v = 0; v < U; v++) {
      spread[u * U + v] -= first.variance * first.axis[u] * first.axis[v];
    }
  }
  const second = U > 1 ? leading(spread, U) : { axis: new Float64Array(U), variance: 0 };
  return {
    mean,
    axes: [first.axis, second.axis],
    shares: [share, total > 0 ? Math.max(0, second.variance) / total : 0],
  };
}

/**
 * The axis along which a covariance (U × U) is largest, of length one, by power iteration; its largest part is positive.
 * @param {Float64Array} spread
 * @param {number} U
 */
function leading(spread, U) {
  let axis = Float64Array.from({ length: U }, (_, u) => 1 + Math.sin(u + 1) / 2);
  let variance = 0;
  for (let round = 0; round < 300; round++) {
    const next = new Float64Array(U);
    for (let u = 0; u < U; u++) {
      for (let v = 0; v < U; v++) {
        next[u] += spread[u * U + v] * axis[v];
      }
    }
    const length = Math.hypot(...next);
    if (!(length > 1e-12)) {
      break;
    }
    const moved = Math.hypot(...next.map((value, u) => value / length - axis[u]));
    axis = next.map((value) => value / length);
    variance = length;
    if (moved < 1e-9) {
      break;
    }
  }
  const length = Math.hypot(...axis);
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return { axis: axis.map((value) => (value * Math.sign(largest || 1)) / length), variance };
}

/**
 * Where the snapshots of a run lie in a plane, two coordinates for each timestep (T × 2).
 * @param {ReturnType<typeof planeOf>} plane
 * @param {Run} made
 */
export function placesIn({ mean, axes }, made) {
  const places = new Float64Array(2 * made.timesteps);
  for (let t = 0; t < made.timesteps; t++) {
    for (let u = 0; u < made.units; u++) {
      const centred = made.c[t * made.units + u] - mean[u];
      places[2 * t] += centred * axes[0][u];
      places[2 * t + 1] += centred * axes[1][u];
    }
  }
  return places;
}

/**
 * The mean squared error of predictions from one timestep on, as far as the target is known.
 * @param {ArrayLike<number>} said
 * @param {ArrayLike<number>} target
 * @param {number} start
 */
export function errorFrom(said, target, start) {
  let [total, known] = [0, 0];
  for (let t = start; t < target.length; t++) {
    if (!Number.isNaN(target[t])) {
      total += (said[t] - target[t]) ** 2;
      known += 1;
    }
  }
  return total / known;
}

/**
 * How far a run is from what was recorded at every `stride`-th timestep, c and h alike, and the largest |c| that was recorded.
 * Two that are no numbers agree.
 * @param {Run} made
 * @param {{c: Float64Array, h: Float64Array}} recorded
 * @param {number} stride
 */
export function differenceFrom(made, recorded, stride) {
  let [largest, level] = [0, 0];
  const U = made.units;
  const rows = Math.ceil(made.timesteps / stride);
  for (const name of /** @type {const} */ (["c", "h"])) {
    if (recorded[name].length !== rows * U) {
      return { largest: Number.POSITIVE_INFINITY, level };
    }
    for (let n = 0; n < rows * U; n++) {
      const row = Math.floor(n / U);
      const [here, there] = [made[name][row * stride * U + (n % U)], recorded[name][n]];
      const apart = Number.isNaN(here) && Number.isNaN(there) ? 0 : Math.abs(here - there);
      largest = apart <= largest ? largest : Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
      level = name === "c" && Math.abs(there) > level ? Math.abs(there) : level;
    }
  }
  return { largest, level };
}
