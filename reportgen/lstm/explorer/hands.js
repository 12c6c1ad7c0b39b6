// @ts-check
// What one's own hands can do to the network, and what comes of it, beside the run that was left alone.

import { button, choices, element, figure, select, slider } from "./dom.js";
import { brief, number, plain } from "./format.js";
import { errorFrom } from "./model.js";
import { NAMES } from "./neuron.js";
import { goesOn, saidChart } from "./said.js";
import { laidOn, MOST_INTERVENTIONS, MOST_PUSH, rangeOf, ranges } from "./state.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./canvas.js").Colours} Colours */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Intervention} Intervention */
/** @typedef {import("./state.js").Moment} Moment */
/** @typedef {import("./model.js").Gate} Gate */
/** @typedef {import("./scene.js").Data} Data */

/** @type {[string, string][]} */
const PARTS = [
  ["both", "c and h"],
  ["c", "c alone"],
  ["h", "h alone"],
];

/**
 * @param {(change: Partial<State>) => void} change
 * @param {() => State} now
 * @param {Data} data
 */
export function handsPanel(change, now, data) {
  const said = saidChart((t) => change({ t }), data.timesteps);
  said.element.classList.add("ex-again");
  const fields = fieldsFor(data);
  const slot = element("div", { class: "ex-fields" });
  const remark = element("p", { class: "ex-note" });
  const answer = element("p", { class: "ex-answer", role: "status" });
  let kind = "hold";
  const kinds = choices(
    "What your hand does",
    [
      ["hold", "hold a gate"],
      ["cut", "cut the input"],
      ["feed", "feed the output back"],
      ["push", "push a unit"],
      ["put", "transplant a snapshot"],
      ["resume", "resume a saved snapshot"],
    ],
    (picked) => {
      kind = picked;
      answer.textContent = "";
      show();
    },
  );
  kinds.set(kind);
  const apply = button("", () => lay(), "ex-main");
  const save = button("", () => {
    const { wave, period, phase, noise, t } = now();
    change({ saved: Object.freeze({ wave, period, phase, noise, t }) });
    kind = "resume";
    kinds.set(kind);
    show();
  });
  /** The place of the hand that was just taken off. @type {number | null} */
  let refocus = null;
  const clear = button("Take all hands off", () => {
    refocus = 0;
    change({ interventions: Object.freeze([]) });
  });
  const list = element("ol", { class: "ex-hands" });
  const none = element("p", { class: "ex-note" }, "No hand is laid on the network: it runs as it was trained.");

  const lay = () => {
    const { interventions, t } = now();
    const wrong = fields.wrong(kind);
    answer.textContent = wrong;
    const made = wrong ? null : fields.make(kind, now());
    if (!made) {
      return;
    }
    const { kept, replaced } = laidOn(interventions, Object.freeze({ ...made, t }));
    if (kept.length > MOST_INTERVENTIONS) {
      return;
    }
    answer.textContent = replaced.length > 0 ? `Replaced: ${replaced.map(describe).join("; ")}.` : "";
    change({ interventions: Object.freeze(kept) });
  };

  const show = () => {
    const state = now();
    const wanted = fields.shown(kind);
    if (wanted.length !== slot.children.length || wanted.some((each, n) => each !== slot.children[n])) {
      slot.replaceChildren(...wanted);
    }
    const [verb, told] = wordsFor(kind, state);
    apply.textContent = verb;
    remark.textContent =
      state.interventions.length >= MOST_INTERVENTIONS
        ? `${MOST_INTERVENTIONS} hands are all that can be laid on it.`
        : told;
    apply.disabled = state.interventions.length >= MOST_INTERVENTIONS || (kind === "resume" && state.saved === null);
    save.textContent = `Save the snapshot of timestep ${state.t}`;
    clear.disabled = state.interventions.length === 0;
  };
  fields.changed(() => {
    answer.textContent = "";
    show();
  });

  const verdict = element("p", { class: "ex-words" });
  const body = element("tbody", {});
  const caption = element("caption", {});
  const head = element("tr", {});
  const table = element("table", { class: "ex-table" }, caption, element("thead", {}, head), body);
  const form = element(
    "div",
    { class: "ex-form" },
    kinds.element,
    slot,
    remark,
    element("div", { class: "ex-row" }, apply, save),
    answer,
  );
  const off = element("div", { class: "ex-row" }, clear);
  const shown = element("div", { class: "ex-form" }, none, list, off, said.element, verdict, table);
  const panel = element(
    "section",
    { class: "ex-panel" },
    element("h3", {}, "Lay hands on it"),
    element("div", { class: "ex-halves" }, form, shown),
  );

  /**
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const whole = (scene, colours) => {
    const { state, disturbed } = scene;
    fields.follow(state);
    show();
    said.whole(scene, colours);
    none.hidden = disturbed;
    list.hidden = !disturbed;
    list.replaceChildren(
      ...state.interventions.map((each, n) => {
        const words = describe(each);
        const off = button("Remove", () => {
          const kept = now().interventions.filter((_, place) => place !== n);
          refocus = n;
          change({ interventions: Object.freeze(kept) });
        });
        off.setAttribute("aria-label", `Remove: ${words}`);
        return element("li", {}, element("span", {}, words), off);
      }),
    );
    if (refocus !== null) {
      // What had the focus is gone: its neighbour takes it, or what would lay a hand anew.
      const left = list.querySelectorAll("button");
      (left[Math.min(refocus, left.length - 1)] ?? apply).focus();
      refocus = null;
    }
  };

  /**
   * @param {Scene} scene
   * @param {Colours} colours
   */
  const moment = (scene, colours) => {
    const { state, t, run, calm, wave, disturbed, first, donor } = scene;
    const start = disturbed ? first : data.warm_up;
    const row = (/** @type {string} */ name, /** @type {string[]} */ ...cells) =>
      element("tr", {}, element("th", { scope: "row" }, name), ...cells.map((cell) => element("td", {}, cell)));
    const errors = [calm, run].map((each) => errorFrom(each.y, wave.target, start));
    const others = donor ? [calm, run].map((each) => brief(errorFrom(each.y, donor.target, donor.at))) : [];
    const besides = (/** @type {string} */ told) => (donor ? [told] : []);
    caption.textContent = `Mean squared errors from timestep ${start + 1} on, ${disturbed ? "when the first hand was laid on it" : "after the warm-up"}`;
    head.replaceChildren(
      ...["Run", "Its error", ...besides(donor ? `Error to ${goesOn(donor)}` : ""), `At timestep ${state.t}`].map(
        (text) => element("th", { scope: "col" }, text),
      ),
    );
    body.replaceChildren(
      row(disturbed ? "left alone" : "the network", brief(errors[0]), ...besides(others[0]), number(calm.y[t])),
      ...(disturbed ? [row("with hands on it", brief(errors[1]), ...besides(others[1]), number(run.y[t]))] : []),
      row("clean next sample", "", ...besides(""), number(wave.target[t])),
    );
    verdict.textContent = disturbed ? `${compared(errors)} ${apart(scene)}` : "";
    save.textContent = `Save the snapshot of timestep ${state.t}`;
    apply.textContent = wordsFor(kind, state)[0];
    said.moment(scene, colours);
  };

  return { element: panel, whole, moment, say: said.say };
}

