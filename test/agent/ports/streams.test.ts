import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { ask, startAgent, startProgram, textOf, token } from './agent.ts';

test('trailers and early hints get through, both ways where they can', async (t) => {
  const { port } = await startProgram(t, async (request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    await textOf(request);
    response.writeHead(200, { trailer: 'X-Sum' });
    response.write('body');
    response.addTrailers({ 'X-Sum': `given ${request.trailers['x-given']}` });
    response.end();
  });
  const agent = await startAgent(t);
  const outgoing = request({
    port: agent.port,
    path: `/proxy/${port}/`,
    method: 'POST',
    agent: false,
    headers: { 'x-execd-access-token': token, 'transfer-encoding': 'chunked', trailer: 'X-Given' },
  });
  const hints = once(outgoing, 'information');
  outgoing.write('x');
  outgoing.addTrailers({ 'X-Given': '7' });
  outgoing.end();
  const [answer] = await once(outgoing, 'response');
  assert.equal((await hints)[0].headers.link, '</style.css>; rel=preload');
  assert.equal(await textOf(answer), 'body');
  assert.equal(answer.trailers['x-sum'], 'given 7');
});

test('a client that waits for 100 Continue gets it', async (t) => {
  const { port } = await startProgram(t, async (request, response) => response.end(await textOf(request)));
  const agent = await startAgent(t);
  const outgoing = request({
    port: agent.port,
    path: `/proxy/${port}/`,
    method: 'PUT',
    agent: false,
    headers: { 'x-execd-access-token': token, expect: '100-continue', 'content-length': 4 },
  });
  outgoing.flushHeaders();
  await once(outgoing, 'continue');
  outgoing.end('late');
  const [answer] = await once(outgoing, 'response');
  assert.equal(await textOf(answer), 'late');
});

test('the head of an answer, and each event of a stream, arrive at once', async (t) => {
  let send: (text: string) => void = () => undefined;
  const { port } = await startProgram(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    send = (text) => response.write(text);
  });
  const agent = await startAgent(t);
  const answer = await ask(agent.port, `/proxy/${port}/`);
  assert.equal(answer.headers['content-type'], 'text/event-stream');
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    const arrived = once(answer, 'data');
    send(event);
    assert.equal(String((await arrived)[0]), event);
  }
  answer.destroy();
});

test('a closing agent lets an answer finish, and then ends what is still open', async (t) => {
  const agent = await startAgent(t);
  let finish = () => {};
  const { port } = await startProgram(t, (request, response) => {
    response.write('x');
    if (request.url === '/short') finish = () => response.end();
  });
  const short = await ask(agent.port, `/proxy/${port}/short`);
  const long = await ask(agent.port, `/proxy/${port}/long`);
  const closed = agent.app.close();
  finish();
  assert.equal(await textOf(short), 'x');
  await assert.rejects(textOf(long), { code: 'ECONNRESET' });
  await closed;
});
