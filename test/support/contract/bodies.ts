/** The values in a body: one of JSON, each of a stream of events or lines, the text of anything else. */
export async function* valuesIn(response: Response, type: string): AsyncGenerator<unknown> {
  if (type === 'text/event-stream') {
    for await (const frame of parts(response, '\n\n')) yield JSON.parse(/^data: (.*)$/m.exec(frame)![1]!);
  } else if (type === 'application/x-ndjson') {
    for await (const line of parts(response, '\n')) yield JSON.parse(line);
  } else if (type.endsWith('json')) {
    yield await response.json();
  } else {
    yield await response.text();
  }
}

async function* parts(response: Response, end: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const whole = (rest + chunk).split(end);
    rest = whole.pop()!;
    yield* whole;
  }
}