/**
 * The fields of each kind of intervention, and the intervention that they make.
 * @param {Data} data
 */
function fieldsFor(data) {
  const units = /** @type {[string, string][]} */ (
    Array.from({ length: data.units }, (_, u) => [`${u + 1}`, `unit ${u + 1}`])
  );
  const range = ranges(data);
  let tell = () => {};
  const gate = select(
    "Layer",
    /** @type {[string, string][]} */ (["f", "i", "g", "o"].map((each) => [each, NAMES[/** @type {Gate} */ (each)]])),
    () => {
      bind();
      tell();
    },
  );
  const held = select("Of", [["all", "all units"], ...units], () => tell());
  const value = select(
    "At",
    [
      ["1", "1, wide open"],
      ["0", "0, shut"],
      ["mean", "its mean over the wave"],
      ["other", "another value"],
    ],
    () => tell(),
  );
  const other = figure("Value", { low: -1, high: 1, step: 0.05, value: 0.5 });
  const bind = () => other.bound(rangeOf(/** @type {Gate} */ (gate.box.value)));
  bind();
  const pushed = select("Unit", units, () => tell());
  const amount = figure("By", { low: -MOST_PUSH, high: MOST_PUSH, step: 0.1, value: 1 });
  const period = slider(
    "Its period",
    { ...range.period, step: 0.5 },
    (each) => `${each} timesteps`,
    () => {},
  );
  const phase = slider(
    "Its phase at the start",
    { ...range.phase, step: 5 },
    (each) => `${each}°`,
    () => {},
  );
  const part = select("What of it", PARTS, () => tell());
  period.set(Math.round(data.period[0] + 0.2 * (data.period[1] - data.period[0])));
  phase.set(180);
  /** @type {string | null} */
  let followed = null;

  return {
    /** @param {() => void} listener */
    changed(listener) {
      tell = listener;
    },
    /**
     * Offer the unit that is looked at.
     * @param {State} state
     */
    follow(state) {
      if (followed !== `${state.unit}`) {
        followed = `${state.unit}`;
        pushed.box.value = followed;
        if (held.box.value !== "all") {
          held.box.value = followed;
        }
      }
    },
    /**
     * What is wrong with what was typed; its field has the focus then.
     * @param {string} kind
     */
    wrong(kind) {
      for (const { box } of [other, amount]) {
        box.removeAttribute("aria-invalid");
      }
      const typed = kind === "push" ? amount : kind === "hold" && value.box.value === "other" ? other : null;
      if (typed === null) {
        return "";
      }
      const { box } = typed;
      const [given, low, high] = [box.valueAsNumber, Number(box.min), Number(box.max)];
      if (given >= low && given <= high) {
        return "";
      }
      box.setAttribute("aria-invalid", "true");
      box.focus();
      const what = typed === amount ? "A push is" : `What the ${NAMES[/** @type {Gate} */ (gate.box.value)]} says is`;
      return `${Number.isNaN(given) ? "No number is given" : `${plain(given)} is out of bounds`}: ${what} from ${plain(low)} to ${plain(high)}. Nothing was done.`;
    },
    /** @param {string} kind */
    shown(kind) {
      switch (kind) {
        case "hold":
          return [gate, held, value, ...(value.box.value === "other" ? [other] : [])].map((each) => each.element);
        case "push":
          return [pushed.element, amount.element];
        case "put":
          return [period.element, phase.element, part.element];
        case "resume":
          return [part.element];
        default:
          return [];
      }
    },
    /**
     * @param {string} kind
     * @param {State} state
     * @returns {Intervention | null}
     */
    make(kind, state) {
      const { t } = state;
      const taken = /** @type {"both" | "c" | "h"} */ (part.box.value);
      switch (kind) {
        case "hold": {
          const layer = /** @type {Gate} */ (gate.box.value);
          const picked = value.box.value;
          const at = picked === "mean" ? picked : picked === "other" ? other.box.valueAsNumber : Number(picked);
          return { kind, gate: layer, unit: held.box.value === "all" ? null : Number(held.box.value), value: at, t };
        }
        case "cut":
        case "feed":
          return { kind, t };
        case "push":
          return { kind, unit: Number(pushed.box.value), amount: amount.box.valueAsNumber, t };
        case "put": {
          const sine = { period: Number(period.box.value), phase: Number(phase.box.value), noise: state.noise };
          return { kind, part: taken, t, from: Object.freeze({ wave: "own", ...sine, t }) };
        }
        default:
          return state.saved ? { kind: "put", part: taken, t, from: state.saved } : null;
      }
    },
  };
}

