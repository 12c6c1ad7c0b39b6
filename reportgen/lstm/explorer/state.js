// @ts-check
// The value of every control in one frozen object, and how it is written into a link and read from one.

import { GATES } from "./model.js";

/** @typedef {import("./model.js").Gate} Gate */

/**
 * Which wave: the held-out one, or a sine of one's own (period in timesteps, phase in degrees).
 * @typedef {{wave: "probe" | "own", period: number, phase: number, noise: number}} Choice
 */

/**
 * A moment of an undisturbed run, of which a snapshot is taken; timesteps from 1.
 * @typedef {Choice & {t: number}} Moment
 */

/**
 * Timesteps and units from 1; no unit is all of them.
 * @typedef {{kind: "hold", gate: Gate, unit: number | null, value: number | "mean", t: number}
 *   | {kind: "cut", t: number} | {kind: "feed", t: number} | {kind: "push", unit: number, amount: number, t: number}
 *   | {kind: "put", part: "both" | "c" | "h", t: number, from: Moment}} Intervention
 */

/** What can be pictured: c, c of the step before, what this step changed in it, what is shown (h), what hands changed in c. */
export const PICTURES = /** @type {const} */ (["c", "before", "step", "h", "change"]);

/** @typedef {(typeof PICTURES)[number]} Picture */

/**
 * @typedef {Readonly<Choice & {step: string, network: number, world: string, t: number, unit: number, view: "unit" | "all",
 *   picture: Picture, gate: Gate, saved: Moment | null, interventions: readonly Intervention[]}>} State
 */

/**
 * What the page gives to the explorer, as far as it decides what a state may be.
 * @typedef {{units: number, timesteps: number, period: [number, number], noise: number,
 *   networks: {number: number, worlds: Record<string, unknown>}[]}} Bounds
 */

/**
 * A guided step; its state is written as in a link, where a share is of what a value can be.
 * @typedef {{id: string, title: string, text: string, claims: string[], state: Record<string, string>}} Step
 */

/** More are not taken from a link. */
export const MOST_INTERVENTIONS = 12;

/** More of a link is not read. */
const MOST_LETTERS = 4000;

/** How far a unit can be pushed. */
export const MOST_PUSH = 5;

/**
 * The range of each slider of a wave of one's own; training had periods from the one to the other of data.period.
 * @param {Bounds} data
 */
export function ranges(data) {
  return {
    period: { low: Math.max(2, data.period[0] / 2), high: 2 * data.period[1] },
    phase: { low: 0, high: 360 },
    noise: { low: 0, high: Math.max(1, 2 * data.noise) },
  };
}

/**
 * The range of what a layer can say.
 * @param {Gate} gate
 */
export function rangeOf(gate) {
  return { low: gate === "g" ? -1 : 0, high: 1 };
}

/**
 * Write a state: what differs from its guided step, or from the start if it has none.
 * @param {State} state
 * @param {Bounds} data
 * @param {readonly Step[]} [steps]
 * @returns {string} as in "#explore?step=river&t=60"
 */
export function encodeState(state, data, steps = []) {
  const base = written(decodeState(`explore?step=${state.step}`, data, steps));
  const parts = Object.entries(written(state)).filter(([key, value]) => key === "step" || value !== base[key]);
  if (state.wave === "probe" && parts.some(([key]) => key === "period" || key === "phase" || key === "noise")) {
    parts.push(["wave", "probe"]);
  }
  const kept = parts.filter(([key, value], n) => (key !== "step" || value !== "") && firstOf(parts, key) === n);
  return kept.length === 0 ? "#explore" : `#explore?${kept.map(([key, value]) => `${key}=${value}`).join("&")}`;
}

/**
 * @param {string[][]} parts
 * @param {string} key
 */
function firstOf(parts, key) {
  return parts.findIndex(([each]) => each === key);
}

/**
 * Every key of a link with its text.
 * @param {State} state
 * @returns {Record<string, string>}
 */
