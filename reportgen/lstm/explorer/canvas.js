// @ts-check
// Charts: two canvases one on the other, of which only the upper is drawn anew when the moment moves.

import { MARGIN } from "./axes.js";
import { element } from "./dom.js";
import { AGES } from "./model.js";

/** @typedef {Record<string, string>} Colours */

const NAMES = ["paper", "ink", "muted", "line", "accent", "panel", "bad", "good", "i", "f", "g", "o", "c", "h"];
const OWN = ["ex-plus", "ex-minus", "ex-hand", ...AGES.map((_, n) => `ex-age-${n + 1}`)];

/**
 * The colours of the page as they are now, by the names of its properties, as "rgb(…)", and its typeface.
 * @param {Element} root
 * @returns {Colours}
 */
export function coloursOf(root) {
  const probe = element("span", { class: "ex-hidden" });
  root.append(probe);
  /** @type {Colours} */
  const found = {};
  for (const name of [...NAMES, ...OWN]) {
    probe.style.color = `var(--${name})`;
    found[name.replace("ex-", "")] = getComputedStyle(probe).color;
  }
  found.font = getComputedStyle(probe).fontFamily;
  probe.remove();
  return found;
}

/**
 * A colour between two, each as "rgb(…)".
 * @param {string} one
 * @param {string} other
 * @param {number} share of the first
 */
export function mixed(one, other, share) {
  const [a, b] = [one, other].map(partsOf);
  return `rgb(${a.map((part, n) => Math.round(share * part + (1 - share) * b[n])).join(" ")})`;
}

/** @param {string} colour */
export function partsOf(colour) {
  return (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}

/**
 * A chart of a height in pixels, or of that share of its width.
 * @param {number} height
 * @param {number} [share]
 */
export function chart(height, share = 0) {
  const base = element("canvas", {});
  const top = element("canvas", {});
  const made = element("div", { class: "ex-chart", role: "img" }, base, top);
  return {
    element: made,
    /** Prepare both canvases for the width that there is. */
    fit() {
      const width = Math.max(120, made.clientWidth);
      const tall = share > 0 ? Math.min(height, Math.round(width * share)) : height;
      const dots = Math.min(3, window.devicePixelRatio || 1);
      for (const canvas of [base, top]) {
        if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(tall * dots)) {
          canvas.width = Math.round(width * dots);
          canvas.height = Math.round(tall * dots);
          canvas.style.height = `${tall}px`;
        }
      }
      made.style.height = `${tall}px`;
      return { width, height: tall };
    },
    /**
     * A clean sheet, the lower or the upper.
     * @param {"base" | "top"} which
     * @param {Colours} colours
     */
    sheet(which, colours) {
      const canvas = which === "base" ? base : top;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const dots = canvas.width / Math.max(1, made.clientWidth, 120);
      context.setTransform(dots, 0, 0, dots, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.font = `12px ${colours.font}`;
      context.lineJoin = "round";
      return context;
    },
    /**
     * Say in words what is drawn.
     * @param {string} words
     */
    say(words) {
      made.setAttribute("aria-label", words);
    },
  };
}

/**
 * Let a chart along time be dragged through time.
 * @param {HTMLElement} shown
 * @param {number} timesteps
 * @param {(t: number) => void} move
 */
export function draggable(shown, timesteps, move) {
  shown.classList.add("ex-time");
  const follow = (/** @type {PointerEvent} */ event) => {
    const { left, width } = shown.getBoundingClientRect();
    const share = (event.clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
    move(Math.min(timesteps, Math.max(1, Math.round(1 + share * (timesteps - 1)))));
  };
  shown.addEventListener("pointerdown", (event) => {
    if (event.isPrimary && event.button === 0) {
      shown.setPointerCapture(event.pointerId);
      follow(event);
    }
  });
  shown.addEventListener("pointermove", (event) => {
    if (shown.hasPointerCapture(event.pointerId)) {
      follow(event);
    }
  });
}
