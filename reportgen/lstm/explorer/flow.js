// @ts-check
// The cell state as a flow: the river along time, what it holds now by when it was poured in, and the balance of this step.

import { axes, dot, extentOf, frameOf, markHands, markMoment, series, ticks, timeTicks, trace } from "./axes.js";
import { chart, draggable, mixed } from "./canvas.js";
import { captioned, choices, element, keyed } from "./dom.js";
import { counted, number } from "./format.js";
import { AGE_NAMES, AGES, bandOf, bands, contributions, meanAge, sizesOfContributions } from "./model.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./canvas.js").Colours} Colours */
/** @typedef {import("./state.js").State} State */

/** How the river, its sources and its balance add up, in one channel. */
const SIGNS_KEPT = [
  "c is what is above zero less what is below.",
  "Together, the bars are c.",
  "c before, less what leaks, plus what flows in, is c now.",
];

/** And of all units. */
const SIGNS_LOST = [
  "Sizes without signs: c lies below the top of the stack where parts of one unit have different signs and cancel in c.",
  "Sizes without signs: together, the bars are c or more.",
  "Sizes without signs: poured in less leaked out is not the change. For the sum with its signs, take one unit.",
];

/**
 * @param {(change: Partial<State>) => void} change
 * @param {number} timesteps
 */
