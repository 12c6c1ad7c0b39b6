// @ts-check
// The cell state as a snapshot: the film of all units, the picture of one moment, and its place on the loop.

import { axes, dot, frameOf, MARGIN, markHands, ticks, timeTicks, trace } from "./axes.js";
import { chart, draggable, mixed, partsOf } from "./canvas.js";
import { captioned, choices, element } from "./dom.js";
import { counted, number } from "./format.js";
import { placesIn } from "./model.js";
import { NAMES } from "./neuron.js";
import { degrees } from "./scene.js";
import { PICTURES } from "./state.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./canvas.js").Colours} Colours */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Picture} Picture */

/** What a cell of the picture must measure to hold its unit's number. */
const NUMBERED = 30;

/**
 * What each picture shows: of which an area is the size, what its film is called, and how a unit's value is said.
 * @type {Record<Picture, {what: string, film: string, said: string}>}
 */
const PICTURED = {
  c: { what: "c", film: "The cell state of all units along time", said: "c is" },
  before: { what: "c before", film: "The cell state of all units along time", said: "c before was" },
  step: { what: "the change", film: "What each step changed in c", said: "this step changed c by" },
  h: { what: "h", film: "What all units show along time: h", said: "h is" },
  change: { what: "what hands changed", film: "What hands changed in c along time", said: "hands changed c by" },
};

/**
 * @param {(change: Partial<State>) => void} change
 * @param {() => State} now
 * @param {number} units
 * @param {number} timesteps
 */
