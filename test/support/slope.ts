// Whether a series of measurements grows: the least-squares line through it.

export interface Line {
  /** Growth a step. */
  readonly slope: number;
  /** Standard error of the slope: what noise alone can make of it. */
  readonly error: number;
  readonly mean: number;
}

export function leastSquares(values: readonly number[]): Line {
  const n = values.length;
  if (n < 3) throw new RangeError('a line needs at least three values');
  const meanX = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let xy = 0;
  let xx = 0;
  for (const [x, y] of values.entries()) {
    xy += (x - meanX) * (y - mean);
    xx += (x - meanX) ** 2;
  }
  const slope = xy / xx;
  let residual = 0;
  for (const [x, y] of values.entries()) residual += (y - (mean + slope * (x - meanX))) ** 2;
  return { slope, error: Math.sqrt(residual / (n - 2) / xx), mean };
}