export function flowPanel(change, timesteps) {
  const river = chart(230);
  const sources = chart(140);
  const balance = chart(150);
  for (const each of [river, sources]) {
    draggable(each.element, timesteps, (t) => change({ t }));
  }
  const heading = element("h3", {});
  const words = element("p", { class: "ex-words" });
  const legend = element("ul", { class: "ex-legend" });
  const view = choices(
    "Channel of",
    [
      ["unit", "one unit"],
      ["all", "all units, sum of sizes"],
    ],
    (value) => change({ view: value === "all" ? "all" : "unit" }),
  );
  const notes = Array.from({ length: 3 }, () => element("span", { class: "ex-note" }));
  const level = captioned("What is in the channel, by its age", river.element, legend, notes[0]);
  const parts = captioned("What is in it now, by when it was poured in", sources.element, notes[1]);
  const step = captioned("What this step does to it", balance.element, notes[2]);
  const panel = element(
    "section",
    { class: "ex-panel" },
    heading,
    view.element,
    words,
    level.element,
    parts.element,
    step.element,
  );

  /** @type {{frames: ReturnType<typeof frameOf>[], layers: Float64Array[], levels: Float64Array} | null} */
  let drawn = null;

  /**
   * What does not depend on the moment.
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const whole = (scene, colours) => {
    const { run, state, data } = scene;
    const all = state.view === "all";
    view.set(state.view);
    heading.textContent = all ? "The flow: all units" : `The flow: unit ${state.unit}`;
    const told = all ? SIGNS_LOST : SIGNS_KEPT;
    for (const [n, note] of notes.entries()) {
      note.textContent = told[n];
    }
    const layers = bands(run, all ? null : scene.u);
    const levels = levelsOf(run, all ? null : scene.u);
    const calm = levelsOf(scene.calm, all ? null : scene.u);
    const size = river.fit();
    const { above, below } = stacked(layers);
    const span = extentOf(above[AGES.length], below[AGES.length], levels, calm);
    const frame = frameOf(size, [1, data.timesteps], span);
    const context = river.sheet("base", colours);
    const across = timeTicks(data.timesteps, size.width);
    axes(context, frame, colours, { across, up: ticks(span[0], span[1], 4) });
    const shades = AGES.map((_, n) => shade(colours, n));
    for (const sums of [above, below]) {
      for (let n = AGES.length - 1; n >= 0; n--) {
        // From the oldest, at the axis, outwards: what is drawn later lies on what is older.
        const [inner, outer] = [sums[AGES.length - 1 - n], sums[AGES.length - n]];
        context.beginPath();
        for (let t = 0; t < outer.length; t++) {
          context.lineTo(frame.x(t + 1), frame.y(outer[t]));
        }
        for (let t = outer.length - 1; t >= 0; t--) {
          context.lineTo(frame.x(t + 1), frame.y(inner[t]));
        }
        context.fillStyle = shades[n];
        context.fill();
        // The palest would be lost on the ground without an edge.
        series(context, frame, outer, { colour: mixed(colours.muted, colours.panel, 0.7), width: 0.75 });
      }
    }
    const zero = frame.y(0);
    context.strokeStyle = colours.muted;
    context.lineWidth = 1;
    trace(context, [
      [frame.left, zero],
      [frame.right, zero],
    ]);
    if (scene.disturbed) {
      series(context, frame, calm, { colour: colours.muted, width: 1.5, dash: [4, 3] });
    }
    series(context, frame, levels, { colour: colours.panel, width: 5 });
    series(context, frame, levels, { colour: colours.c, width: 2 });
    markHands(context, frame, colours, state.interventions);
    legend.replaceChildren(...keys(shades, scene.disturbed, colours, all));

    const place = sources.fit();
    // No content is ever more than what was poured in: so the scale stays while time is dragged.
    const most = extentOf(all ? valuesOf(scene, "inflow") : run.poured.filter((_, n) => n % run.units === scene.u));
    const under = frameOf(place, [1, data.timesteps], most);
    const sheet = sources.sheet("base", colours);
    axes(sheet, under, colours, { across, up: ticks(most[0], most[1], 3) });

    const wide = balance.fit();
    const poured = extentOf(levels, valuesOf(scene, "leak"), valuesOf(scene, "inflow"));
    const bars = frameOf(wide, poured, [0, 1], { left: 116, right: 64, top: 4, bottom: 26 });
    const ground = balance.sheet("base", colours);
    barAxis(ground, bars, colours, ticks(poured[0], poured[1], Math.max(2, wide.width / 110)));
    drawn = { frames: [frame, under, bars], layers, levels };
  };

  /**
   * What depends on the moment.
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const moment = (scene, colours) => {
    if (drawn === null) {
      return;
    }
    const { run, state, t, u } = scene;
    const all = state.view === "all";
    const [frame, under, bars] = drawn.frames;
    const context = river.sheet("top", colours);
    markMoment(context, frame, colours, t + 1);
    dot(context, colours, frame.x(t + 1), frame.y(drawn.levels[t]));

    const parts = all ? sizesOfContributions(run, t) : contributions(run, u, t);
    const sheet = sources.sheet("top", colours);
    const thick = Math.max(1, Math.min(14, ((under.right - under.left) / run.timesteps) * 0.7));
    for (let k = 0; k <= t; k++) {
      const age = bandOf(t - k);
      sheet.fillStyle = shade(colours, age);
      const [from, to] = [under.y(0), under.y(parts[k])];
      sheet.fillRect(under.x(k + 1) - thick / 2, Math.min(from, to), thick, Math.abs(to - from));
    }
    sheet.strokeStyle = colours.muted;
    sheet.lineWidth = 1;
    trace(sheet, [
      [under.left, under.y(0)],
      [under.right, under.y(0)],
    ]);
    markMoment(sheet, under, colours, t + 1);

    const ground = balance.sheet("top", colours);
    const rows = rowsOf(scene);
    for (const [n, row] of rows.entries()) {
      drawBar(ground, bars, colours, row, (n + 0.5) / rows.length, rows.length);
    }
    words.replaceChildren(...equation(scene), ` Its content is on average ${number(meanAge(parts), 1)} timesteps old.`);
  };

  /** @param {Scene} scene */
  const say = (scene) => {
    const { state, run } = scene;
    const all = state.view === "all";
    const whose = all ? "of all units, sizes added" : `of unit ${state.unit}`;
    const spread = Array.from(drawn?.levels ?? []);
    const ages = AGE_NAMES.map((name, n) => `${name}: ${number(drawn?.layers[n][scene.t] ?? 0, 2)}`).join(", ");
    river.say(
      `The channel ${whose} along ${counted(run.timesteps, "timestep")}: c lies between ${number(Math.min(...spread), 2)} and ${number(Math.max(...spread), 2)}. At timestep ${state.t} it is ${number(spread[scene.t], 2)}, by age in timesteps ${ages}.`,
    );
    const parts = all ? sizesOfContributions(run, scene.t) : contributions(run, scene.u, scene.t);
    const largest = parts.reduce((most, value, k) => (Math.abs(value) > Math.abs(parts[most]) ? k : most), 0);
    sources.say(
      `What is in the channel ${whose} at timestep ${state.t}, by the timestep that poured it in: most is of timestep ${largest + 1}, ${number(parts[largest], 2)}; on average it is ${number(meanAge(parts), 1)} timesteps old.`,
    );
    balance.say(
      `${rowsOf(scene)
        .map((row) => `${row.name} ${number(row.value, 3)}`)
        .join(", ")}.`,
    );
  };

  return { element: panel, whole, moment, say };
}

