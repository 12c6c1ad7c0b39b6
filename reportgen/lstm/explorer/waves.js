// @ts-check
// Sine waves in noise, as the networks were trained on, made here.

/**
 * What a network is given: the samples x, the clean next sample, the phase of the clean wave at each sample in radians, (T) each,
 * and the period in timesteps.
 * @typedef {{x: ArrayLike<number>, target: ArrayLike<number>, phase: ArrayLike<number>, period: number}} Wave
 */

/**
 * A sine wave in noise; the noise of a seed is the same for every wave.
 * @param {number} timesteps
 * @param {number} period in timesteps
 * @param {number} phase of the first sample, in degrees
 * @param {number} noise standard deviation
 * @param {number} seed
 * @returns {Wave}
 */
export function sine(timesteps, period, phase, noise, seed) {
  const chance = normal(seed);
  const angle = (/** @type {number} */ t) => (phase / 180) * Math.PI + (2 * Math.PI * t) / period;
  const phases = Float64Array.from({ length: timesteps }, (_, t) => angle(t));
  return {
    x: phases.map((each) => Math.sin(each) + noise * chance()),
    target: Float64Array.from({ length: timesteps }, (_, t) => Math.sin(angle(t + 1))),
    phase: phases,
    period,
  };
}

/**
 * Numbers from a standard normal distribution (Box and Muller, 1958), from uniform ones of a Weyl sequence, mixed.
 * @param {number} seed
 */
export function normal(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
