import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureApiKey } from '../config/api-key.ts';
import { loadConfig } from '../config/load.ts';
import { realSurroundings } from '../config/surroundings.ts';
import { startControl } from '../start.ts';
import { Calls, type StreamEvent } from './calls.ts';
import { bold, show, step } from './words.ts';

const image = 'cubby/python:latest';
const apiKeyHeader = 'open-sandbox-api-key';

/** The main job of Cubby in front of the reader: everything here goes through the public API, call by call. */
async function demo(): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'cubby-demo-'));
  // A server of its own beside any other: its own state, its own port.
  const settings = ['--set', `store.path=${state}`, '--set', 'server.port=0', '--set', 'log.level=error'];
  const { config } = ensureApiKey(loadConfig(settings, realSurroundings()).config);
  const control = await step('Start the control plane', () => startControl(config));
  show(`it listens on ${control.url}`);
  try {
    await tour(control.url, config.server.apiKey[0]!);
  } finally {
    await control.removeAll();
    await control.close();
    rmSync(state, { recursive: true, force: true });
  }
}

async function tour(url: string, apiKey: string): Promise<void> {
  const lifecycle = new Calls(url, { [apiKeyHeader]: apiKey }, `-H "${apiKeyHeader}: $KEY"`);

  const id = await step('Create a sandbox', async () => {
    const answer = await lifecycle.send('POST', '/v1/sandboxes', {
      image: { uri: image },
      timeout: 600,
      resourceLimits: { cpu: '1', memory: '1Gi' },
      entrypoint: ['sleep', 'infinity'],
    });
    const { id, status } = (await answer.json()) as { id: string; status: { state: string } };
    show(`${id} is ${status.state}`);
    return id;
  });

  const agent = await step('Ask where its agent is', async () => {
    const answer = await lifecycle.send('GET', `/v1/sandboxes/${id}/endpoints/44772`);
    const { endpoint, headers } = (await answer.json()) as { endpoint: string; headers: Record<string, string> };
    const [name] = Object.keys(headers);
    return new Calls(`http://${endpoint}`, headers, `-H "${name}: $TOKEN"`);
  });

  await step('Stream a command: its lines appear as they are made', async () => {
    const started = performance.now();
    const command = 'for i in 1 2 3; do echo "line $i"; sleep 0.3; done; uname -a >&2';
    for await (const event of agent.events('/command', { command })) {
      if (event.text && event.type.startsWith('std')) show(`${elapsed(started)} ${event.type}: ${event.text}`);
      if (event.type === 'execution_complete') show(`${elapsed(started)} exit code 0`);
    }
  });

  await step('Run a Python cell', () => cell(agent, 'import math\nradius = 3\nprint("a variable is set")'));
  await step('Run another that uses its variable', () => cell(agent, 'math.pi * radius ** 2'));
  await step('Draw a plot', async () => {
    const code =
      'import matplotlib.pyplot as plt\nplt.plot([n * n for n in range(20)])\nplt.title("平方 squares")\nplt.show()';
    const results = await cell(agent, code);
    const png = results.find((result) => result['image/png'])?.['image/png'];
    if (!png) throw new Error('no picture came back');
    const path = join(tmpdir(), 'cubby-demo-plot.png');
    writeFileSync(path, Buffer.from(png, 'base64'));
    show(`saved as ${path}`);
  });

  await step('Write a file, search for it and read it', async () => {
    const form = new FormData();
    form.append('metadata', new Blob([JSON.stringify({ path: '/workspace/poem.txt', mode: 644 })]), 'metadata');
    form.append('file', new Blob(['床前明月光\nMoonlight before my bed\n']), 'poem.txt');
    await agent.send('POST', '/files/upload', form);
    const found = await agent.send('GET', '/files/search?path=/workspace&pattern=*.txt');
    for (const { path, size } of (await found.json()) as { path: string; size: number }[])
      show(`${path}, ${size} bytes`);
    const file = await agent.send('GET', '/files/download?path=/workspace/poem.txt&offset=2&limit=1');
    show(`its second line: ${await file.text()}`);
  });

  await step('Look at its metrics', async () => {
    const metrics = (await (await agent.send('GET', '/metrics')).json()) as Record<string, number>;
    const { mem_used_mib: used = 0, mem_total_mib: total = 0, cpu_count: cpus, cpu_used_pct: cpu = 0 } = metrics;
    show(`memory ${used.toFixed(0)} of ${total.toFixed(0)} MiB, processor ${cpu.toFixed(0)} % of ${cpus}`);
  });

  await step('Delete it', async () => {
    await lifecycle.send('DELETE', `/v1/sandboxes/${id}`);
  });
  process.stdout.write(`\n${bold('That was it.')} \`npm start\` runs the control plane for good.\n`);
}

async function cell(agent: Calls, code: string): Promise<Record<string, string>[]> {
  const results: Record<string, string>[] = [];
  for await (const event of agent.events('/code', { context: { language: 'python' }, code })) {
    showCellEvent(event);
    if (event.results) results.push(event.results);
    if (event.error) throw new Error(`the cell failed: ${event.error.ename}: ${event.error.evalue}`);
  }
  return results;
}

function showCellEvent({ type, text, results }: StreamEvent): void {
  if (type === 'stdout' && text) show(`stdout: ${text}`);
  if (results?.text) show(`result: ${results.text}`);
}

function elapsed(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

await demo();
