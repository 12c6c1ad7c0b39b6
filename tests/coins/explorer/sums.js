// @ts-check
/** @param {number[]} values */
export function sum(values) {
  return values.reduce((one, other) => one + other, 0);
}
