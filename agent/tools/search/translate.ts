import { readClass, type Translated } from './character-class.ts';
import { literal, outsideClass, readEscape } from './escapes.ts';

export interface Translation {
  /** For JavaScript, with its flag v; undefined for what it hasn't. */
  native: string | undefined;
  /** For ripgrep. */
  ripgrep: string;
  /** That the pattern begins with, as `(?i)`. */
  flags: string;
  /** ripgrep hasn't it. */
  isNativeOnly: boolean;
}

/** What may follow `(?` in JavaScript as it is; looking around is nothing that ripgrep does. */
const lookaround = /^\(\?<?[=!]/;
const group = /^\((?:\?(?:P?<([A-Za-z_]\w*)>|[ims]*(?:-[ims]+)?:))?/;
const leadingFlags = /^\(\?([is]+)\)/;
const repetition = /^(?:[*+?]|\{\d+(?:,\d*)?\})[?]?/;

/** Puts a pattern of ripgrep's syntax into JavaScript's, piece by piece. A brace that repeats nothing is a brace in both. */
export function translate(pattern: string, { multiline }: { multiline: boolean }): Translation {
  const start = leadingFlags.exec(pattern);
  const parts: Translated[] = start ? [{ native: '', ripgrep: start[0], length: start[0].length }] : [];
  const flags = start?.[1] ?? '';
  const dot = multiline || flags.includes('s') ? '[\\s\\S]' : '[^\\n\\r]';
  let isNativeOnly = false;
  for (let at = start?.[0].length ?? 0; at < pattern.length; at += parts.at(-1)!.length) {
    const rest = pattern.slice(at);
    const character = String.fromCodePoint(rest.codePointAt(0)!);
    const repeated = repetition.exec(rest)?.[0];
    const opened = group.exec(rest);
    const same = (text: string) => ({ native: text, ripgrep: text, length: text.length });
    if (character === '\\') {
      const piece = readEscape(rest);
      isNativeOnly ||= piece.isNativeOnly ?? false;
      parts.push({ ...piece, native: outsideClass(piece) });
    } else if (character === '[') parts.push(readClass(rest));
    else if (lookaround.test(rest)) {
      isNativeOnly = true;
      parts.push(same(lookaround.exec(rest)![0]));
    } else if (opened && (opened[0].length > 1 || rest[1] !== '?')) {
      const name = opened[1];
      const native = name ? `(?<${name}>` : opened[0];
      parts.push({ native, ripgrep: name ? `(?P<${name}>` : opened[0], length: opened[0].length });
    } else if (character === '(') return { native: undefined, ripgrep: pattern, flags, isNativeOnly: false };
    else if (repeated !== undefined) parts.push(same(repeated));
    else if (character === '.') parts.push({ native: dot, ripgrep: '.', length: 1 });
    else if (/[|)^$]/.test(character)) parts.push(same(character));
    else if (/[{}]/.test(character)) parts.push({ native: `\\${character}`, ripgrep: `\\${character}`, length: 1 });
    else parts.push({ native: literal(character), ripgrep: character, length: character.length });
  }
  const native = parts.every((part) => part.native !== undefined)
    ? parts.map((part) => part.native).join('')
    : undefined;
  return { native, ripgrep: parts.map(({ ripgrep }) => ripgrep).join(''), flags, isNativeOnly };
}
