/** A line of the engine's streams is a few hundred bytes; one of a mebibyte is something else. */
const lineLimit = 1024 * 1024;

/** The objects of a stream of JSON lines, as the engine sends events and the progress of a pull. @throws Error for what is no JSON */
export async function* jsonLines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
    if (rest.length > lineLimit) throw new Error('a line of the engine is longer than a mebibyte');
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
