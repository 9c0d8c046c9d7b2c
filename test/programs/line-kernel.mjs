/* A kernel that speaks in lines (agent/kernels/lines/PROTOCOL.md): runs cells of JavaScript that may await. */
import { createInterface } from 'node:readline';

const AsyncFunction = (async () => {}).constructor;
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const encode = (text) => Buffer.from(text).toString('base64') || '=';
const kept = {};
let last = 0;
let running = 0;
let interruption = new AbortController();

const cellsSay = {
  out: (bytes) => say('stdout', encode(bytes)),
  err: (bytes) => say('stderr', encode(bytes)),
};

async function run(number, code) {
  last = running = number;
  interruption = new AbortController();
  const { signal } = interruption;
  const interrupted = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')));
  });
  try {
    const cell = new AsyncFunction('kept', 'say', code);
    const value = await Promise.race([cell(kept, cellsSay), interrupted]);
    if (value !== undefined) say('result', encode(String(value)));
  } catch (error) {
    say('error', encode(error.name), encode(error.message), encode(error.stack));
  }
  running = 0;
  say('end', number);
}

if (process.argv.includes('--dies')) {
  console.error('no room');
  process.exit(7);
}
say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, number, code] = line.split(' ');
  if (word === 'run') void run(Number(number), Buffer.from(code, 'base64').toString());
  if (word === 'interrupt' && Number(number) === running) interruption.abort();
  if (word === 'ask') say('state', last, running);
}
process.exit(0);
