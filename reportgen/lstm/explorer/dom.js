// @ts-check
// Elements and labelled controls, made without markup in strings.

/**
 * An element with attributes; those that are functions listen, those that are true are bare, false and null are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | ((event: Event) => void)>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      made.addEventListener(name, value);
    } else if (value !== false && value !== null) {
      made.setAttribute(name, value === true ? "" : `${value}`);
    }
  }
  made.append(...children);
  return made;
}

/**
 * An element of a drawing.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, `${value}`);
  }
  made.append(...children);
  return made;
}

/**
 * A button.
 * @param {string} text
 * @param {() => void} press
 * @param {string} [kind] a further class
 */
export function button(text, press, kind = "") {
  return element("button", { type: "button", class: `ex-button ${kind}`.trim(), click: press }, text);
}

/**
 * A choice of one from a list that opens.
 * @param {string} label
 * @param {[string, string][]} options value and text
 * @param {(value: string) => void} pick
 */
export function select(label, options, pick) {
  const box = element("select", { change: () => pick(box.value) });
  const fill = (/** @type {[string, string][]} */ entries) => {
    box.replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
  };
  fill(options);
  return { element: element("label", { class: "ex-field" }, element("span", {}, label), box), box, fill };
}

let sliders = 0;

/**
 * A slider with its value beside it.
 * @param {string} label
 * @param {{low: number, high: number, step: number}} range
 * @param {(value: number) => string} told its value in words
 * @param {(value: number) => void} move
 */
export function slider(label, range, told, move) {
  const output = element("output", {});
  const box = element("input", {
    type: "range",
    min: range.low,
    max: range.high,
    step: range.step,
    input: () => {
      tell();
      move(Number(box.value));
    },
  });
  const tell = () => {
    output.value = told(Number(box.value));
    box.setAttribute("aria-valuetext", output.value);
  };
  const set = (/** @type {number} */ value) => {
    box.value = `${value}`;
    tell();
  };
  sliders += 1;
  box.id = `ex-slider-${sliders}`;
  output.htmlFor.value = box.id;
  // The label must not hold the output, which would be what it labels.
  const caption = element("span", {}, element("label", { for: box.id }, label), " ", output);
  return { element: element("div", { class: "ex-field" }, caption, box), box, set };
}

/**
 * A number to be typed.
 * @param {string} label
 * @param {{low: number, high: number, step: number, value: number}} range
 */
export function figure(label, range) {
  const { low, high, step, value } = range;
  const box = element("input", { type: "number", min: low, max: high, step, value, inputmode: "decimal" });
  const bound = (/** @type {{low: number, high: number}} */ within) => {
    [box.min, box.max] = [`${within.low}`, `${within.high}`];
  };
  return { element: element("label", { class: "ex-field" }, element("span", {}, label), box), box, bound };
}

let groups = 0;

/**
 * A choice of one from a few that are all shown.
 * @param {string} legend
 * @param {[string, string][]} options value and text
 * @param {(value: string) => void} pick
 */
export function choices(legend, options, pick) {
  groups += 1;
  const name = `ex-choice-${groups}`;
  const boxes = options.map(([value]) => element("input", { type: "radio", name, value, change: () => pick(value) }));
  const labels = options.map(([, text], n) => element("label", {}, boxes[n], element("span", {}, text)));
  const set = (/** @type {string} */ value) => {
    for (const box of boxes) {
      box.checked = box.value === value;
    }
  };
  return {
    element: element("fieldset", { class: "ex-choices" }, element("legend", {}, legend), ...labels),
    set,
    boxes,
  };
}

/**
 * A figure: a heading, what it shows, a line of explanation.
 * @param {string} title
 * @param {Element} shown
 * @param {...(Node | string)} notes
 */
export function captioned(title, shown, ...notes) {
  const heading = element("span", { class: "ex-title" }, title);
  const caption = element("figcaption", {}, heading, ...notes);
  return { element: element("figure", { class: "ex-figure" }, caption, shown), heading };
}

/**
 * An entry of a legend: a sample in a colour and what it stands for.
 * @param {string} kind the class of the sample
 * @param {string} colour
 * @param {string} text
 */
export function keyed(kind, colour, text) {
  const sample = element("span", { class: `ex-sample ${kind}` });
  sample.style.color = colour;
  return element("li", {}, sample, text);
}