/**
 * c of a unit along a run, or the sizes of all, added.
 * @param {import("./model.js").Run} run
 * @param {number | null} unit
 */
function levelsOf(run, unit) {
  return Float64Array.from({ length: run.timesteps }, (_, t) => {
    if (unit !== null) {
      return run.c[t * run.units + unit];
    }
    let sum = 0;
    for (let u = 0; u < run.units; u++) {
      sum += Math.abs(run.c[t * run.units + u]);
    }
    return sum;
  });
}

/**
 * The edges of bands that are laid one on the other from the oldest to the freshest, those above zero and those below.
 * @param {Float64Array[]} layers
 */
function stacked(layers) {
  const above = [new Float64Array(layers[0].length)];
  const below = [new Float64Array(layers[0].length)];
  for (const layer of [...layers].reverse()) {
    above.push(above[above.length - 1].map((value, t) => value + Math.max(0, layer[t])));
    below.push(below[below.length - 1].map((value, t) => value + Math.min(0, layer[t])));
  }
  return { above, below };
}

/**
 * The shade of an age, as in the essay's figure: the older, the darker.
 * @param {Colours} colours
 * @param {number} n
 */
function shade(colours, n) {
  return colours[`age-${n + 1}`];
}

/**
 * @param {string[]} shades
 * @param {boolean} disturbed
 * @param {Colours} colours
 * @param {boolean} all
 */
function keys(shades, disturbed, colours, all) {
  const last = shades.length - 1;
  const ages = shades.map((each, n) =>
    keyed("ex-area", each, `${AGE_NAMES[n]}${n === 0 ? " poured in" : n === last ? " timesteps old" : ""}`),
  );
  const lines = [keyed("ex-line", colours.c, all ? "sizes of c, added" : "c")];
  if (disturbed) {
    lines.push(keyed("ex-dashed", colours.muted, "c left alone"));
  }
  return [...ages, ...lines];
}

/**
 * What leaks or flows in at every timestep, of the unit or of all.
 * @param {Scene} scene
 * @param {"leak" | "inflow"} which
 */
function valuesOf({ run, state, u }, which) {
  const all = state.view === "all";
  return Float64Array.from({ length: run.timesteps }, (_, t) => {
    let sum = 0;
    for (let unit = all ? 0 : u; unit < (all ? run.units : u + 1); unit++) {
      const part = partOf(run, t, unit)[which];
      sum += all ? Math.abs(part) : part;
    }
    return sum;
  });
}

/**
 * One unit's balance at a timestep.
 * @param {import("./model.js").Run} run
 * @param {number} t
 * @param {number} unit
 */
function partOf(run, t, unit) {
  const at = t * run.units + unit;
  const before = t > 0 ? run.c[at - run.units] : 0;
  return { before, leak: (run.kept[at] - 1) * before, inflow: run.poured[at], now: run.c[at] };
}

/**
 * The rows of the balance: from where a bar starts, its value, what it is called.
 * @param {Scene} scene
 */
