// @ts-check
// Numbers as they are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { extentOf, ticks } from "../../reportgen/lstm/explorer/axes.js";
import { brief, counted, number, power } from "../../reportgen/lstm/explorer/format.js";

test("numbers have a real minus, and none if they are nothing", () => {
  assert.deepEqual([number(-0.1234), number(-0.0001), number(2, 1), number(-0)], ["−0.123", "0.000", "2.0", "0.000"]);
  assert.deepEqual([number(123.456), number(-1e7), number(Number.NaN)], ["123.5", "−10⁷", "beyond numbers"]);
});

test("short numbers have two digits that count", () => {
  assert.deepEqual([brief(0.00162), brief(8123), brief(0), brief(0.0000123)], ["0.0016", "8100", "0", "10⁻⁵"]);
  assert.deepEqual([power(3.2e-7), power(1e-4), power(0)], ["3·10⁻⁷", "10⁻⁴", "0"]);
  assert.deepEqual([counted(1, "unit"), counted(16, "unit")], ["1 unit", "16 units"]);
});

test("ticks are round, within the range, and few", () => {
  assert.deepEqual(ticks(-1.2, 1.2, 4), [-1, -0.5, 0, 0.5, 1]);
  for (const [low, high] of [
    [0, 1e-9],
    [-3e8, 5e8],
    [0.1, 0.1],
    [0, Number.POSITIVE_INFINITY],
  ]) {
    const found = ticks(low, high, 4);
    assert.ok(found.length >= 1 && found.length <= 10);
  }
});

test("an extent holds zero and every number, and no infinity", () => {
  const [low, high] = extentOf([1, 2], [Number.NaN, Number.POSITIVE_INFINITY]);
  assert.ok(low === 0 && high > 2 && high < 2.5);
  assert.deepEqual(extentOf([]), [0, 0.12]);
});
