interface Match {
  path: string;
  lineNumber?: number | undefined;
  content?: string | undefined;
  isContext?: boolean | undefined;
  count?: number | undefined;
}

/** Matches as grep prints them: `path:12:line`, with hyphens for the lines around a match. */
export function matchesText({ matches }: { matches: readonly Match[] }): string {
  return matches.map(matchText).join('\n') || 'Nothing matches.';
}

function matchText({ path, lineNumber, content, isContext, count }: Match): string {
  const mark = isContext ? '-' : ':';
  return [path, lineNumber, count, content].filter((part) => part !== undefined).join(mark);
}
