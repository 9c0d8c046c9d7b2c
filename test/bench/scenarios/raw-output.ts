import { ended, type Sandbox } from '../sandbox.ts';

/** Has a command put out so many bytes and reads them raw, by offset; the command is held back so that nothing is given up. */
export async function readOutput({ agent }: Sandbox, bytes: number, signal: AbortSignal): Promise<void> {
  const json = { command: `head -c ${bytes} /dev/zero`, background: true, hold: true };
  const events = await agent.text('POST', '/command', { json, signal });
  ended(events);
  const id = /"type":"init".*?"text":"([^"]+)"/.exec(events.replaceAll(/"timestamp":\d+,?/g, ''))?.[1];
  const path = `/command/${id}/output?stream=stdout&offset=0&follow=true&hold=true`;
  let count = 0;
  for await (const chunk of await agent.open('GET', path, { signal })) count += chunk.length;
  checkCount(count, bytes);
}

/** @throws Error when something is missing, or came twice */
export function checkCount(count: number, bytes: number): void {
  if (count !== bytes) throw new Error(`expected ${bytes} bytes, ${count} came`);
}
