import { literal, readEscape } from './escapes.ts';

/** A piece of a pattern in both syntaxes. */
export interface Translated {
  /** Undefined for what JavaScript hasn't. */
  native: string | undefined;
  ripgrep: string;
  /** Characters of the pattern. */
  length: number;
}

const posix: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\u{0}-\\u{7f}',
  blank: '\\t ',
  cntrl: '\\u{0}-\\u{1f}\\u{7f}',
  digit: '0-9',
  graph: '\\u{21}-\\u{7e}',
  lower: 'a-z',
  print: '\\u{20}-\\u{7e}',
  punct: '\\u{21}-\\u{2f}\\u{3a}-\\u{40}\\u{5b}-\\u{60}\\u{7b}-\\u{7e}',
  space: '\\t\\n\\u{b}\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Reads a class from its bracket to the one that ends it: classes in it, POSIX's and `&&` between sets are JavaScript's too. */
export function readClass(rest: string): Translated {
  const isNegated = rest.startsWith('[^');
  let at = isNegated ? 2 : 1;
  let native: string | undefined = isNegated ? '[^' : '[';
  const take = (text: string | undefined, length: number) => {
    native = native === undefined || text === undefined ? undefined : native + text;
    at += length;
  };
  for (let isFirst = true; ; isFirst = false) {
    const next = rest.slice(at);
    if (next === '') return { native: undefined, ripgrep: rest, length: rest.length };
    if (next.startsWith(']') && !isFirst) {
      const length = at + 1;
      return { native: native === undefined ? undefined : `${native}]`, ripgrep: rest.slice(0, length), length };
    }
    const named = /^\[:(\^?)(\w+):\]/.exec(next);
    if (named) {
      const set = Object.hasOwn(posix, named[2]!) ? posix[named[2]!] : undefined;
      take(set === undefined ? undefined : `[${named[1]}${set}]`, named[0].length);
    } else if (next.startsWith('[')) {
      const inner = readClass(next);
      take(inner.native, inner.length);
    } else if (/^(?:&&|--|~~)/.test(next)) {
      // JavaScript has no sets beside single characters there, nor the third of these.
      take(undefined, 2);
    } else if (/^-(?!\])/.test(next) && !isFirst) {
      take('-', 1);
    } else if (next.startsWith('\\')) {
      const piece = readEscape(next);
      take(piece.isNativeOnly ? undefined : piece.native, piece.length);
    } else {
      const character = String.fromCodePoint(next.codePointAt(0)!);
      take(literal(character), character.length);
    }
  }
}
