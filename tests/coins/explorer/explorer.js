// @ts-check
import { sum } from "./sums.js";

/** @param {HTMLElement} root @param {{heads: number[]}} data @param {{id: string, title: string}[]} steps */
export function startExplorer(root, data, steps) {
  const shown = document.createElement("p");
  shown.textContent = `${sum(data.heads)} heads; ${steps[0].title}`;
  root.append(shown);
  root.dataset.state = "ready";
}
