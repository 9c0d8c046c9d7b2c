/** A piece of a pattern in both syntaxes. */
export interface Escape {
  /** In JavaScript, inside a class and outside alike; undefined for what it hasn't. */
  native: string | undefined;
  /** The same, outside a class alone. */
  outside?: string;
  ripgrep: string;
  /** Characters of the pattern. */
  length: number;
  isNativeOnly?: boolean;
  /** A single character, which may begin or end a range. */
  isCharacter?: boolean;
}

const word = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const notWord = '[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
/** Classes as ripgrep means them: of all scripts. */
const classes: Record<string, string> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: word,
  W: notWord,
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
};
/** Places in a text. */
const places: Record<string, string> = {
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
};
const controls: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 };

/** One character as it is, wherever it stands. */
export function literal(character: string): string {
  return /^[A-Za-z0-9_ ]$/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** What an escape means outside a class. */
export function outsideClass({ native, outside }: Escape): string | undefined {
  return outside ?? native;
}

/** Reads what begins with a backslash. */
export function readEscape(rest: string): Escape {
  const code = /^\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4}))/.exec(rest);
  if (code) return character(code[0], Number.parseInt(code.slice(1).find(Boolean)!, 16));
  const property = /^\\[pP](?:\{\^?[\w=:]+\}|\w)/.exec(rest)?.[0];
  if (property) return { native: propertyOf(property), ripgrep: property, length: property.length };
  const back = /^\\(?:[1-9]\d?|k<\w+>)/.exec(rest)?.[0];
  if (back) return { native: back, ripgrep: back, length: back.length, isNativeOnly: true };
  const letter = rest[1] ?? '';
  const text = rest.slice(0, 2);
  if (letter in controls) return character(text, controls[letter]!);
  if (letter in classes) return { native: classes[letter]!, ripgrep: text, length: 2 };
  if (letter in places) return { native: undefined, outside: places[letter]!, ripgrep: text, length: 2 };
  // Any punctuation may be escaped, needed or not; ripgrep wants to see it so only where it means something.
  if (/^[!-/:-@[-`{-~ ]$/.test(letter)) {
    const needs = /[\\.+*?()|[\]{}^$#&\-~]/.test(letter);
    return { ...character(text, letter.charCodeAt(0)), ripgrep: needs ? text : letter };
  }
  return { native: undefined, ripgrep: text, length: text.length };
}

function character(text: string, code: number): Escape {
  const native = code <= 0x10ffff ? literal(String.fromCodePoint(code)) : undefined;
  return { native, ripgrep: text, length: text.length, isCharacter: true };
}

/** As `\pL` and `\p{Greek}`, which JavaScript calls `\p{L}` and `\p{Script=Greek}`. */
function propertyOf(text: string): string | undefined {
  const [, kind, name = ''] = /^\\([pP])\{?(.*?)\}?$/.exec(text)!;
  for (const candidate of [name, `Script=${name}`]) {
    try {
      return new RegExp(`\\${kind}{${candidate}}`, 'v').source;
    } catch {
      // Another, or one that JavaScript hasn't.
    }
  }
  return undefined;
}
