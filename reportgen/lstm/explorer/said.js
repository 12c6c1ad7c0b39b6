// @ts-check
// What the network hears and says comes next, along time.

import { axes, dot, extentOf, frameOf, markHands, markMoment, series, ticks, timeTicks } from "./axes.js";
import { chart, draggable } from "./canvas.js";
import { captioned, element, keyed } from "./dom.js";
import { number } from "./format.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./canvas.js").Colours} Colours */

/** Beyond this, outputs leave the chart. */
const MOST = 4;

/**
 * Which wave a snapshot that was put in belongs to.
 * @param {import("./scene.js").Donor} donor
 */
export function goesOn({ same, from }) {
  return same ? `how this wave went on from timestep ${from}` : "how the other wave goes on";
}

/**
 * @param {(t: number) => void} move
 * @param {number} timesteps
 */
export function saidChart(move, timesteps) {
  const shown = chart(130);
  draggable(shown.element, timesteps, move);
  const legend = element("ul", { class: "ex-legend" });
  const graph = captioned("What the network hears, and says comes next", shown.element, legend);
  /** @type {ReturnType<typeof frameOf> | null} */
  let drawn = null;

  /**
   * What does not depend on the moment.
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const whole = (scene, colours) => {
    const { data, state, run, calm, wave: clean, disturbed, donor } = scene;
    const size = shown.fit();
    const [least, most] = extentOf(clean.target, calm.y, run.y);
    const span = /** @type {[number, number]} */ ([
      Math.max(-MOST, Math.min(-1.2, least)),
      Math.min(MOST, Math.max(1.2, most)),
    ]);
    const frame = frameOf(size, [1, data.timesteps], span);
    const context = shown.sheet("base", colours);
    axes(context, frame, colours, { across: timeTicks(data.timesteps, size.width), up: ticks(span[0], span[1], 3) });
    context.fillStyle = colours.muted;
    for (const [t, value] of run.x.entries()) {
      if (value >= span[0] && value <= span[1]) {
        context.beginPath();
        context.arc(frame.x(t + 1), frame.y(value), 1.75, 0, 2 * Math.PI);
        context.fill();
      }
    }
    series(context, frame, clean.target, { colour: colours.muted, width: 1.75, dash: [2, 4] });
    series(context, frame, calm.y, { colour: colours.c, width: 1.5 });
    if (disturbed) {
      series(context, frame, run.y, { colour: colours.hand, width: 2.5 });
    }
    if (donor) {
      // On top, in another colour and in dashes: where the network follows that wave, both are seen.
      series(context, frame, donor.target, { colour: colours.g, width: 2, dash: [8, 5] });
    }
    markHands(context, frame, colours, state.interventions);
    legend.replaceChildren(
      keyed("ex-dot", colours.muted, "heard"),
      keyed("ex-dotted", colours.muted, "the clean next sample"),
      keyed("ex-line", colours.c, disturbed ? "said, left alone" : "said"),
      ...(disturbed ? [keyed("ex-thick", colours.hand, "said, with hands on it")] : []),
      ...(donor ? [keyed("ex-dashed", colours.g, goesOn(donor))] : []),
    );
    drawn = frame;
  };

  /**
   * What depends on the moment.
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const moment = ({ state, t, run, disturbed }, colours) => {
    if (drawn) {
      const context = shown.sheet("top", colours);
      markMoment(context, drawn, colours, state.t);
      dot(context, colours, drawn.x(state.t), drawn.y(run.y[t]), disturbed ? colours.hand : colours.c);
    }
  };

  /** @param {Scene} scene */
  const say = ({ state, t, run, calm, wave: clean, disturbed }) => {
    shown.say(
      `What the network hears and says comes next, along ${run.timesteps} timesteps. At timestep ${state.t} it hears ${number(run.x[t], 2)} and says ${number(run.y[t], 2)}${disturbed ? `, left alone ${number(calm.y[t], 2)}` : ""}; the clean next sample is ${number(clean.target[t], 2)}.`,
    );
  };

  return { element: graph.element, whole, moment, say };
}
