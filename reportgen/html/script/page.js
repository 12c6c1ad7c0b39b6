// @ts-check
/** What a page does beyond being read. */
import { openClaims, sortOverview } from "./claims.js";
import { startExplorer } from "./explorer.js";
import { reachScrolling } from "./scrolling.js";

/** Start everything that needs a script. */
export function start() {
  openClaims(document);
  sortOverview(document);
  reachScrolling(document);
  const root = document.getElementById("explorer");
  const [data, steps] = ["explorer-data", "explorer-steps"].map((id) => document.getElementById(id)?.textContent);
  if (startExplorer && root && data && steps) startExplorer(root, JSON.parse(data), JSON.parse(steps));
}
