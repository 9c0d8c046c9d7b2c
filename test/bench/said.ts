/** What a cell said, in a stream of its events: its output, then its result as text. @throws Error when some was left out */
export function saidIn(events: string): string {
  let said = '';
  for (const line of events.split('\n')) {
    if (!line.startsWith('data: ')) continue;
    const event: { type: string; text?: string; results?: { text?: string } } = JSON.parse(line.slice(6));
    if (event.type === 'missed') throw new Error(`the reader was too slow: ${line}`);
    if (event.type === 'stdout') said += event.text;
    if (event.type === 'result') said += event.results?.text;
  }
  return said;
}