function written(state) {
  const { step, network, world, wave, period, phase, noise, t, unit, view, picture, gate, saved, interventions } =
    state;
  return {
    step,
    network: `${network}`,
    world,
    wave,
    period: `${period}`,
    phase: `${phase}`,
    noise: `${noise}`,
    t: `${t}`,
    unit: `${unit}`,
    view,
    picture,
    gate,
    saved: saved ? momentText(saved) : "",
    do: interventions.map(interventionText).join(","),
  };
}

/** @param {Moment} moment */
function momentText({ wave, period, phase, noise, t }) {
  return wave === "probe" ? `probe:${t}` : `own:${t}:${period}:${phase}:${noise}`;
}

/** @param {Intervention} intervention */
function interventionText(intervention) {
  switch (intervention.kind) {
    case "hold":
      return `hold:${intervention.t}:${intervention.gate}:${intervention.unit ?? "all"}:${intervention.value}`;
    case "push":
      return `push:${intervention.t}:${intervention.unit}:${intervention.amount}`;
    case "put":
      return `put:${intervention.t}:${intervention.part}:${momentText(intervention.from)}`;
    default:
      return `${intervention.kind}:${intervention.t}`;
  }
}

/**
 * Read a state from a link; what is missing, wrong or out of bounds is as it is at the start, or at the nearest bound.
 * @param {string} text as in "#explore?step=river&t=60"
 * @param {Bounds} data
 * @param {readonly Step[]} [steps]
 * @returns {State}
 */
export function decodeState(text, data, steps = []) {
  const query = text.slice(0, MOST_LETTERS).replace(/^[^?]*\??/, "");
  const given = new Map(new URLSearchParams(query));
  const step = steps.find((each) => each.id === given.get("step"));
  const asked = new Map([...Object.entries(step?.state ?? {}), ...given]);
  const read = (/** @type {string} */ key) => asked.get(key) ?? "";
  const network = data.networks.find((each) => `${each.number}` === read("network")) ?? data.networks[0];
  const worlds = Object.keys(network.worlds);
  const gate = GATES.find((each) => each === read("gate")) ?? "f";
  const own =
    read("wave") === "own" || (read("wave") !== "probe" && ["period", "phase", "noise"].some((key) => asked.has(key)));
  const saved = momentOf(read("saved").split(":"), data);
  return Object.freeze({
    step: step?.id ?? "",
    network: network.number,
    world: worlds.includes(read("world")) ? read("world") : worlds[0],
    wave: own ? "own" : "probe",
    ...sineOf(read("period"), read("phase"), read("noise"), data),
    t: timestep(read("t"), data, Math.round(0.6 * data.timesteps)),
    unit: whole(read("unit"), 1, data.units, 1),
    view: read("view") === "all" ? "all" : "unit",
    picture: PICTURES.find((each) => each === read("picture")) ?? "c",
    gate,
    saved,
    interventions: Object.freeze(interventionsOf(read("do"), data)),
  });
}

/**
 * @param {string} text
 * @param {Bounds} data
 */
function interventionsOf(text, data) {
  /** @type {readonly Intervention[]} */
  let laid = [];
  for (const each of text.split(",")) {
    const made = interventionOf(each.split(":"), data);
    const next = made ? laidOn(laid, made).kept : laid;
    laid = next.length > MOST_INTERVENTIONS ? laid : next;
  }
  return [...laid];
}

/**
 * Lay one more hand: those that it contradicts, or that are the same, are replaced by it.
 * @param {readonly Intervention[]} before
 * @param {Intervention} made
 * @returns {{kept: readonly Intervention[], replaced: readonly Intervention[]}}
 */
export function laidOn(before, made) {
  const replaced = before.filter((each) => contradicts(made, each));
  return { kept: [...before.filter((each) => !replaced.includes(each)), made], replaced };
}

/**
 * Whether a hand leaves no room for an earlier one: a gate of a unit is held in one way, there is one input, and one state
 * of a moment; a push is added to what is there, unless it is the same push.
 * @param {Intervention} made
 * @param {Intervention} other
 */
function contradicts(made, other) {
  if (made.kind === "hold" && other.kind === "hold") {
    return made.gate === other.gate && (made.unit === null || made.unit === other.unit);
  }
  if (made.kind === "push" && other.kind === "push") {
    return interventionText(made) === interventionText(other);
  }
  if (made.kind === "put" && other.kind === "put") {
    return made.t === other.t && (made.part === "both" || made.part === other.part);
  }
  const heard = ["cut", "feed"];
  return heard.includes(made.kind) && heard.includes(other.kind);
}

