// @ts-check
// The cell state as a snapshot: the film of all units, the picture of one moment, and its place on the loop.

import { axes, dot, frameOf, MARGIN, markHands, ticks, timeTicks, trace } from "./axes.js";
import { chart, draggable, mixed, partsOf } from "./canvas.js";
import { captioned, choices, element } from "./dom.js";
import { counted, number } from "./format.js";
import { placesIn } from "./model.js";
import { degrees } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./canvas.js").Colours} Colours */
/** @typedef {import("./state.js").State} State */

/** What a cell of the picture must measure to hold its unit's number. */
const NUMBERED = 30;

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
      ["change", "what hands changed in it"],
    ],
    (value) => change({ picture: value === "change" ? "change" : "c" }),
  );
  const heading = element("h3", {});
  const words = element("p", { class: "ex-words" });
  const reel = captioned(
    "All units along time",
    film.element,
    element(
      "span",
      { class: "ex-note" },
      "a row is one channel, a column one snapshot · red: above zero · blue: below",
    ),
  );
  const picture = captioned(
    "The snapshot now",
    cells.element,
    element("span", { class: "ex-note" }, "area: size of c · filled: above zero · hollow: below"),
  );
  const loop = captioned("Its place on the loop", plane.element, element("span", { class: "ex-note" }));
  const pair = element("div", { class: "ex-pair" }, picture.element, loop.element);
  const panel = element("section", { class: "ex-panel" }, heading, kind.element, words, reel.element, pair);

  /** @type {{film: ReturnType<typeof frameOf>, plane: ReturnType<typeof frameOf>, places: Float64Array, calm: Float64Array, largest: number, values: Float64Array, size: {width: number, height: number}} | null} */
  let drawn = null;

  /**
   * What does not depend on the moment.
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const whole = (scene, colours) => {
    const { run, data, state } = scene;
    kind.set(state.picture);
    kind.boxes[1].disabled = !scene.disturbed && state.picture === "c";
    const values = valuesOf(scene);
    const largest = (changes(scene) ? values : scene.calm.c).reduce(sizeOf, values.reduce(sizeOf, 0)) || 1;
    const size = film.fit();
    const frame = frameOf(size, [1, data.timesteps], [units + 0.5, 0.5]);
    const context = film.sheet("base", colours);
    drawFilm(context, frame, colours, { values, units, timesteps }, largest);
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
    const [first, second] = scene.plane.shares;
    loop.element
      .querySelector(".ex-note")
      ?.replaceChildren(
        `${number(100 * first, 0)} % of the variance across, ${number(100 * second, 0)} % up${scene.disturbed ? " · dashed: left alone" : ""}`,
      );
    drawn = { film: frame, plane: flat, places, calm, largest, values, size: cells.fit() };
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
    heading.textContent = `The snapshot: timestep ${state.t}`;
    words.textContent = sentence(scene);
    const reel = film.sheet("top", colours);
    const { film: frame, plane: flat, places } = drawn;
    const [x, y] = [frame.x(state.t), frame.y(state.unit)];
    const room = (frame.bottom - frame.top) / units;
    const wide = Math.max(4, (frame.right - frame.left) / run.timesteps);
    reel.strokeStyle = colours.accent;
    reel.lineWidth = 1.5;
    reel.strokeRect(x - wide / 2, frame.top, wide, frame.bottom - frame.top);
    reel.strokeStyle = colours.ink;
    reel.strokeRect(frame.left, y - room / 2, frame.right - frame.left, room);
    drawCells(cells.sheet("top", colours), drawn.size, colours, drawn.values.subarray(t * units, (t + 1) * units), {
      across,
      down,
      largest: drawn.largest,
      chosen: u,
    });
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
    for (const [u, option] of options.entries()) {
      const told = changes(scene) ? "c was changed by" : "c is";
      option.setAttribute("aria-label", `unit ${u + 1}, ${told} ${number(drawn?.values[t * units + u] ?? 0, 2)}`);
      option.setAttribute("aria-selected", `${u === scene.u}`);
    }
    list.setAttribute("aria-activedescendant", options[scene.u].id);
    film.say(
      `${changes(scene) ? "What hands changed in the cell state" : "The cell state"} of ${counted(units, "unit")} along ${counted(run.timesteps, "timestep")}, a row to a unit; timestep ${state.t} and unit ${state.unit} are marked.`,
    );
    const [first, second] = drawn ? [drawn.places[2 * t], drawn.places[2 * t + 1]] : [0, 0];
    plane.say(
      `The snapshots of the wave in the plane of their first two principal components; that of timestep ${state.t} lies at ${number(first, 2)} and ${number(second, 2)}.`,
    );
  };

  return { element: panel, whole, moment, say };
}

/**
 * Whether it is the difference that is shown, from the run that was left alone.
 * @param {Scene} scene
 */
function changes({ state, disturbed }) {
  return disturbed && state.picture === "change";
}

/**
 * What is shown of every unit at every timestep.
 * @param {Scene} scene
 */
function valuesOf(scene) {
  const { run, calm } = scene;
  return changes(scene) ? run.c.map((value, n) => value - calm.c[n]) : run.c;
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
 * A square for each unit, its area the size of c; hollow if c is below zero.
 * @param {CanvasRenderingContext2D} context
 * @param {{width: number, height: number}} size
 * @param {Colours} colours
 * @param {Float64Array} c
 * @param {{across: number, down: number, largest: number, chosen: number}} grid
 */
function drawCells(context, { width, height }, colours, c, { across, down, largest, chosen }) {
  const [wide, high] = [width / across, height / down];
  const cell = Math.min(wide, high);
  const numbered = cell >= NUMBERED;
  const most = cell * 0.74;
  for (const [u, value] of c.entries()) {
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
  if (changes(scene)) {
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
