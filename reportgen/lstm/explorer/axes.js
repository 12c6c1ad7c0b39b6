// @ts-check
// Frames, axes and marks of charts, in the coordinates of what they show.

import { number } from "./format.js";

/** @typedef {import("./canvas.js").Colours} Colours */

/**
 * @typedef {{left: number, right: number, top: number, bottom: number, x: (value: number) => number,
 *   y: (value: number) => number}} Frame
 */

/** The margins of every chart along time, so that one above the other they tell the same moment. */
export const MARGIN = { left: 44, right: 12, top: 8, bottom: 34 };

/**
 * A frame in a chart's size, for values from low to high.
 * @param {{width: number, height: number}} size
 * @param {[number, number]} across
 * @param {[number, number]} up
 * @param {{left: number, right: number, top: number, bottom: number}} [margin]
 * @returns {Frame}
 */
export function frameOf({ width, height }, across, up, margin = MARGIN) {
  const { left, top } = margin;
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const wide = across[1] - across[0] || 1;
  const tall = up[1] - up[0] || 1;
  return {
    left,
    right,
    top,
    bottom,
    x: (value) => left + ((value - across[0]) / wide) * (right - left),
    y: (value) => bottom - ((value - up[0]) / tall) * (bottom - top),
  };
}

/**
 * Round numbers between two, about as many as are asked for.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) {
    return [low];
  }
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((each) => each * unit >= rough * 0.75) ?? 10) * unit;
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) {
    found.push(n * step);
  }
  return found;
}

/**
 * The range of values with zero in it and some room, in which a chart is drawn.
 * @param {...ArrayLike<number>} series
 * @returns {[number, number]}
 */
export function extentOf(...series) {
  let [low, high] = [0, 0];
  for (const values of series) {
    for (let n = 0; n < values.length; n++) {
      if (Number.isFinite(values[n])) {
        low = Math.min(low, values[n]);
        high = Math.max(high, values[n]);
      }
    }
  }
  const room = 0.06 * (high - low || 2);
  return [low < 0 ? low - room : low, high > 0 || low === 0 ? high + room : high];
}

/**
 * Axes: faint lines at round values, their numbers, and what runs across.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {Colours} colours
 * @param {{across: number[], up: number[], label?: string}} marks
 */
export function axes(context, frame, colours, { across, up, label = "timestep" }) {
  context.lineWidth = 1;
  context.strokeStyle = colours.line;
  context.fillStyle = colours.muted;
  context.textAlign = "right";
  context.textBaseline = "middle";
  const digits = up.every((value) => Math.abs(value - Math.round(value)) < 1e-9) ? 0 : decimals(up);
  for (const value of up) {
    const y = Math.round(frame.y(value)) + 0.5;
    trace(context, [
      [frame.left, y],
      [frame.right, y],
    ]);
    context.fillText(number(value, digits), frame.left - 8, y);
  }
  context.textBaseline = "top";
  for (const value of across) {
    const x = frame.x(value);
    trace(context, [
      [x, frame.bottom],
      [x, frame.bottom + 4],
    ]);
    context.textAlign = x > frame.right - 10 ? "right" : "center";
    context.fillText(number(value, decimals(across)), x > frame.right - 10 ? frame.right : x, frame.bottom + 6);
  }
  context.textAlign = "right";
  context.fillText(label, frame.right, frame.bottom + 20);
}

/** @param {number[]} values */
function decimals(values) {
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : Math.abs(values[0]) || 1;
  return Math.min(4, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
}

/**
 * The ticks of time: the first timestep, and round ones.
 * @param {number} timesteps
 * @param {number} width
 */
export function timeTicks(timesteps, width) {
  return [1, ...ticks(1, timesteps, Math.max(2, width / 90)).filter((each) => each > 1)];
}

/**
 * A line through points.
 * @param {CanvasRenderingContext2D} context
 * @param {Iterable<number[]>} points
 */
export function trace(context, points) {
  context.beginPath();
  for (const [x, y] of points) {
    context.lineTo(x, y);
  }
  context.stroke();
}

/**
 * A line of values at timesteps from 1.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {ArrayLike<number>} values
 * @param {{colour: string, width: number, dash?: number[]}} pen
 */
export function series(context, frame, values, { colour, width, dash = [] }) {
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top - 4, frame.right - frame.left + 4, frame.bottom - frame.top + 8);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  trace(
    context,
    Array.from(values, (value, t) => [frame.x(t + 1), frame.y(value)]),
  );
  context.restore();
}

/**
 * Mark the moment in a chart along time.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {Colours} colours
 * @param {number} t from 1
 */
export function markMoment(context, frame, colours, t) {
  context.strokeStyle = colours.accent;
  context.lineWidth = 1.5;
  trace(context, [
    [frame.x(t), frame.top],
    [frame.x(t), frame.bottom],
  ]);
}

/**
 * A dot with a rim that sets it off.
 * @param {CanvasRenderingContext2D} context
 * @param {Colours} colours
 * @param {number} x
 * @param {number} y
 * @param {string} [fill]
 */
export function dot(context, colours, x, y, fill = colours.accent) {
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = colours.paper;
  context.lineWidth = 1.5;
  context.stroke();
}

/**
 * Mark where hands were laid on a run, by a small pointer at the upper edge.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {Colours} colours
 * @param {readonly {t: number}[]} interventions
 */
export function markHands(context, frame, colours, interventions) {
  for (const t of new Set(interventions.map((each) => each.t))) {
    const x = frame.x(t);
    context.strokeStyle = colours.hand;
    context.lineWidth = 1.5;
    context.setLineDash([2, 3]);
    trace(context, [
      [x, frame.top],
      [x, frame.bottom],
    ]);
    context.setLineDash([]);
    context.fillStyle = colours.hand;
    context.beginPath();
    context.moveTo(x - 5, frame.top - 7);
    context.lineTo(x + 5, frame.top - 7);
    context.lineTo(x, frame.top + 2);
    context.fill();
  }
}