export function picturePanel(change, now, units, timesteps) {
  const film = chart(230);
  draggable(film.element, timesteps, (t) => change({ t }));
  const across = columnsFor(units);
  const down = Math.ceil(units / across);
  const cells = chart(420, down / across);
  const plane = chart(320, 0.9);
  const options = Array.from({ length: units }, (_, u) => element("div", { role: "option", id: `ex-unit-${u + 1}` }));
  const list = element("div", { class: "ex-units", role: "listbox", tabindex: 0, "aria-label": "Unit" }, ...options);
  list.style.gridTemplateColumns = `repeat(${across}, 1fr)`;
  list.style.gridTemplateRows = `repeat(${down}, 1fr)`;
  cells.element.removeAttribute("role");
  for (const canvas of cells.element.children) {
    canvas.setAttribute("aria-hidden", "true");
  }
  cells.element.append(list);
  list.addEventListener("click", (event) => {
    const place = options.indexOf(/** @type {HTMLDivElement} */ (event.target));
    if (place >= 0) {
      change({ unit: place + 1 });
    }
  });
  list.addEventListener("keydown", (event) => {
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -units, End: units };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      change({ unit: Math.min(units, Math.max(1, now().unit + move)) });
    }
  });

  const kind = choices(
    "Picture of",
    [
      ["c", "the cell state c"],
      ["before", "the step before"],
      ["step", "what this step changed"],
      ["h", "what is shown, h"],
      ["change", "what hands changed in c"],
    ],
    (value) => change({ picture: PICTURES.find((each) => each === value) ?? "c" }),
  );
  const beside = chart(420, down / across);
  const heading = element("h3", {});
  const words = element("p", { class: "ex-words" });
  const reel = captioned("All units along time", film.element, element("span", { class: "ex-note" }));
  const picture = captioned("", cells.element, element("span", { class: "ex-note" }));
  const second = captioned("", beside.element, element("span", { class: "ex-note" }));
  const loop = captioned("Its place on the loop", plane.element, element("span", { class: "ex-note" }));
  const pair = element("div", { class: "ex-pair" }, picture.element, second.element, loop.element);
  const panel = element("section", { class: "ex-panel" }, heading, kind.element, words, reel.element, pair);

  /** @type {{film: ReturnType<typeof frameOf>, plane: ReturnType<typeof frameOf>, places: Float64Array, calm: Float64Array, largest: number, values: Float64Array, size: {width: number, height: number}, place: {width: number, height: number}} | null} */
  let drawn = null;

  /**
   * What does not depend on the moment.
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const whole = (scene, colours) => {
    const { run, data, state } = scene;
    kind.set(state.picture);
    kind.boxes[4].disabled = !scene.disturbed && state.picture !== "change";
    const shown = shownOf(scene);
    const values = valuesOf(scene);
    // What a step changes is drawn on the scale of c, so that the pictures can be compared; what is shown lies within one.
    const level = scene.calm.c.reduce(sizeOf, run.c.reduce(sizeOf, 0));
    const largest = (shown === "change" ? values.reduce(sizeOf, 0) : shown === "h" ? 1 : level) || 1;
    const { what, film: told } = PICTURED[shown];
    reel.heading.textContent = told;
    note(reel, `a row is one unit, a column one moment · red: above zero · blue: below`);
    note(
      picture,
      `area: size of ${what}${shown === "step" ? ", on the scale of c" : ""} · filled: above zero · hollow: below`,
    );
    const single = shown === "c" || shown === "change";
    loop.element.hidden = !single;
    second.element.hidden = single;
    note(
      second,
      shown === "h"
        ? `area: size of ${NAMES[state.gate]}; the largest possible is one`
        : "area: size of c · filled: above zero · hollow: below",
    );
    const size = film.fit();
    const frame = frameOf(size, [1, data.timesteps], [units + 0.5, 0.5]);
    const context = film.sheet("base", colours);
    drawFilm(context, frame, colours, { values, units, timesteps }, values.reduce(sizeOf, 0) || 1);
    axes(context, frame, colours, { across: timeTicks(data.timesteps, size.width), up: [] });
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = colours.muted;
    const room = (frame.bottom - frame.top) / units;
    const apart = Math.max(1, Math.ceil(14 / room));
    for (let u = 0; u < units; u += apart) {
      context.fillText(`${u + 1}`, frame.left - 8, frame.y(u + 1));
    }
    markHands(context, frame, colours, state.interventions);

    const places = placesIn(scene.plane, run);
    const calm = scene.disturbed ? placesIn(scene.plane, scene.calm) : places;
    const square = plane.fit();
    const flat = planeFrame(square, places, calm);
    drawPlane(plane.sheet("base", colours), flat, colours, scene, places, calm);
    const [wider, narrower] = scene.plane.shares;
    loop.element
      .querySelector(".ex-note")
      ?.replaceChildren(
        `${number(100 * wider, 0)} % of the variance across, ${number(100 * narrower, 0)} % up${scene.disturbed ? " · dashed: left alone" : ""}`,
      );
    drawn = { film: frame, plane: flat, places, calm, largest, values, size: cells.fit(), place: beside.fit() };
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
    const shown = shownOf(scene);
    const column = shown === "before" ? t - 1 : t;
    heading.textContent = `The snapshot: timestep ${state.t}`;
    picture.heading.textContent = titleOf(shown, state.t);
    words.textContent = sentence(scene);
    const sheet = film.sheet("top", colours);
    const { film: frame, plane: flat, places } = drawn;
    const [x, y] = [frame.x(column + 1), frame.y(state.unit)];
    const room = (frame.bottom - frame.top) / units;
    const wide = Math.max(4, (frame.right - frame.left) / run.timesteps);
    sheet.strokeStyle = colours.accent;
    sheet.lineWidth = 1.5;
    if (column >= 0) {
      sheet.strokeRect(x - wide / 2, frame.top, wide, frame.bottom - frame.top);
    }
    sheet.strokeStyle = colours.ink;
    sheet.strokeRect(frame.left, y - room / 2, frame.right - frame.left, room);
    drawCells(cells.sheet("top", colours), drawn.size, colours, columnOf(drawn.values, units, column), {
      ...{ across, down, chosen: u },
      largest: drawn.largest,
    });
    if (shown === "h") {
      const last = state.t === run.timesteps;
      second.heading.textContent = last
        ? "After the last timestep, it sets no gate"
        : `With the next sample it sets: the ${NAMES[state.gate]} of timestep ${state.t + 1}`;
      const next = last ? new Float64Array(units) : columnOf(run[state.gate], units, t + 1);
      drawCells(beside.sheet("top", colours), drawn.place, colours, next, { across, down, chosen: u, largest: 1 });
    } else if (shown !== "c" && shown !== "change") {
      second.heading.textContent = titleOf("c", state.t);
      const c = columnOf(run.c, units, t);
      drawCells(beside.sheet("top", colours), drawn.place, colours, c, {
        ...{ across, down, chosen: u },
        largest: drawn.largest,
      });
    }
    const ground = plane.sheet("top", colours);
    if (scene.disturbed) {
      dot(ground, colours, flat.x(drawn.calm[2 * t]), flat.y(drawn.calm[2 * t + 1]), colours.muted);
    }
    // The last few snapshots as a tail, so that the way round is seen.
    ground.strokeStyle = colours.accent;
    ground.lineWidth = 2.5;
    trace(
      ground,
      Array.from({ length: Math.min(6, t + 1) }, (_, n) => [
        flat.x(places[2 * (t - n)]),
        flat.y(places[2 * (t - n) + 1]),
      ]),
    );
    dot(ground, colours, flat.x(places[2 * t]), flat.y(places[2 * t + 1]));
  };

  /** @param {Scene} scene */
  const say = (scene) => {
    const { run, state, t } = scene;
    const shown = shownOf(scene);
    for (const [u, option] of options.entries()) {
      const value = drawn ? columnOf(drawn.values, units, shown === "before" ? t - 1 : t)[u] : 0;
      option.setAttribute("aria-label", `unit ${u + 1}, ${PICTURED[shown].said} ${number(value, 2)}`);
      option.setAttribute("aria-selected", `${u === scene.u}`);
    }
    list.setAttribute("aria-activedescendant", options[scene.u].id);
    film.say(
      `${PICTURED[shown].film}: ${counted(units, "unit")}, a row to each, along ${counted(run.timesteps, "timestep")}; timestep ${shown === "before" ? state.t - 1 : state.t} and unit ${state.unit} are marked.`,
    );
    const next = shown === "h" ? Math.min(t + 1, run.timesteps - 1) : t;
    const [name, values] = shown === "h" ? [NAMES[state.gate], run[state.gate]] : ["c", run.c];
    beside.say(
      `${second.heading.textContent}; ${name} of unit ${state.unit} at timestep ${next + 1} is ${number(values[next * units + scene.u], 2)}.`,
    );
    const [across, up] = drawn ? [drawn.places[2 * t], drawn.places[2 * t + 1]] : [0, 0];
    plane.say(
      `The snapshots of the wave in the plane of their first two principal components; that of timestep ${state.t} lies at ${number(across, 2)} and ${number(up, 2)}.`,
    );
  };

  return { element: panel, whole, moment, say };
}

