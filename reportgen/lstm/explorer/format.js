// @ts-check
// Numbers as they are written in the essay: a real minus sign, no exponent where none is needed.

/**
 * A number in words' company.
 * @param {number} value
 * @param {number} [digits] after the point
 */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) {
    return "beyond numbers";
  }
  const size = Math.abs(value);
  const text = size >= 10000 ? power(size) : size.toFixed(size >= 100 ? Math.min(digits, 1) : digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/**
 * A number with as many digits as carry something: 0.0016, 0.84, 12.
 * @param {number} value at least 0
 */
export function brief(value) {
  if (!Number.isFinite(value)) {
    return "beyond numbers";
  }
  if (value !== 0 && (value < 0.0001 || value >= 10000)) {
    return power(value);
  }
  const text = String(Number(value.toPrecision(2)));
  return text;
}

/**
 * A number that somebody chose, as it was chosen.
 * @param {number} value
 */
export function plain(value) {
  return `${value}`.replace("-", "−");
}

/**
 * A power of ten with one digit before it: 3·10⁻⁷.
 * @param {number} value at least 0
 */
export function power(value) {
  if (value === 0) {
    return "0";
  }
  const [digits, exponent] = value.toExponential(0).split("e");
  const raised = [...String(Number(exponent))].map((sign) => RAISED[sign]).join("");
  return digits === "1" ? `10${raised}` : `${digits}·10${raised}`;
}

/** @type {Record<string, string>} */
const RAISED = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};

/**
 * A count and its noun.
 * @param {number} count
 * @param {string} noun in the singular, with a regular plural
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
