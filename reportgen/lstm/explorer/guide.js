// @ts-check
// Guided steps, in the order of the essay: each sets the explorer and says what to do and where to look.

import { button, element } from "./dom.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./state.js").Step} Step */

/**
 * Bring a heading to the top, also if it is in sight, and give it the focus.
 * @param {HTMLElement} heading
 */
function show(heading) {
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
}

/**
 * @param {readonly Step[]} steps
 * @param {(id: string) => void} go
 */
export function guidePanel(steps, go) {
  const links = steps.map((step, n) => {
    const link = element(
      "a",
      {
        href: `#explore?step=${encodeURIComponent(step.id)}`,
        "aria-label": `Step ${n + 1}: ${step.title}`,
        title: step.title,
      },
      `${n + 1}`,
    );
    link.addEventListener("click", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        go(step.id);
      }
    });
    return link;
  });
  const title = element("h3", { tabindex: -1 });
  const text = element("p", {});
  const count = element("p", { class: "ex-note" });
  let place = -1;
  const move = (/** @type {number} */ by) => {
    const next = steps[place + by];
    if (next) {
      go(next.id);
    }
  };
  const back = button("← Previous", () => move(-1), "ex-small");
  const on = button("Next →", () => move(1), "ex-main ex-small");
  const to = element("div", { class: "ex-row ex-to" }, element("span", { class: "ex-note" }, "Go to"));
  const panel = element(
    "nav",
    { class: "ex-guide", "aria-label": "Guided steps" },
    element(
      "div",
      { class: "ex-row ex-way" },
      back,
      element("ol", { class: "ex-steps" }, ...links.map((link) => element("li", {}, link))),
      on,
    ),
    element("div", { class: "ex-told", "aria-live": "polite", "aria-atomic": "true" }, count, title, text),
    to,
  );
  /**
   * Lead to a part that the steps speak of, and from there back to the step.
   * @param {HTMLElement} part
   * @param {string} name
   */
  const lead = (part, name) => {
    const heading = /** @type {HTMLElement} */ (part.querySelector("h3"));
    heading.tabIndex = -1;
    to.append(button(name, () => show(heading), "ex-small"));
    const home = button("↑ To the step", () => show(title), "ex-small ex-home");
    part.append(home);
  };
  const whole = (/** @type {Scene} */ { state }) => {
    place = steps.findIndex((step) => step.id === state.step);
    for (const [n, link] of links.entries()) {
      link.toggleAttribute("aria-current", false);
      if (n === place) {
        link.setAttribute("aria-current", "step");
      }
    }
    const step = steps[place];
    count.textContent = step ? `Step ${place + 1} of ${steps.length}` : `${steps.length} guided steps`;
    title.textContent = step ? step.title : "Five minutes with the network itself";
    text.textContent = step
      ? step.text
      : "Drag through time in any chart, choose a unit, lay hands on the network below. Or take the steps one after the other: each sets everything and says where to look.";
    // Not disabled: a button that is loses the focus.
    back.setAttribute("aria-disabled", `${place <= 0}`);
    on.setAttribute("aria-disabled", `${place === steps.length - 1}`);
    on.textContent = place < 0 ? "Begin →" : "Next →";
  };
  return { element: panel, whole, lead };
}
