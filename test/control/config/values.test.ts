import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaint, load } from './machine.ts';

const key = 'an-api-key-of-some-length';
const other = 'another-key-of-some-length';
const set = (...assignments: string[]) => ({ argv: assignments.flatMap((assignment) => ['--set', assignment]) });

describe('values', () => {
  it('sizes and processors are written with units, or as plain numbers', () => {
    const files = { '/home/ada/.cubby.toml': '[sandbox]\nmemory = 1073741824\ncpu = 0.5\nspool = "32M"\n' };
    const { sandbox } = load({ files });
    assert.deepEqual([sandbox.memory, sandbox.cpu, sandbox.spool], [1024 ** 3, 0.5, 32e6]);
  });

  it('words may be written in capitals, as in files of OpenSandbox', () => {
    assert.equal(load(set('log.level=INFO')).log.level, 'info');
    assert.equal(load(set('network.enabled=False')).network.enabled, false);
    assert.match(complaint(set('network.enabled=no')), /expected true or false, found "no"$/);
  });

  it('times are numbers of seconds with fractions', () => {
    assert.equal(load(set('sandbox.caller_grace_seconds=0.5')).sandbox.callerGraceSeconds, 0.5);
    assert.match(complaint(set('sandbox.caller_grace_seconds=-1')), /a number of seconds from 0 to 3600/);
    assert.match(complaint(set('sandbox.caller_grace_seconds=10s')), /found "10s"$/);
  });

  it('an API key may be one text, a list, or the lines of a file', () => {
    const home = '/home/ada/.cubby.toml';
    assert.deepEqual(load({ files: { [home]: `[server]\napi_key = "${key}"\n` } }).server.apiKey, [key]);
    assert.deepEqual(load({ files: { [home]: `[server]\napi_key = ["${key}", "${other}"]` } }).server.apiKey, [
      key,
      other,
    ]);
    assert.deepEqual(load({ env: { CUBBY_SERVER_API_KEY: `${key}, ${other}` } }).server.apiKey, [key, other]);
    const files = { '/run/keys': `# of the front end\n${key}\r\n\n${other}\n` };
    assert.deepEqual(load({ argv: ['--api-key-file', '/run/keys'], files }).server.apiKey, [key, other]);
  });

  it('an API key file that is missing, empty or not made of keys is refused without quoting it', () => {
    const argv = ['--api-key-file', '/run/keys'];
    assert.match(complaint({ argv }), /^server\.api_key_file \(--api-key-file\): .*ENOENT/);
    assert.match(complaint({ argv, files: { '/run/keys': '# none\n' } }), /found none/);
    const text = complaint({ argv, files: { '/run/keys': 'hunter2' } });
    assert.match(text, /16 to 512 visible ASCII characters/);
    assert.ok(!text.includes('hunter2'));
  });

  it('an engine on another machine is refused with the reason', () => {
    const text = complaint({ env: { DOCKER_HOST: 'tcp://10.0.0.5:2375' } });
    assert.match(text, /^docker\.socket \(DOCKER_HOST\): .*other machines.*found "tcp:\/\/10\.0\.0\.5:2375"$/);
    assert.match(complaint(set('docker.socket=docker.sock')), /absolute path of a unix socket/);
    assert.match(complaint(set(`docker.socket=/${'x'.repeat(107)}`)), /at most 107 bytes/);
  });

  it('exceptions are ranges, addresses, or an address with a port, IPv6 as good as IPv4', () => {
    const right = ['10.0.0.5', '10.0.0.0/8', 'fd00::/8', '::1', '2001:db8::1:0/112', '10.1.2.3:5432', '[fd00::1]:5432'];
    assert.deepEqual(load(set(`network.allow=${right}`)).network.allow, right);
    const wrong = [
      '10.0.0/8',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/',
      'fd00::/129',
      'fe80::1%eth0',
      'example.com',
      '/8',
      '10.0.0.1:0',
    ];
    for (const text of wrong) assert.match(complaint(set(`network.allow=${text}`)), /expected a range as/);
    assert.match(complaint(set('network.allow=2001:db8::1/32')), /2001:db8:.*\/32, or 2001:db8::1 for that one alone/);
  });

  it('names of hosts can be closed, and nothing that only looks like an address', () => {
    const right = ['db.example.com', '192.0.2.0/24', '2001:db8::1'];
    assert.deepEqual(load(set(`network.block=${right}`)).network.block, right);
    for (const wrong of ['10.0.0', '10.0.0.256', 'http://db', 'db:5432', '10.0.0.5/8', 'a..b'])
      assert.match(complaint(set(`network.block=${wrong}`)), /expected (a range as|the first address)/);
  });

  it('name servers are addresses, with a port if need be', () => {
    assert.deepEqual(load(set('network.dns=10.0.0.2,10.0.0.2:5353,fd00::1,[fd00::1]:53')).network.dns.length, 4);
    for (const wrong of ['dns.example.com', '10.0.0.2:0', '10.0.0.2:65536', '[10.0.0.2]:53', 'fd00::1%eth0'])
      assert.match(complaint(set(`network.dns=${wrong}`)), /expected the address of a name server/);
  });

  it("sandboxes' network has to be a real network", () => {
    assert.equal(load(set('docker.network_subnet=172.30.0.0/16')).docker.networkSubnet, '172.30.0.0/16');
    for (const wrong of ['172.30.0.1/16', '172.30.0.0/30', '10.0.0.0', 'fd00::/64', 'banana'])
      assert.match(complaint(set(`docker.network_subnet=${wrong}`)), /expected (a range of IPv4|the first) address/);
  });

  it('the public host is a host and perhaps a port, never a URL', () => {
    for (const right of ['cubby.example.com', '10.0.0.5:8080', '[fd00::1]:443', 'localhost'])
      assert.equal(load({ argv: ['--public-host', right] }).server.publicHost, right);
    for (const wrong of ['https://example.com', 'example.com/', 'example.com:', 'a b', ''])
      assert.match(complaint({ argv: [`--public-host=${wrong}`] }), /without http:\/\//);
  });

  it('the address to listen on is an address or a name', () => {
    for (const wrong of ['', '*', '1.2.3', 'http://localhost', '127.0.0.1:80', '-x', `${'a'.repeat(64)}.com`])
      assert.match(complaint({ argv: [`--host=${wrong}`] }), /expected an address or name of this machine/);
  });

  it('paths with NUL or other control characters are refused', () => {
    assert.match(complaint(set('store.path=/a\0b')), /expected a path/);
    assert.match(complaint({ argv: ['--store='] }), /expected a path, found ""$/);
  });
});
