const UNITS = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** `600k`, `2G`, `40000`. @param {string} text */
export function parseQuantity(text) {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`${text} is not a quantity such as 40000, 600k, 200M or 2G`);
  return Number(digits) * UNITS[unit];
}

/** `6.0 M`, `400,000`: for people. @param {number} value */
export function quantity(value) {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return Math.round(value).toLocaleString('en');
}

/** The middle one. @param {number[]} values */
export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
