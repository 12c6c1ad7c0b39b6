// @ts-check
/** The panel beside the text in which a claim opens, and the overview, sorted and filtered. Without it, a claim's mark is a link to it. */

/**
 * Open claims beside the text, wherever something says which it opens.
 * @param {Document} page
 */
export function openClaims(page) {
  const panel = /** @type {HTMLElement | null} */ (page.getElementById("panel"));
  if (!panel) return;
  /** @type {HTMLElement | null} */
  let opener = null;

  function close() {
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    panel.replaceChildren();
    page.body.classList.remove("beside");
    for (const each of page.querySelectorAll(".claim.open")) each.classList.remove("open");
    for (const each of page.querySelectorAll("[aria-expanded]")) each.setAttribute("aria-expanded", "false");
    opener?.focus();
    opener = null;
  }

  /** @param {string} name @param {HTMLElement} from */
  function open(name, from) {
    const source = page.getElementById(`claim-${name}`);
    if (!panel || !source) return false;
    const again = opener;
    if (!panel.hidden) close();
    if (again === from) return true;
    const copy = /** @type {HTMLElement} */ (source.cloneNode(true));
    for (const each of [copy, ...copy.querySelectorAll("[id]")]) each.removeAttribute("id");
    copy.removeAttribute("aria-labelledby");
    const button = page.createElement("button");
    button.type = "button";
    button.className = "close";
    button.textContent = "Close";
    button.addEventListener("click", close);
    panel.replaceChildren(button, copy);
    panel.setAttribute("aria-label", copy.querySelector("h3")?.textContent ?? "An opened claim");
    panel.hidden = false;
    panel.scrollTop = 0;
    page.body.classList.add("beside");
    opener = from;
    if (from.classList.contains("mark")) from.setAttribute("aria-expanded", "true");
    for (const each of page.querySelectorAll(`.claim[data-claim="${CSS.escape(name)}"]`)) each.classList.add("open");
    panel.focus({ preventScroll: true });
    return true;
  }

  for (const each of page.querySelectorAll(".mark")) {
    each.setAttribute("role", "button");
    each.setAttribute("aria-expanded", "false");
    each.setAttribute("aria-controls", "panel");
  }
  page.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-opens]") : null;
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (open(target.dataset.opens ?? "", target)) event.preventDefault();
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
    const target = event.target;
    if (event.key === " " && target instanceof HTMLElement && target.classList.contains("mark")) {
      event.preventDefault();
      target.click();
    }
  });
}

/**
 * Let a reader sort and filter the overview of claims.
 * @param {Document} page
 */
export function sortOverview(page) {
  const table = page.getElementById("overview");
  const body = table?.querySelector("tbody");
  if (!table || !body) return;
  const rows = [...body.rows];
  for (const [column, head] of [...table.querySelectorAll("thead th")].entries()) {
    const button = page.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      rows.sort((one, other) => (falling ? -1 : 1) * compare(key(one, column), key(other, column)));
      body.append(...rows);
    });
  }
  const { controls, words, kind, outcome, count } = filters(page);
  table.parentElement?.before(controls);
  const show = () => {
    const asked = words.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits =
        (!kind.value || row.dataset.kind === kind.value) &&
        (!outcome.value || row.dataset.outcome === outcome.value) &&
        (row.textContent ?? "").toLowerCase().includes(asked);
      row.hidden = !fits;
      shown += Number(fits);
    }
    count.textContent = `${shown} of ${rows.length}`;
  };
  for (const each of [words, kind, outcome]) each.addEventListener("input", show);
  show();
}

/** @param {HTMLTableRowElement} row @param {number} column */
function key(row, column) {
  const cell = row.cells[column];
  return cell?.dataset.sort ?? cell?.textContent ?? "";
}

/** @param {string} one @param {string} other */
function compare(one, other) {
  const [left, right] = [Number.parseFloat(one), Number.parseFloat(other)];
  return Number.isNaN(left) || Number.isNaN(right) ? one.localeCompare(other) : left - right;
}

/** @param {Document} page */
function filters(page) {
  const controls = page.createElement("div");
  controls.className = "controls";
  const words = page.createElement("input");
  words.type = "search";
  const kind = choice(page, [
    ["", "all"],
    ["finding", "findings"],
    ["identity", "identities"],
  ]);
  const outcome = choice(page, [
    ["", "any"],
    ["all", "as first worded, in every case"],
    ["less", "otherwise"],
  ]);
  const count = page.createElement("output");
  /** @type {[string, HTMLElement][]} */
  const labelled = [
    ["Words", words],
    ["Kind", kind],
    ["Held", outcome],
    ["Shown", count],
  ];
  for (const [text, control] of labelled) {
    const label = page.createElement("label");
    label.append(text, control);
    controls.append(label);
  }
  return { controls, words, kind, outcome, count };
}

/** @param {Document} page @param {[string, string][]} options */
function choice(page, options) {
  const select = page.createElement("select");
  for (const [value, text] of options) select.append(new Option(text, value));
  return select;
}