/**
 * What is pictured: what no hand changed is not there to be shown.
 * @param {Scene} scene
 * @returns {Picture}
 */
function shownOf({ state, disturbed }) {
  return state.picture === "change" && !disturbed ? "c" : state.picture;
}

/**
 * @param {ReturnType<typeof captioned>} figure
 * @param {string} words
 */
function note(figure, words) {
  figure.element.querySelector(".ex-note")?.replaceChildren(words);
}

/**
 * @param {Picture} shown
 * @param {number} t from 1
 */
function titleOf(shown, t) {
  switch (shown) {
    case "before":
      return t === 1 ? "Before timestep 1: the network starts from zero" : `The snapshot before: timestep ${t - 1}`;
    case "step":
      return `What timestep ${t} changed: c − c before`;
    case "h":
      return `What is shown at timestep ${t}: h`;
    case "change":
      return `What hands changed in c by timestep ${t}`;
    default:
      return `The snapshot now: timestep ${t}`;
  }
}

/**
 * All units at a timestep from 0; before the first, all are zero.
 * @param {Float64Array} values
 * @param {number} units
 * @param {number} t
 */
function columnOf(values, units, t) {
  return t < 0 ? new Float64Array(units) : values.subarray(t * units, (t + 1) * units);
}

/**
 * What is shown of every unit at every timestep.
 * @param {Scene} scene
 */
function valuesOf(scene) {
  const { run, calm } = scene;
  switch (shownOf(scene)) {
    case "step":
      return run.c.map((value, n) => value - (n < run.units ? 0 : run.c[n - run.units]));
    case "h":
      return run.h;
    case "change":
      return run.c.map((value, n) => value - calm.c[n]);
    default:
      return run.c;
  }
}

/**
 * @param {number} most
 * @param {number} value
 */
function sizeOf(most, value) {
  return Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most;
}

/**
 * The columns of a picture of so many units: whole rows if they can be had, none too long.
 * @param {number} units
 */
