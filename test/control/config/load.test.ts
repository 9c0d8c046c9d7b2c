import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../control/config/load.ts';
import { complaints, load, machine } from './machine.ts';

const home = '/home/ada/.cubby.toml';
const etc = '/etc/cubby/cubby.toml';

describe('where settings come from', () => {
  it('nothing configured gives a server on loopback that needs no further decision', () => {
    const config = load();
    assert.equal(config.server.host, '127.0.0.1');
    assert.equal(config.server.port, 8080);
    assert.deepEqual(config.server.apiKey, []);
    assert.equal(config.sandbox.memory, 2 * 1024 ** 3);
    assert.equal(config.sandbox.cpu, 1);
    assert.equal(config.docker.logMaxSize, 10 * 1024 ** 2);
    assert.equal(config.sandbox.maxMemory, undefined);
    assert.equal(config.runtime.pack, '/opt/cubby/.pack/current');
  });

  it('the environment wins over the file, and a flag over both', () => {
    const files = { [home]: '[server]\nport = 1111\n' };
    const env = { CUBBY_SERVER_PORT: '2222' };
    assert.equal(load({ files }).server.port, 1111);
    assert.equal(load({ files, env }).server.port, 2222);
    assert.equal(load({ files, env, argv: ['--port', '3333'] }).server.port, 3333);
    assert.equal(load({ files, env, argv: ['--set', 'server.port=4444'] }).server.port, 4444);
  });

  it('of two flags for one setting the later wins', () => {
    assert.equal(load({ argv: ['--port', '1', '--set', 'server.port=2'] }).server.port, 2);
    assert.equal(load({ argv: ['--set=server.port=2', '--port=1'] }).server.port, 1);
  });

  it('the file of the home directory is read, else the one in /etc, and never both', () => {
    const files = { [home]: '[server]\nport = 1\n', [etc]: '[server]\nport = 2\nhost = "localhost"\n' };
    assert.deepEqual(loadConfig([], machine({ files })).file, home);
    assert.equal(load({ files }).server.host, '127.0.0.1');
    assert.equal(load({ files: { [etc]: files[etc]! } }).server.port, 2);
    assert.equal(loadConfig([], machine()).file, undefined);
  });

  it('CUBBY_CONFIG names the file, --config another, and both may be relative or below ~', () => {
    const files = { '/srv/work/a.toml': '[server]\nport = 1\n', '/home/ada/b.toml': '[server]\nport = 2\n' };
    const env = { CUBBY_CONFIG: 'a.toml' };
    assert.equal(load({ files, env }).server.port, 1);
    assert.equal(load({ files, env, argv: ['--config', '~/b.toml'] }).server.port, 2);
  });

  it('a file that was asked for and is not there stops the start, with the one who asked', () => {
    assert.deepEqual(complaints({ env: { CUBBY_CONFIG: 'gone.toml' } }), [
      '/srv/work/gone.toml (CUBBY_CONFIG): expected a TOML file that can be read, found ENOENT',
    ]);
    assert.match(complaints({ argv: ['--config', '/gone'] })[0]!, /^\/gone \(--config\): /);
  });

  it('an empty variable counts as not set, as compose files make them', () => {
    const files = { [home]: '[server]\nport = 1111\n[network]\nallow = ["10.0.0.0/8"]\n' };
    const config = load({ files, env: { CUBBY_SERVER_PORT: '', CUBBY_NETWORK_ALLOW: '', CUBBY_CONFIG: '' } });
    assert.equal(config.server.port, 1111);
    assert.deepEqual(config.network.allow, ['10.0.0.0/8']);
  });

  it('an empty text in the file counts as not set', () => {
    assert.equal(load({ files: { [home]: '[docker]\nseccomp_profile = ""\n' } }).docker.seccompProfile, undefined);
  });

  it('an empty list as a flag empties the list of the file', () => {
    const files = { [home]: '[network]\nallow = ["10.0.0.0/8"]\n' };
    assert.deepEqual(load({ files, argv: ['--set', 'network.allow='] }).network.allow, []);
  });

  it('relative paths start from the file that names them, or from the working directory', () => {
    const files = { [etc]: '[store]\npath = "state"\n' };
    assert.equal(load({ files }).store.path, '/etc/cubby/state');
    assert.equal(load({ argv: ['--store', 'state'] }).store.path, '/srv/work/state');
    assert.equal(load({ env: { CUBBY_STORE_PATH: '~/state' } }).store.path, '/home/ada/state');
  });

  it('the store is where the XDG rules put it, and in /var/lib for root', () => {
    assert.equal(load().store.path, '/home/ada/.local/state/cubby');
    assert.equal(load({ uid: 0 }).store.path, '/var/lib/cubby');
    assert.equal(load({ uid: 0, env: { XDG_STATE_HOME: '/x' } }).store.path, '/x/cubby');
    assert.equal(load({ env: { XDG_STATE_HOME: 'relative' } }).store.path, '/home/ada/.local/state/cubby');
  });

  it("the engine's socket is the one of DOCKER_HOST unless configured", () => {
    const env = { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' };
    assert.equal(load({ env }).docker.socket, '/run/user/1000/docker.sock');
    assert.equal(load({ env, argv: ['--set', 'docker.socket=/other.sock'] }).docker.socket, '/other.sock');
  });

  it('nothing of the configuration can be changed afterwards', () => {
    const config = load({ argv: ['--set', 'network.dns=10.0.0.1'] });
    for (const frozen of [config, config.server, config.server.apiKey, config.network.dns])
      assert.ok(Object.isFrozen(frozen));
  });
});
