// @ts-check
// One gate of one unit as the network it is: inputs, weights, products, sum, activation, with the numbers of this moment.

import { choices, drawn, element } from "./dom.js";
import { number } from "./format.js";
import { neuron } from "./model.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./model.js").Gate} Gate */
/** @typedef {ReturnType<typeof neuron>} Neuron */

/** The four layers, as they are called. @type {Record<Gate, string>} */
export const NAMES = { i: "input gate i", f: "forget gate f", g: "candidate g", o: "output gate o" };

/** @type {Record<Gate, string>} */
const QUESTIONS = {
  i: "how much of the candidate enters the channel",
  f: "how much of the old content stays",
  g: "what there is to write",
  o: "how much of the level is shown",
};

/** Inputs that are shown singly. */
const SINGLY = 5;

/** @param {(change: Partial<State>) => void} change */
export function neuronPanel(change) {
  const heading = element("h3", {});
  const words = element("p", { class: "ex-words" });
  const gates = choices(
    "Layer",
    /** @type {[string, string][]} */ (["f", "i", "g", "o"].map((gate) => [gate, NAMES[/** @type {Gate} */ (gate)]])),
    (gate) => change({ gate: /** @type {Gate} */ (gate) }),
  );
  const picture = drawn("svg", { class: "ex-neuron", role: "img" });
  const body = element("tbody", {});
  const head = element(
    "tr",
    {},
    ...["Input", "Value", "Weight", "Product"].map((text) => element("th", { scope: "col" }, text)),
  );
  const table = element("table", { class: "ex-table" }, element("thead", {}, head), body);
  const opened = element("details", {}, element("summary", {}, "The same as a table"), table);
  const panel = element("section", { class: "ex-panel" }, heading, gates.element, words, picture, opened);

  /** @param {Scene} scene */
  const moment = (scene) => {
    const { state, weights, run, u, t } = scene;
    const seen = neuron(weights, run, state.gate, u, t);
    gates.set(state.gate);
    heading.textContent = `The ${NAMES[state.gate]} of unit ${state.unit}, as the network it is`;
    const held = Math.abs(seen.used - seen.value) > 1e-9;
    words.textContent = `It says ${QUESTIONS[state.gate]}: ${number(seen.value)} at timestep ${state.t}.${held ? ` It is held by hand at ${number(seen.used)}, whatever it says.` : ""}`;
    draw(
      picture,
      seen,
      state.gate,
      Math.max(260, panel.clientWidth - 2 * parseFloat(getComputedStyle(panel).paddingLeft)),
    );
    if (opened.open) {
      tabulate(seen, state.gate);
    }
  };

  /**
   * @param {Neuron} seen
   * @param {Gate} gate
   */
  const tabulate = (seen, gate) => {
    const row = (/** @type {string[]} */ [name, ...cells]) =>
      element("tr", {}, element("th", { scope: "row" }, name), ...cells.map((cell) => element("td", {}, cell)));
    const { single, rest, others } = sorted(seen);
    body.replaceChildren(
      ...single.map((term) => row([named(term.unit), number(term.value), number(term.weight), number(term.product)])),
      ...(others > 0 ? [row([othersNamed(others), "", "", number(rest)])] : []),
      row(["bias", "", "", number(seen.bias)]),
      row(["sum", "", "", number(seen.sum)]),
      row([`${gate === "g" ? "tanh" : "σ"} of the sum`, "", "", number(seen.value)]),
    );
  };

  /** @param {Scene} scene */
  const say = (scene) => {
    const { state, weights, run, u, t } = scene;
    const seen = neuron(weights, run, state.gate, u, t);
    const { single } = sorted(seen);
    tabulate(seen, state.gate);
    picture.setAttribute(
      "aria-label",
      `The neuron of unit ${state.unit} in the ${NAMES[state.gate]} at timestep ${state.t}: its largest product is that of ${named(single[0].unit)}, ${number(single[0].product)}; all products and the bias make ${number(seen.sum)}, and its activation makes ${number(seen.value)} of it. The table below has every number.`,
    );
  };

  opened.addEventListener("toggle", () => change({}));
  return { element: panel, moment, say };
}

/** @param {number | null} unit */
function named(unit) {
  return unit === null ? "sample x" : `h₋₁ of unit ${unit + 1}`;
}

/** @param {number} count */
function othersNamed(count) {
  return count === 1 ? "h₋₁ of the other unit" : `h₋₁ of ${count} other units`;
}

/**
 * The sample and the largest products singly, in the order of their size, and the sum of the others.
 * @param {Neuron} seen
 */
function sorted({ terms }) {
  const [sample, ...hidden] = terms;
  const order = hidden.sort((one, other) => Math.abs(other.product) - Math.abs(one.product));
  const single = [sample, ...order.slice(0, SINGLY)];
  const rest = order.slice(SINGLY).reduce((sum, term) => sum + term.product, 0);
  return { single, rest, others: Math.max(0, order.length - SINGLY) };
}

/**
 * Draw the neuron, in one row if there is room, otherwise with its activation below.
 * @param {SVGSVGElement} picture
 * @param {Neuron} seen
 * @param {Gate} gate
 * @param {number} width
 */