function columnsFor(units) {
  const least = Math.ceil(Math.sqrt(units));
  for (let across = least; across <= 2 * least; across++) {
    if (units % across === 0) {
      return across;
    }
  }
  return least;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<typeof frameOf>} frame
 * @param {Colours} colours
 * @param {{values: Float64Array, units: number, timesteps: number}} shown
 * @param {number} largest
 */
function drawFilm(context, frame, colours, { values, units, timesteps }, largest) {
  const image = new ImageData(timesteps, units);
  const [plus, minus, none] = [colours.plus, colours.minus, colours.panel].map(partsOf);
  for (let t = 0; t < timesteps; t++) {
    for (let u = 0; u < units; u++) {
      const value = values[t * units + u];
      const share = Math.min(1, Math.abs(value) / largest) ** 0.7;
      const full = value < 0 ? minus : plus;
      for (let part = 0; part < 3; part++) {
        image.data[4 * (u * timesteps + t) + part] = share * full[part] + (1 - share) * none[part];
      }
      image.data[4 * (u * timesteps + t) + 3] = 255;
    }
  }
  const small = document.createElement("canvas");
  [small.width, small.height] = [image.width, image.height];
  small.getContext("2d")?.putImageData(image, 0, 0);
  const half = (frame.x(2) - frame.x(1)) / 2;
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  context.clip();
  context.imageSmoothingEnabled = false;
  const wide = frame.right - frame.left + 2 * half;
  context.drawImage(small, frame.left - half, frame.top, wide, frame.bottom - frame.top);
  context.restore();
}

/**
 * A square for each unit, its area the size of its value; hollow if that is below zero.
 * @param {CanvasRenderingContext2D} context
 * @param {{width: number, height: number}} size
 * @param {Colours} colours
 * @param {Float64Array} values
 * @param {{across: number, down: number, largest: number, chosen: number}} grid
 */
function drawCells(context, { width, height }, colours, values, { across, down, largest, chosen }) {
  const [wide, high] = [width / across, height / down];
  const cell = Math.min(wide, high);
  const numbered = cell >= NUMBERED;
  const most = cell * 0.74;
  for (const [u, value] of values.entries()) {
    const [left, top] = [(u % across) * wide, Math.floor(u / across) * high];
    const [x, y] = [left + wide / 2, top + high / 2];
    context.lineWidth = 1;
    context.strokeStyle = colours.line;
    context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
    const side = most * Math.sqrt(Math.min(1, Math.abs(value) / largest));
    const colour = value < 0 ? colours.minus : colours.plus;
    if (value < 0) {
      const rim = Math.min(2.5, side / 2);
      context.fillStyle = mixed(colour, colours.panel, 0.18);
      context.fillRect(x - side / 2, y - side / 2, side, side);
      context.strokeStyle = colour;
      context.lineWidth = rim;
      context.strokeRect(
        x - side / 2 + rim / 2,
        y - side / 2 + rim / 2,
        Math.max(0, side - rim),
        Math.max(0, side - rim),
      );
    } else {
      context.fillStyle = colour;
      context.fillRect(x - side / 2, y - side / 2, side, side);
    }
    if (numbered) {
      context.textAlign = "left";
      context.textBaseline = "top";
      context.fillStyle = colours.ink;
      context.lineWidth = 3;
      context.strokeStyle = colours.panel;
      context.strokeText(`${u + 1}`, left + 4, top + 4);
      context.fillText(`${u + 1}`, left + 4, top + 4);
    }
  }
  context.strokeStyle = colours.ink;
  context.lineWidth = 2.5;
  context.strokeRect((chosen % across) * wide + 1.5, Math.floor(chosen / across) * high + 1.5, wide - 3, high - 3);
}

/**
 * @param {{width: number, height: number}} size
 * @param {Float64Array} places
 * @param {Float64Array} calm
 */
