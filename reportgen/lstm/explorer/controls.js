// @ts-check
// What is looked at: network, world, wave, unit, and the moment.

import { button, choices, element, select, slider } from "./dom.js";
import { number } from "./format.js";
import { saidChart } from "./said.js";
import { degrees } from "./scene.js";
import { ranges } from "./state.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").Data} Data */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./canvas.js").Colours} Colours */

/** Timesteps a second, when it plays. */
const PACE = 10;

/**
 * @param {(change: Partial<State>) => void} change
 * @param {() => State} now
 * @param {Data} data
 */
export function controlsPanel(change, now, data) {
  const numbers = /** @type {[string, string][]} */ (
    data.networks.map(({ number: each }) => [`${each}`, `network ${each}`])
  );
  const network = select("Network", numbers, (value) => {
    const chosen = data.networks.find((each) => `${each.number}` === value) ?? data.networks[0];
    const worlds = Object.keys(chosen.worlds);
    change({ network: chosen.number, world: worlds.includes(now().world) ? now().world : worlds[0] });
  });
  const world = select("Its weights", [], (value) => change({ world: value }));
  const units = /** @type {[string, string][]} */ (
    Array.from({ length: data.units }, (_, u) => [`${u + 1}`, `unit ${u + 1}`])
  );
  const unit = select("Unit", units, (value) => change({ unit: Number(value) }));
  const wave = choices(
    "Wave",
    [
      ["probe", "the held-out wave of the essay’s figures"],
      ["own", "one of your own"],
    ],
    (value) => change({ wave: value === "own" ? "own" : "probe" }),
  );
  const range = ranges(data);
  const period = slider(
    "Period",
    { ...range.period, step: 0.5 },
    (value) => `${value} timesteps`,
    (value) => change({ period: value }),
  );
  const phase = slider(
    "Phase at the start",
    { ...range.phase, step: 5 },
    (value) => `${value}°`,
    (value) => change({ phase: value }),
  );
  const noise = slider(
    "Noise",
    { ...range.noise, step: 0.01 },
    (value) => `${value}`,
    (value) => change({ noise: value }),
  );
  const note = element("p", { class: "ex-note" });
  const { example } = data;
  const worked = button(`Unit ${example.unit} at timestep ${example.t}, worked by hand in the essay`, () => {
    stop();
    const { number: first, worlds } = data.networks[0];
    const shown = { network: first, world: Object.keys(worlds)[0], wave: /** @type {const} */ ("probe"), ...example };
    change({ ...shown, view: "unit", gate: "f", interventions: Object.freeze([]) });
  });
  const own = element("div", { class: "ex-fields" }, period.element, phase.element, noise.element, note);
  const choose = element(
    "section",
    { class: "ex-panel" },
    element("h3", {}, "What you look at"),
    element("div", { class: "ex-fields" }, network.element, world.element, unit.element, wave.element),
    own,
    element("div", { class: "ex-row" }, worked),
  );

  const moment = slider(
    "Timestep",
    { low: 1, high: data.timesteps, step: 1 },
    (value) => `${value} of ${data.timesteps}`,
    (value) => {
      stop();
      change({ t: value });
    },
  );
  const words = element("p", { class: "ex-words" });
  const said = saidChart((t) => {
    stop();
    change({ t });
  }, data.timesteps);
  /** @type {number | null} */
  let timer = null;
  const stop = () => {
    if (timer !== null) {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
    }
  };
  const play = button("Play", () => {
    if (timer !== null) {
      stop();
      return;
    }
    play.textContent = "Pause";
    if (now().t >= data.timesteps) {
      change({ t: 1 });
    }
    timer = window.setInterval(() => {
      if (now().t >= data.timesteps) {
        stop();
      } else {
        change({ t: now().t + 1 });
      }
    }, 1000 / PACE);
  });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const follow = () => {
    stop();
    play.hidden = still.matches;
  };
  follow();
  still.addEventListener("change", follow);
  const step = (/** @type {number} */ by) => () => {
    stop();
    change({ t: Math.min(data.timesteps, Math.max(1, now().t + by)) });
  };
  const back = button("−1", step(-1));
  const on = button("+1", step(1));
  back.setAttribute("aria-label", "−1 timestep");
  on.setAttribute("aria-label", "+1 timestep");
  const buttons = element("div", { class: "ex-row" }, back, on, play);
  const scrub = element("div", { class: "ex-scrub" }, moment.element, buttons);
  const hearing = element("div", { class: "ex-hearing" }, element("h3", {}, "The moment"), scrub, words);
  const time = element("section", { class: "ex-moment" }, said.element, hearing);

  /**
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const whole = (scene, colours) => {
    const { state } = scene;
    network.box.value = `${state.network}`;
    const here = data.networks.find((each) => each.number === state.network) ?? data.networks[0];
    world.fill(Object.keys(here.worlds).map((each) => [each, data.worlds[each] ?? each]));
    world.box.value = state.world;
    unit.box.value = `${state.unit}`;
    wave.set(state.wave);
    own.hidden = state.wave !== "own";
    period.set(state.period);
    phase.set(state.phase);
    noise.set(state.noise);
    const [low, high] = data.period;
    const outside = state.period < low || state.period > high;
    note.textContent = `Trained on periods from ${low} to ${high} timesteps and noise of ${data.noise}${outside ? "; this one was never seen" : ""}.`;
    said.whole(scene, colours);
  };

  /**
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const told = (scene, colours) => {
    const { state, t, run, wave: clean, disturbed } = scene;
    moment.set(state.t);
    const given = run.x[t];
    const other = disturbed && Math.abs(given - clean.x[t]) > 1e-12;
    words.textContent = `Timestep ${state.t}: the wave is at ${degrees(scene)}° of its period, the network hears ${number(given)}${other ? ` instead of ${number(clean.x[t])}` : ""} and says that ${number(run.y[t])} comes next. The clean next sample is ${number(clean.target[t])}.`;
    said.moment(scene, colours);
  };

  return { choose, time, whole, moment: told, say: said.say, words: () => words.textContent ?? "" };
}