/**
 * What the button says, and what it will do.
 * @param {string} kind
 * @param {State} state
 * @returns {[string, string]}
 */
function wordsFor(kind, { t, saved }) {
  switch (kind) {
    case "hold":
      return [`Hold it from timestep ${t} on`, "The layer still computes; what it says is replaced."];
    case "cut":
      return [`Cut the input from timestep ${t} on`, "The network hears zero instead of the wave."];
    case "feed":
      return [
        `Feed the output back from timestep ${t} on`,
        "The network hears its own last prediction instead of the wave.",
      ];
    case "push":
      return [`Push it at timestep ${t}`, "So much is added to c of the unit once, after the step; h follows."];
    case "put":
      return [
        `Transplant at timestep ${t}`,
        "The network runs on that wave up to this moment; its snapshot replaces the one here.",
      ];
    default:
      return [
        `Resume at timestep ${t}`,
        saved
          ? `Saved: ${momentWords(saved)}. It replaces the snapshot of this moment.`
          : "Nothing is saved yet: save the snapshot of a moment first.",
      ];
  }
}

/** @param {Moment} moment */
function momentWords({ wave, period, phase, t }) {
  return wave === "probe"
    ? `timestep ${t} of the held-out wave`
    : `timestep ${t} of a wave of period ${period} and phase ${phase}°`;
}

/** @param {Intervention} intervention */
function describe(intervention) {
  const { t } = intervention;
  switch (intervention.kind) {
    case "hold": {
      const whose = intervention.unit === null ? "all units" : `unit ${intervention.unit}`;
      const at = intervention.value === "mean" ? "its mean" : plain(intervention.value);
      return `from timestep ${t}: ${NAMES[intervention.gate]} of ${whose} held at ${at}`;
    }
    case "cut":
      return `from timestep ${t}: the input cut`;
    case "feed":
      return `from timestep ${t}: the output fed back`;
    case "push":
      return `at timestep ${t}: c of unit ${intervention.unit} pushed by ${plain(intervention.amount)}`;
    default: {
      const part = PARTS.find(([each]) => each === intervention.part)?.[1];
      return `at timestep ${t}: ${part} of ${momentWords(intervention.from)}`;
    }
  }
}

/** @param {number[]} errors left alone, and with hands on it */
function compared([calm, touched]) {
  if (calm === touched) {
    return "The error is the same to the last digit.";
  }
  const times = touched / calm;
  if (!Number.isFinite(times)) {
    return "The error has no measure any more.";
  }
  if (brief(times) === "1") {
    return "With hands on it, the error is nearly that of the run that was left alone.";
  }
  return `With hands on it, the error is ${brief(times)} times that of the run that was left alone.`;
}

/**
 * How far the two states are apart now.
 * @param {Scene} scene
 */
function apart({ run, calm, t }) {
  let [square, whole] = [0, 0];
  for (let n = t * run.units; n < (t + 1) * run.units; n++) {
    square += (run.c[n] - calm.c[n]) ** 2;
    whole += calm.c[n] ** 2;
  }
  const share = Math.sqrt(square / whole);
  return Number.isFinite(share)
    ? `At this moment its c is ${number(100 * share, share < 0.1 ? 1 : 0)} % of its length away from the c that was left alone.`
    : "";
}