function planeFrame(size, places, calm) {
  const bounds = [1e9, -1e9, 1e9, -1e9];
  for (const each of [places, calm]) {
    for (let n = 0; n < each.length; n += 2) {
      bounds[0] = Math.min(bounds[0], each[n]);
      bounds[1] = Math.max(bounds[1], each[n]);
      bounds[2] = Math.min(bounds[2], each[n + 1]);
      bounds[3] = Math.max(bounds[3], each[n + 1]);
    }
  }
  const margin = { ...MARGIN, left: 38, top: 12 };
  const [wide, tall] = [size.width - margin.left - margin.right, size.height - margin.top - margin.bottom];
  // The same unit of length on both axes: a loop keeps its shape.
  const per = 1.12 * Math.max((bounds[1] - bounds[0]) / wide, (bounds[3] - bounds[2]) / tall, 1e-9);
  const [middle, level] = [(bounds[0] + bounds[1]) / 2, (bounds[2] + bounds[3]) / 2];
  const across = /** @type {[number, number]} */ ([middle - (per * wide) / 2, middle + (per * wide) / 2]);
  const up = /** @type {[number, number]} */ ([level - (per * tall) / 2, level + (per * tall) / 2]);
  return { ...frameOf(size, across, up, margin), across, up };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<typeof planeFrame>} frame
 * @param {Colours} colours
 * @param {Scene} scene
 * @param {Float64Array} places
 * @param {Float64Array} calm
 */
function drawPlane(context, frame, colours, scene, places, calm) {
  axes(context, frame, colours, {
    across: ticks(...frame.across, 4),
    up: ticks(...frame.up, 4),
    label: "first component",
  });
  const path = (/** @type {Float64Array} */ each) =>
    Array.from({ length: each.length / 2 }, (_, t) => [frame.x(each[2 * t]), frame.y(each[2 * t + 1])]);
  if (scene.disturbed) {
    context.strokeStyle = colours.muted;
    context.lineWidth = 1.25;
    context.setLineDash([4, 3]);
    trace(context, path(calm));
    context.setLineDash([]);
  }
  context.strokeStyle = scene.disturbed ? colours.hand : colours.muted;
  context.lineWidth = 1.25;
  const points = path(places);
  trace(context, points);
  context.fillStyle = scene.disturbed ? colours.hand : colours.muted;
  for (const [x, y] of points) {
    context.beginPath();
    context.arc(x, y, 1.75, 0, 2 * Math.PI);
    context.fill();
  }
}

/**
 * The picture in words.
 * @param {Scene} scene
 */
function sentence(scene) {
  const { run, calm, state, t, u } = scene;
  const shown = shownOf(scene);
  const [here, next] = [t * run.units + u, (t + 1) * run.units + u];
  const before = t > 0 ? run.c[here - run.units] : 0;
  if (shown === "before" || shown === "step") {
    const by = run.c[here] - before;
    return `In unit ${state.unit}, c was ${number(before)} before this step and is ${number(run.c[here])} now: the step changed it by ${number(by)}. Which part leaked and which flowed in, the two pictures do not tell; the flow does.`;
  }
  if (shown === "h") {
    const start = `Unit ${state.unit} shows h = ${number(run.h[here])}.`;
    return state.t === run.timesteps
      ? start
      : `${start} From all of h and the next sample, ${number(run.x[t + 1])}, come the valves of its next step: f ${number(run.f[next])}, i ${number(run.i[next])}, g ${number(run.g[next])}. Step on by one, and the flow goes by them.`;
  }
  if (shown === "change") {
    const by = Float64Array.from({ length: run.units }, (_, n) => run.c[t * run.units + n] - calm.c[t * run.units + n]);
    const most = by.reduce((found, value, n) => (Math.abs(value) > Math.abs(by[found]) ? n : found), 0);
    const where =
      by[most] === 0 ? "No unit is changed here." : `Most is changed in unit ${most + 1}, by ${number(by[most])}.`;
    return `Against the run that was left alone, c of unit ${state.unit} is changed by ${number(by[u])}. ${where}`;
  }
  const c = run.c.subarray(t * run.units, (t + 1) * run.units);
  const above = c.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  const strongest = c.reduce((most, value, n) => (Math.abs(value) > Math.abs(c[most]) ? n : most), 0);
  const among =
    strongest === u ? ", the strongest of all" : `; the strongest, unit ${strongest + 1}, has ${number(c[strongest])}`;
  const many = run.units === 1 ? "" : ` ${above} of ${run.units} units are above zero.`;
  const told = run.units === 1 ? "" : among;
  return `The wave is at ${degrees(scene)}° of its period.${many} Unit ${state.unit} has c = ${number(c[u])}${told}.`;
}
