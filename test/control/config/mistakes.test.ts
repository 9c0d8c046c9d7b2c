import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaint, complaints, load } from './machine.ts';

const home = '/home/ada/.cubby.toml';
const inFile = (text: string) => ({ files: { [home]: text } });

describe('mistakes in the configuration', () => {
  it('a misspelt key stops the start and names the right one', () => {
    assert.equal(
      complaint(inFile('[server]\nprot = 8080\n')),
      `server.prot (${home}): there is no such setting; did you mean server.port?`,
    );
    assert.equal(
      complaint({ env: { CUBBY_SERVER_PROT: '8080' } }),
      'CUBBY_SERVER_PROT (environment): there is no such setting; did you mean CUBBY_SERVER_PORT?',
    );
    assert.match(complaint({ argv: ['--set', 'server.prot=1'] }), /did you mean server\.port\?$/);
    assert.match(complaint({ argv: ['--prot', '1'] }), /^--prot .*did you mean --port\?$/);
    assert.match(complaint({ argv: ['--prot=1'] }), /^--prot .*did you mean --port\?$/);
  });

  it('a misspelt section is named once, not once for each of its keys', () => {
    assert.equal(
      complaint(inFile('[sevrer]\nport = 1\nhost = "localhost"\n')),
      `[sevrer] (${home}): there is no such section; did you mean server?`,
    );
  });

  it('a key that is right but in the wrong place is sent to its place', () => {
    assert.match(complaint(inFile('port = 1\n')), /did you mean server\.port\? Settings belong below/);
    assert.match(complaint(inFile('[docker]\nmemory = "1Gi"\n')), /did you mean sandbox\.memory\?$/);
    assert.match(complaint({ env: { CUBBY_PORT: '1' } }), /did you mean CUBBY_SERVER_PORT\?$/);
    assert.match(complaint({ argv: ['--max-memory', '1Gi'] }), /did you mean --set sandbox\.max_memory=VALUE\?$/);
    assert.match(complaint({ argv: ['--api-key', 'x'] }), /did you mean the variable CUBBY_SERVER_API_KEY\?$/);
  });

  it("settings of OpenSandbox's file are told their name here", () => {
    assert.match(complaint(inFile('[docker]\npids_limit = 1\n')), /sandbox\.pids$/);
    assert.match(complaint(inFile('[egress]\nimage = "x"\n')), /^egress\.image .*not needed/);
  });

  it('a name that resembles nothing gets no suggestion', () => {
    assert.equal(
      complaint({ argv: ['--set', 'zzzzzz.qqqqqq=1'] }),
      'zzzzzz.qqqqqq (command line): there is no such setting',
    );
    assert.match(complaint(inFile('[zzz]\nqqq = 1\n')), /there is no such section$/);
  });

  it('all problems of all sources are told at once', () => {
    const found = complaints({
      files: { [home]: '[server]\nprot = 1\nhost = 5\n[foo]\nbar = 1\n' },
      env: { CUBBY_SANDBOX_CPU: 'NaN', CUBBY_NOTHING_OF_THE_KIND: '1' },
      argv: ['--port', 'banana', 'stray', '--log-level'],
    });
    const subjects = found.map((line) => line.split(':')[0]!.replace(home, 'FILE'));
    assert.deepEqual(subjects.sort(), [
      '"stray" (command line)',
      '--log-level (command line)',
      'CUBBY_NOTHING_OF_THE_KIND (environment)',
      '[foo] (FILE)',
      'sandbox.cpu (CUBBY_SANDBOX_CPU)',
      'server.host (FILE)',
      'server.port (--port)',
      'server.prot (FILE)',
    ]);
  });

  it('a wrong value is told with its setting, its source, what was expected and what was found', () => {
    assert.equal(
      complaint({ env: { CUBBY_SERVER_PORT: 'banana' } }),
      'server.port (CUBBY_SERVER_PORT): expected a whole number from 0 to 65535, found "banana"',
    );
    assert.equal(
      complaint(inFile('[sandbox]\nmemory = "banana"\n')),
      `sandbox.memory (${home}): expected a size from 48Mi to 7Pi, as "512Mi", "2Gi", "1G" or a number of bytes, found "banana"`,
    );
    assert.equal(
      complaint({ argv: ['--set', 'runtime.type=kubernetes'] }),
      'runtime.type (--set): expected one of docker, host, found "kubernetes"',
    );
  });

  it('a value that a later source replaces is checked all the same', () => {
    assert.match(complaint({ ...inFile('[server]\nport = 70000\n'), argv: ['--port', '1'] }), /found 70000$/);
  });

  for (const value of ['-1', '65536', '1.5', '1e3', 'NaN', 'Infinity', '0x50', ' 80', '', '9'.repeat(400)])
    it(`--port ${JSON.stringify(value.slice(0, 20))} is refused`, () => {
      assert.match(complaint({ argv: [`--port=${value}`] }), /^server\.port \(--port\): expected a whole number/);
    });

  for (const toml of ['"8080"', 'true', '[8080]', '1979-05-27', 'inf', '8080.5', '{ a = 1 }'])
    it(`port = ${toml} in the file is refused`, () => {
      assert.match(complaint(inFile(`[server]\nport = ${toml}\n`)), /expected a whole number from 0 to 65535, found/);
    });

  it('each wrong element of a list is named with its place', () => {
    const found = complaints(inFile('[network]\nallow = ["10.0.0.0/8", "banana", "10.0.0.5/8", 7]\n'));
    assert.deepEqual(
      found.map((line) => line.split(' ')[0]),
      ['network.allow[1]', 'network.allow[2]', 'network.allow[3]'],
    );
    assert.match(found[0]!, /expected a range as .* found "banana"$/);
    assert.match(found[1]!, /10\.0\.0\.0\/8, or 10\.0\.0\.5 for that one alone, found "10\.0\.0\.5\/8"$/);
  });

  it('a section that is no table is told so', () => {
    assert.match(complaint(inFile('server = 3\n')), /expected a table, as \[server\], found 3$/);
    assert.match(complaint(inFile('[[server]]\nport = 1\n')), /expected a table/);
  });

  it('an error in the TOML is told with line and column, beside the problems of other sources', () => {
    const found = complaints({ ...inFile('[server]\nport = \n'), argv: ['--port', 'x'] });
    assert.equal(found.length, 2);
    assert.match(found[0]!, /line 2, column 8/);
  });

  it('a file that is no text, or far too long, is refused', () => {
    assert.match(complaint({ files: { [home]: Uint8Array.of(0xff, 0xfe, 0) } }), /UTF-8/);
    assert.match(complaint({ files: { [home]: '#'.repeat(2 ** 20 + 1) } }), /at most 1 MiB/);
  });

  it('names such as __proto__ and constructor are unknown like others', () => {
    assert.match(complaint(inFile('[__proto__]\nport = 1\n')), /no such section/);
    assert.match(complaint(inFile('[server]\nconstructor = 1\n')), /no such setting/);
    assert.match(complaint({ argv: ['--constructor', '1'] }), /no such flag/);
    assert.match(complaint({ argv: ['--set', '__proto__.x=1'] }), /no such setting/);
  });

  it('flags without a value, assignments without = and unknown short flags are named', () => {
    assert.match(
      complaints({ argv: ['--port', '--host'] })[0]!,
      /^--port .*expected a value after it, found "--host"$/,
    );
    assert.match(complaint({ argv: ['--set', 'server.port'] }), /expected section\.key=value, found "server\.port"$/);
    assert.match(complaint({ argv: ['-p', '80'] }), /^-p .*no such flag$/);
  });

  it('a message never holds control characters or more than a little of a long value', () => {
    const line = complaint({ argv: ['--log-level', `\x1b[31m${'x'.repeat(100_000)}`] });
    assert.ok(line.length < 300);
    assert.ok(!line.includes('\x1b'));
    for (const name of ['server.\x1b[2J', `server.${'y'.repeat(100_000)}`]) {
      const [byFlag, byFile] = [
        complaint({ argv: ['--set', `${name}=1`] }),
        complaint(inFile(`[server]\n${JSON.stringify(name)} = 1`)),
      ];
      for (const text of [byFlag, byFile]) {
        assert.ok(text.length < 400, text.slice(0, 500));
        assert.ok(!text.includes('\x1b'));
      }
    }
  });

  it('a secret is never quoted', () => {
    for (const given of [
      { env: { CUBBY_SERVER_API_KEY: 'hunter2' } },
      { argv: ['--set', 'server.metrics_key=hunter2'] },
      { argv: ['--api-key', 'hunter2'] },
      { argv: ['--api-key=hunter2'] },
      inFile('[server]\napi_key = ["hunter2"]\n'),
      inFile('[server]\napi_key = { a = "hunter2" }\n'),
      inFile('api_key = "hunter2"\n'),
      inFile('[server]\napi_key = "hunter2\n'),
    ]) {
      const text = complaints(given).join('\n');
      assert.ok(!text.includes('hunter2'), text);
    }
  });

  it('variables that Kubernetes makes for a service called cubby are no settings', () => {
    const env = {
      CUBBY_SERVICE_HOST: '10.0.0.1',
      CUBBY_SERVICE_PORT: '80',
      CUBBY_SERVICE_PORT_HTTP: '80',
      CUBBY_PORT: 'tcp://10.0.0.1:80',
      CUBBY_PORT_80_TCP: 'tcp://10.0.0.1:80',
      CUBBY_PORT_80_TCP_PROTO: 'tcp',
      CUBBY_PORT_80_TCP_PORT: '80',
      CUBBY_PORT_80_TCP_ADDR: '10.0.0.1',
      CUBBY_SERVER_PORT: 'tcp://10.0.0.2:80',
    };
    assert.equal(load({ env }).server.port, 8080);
  });
});
