/** A content type on offer, in the order of preference among what the client likes equally. */
export interface Offer<Name extends string> {
  name: Name;
  type: `${string}/${string}`;
}

/**
 * Which of the offers an Accept header asks for (RFC 9110, section 12.5.1): each counts with the weight of the most specific range
 * that matches it, parameters other than q left aside. The first offer when the header likes none of them: an answer in
 * another format tells more than a 406.
 */
export function preferred<Name extends string>(
  accept: string | undefined,
  offers: [Offer<Name>, ...Offer<Name>[]],
): Name {
  const ranges = parse(accept ?? '*/*');
  let best: { name: Name; weight: number } = { name: offers[0].name, weight: 0 };
  for (const { name, type } of offers) {
    const weight = weightOf(type, ranges);
    if (weight > best.weight) best = { name, weight };
  }
  return best.name;
}

interface Range {
  type: string;
  weight: number;
}

function parse(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 };
  });
}

function weightOf(type: string, ranges: Range[]): number {
  const [main] = type.split('/');
  for (const wanted of [type, `${main}/*`, '*/*']) {
    const weights = ranges.filter((range) => range.type === wanted).map((range) => range.weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
