// @ts-check
/** What is wider than the screen scrolls by itself, and the keyboard must reach it; what is not would only be one more stop. */

/**
 * Let the keyboard reach what scrolls, now and whenever its size changes.
 * @param {Document} page
 */
export function reachScrolling(page) {
  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) reach(/** @type {HTMLElement} */ (target));
  });
  for (const each of page.querySelectorAll(".scroll, pre, .equation")) sized.observe(each);
}

/** @param {HTMLElement} each */
function reach(each) {
  const scrolls = each.scrollWidth > each.clientWidth + 1;
  if (scrolls === (each.tabIndex === 0)) return;
  if (scrolls) {
    each.tabIndex = 0;
    each.setAttribute("role", "group");
    each.setAttribute("aria-label", each.dataset.label ?? "Wider than the screen");
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) each.removeAttribute(name);
  }
}
