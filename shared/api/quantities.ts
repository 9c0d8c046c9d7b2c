/** The outcome of reading a quantity: its value, or what would have been right, in a few words. */
export type Quantity = { ok: true; value: number } | { ok: false; expected: string };

/** Decimal number with an optional exponent, then a unit. `1E` has a unit (exa), `1E3` an exponent: digits decide. */
const shape = /^(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e([+-]?\d{1,3}))?([a-z]{0,3})$/i;

/** 1000s and 1024s. `m` is a million here, as in OpenSandbox: Kubernetes' thousandth of a byte is of no use to anybody. */
const memoryUnits: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  p: 1e15,
  e: 1e18,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
  pi: 2 ** 50,
  ei: 2 ** 60,
};

const cpuUnits: Readonly<Record<string, number>> = { '': 1, m: 1e-3 };

/** Linux counts at most this many processors (NR_CPUS on x86-64). */
const mostCpus = 8192;

const memoryExpected = 'a size above 0 and below 8Pi, as "512Mi", "2Gi", "1G" or a number of bytes';
const diskExpected = '0 for no limit, or a size below 8Pi, as "512Mi", "10Gi", "1G" or a number of bytes';
const cpuExpected = `a number of processors from 0.001 to ${mostCpus}, as "500m", "0.5" or "2"`;

/**
 * Reads an amount of memory or disk into whole bytes: `512Mi`, `1.5Gi`, `1G`, `64MB`, `128974848`, `1e9`. Units may be
 * written in either case and with a B at the end, as OpenSandbox takes them. Zero, negative and huge amounts are refused.
 */
export function parseMemory(text: string | number): Quantity {
  const amount = read(String(text), unitOfMemory);
  const value = Math.round(amount);
  return value >= 1 && value <= Number.MAX_SAFE_INTEGER ? { ok: true, value } : { ok: false, expected: memoryExpected };
}

/** Reads an amount of disk as `parseMemory` reads one of memory. 0, with a unit or without, is an amount too: no limit. */
export function parseDisk(text: string | number): Quantity {
  const amount = read(String(text), unitOfMemory);
  const value = Math.round(amount);
  const isFit = amount === 0 || (value >= 1 && value <= Number.MAX_SAFE_INTEGER);
  return isFit ? { ok: true, value } : { ok: false, expected: diskExpected };
}

/** Reads a number of processors: `500m` is 0.5, `2` is 2. A thousandth is the least, as in Kubernetes. */
export function parseCpu(text: string | number): Quantity {
  const value = read(String(text), (unit) => cpuUnits[unit]);
  return value >= 0.001 && value <= mostCpus ? { ok: true, value } : { ok: false, expected: cpuExpected };
}

/** NaN when the text is no quantity at all, so that every comparison with it fails. */
function read(text: string, factor: (unit: string) => number | undefined): number {
  // The units below are plain objects: a length limit keeps `constructor` and 10 MiB of digits away from both.
  if (text.length > 64) return Number.NaN;
  const match = shape.exec(text.trim());
  if (!match) return Number.NaN;
  const [, digits = '', exponent = '0', unit = ''] = match;
  return Number(`${digits}e${exponent}`) * (factor(unit.toLowerCase()) ?? Number.NaN);
}

function unitOfMemory(unit: string): number | undefined {
  return memoryUnits[unit === 'b' ? '' : unit.replace(/(?<=.)b$/, '')];
}
