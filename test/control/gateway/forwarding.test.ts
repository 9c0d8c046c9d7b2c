import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { controlLives } from '../../support/control-lives.ts';
import { engineTest } from '../../support/engine.ts';
import { startPortServer } from '../../support/port-server.ts';
import { residentMemory } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

const mebibyte = 1024 * 1024;
/** What may be on its way through sockets, pipes and streams, however long the whole is. */
const onTheWay = 24 * mebibyte;

engineTest(
  'what goes to a port of a sandbox is passed on both ways, as it is and as fast as it is taken',
  async (t) => {
    const control = await controlLives(t).spawn();
    const server = await startPortServer(control);
    const { token } = await control.agent(server.id);
    const proxy = `${control.url}/sandboxes/${server.id}/proxy/${server.port}`;
    const credentials = { 'x-execd-access-token': token, 'open-sandbox-api-key': control.apiKey };

    await t.test('a program sees what the client sent, and nothing of Cubby’s own', async () => {
      const foreign = 'Basic dXNlcjpwYXNz';
      const seenBy = async (url: string, headers: Record<string, string>) =>
        (await (await fetch(`${url}/a%2Fb//c?d=%20&e`, { headers })).json()) as {
          path: string;
          headers: [string, string][];
        };
      for (const [url, own] of [
        [server.url, {}],
        [proxy, credentials],
      ] as [string, object][]) {
        for (const authorization of [foreign, `Bearer ${control.apiKey}`]) {
          const sent = {
            ...own,
            ...credentials,
            authorization,
            cookie: 'a=1',
            'x-request-id': 'the-id-of-this',
            'x-mine': 'ü',
            'x-forwarded-for': '6.6.6.6',
          };
          const { path, headers } = await seenBy(url, sent as Record<string, string>);
          assert.equal(path, '/a%2Fb//c?d=%20&e');
          const seen = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
          assert.equal(seen.get('authorization'), authorization === foreign ? foreign : undefined);
          assert.deepEqual([seen.get('cookie'), seen.get('x-mine')], ['a=1', 'ü']);
          // So that the program's log and control's tell of the same request.
          assert.equal(seen.get('x-request-id'), 'the-id-of-this');
          assert.equal(seen.get('host'), `127.0.0.1:${server.port}`);
          assert.equal(seen.get('x-forwarded-for'), '127.0.0.1');
          assert.equal(seen.get('x-forwarded-host'), new URL(control.url).host);
          const text = JSON.stringify(headers);
          assert.ok(!text.includes(control.apiKey) && !text.includes(token), text);
        }
      }
    });

    await t.test('an event is there before the next one is made', async () => {
      const response = await fetch(`${server.url}/events`);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      const readTo = async (end: string | undefined) => {
        for (let done = false; !done && text !== end; ) {
          const part = await reader.read();
          text += part.value ?? '';
          done = part.done;
        }
      };
      await readTo('data: first\n\n');
      await fetch(`${server.url}/go`, { method: 'POST' });
      await readTo(undefined);
      assert.equal(text, 'data: first\n\ndata: second\n\n');
    });

    await t.test('64 MiB up and 64 MiB down arrive whole, four times at once, in little memory', async () => {
      const before = residentMemory(control.pid).now;
      const body = randomBytes(64 * mebibyte);
      const sha256 = createHash('sha256').update(body).digest('hex');
      const up = [0, 1].map(async (chunked) => {
        const answer = await fetch(`${server.url}/count`, {
          method: 'POST',
          body: chunked ? new Blob([body]).stream() : body,
          duplex: 'half',
        } as RequestInit);
        assert.deepEqual(await answer.json(), { bytes: body.length, sha256 });
      });
      const down = [0, 1].map(async () => {
        let length = 0;
        const response = await fetch(`${server.url}/bytes?${64 * mebibyte}`);
        for await (const part of response.body!) length += part.length;
        assert.equal(length, 64 * mebibyte);
      });
      await Promise.all([...up, ...down]);
      const grown = residentMemory(control.pid).most - before;
      t.diagnostic(`control grew by ${(grown / mebibyte).toFixed(0)} MiB`);
      assert.ok(grown < 160 * mebibyte, `${grown} bytes`);
    });

    await t.test('a reader that stops holds the program up, and nothing piles up in between', async () => {
      const { sent: before } = await server.seen();
      const download = request(`${server.url}/bytes?${512 * mebibyte}`).end();
      const [response] = await once(download, 'response');
      response.pause();
      let sent = -1;
      await until(async () => {
        const last = sent;
        // Long enough for what can still be taken to be taken.
        await delay(150);
        sent = (await server.seen()).sent;
        return sent === last;
      }, 'the program can send no more');
      download.destroy();
      assert.ok(sent - before < onTheWay, `${sent - before} bytes were taken from the program`);
    });

    await t.test('a program that doesn’t read holds the client up', async () => {
      const { hanging } = await server.seen();
      const upload = request(`${server.url}/hang`, { method: 'POST' });
      upload.on('error', () => {});
      let written = 0;
      const part = Buffer.alloc(mebibyte);
      while (written < 512 * mebibyte) {
        written += part.length;
        if (upload.write(part)) continue;
        const drained = await Promise.race([once(upload, 'drain'), delay(1000, 'stuck')]);
        if (drained === 'stuck') break;
      }
      assert.ok(written < onTheWay, `${written} bytes were taken from the client`);
      await until(async () => (await server.seen()).hanging === hanging + 1, 'the program has the request');
      upload.destroy();
    });

    await t.test('a client that goes away ends its request in the sandbox', async () => {
      const { hanging, gone } = await server.seen();
      const caller = new AbortController();
      const asked = fetch(`${server.url}/hang`, { signal: caller.signal }).catch((error: Error) => error.name);
      await until(async () => (await server.seen()).hanging === hanging + 1, 'the request hangs');
      caller.abort();
      assert.equal(await asked, 'AbortError');
      await until(async () => (await server.seen()).gone === gone + 1, 'the program is told');
    });

    await t.test('a WebSocket carries text and a mebibyte of bytes, and closes with its code', async () => {
      for (const [url, headers] of [
        [server.url, {}],
        [proxy, { 'x-execd-access-token': token }],
      ] as [string, object][]) {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: headers as Record<string, string> });
        await once(socket, 'open');
        const big = randomBytes(mebibyte);
        for (const message of ['hello', big, '', 'wörld']) {
          socket.send(message);
          const [data, isBinary] = await once(socket, 'message');
          assert.deepEqual(isBinary ? data : data.toString(), message);
        }
        socket.close(4321, 'enough');
        const [code, reason] = await once(socket, 'close');
        assert.deepEqual([code, reason.toString()], [4321, 'enough']);
      }
    });

    await t.test('a WebSocket without the right secret is refused as any other request', async () => {
      const wrong: [string, object, number][] = [
        [proxy, {}, 401],
        [proxy, { 'x-execd-access-token': 'wrong' }, 401],
        [server.url.replace(/ports\/[\w-]+/, 'ports/wrong'), {}, 401],
        [`${proxy.slice(0, -4)}08000`, credentials, 400],
        [`${proxy.slice(0, -4)}8001`, credentials, 502],
        [`${control.url}/v1/sandboxes`, {}, 401],
        [`${control.url}/nowhere`, {}, 404],
      ];
      for (const [url, headers, status] of wrong) {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`.replace('sandboxes/ws', 'sandboxes'), {
          headers: headers as Record<string, string>,
        });
        socket.on('error', () => {});
        const [, response] = await once(socket, 'unexpected-response');
        let text = '';
        for await (const chunk of response) text += chunk;
        assert.equal(response.statusCode, status, text);
        assert.match(text, /^\{"code":"[A-Z_]+","message":"/);
      }
    });
  },
);
