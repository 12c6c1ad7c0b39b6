// @ts-check
/** What stands here where a guest brings no explorer of its own. */

/** @type {((root: HTMLElement, data: any, steps: any[]) => void) | null} */
export const startExplorer = null;
