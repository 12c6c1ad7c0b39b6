// @ts-check
// The explorer of the LSTM guest: the trained networks of the run, in the browser. One state, one scene, panels that show it.

import { coloursOf } from "./canvas.js";
import { controlsPanel } from "./controls.js";
import { button, element } from "./dom.js";
import { flowPanel } from "./flow.js";
import { counted, power } from "./format.js";
import { guidePanel } from "./guide.js";
import { handsPanel } from "./hands.js";
import { neuronPanel } from "./neuron.js";
import { picturePanel } from "./picture.js";
import { checked, stage } from "./scene.js";
import { decodeState, encodeState } from "./state.js";

/** @typedef {import("./scene.js").Data} Data */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Step} Step */

/** Milliseconds of rest after which what is drawn is said. */
const REST = 400;

/** What a link to the explorer begins with. */
const LINK = /^#explore(\?|$)/;

/**
 * Build the explorer into a section that has its heading already, unless what it computes differs from what was recorded.
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {readonly Step[]} steps
 */
export function startExplorer(root, data, steps) {
  const found = check(data);
  if (!found.agrees) {
    root.append(element("p", { class: "ex-refused", role: "alert" }, found.told));
    root.dataset.state = "refused";
    return;
  }
  const see = stage(data);
  let state = decodeState(LINK.test(location.hash) ? location.hash : "", data, steps);
  /** @type {State | null} */
  let shown = null;
  let colours = coloursOf(root);
  let asked = false;
  let resting = 0;
  let quiet = true;

  const now = () => state;
  /** @param {Partial<State>} part */
  const change = (part) => {
    state = Object.freeze({ ...state, ...part });
    quiet = false;
    ask();
  };
  const ask = () => {
    if (!asked) {
      asked = true;
      requestAnimationFrame(redraw);
    }
  };

  const guide = guidePanel(steps, (id) => {
    const link = `#explore?step=${encodeURIComponent(id)}`;
    history.pushState(null, "", link);
    change(decodeState(link, data, steps));
  });
  const controls = controlsPanel(change, now, data);
  const flow = flowPanel(change, data.timesteps);
  const picture = picturePanel(change, now, data.units, data.timesteps);
  const neuron = neuronPanel(change);
  const hands = handsPanel(change, now, data);
  const live = element("p", { class: "ex-hidden", "aria-live": "polite" });
  const body = element(
    "div",
    { class: "ex-body" },
    element("p", { class: "ex-note" }, found.told),
    element("div", { class: "ex-panel ex-sticky" }, guide.element, controls.time),
    controls.choose,
    element("div", { class: "ex-views" }, flow.element, picture.element),
    neuron.element,
    hands.element,
    sharing(() => location.href.replace(/#.*$/, "") + encodeState(state, data, steps)),
    live,
  );
  guide.lead(flow.element, "The flow");
  guide.lead(picture.element, "The snapshot");
  guide.lead(neuron.element, "The gate");
  guide.lead(hands.element, "Lay hands");
  root.append(element("div", { class: "ex-explorer" }, body));
  const heading = root.querySelector("h1, h2, h3, h4");
  for (const each of body.querySelectorAll("h3")) {
    each.setAttribute("aria-level", `${Number(heading?.tagName.slice(1) ?? 2) + 1}`);
  }

  const redraw = () => {
    const start = performance.now();
    asked = false;
    const scene = see(state);
    if (
      shown === null ||
      Object.entries(state).some(([key, value]) => key !== "t" && shown?.[/** @type {keyof State} */ (key)] !== value)
    ) {
      guide.whole(scene);
      controls.whole(scene, colours);
      flow.whole(scene, colours);
      picture.whole(scene, colours);
      hands.whole(scene, colours);
    }
    controls.moment(scene, colours);
    flow.moment(scene, colours);
    picture.moment(scene, colours);
    neuron.moment(scene);
    hands.moment(scene, colours);
    shown = state;
    root.dataset.frame = (performance.now() - start).toFixed(2);
    clearTimeout(resting);
    resting = window.setTimeout(rest, REST);
  };

  const rest = () => {
    const scene = see(state);
    for (const panel of [controls, flow, picture, neuron, hands]) {
      panel.say(scene);
    }
    if (!quiet) {
      live.textContent = controls.words();
    }
    // A link that said what cannot be is written back as what came of it.
    if (!quiet || LINK.test(location.hash)) {
      const link = encodeState(state, data, steps);
      if (location.hash !== link) {
        try {
          history.replaceState(null, "", link);
        } catch {
          // Some browsers forbid it to a file, or count how often it is done: then the address stays as it is.
        }
      }
    }
    quiet = true;
  };

  const again = () => {
    colours = coloursOf(root);
    shown = null;
    ask();
  };
  const arrive = () => {
    if (!LINK.test(location.hash)) {
      return;
    }
    state = decodeState(location.hash, data, steps);
    quiet = true;
    ask();
    root.scrollIntoView();
    if (heading instanceof HTMLElement) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  };
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  window.addEventListener("hashchange", arrive);
  let width = 0;
  new ResizeObserver(() => {
    if (root.clientWidth !== width) {
      width = root.clientWidth;
      again();
    }
  }).observe(root);
  redraw();
  rest();
  root.dataset.state = "ready";
  arrive();
}

/**
 * What was found when every recorded trace was computed again.
 * @param {Data} data
 */
function check(data) {
  try {
    const { traces, largest, worst, agrees } = checked(data);
    const allowed = power(data.tolerance);
    const told = agrees
      ? `${counted(traces, "recorded trace")} computed again in this browser, the largest difference ${power(largest)} of the size of a state; ${allowed} is allowed for float32 rounding.${left(data)}`
      : `The explorer stays closed: what this browser computes differs from what was recorded by ${power(largest)} of the size of a state (${worst}), more than the ${allowed} that is allowed for float32 rounding.`;
    return { agrees, told };
  } catch (error) {
    return {
      agrees: false,
      told: `The explorer stays closed: its networks cannot be read (${error instanceof Error ? error.message : error}).`,
    };
  }
}

/** @param {Data} data */
function left({ networks, case_count: cases }) {
  return networks.length < cases
    ? ` Of ${counted(cases, "network")}, the first ${networks.length === 1 ? "is" : `${networks.length} are`} in this page.`
    : "";
}

/**
 * A button that copies the link to this moment, or shows it where copying is not allowed.
 * @param {() => string} link
 */
function sharing(link) {
  const field = element("input", { type: "text", readonly: true, "aria-label": "Link to this moment", hidden: true });
  const told = element("span", { role: "status", class: "ex-note" });
  const show = () => {
    field.hidden = false;
    field.focus();
    field.select();
    told.textContent = "Copy it from here.";
  };
  const copy = button("Copy link to this moment", () => {
    field.value = link();
    if (!navigator.clipboard) {
      show();
      return;
    }
    navigator.clipboard.writeText(field.value).then(() => {
      told.textContent = "Copied.";
    }, show);
  });
  return element("div", { class: "ex-row ex-share" }, copy, field, told);
}