function rowsOf({ run, state, t, u }) {
  if (state.view === "unit") {
    const { before, leak, inflow, now } = partOf(run, t, u);
    return [
      { name: "c before", from: 0, value: before, colour: "c" },
      { name: "leak −(1−f)·c₋₁", from: before, value: leak, colour: "f" },
      { name: "inflow i·g", from: before + leak, value: inflow, colour: "i" },
      { name: "c now", from: 0, value: now, colour: "c" },
    ];
  }
  const sums = { before: 0, leak: 0, inflow: 0, changed: 0 };
  for (let unit = 0; unit < run.units; unit++) {
    const { before, leak, inflow, now } = partOf(run, t, unit);
    sums.before += Math.abs(before);
    sums.leak += Math.abs(leak);
    sums.inflow += Math.abs(inflow);
    sums.changed += Math.abs(now - before);
  }
  return [
    { name: "c before", from: 0, value: sums.before, colour: "c" },
    { name: "leaked out", from: 0, value: sums.leak, colour: "f" },
    { name: "poured in", from: 0, value: sums.inflow, colour: "i" },
    { name: "change of c", from: 0, value: sums.changed, colour: "h" },
  ];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<typeof frameOf>} frame
 * @param {Colours} colours
 * @param {number[]} marks
 */
function barAxis(context, frame, colours, marks) {
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillStyle = colours.muted;
  for (const value of marks) {
    const x = Math.round(frame.x(value)) + 0.5;
    context.strokeStyle = Math.abs(value) < 1e-9 ? colours.muted : colours.line;
    context.lineWidth = 1;
    trace(context, [
      [x, frame.top],
      [x, frame.bottom],
    ]);
    context.fillText(number(value, Math.abs(marks[1] - marks[0]) < 1 ? 1 : 0), x, frame.bottom + 6);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<typeof frameOf>} frame
 * @param {Colours} colours
 * @param {{name: string, from: number, value: number, colour: string}} row
 * @param {number} share from the top
 * @param {number} rows
 */
function drawBar(context, frame, colours, row, share, rows) {
  const y = frame.y(1 - share);
  const high = ((frame.bottom - frame.top) / rows) * 0.5;
  const [from, to] = [frame.x(row.from), frame.x(row.from + row.value)];
  context.fillStyle = colours[row.colour];
  context.fillRect(Math.min(from, to), y - high / 2, Math.max(1.5, Math.abs(to - from)), high);
  if (row.from !== 0 && Math.abs(to - from) > 6) {
    // An arrowhead in the direction of the flow.
    const way = Math.sign(to - from);
    context.beginPath();
    context.moveTo(to, y - high);
    context.lineTo(to + 6 * way, y);
    context.lineTo(to, y + high);
    context.fill();
  }
  context.textBaseline = "middle";
  context.fillStyle = colours.ink;
  context.textAlign = "right";
  context.fillText(row.name, 108, y);
  context.textAlign = "left";
  context.fillText(number(row.value), frame.right + 14, y);
}

/**
 * The equation of this step with its numbers.
 * @param {Scene} scene
 * @returns {(Node | string)[]}
 */
function equation(scene) {
  const { run, state, t, u } = scene;
  if (state.view === "all") {
    const [, leaked, poured, changed] = rowsOf(scene).map((row) => number(row.value, 2));
    const together = run.units === 1 ? "of the one unit" : `of all ${run.units} units together`;
    return [
      `At timestep ${state.t}, ${together}, ${leaked} leaks out, ${poured} flows in, and c changes by ${changed}: sizes, added without their signs, so that they do not add up.`,
    ];
  }
  const at = t * run.units + u;
  const { before, now } = partOf(run, t, u);
  const value = (/** @type {string} */ name, /** @type {number} */ given) =>
    element("span", { class: `ex-value ex-${name}` }, name === "c" ? number(given) : `${name} ${number(given)}`);
  const start = [`At timestep ${state.t}, c of unit ${state.unit} is `, value("c", now)];
  if (run.kept[at] === 0 && run.f[at] !== 0) {
    return [...start, ", put there by hand."];
  }
  const by = run.poured[at] - run.i[at] * run.g[at];
  const hand = Math.abs(by) > 1e-12 ? [` + ${number(by)} (pushed by hand)`] : [];
  return [
    ...start,
    " = ",
    value("f", run.f[at]),
    ` × ${number(before)} (kept) + `,
    value("i", run.i[at]),
    " × ",
    value("g", run.g[at]),
    " (poured in)",
    ...hand,
    ".",
  ];
}