/**
 * @param {string[]} words
 * @param {Bounds} data
 * @returns {Intervention | null}
 */
function interventionOf([kind, when = "", ...words], data) {
  const t = timestep(when, data, null);
  if (t === null) {
    return null;
  }
  if (kind === "cut" || kind === "feed") {
    return Object.freeze({ kind, t });
  }
  if (kind === "hold") {
    const gate = GATES.find((each) => each === words[0]);
    const unit = words[1] === "all" ? null : whole(words[1], 1, data.units, 0);
    if (!gate || unit === 0) {
      return null;
    }
    const { low, high } = rangeOf(gate);
    const value = words[2] === "mean" ? "mean" : clamped(words[2], low, high, null);
    return value === null ? null : Object.freeze({ kind, gate, unit, value, t });
  }
  if (kind === "push") {
    const unit = whole(words[0], 1, data.units, 0);
    const amount = clamped(words[1], -MOST_PUSH, MOST_PUSH, null);
    return unit === 0 || amount === null ? null : Object.freeze({ kind, unit, amount, t });
  }
  const part = /** @type {const} */ (["both", "c", "h"]).find((each) => each === words[0]);
  const from = momentOf(words.slice(1), data);
  return kind === "put" && part && from ? Object.freeze({ kind, part, t, from }) : null;
}

/**
 * @param {string[]} words
 * @param {Bounds} data
 * @returns {Moment | null}
 */
function momentOf([wave, when = "", period = "", phase = "", noise = ""], data) {
  const t = timestep(when, data, null);
  if (t === null || (wave !== "probe" && wave !== "own")) {
    return null;
  }
  const sine = wave === "own" ? sineOf(period, phase, noise, data) : sineOf("", "", "", data);
  return Object.freeze({ wave, ...sine, t });
}

/**
 * @param {string} period
 * @param {string} phase
 * @param {string} noise
 * @param {Bounds} data
 */
function sineOf(period, phase, noise, data) {
  const range = ranges(data);
  const [shortest, longest] = data.period;
  const usual = rounded((shortest + longest) / 2);
  const share = percent(period);
  return {
    period:
      share === null
        ? clamped(period, range.period.low, range.period.high, usual)
        : rounded(shortest + share * (longest - shortest)),
    phase: clamped(phase, 0, 360, 0),
    noise: clamped(noise, 0, range.noise.high, rounded(data.noise)),
  };
}

/**
 * @template {number | null} D
 * @param {string} text a number, or a share of all timesteps as "60%", or so many later as "60%+2"
 * @param {Bounds} data
 * @param {D} otherwise
 * @returns {number | D}
 */
function timestep(text, data, otherwise) {
  const share = percent(text);
  const later = Number(text.split("+")[1] ?? 0);
  return whole(share === null ? text : `${Math.round(share * data.timesteps) + later}`, 1, data.timesteps, otherwise);
}

/** @param {string} text */
function percent(text) {
  const found = /^(\d{1,3})%(\+\d)?$/.exec(text);
  return found ? Math.min(1, Number(found[1]) / 100) : null;
}

/**
 * @template {number | null} D
 * @param {string | undefined} text
 * @param {number} low
 * @param {number} high
 * @param {D} otherwise
 * @returns {number | D}
 */
function whole(text, low, high, otherwise) {
  const value = clamped(text, low, high, otherwise);
  return typeof value === "number" ? /** @type {number} */ (Math.round(value)) : value;
}

/**
 * @template {number | null} D
 * @param {string | undefined} text
 * @param {number} low
 * @param {number} high
 * @param {D} otherwise
 * @returns {number | D}
 */
function clamped(text, low, high, otherwise) {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? otherwise : rounded(Math.min(high, Math.max(low, value)));
}

/**
 * To the digits that a link keeps.
 * @param {number} value
 */
function rounded(value) {
  return Math.round(value * 1e4) / 1e4 + 0;
}