function draw(picture, seen, gate, width) {
  const roomy = width >= 720;
  const { single, rest, others } = sorted(seen);
  const rows = [
    ...single.map((term) => ({
      name: named(term.unit),
      told: `${number(term.value, 2)} × ${number(term.weight, 2)}`,
      product: term.product,
    })),
    ...(others > 0 ? [{ name: othersNamed(others), told: "", product: rest }] : []),
    { name: "bias", told: "", product: seen.bias },
  ];
  const apart = 30;
  const inputs = rows.length * apart;
  const height = roomy ? Math.max(inputs, 190) + 16 : inputs + 196;
  const top = roomy ? (height - inputs) / 2 : 8;
  const column = roomy ? Math.max(330, Math.min(400, 0.4 * width)) : Math.min(215, width - 112);
  const middle = top + inputs / 2;
  const sum = { x: roomy ? column + 0.12 * width : width - 34, y: middle };
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("width", `${width}`);
  picture.setAttribute("height", `${height}`);
  const most = Math.max(...rows.map((row) => Math.abs(row.product)), 1e-9);
  const parts = [];
  for (const [n, row] of rows.entries()) {
    const y = top + (n + 0.5) * apart;
    parts.push(
      drawn("path", {
        d: `M ${column + 6} ${y} C ${column + 40} ${y}, ${sum.x - 60} ${sum.y}, ${sum.x - 22} ${sum.y}`,
        class: row.product < 0 ? "ex-edge ex-below" : "ex-edge ex-above",
        "stroke-width": (0.75 + 7 * (Math.abs(row.product) / most)).toFixed(2),
      }),
      text(0, y, row.name, "start"),
      text(column, y, number(row.product, 2), "end", "ex-strong"),
    );
    if (roomy && row.told !== "") {
      parts.push(text(column - 70, y, `${row.told} =`, "end", "ex-faint"));
    }
  }
  parts.push(
    drawn("circle", { cx: sum.x, cy: sum.y, r: 22, class: "ex-node" }),
    text(sum.x, sum.y, "Σ", "middle", "ex-symbol"),
    text(sum.x, sum.y + 36, number(seen.sum, 2), "middle", "ex-strong"),
  );
  const [wide, tall] = roomy ? [0.2 * width, 130] : [Math.min(200, width - 100), 110];
  const box = roomy ? { x: sum.x + 0.06 * width, y: middle - tall / 2 } : { x: 44, y: inputs + 44 };
  const route = roomy
    ? `M ${sum.x + 22} ${sum.y} H ${box.x}`
    : `M ${sum.x} ${sum.y + 46} V ${box.y + tall / 2} H ${box.x + wide}`;
  parts.push(drawn("path", { d: route, class: "ex-wire" }));
  parts.push(...activation(seen, gate, box, wide, tall));
  const out = roomy
    ? { x: box.x + wide, y: middle, way: 1, anchor: "start" }
    : { x: box.x, y: box.y + tall / 2, way: -1, anchor: "end" };
  parts.push(
    drawn("path", { d: `M ${out.x} ${out.y} h ${(roomy ? 26 : 8) * out.way}`, class: "ex-wire" }),
    roomy
      ? text(out.x + 34, out.y, `${gate} = ${number(seen.value)}`, "start", `ex-result ex-${gate}`)
      : text(box.x + wide / 2, box.y - 14, `${gate} = ${number(seen.value)}`, "middle", `ex-result ex-${gate}`),
  );
  if (Math.abs(seen.used - seen.value) > 1e-9) {
    const told = `held at ${number(seen.used)}`;
    parts.push(
      roomy
        ? text(out.x + 34, out.y + 24, told, "start", "ex-held")
        : text(box.x + wide / 2, box.y + tall + 14, told, "middle", "ex-held"),
    );
  }
  picture.replaceChildren(...parts);
}

/**
 * The curve of the activation with the point at which the neuron is.
 * @param {Neuron} seen
 * @param {Gate} gate
 * @param {{x: number, y: number}} box
 * @param {number} wide
 * @param {number} tall
 */
function activation(seen, gate, box, wide, tall) {
  const reach = Math.max(4, Math.min(12, 1.2 * Math.abs(seen.sum)));
  const low = gate === "g" ? -1 : 0;
  const x = (/** @type {number} */ z) => box.x + ((Math.max(-reach, Math.min(reach, z)) + reach) / (2 * reach)) * wide;
  const y = (/** @type {number} */ value) => box.y + tall - 8 - ((value - low) / (1 - low)) * (tall - 16);
  const at = (/** @type {number} */ z) => (gate === "g" ? Math.tanh(z) : 1 / (1 + Math.exp(-z)));
  const steps = Array.from({ length: 61 }, (_, n) => -reach + (2 * reach * n) / 60);
  const curve = steps.map((z, n) => `${n === 0 ? "M" : "L"} ${x(z).toFixed(1)} ${y(at(z)).toFixed(1)}`).join(" ");
  return [
    drawn("rect", { x: box.x, y: box.y, width: wide, height: tall, rx: 6, class: "ex-node" }),
    drawn("path", {
      d: `M ${x(0)} ${box.y + 8} V ${box.y + tall - 8} M ${box.x} ${y(0)} H ${box.x + wide}`,
      class: "ex-axis",
    }),
    drawn("path", { d: curve, class: `ex-curve ex-stroke-${gate}` }),
    drawn("circle", { cx: x(seen.sum).toFixed(1), cy: y(seen.value).toFixed(1), r: 5.5, class: "ex-point" }),
    text(box.x + 8, box.y + 16, gate === "g" ? "tanh" : "σ", "start", "ex-symbol"),
  ];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {string} anchor
 * @param {string} [kind]
 */
function text(x, y, words, anchor, kind = "") {
  return drawn("text", { x, y, "text-anchor": anchor, "dominant-baseline": "central", class: kind }, words);
}
