import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeRuntimes, type KnownRuntimes } from '../../../../control/runtimes/docker/oci-runtimes.ts';
import type { DockerOptions } from '../../../../control/runtimes/docker/options.ts';

const known: KnownRuntimes = {
  DefaultRuntime: 'runc',
  Runtimes: {
    runc: { path: 'runc' },
    crun: { path: '/usr/bin/crun' },
    runsc: { path: '/usr/bin/runsc', runtimeArgs: ['--host-uds=all', '--network=host'] },
    'runsc-bare': { path: '/usr/bin/runsc', runtimeArgs: null },
    'runsc-shim': { runtimeType: 'io.containerd.runsc.v1' },
    kata: { path: '/usr/bin/kata-runtime' },
    own: { path: '/opt/own' },
  },
};

function judge(change: Partial<DockerOptions> = {}): string[] {
  return judgeRuntimes(known, { store: 'abcdefgh', pack: { path: '/pack' }, ...change }).names;
}

test('the usual OCI runtime comes first, then those that may be asked for, none of them twice', () => {
  assert.deepEqual(judge(), ['runc']);
  assert.deepEqual(judge({ ociRuntime: 'crun' }), ['crun']);
  assert.deepEqual(judge({ ociRuntime: 'runsc', allowedOciRuntimes: ['runc', 'runsc'] }), ['runsc', 'runc']);
});

test('an OCI runtime that the engine doesn’t know stops the start, with the setting and with what there is', () => {
  assert.throws(() => judge({ ociRuntime: 'youki' }), {
    code: 'DOCKER::INITIALIZATION_ERROR',
    message: /youki; it knows runc, crun, .*\(docker\.oci_runtime\)$/,
  });
  assert.throws(() => judge({ allowedOciRuntimes: ['runc', 'youki'] }), {
    message: /youki.*\(docker\.allowed_oci_runtimes\)$/,
  });
  // No name is taken for something that every object has.
  assert.throws(() => judge({ ociRuntime: 'constructor' }), { message: /does not know/ });
});

test('gVisor is refused where it isn’t registered with what a sandbox needs, and the message has the flags', () => {
  assert.throws(() => judge({ ociRuntime: 'runsc-bare' }), { message: /--host-uds=all and --network=host/ });
  assert.throws(() => judge({ ociRuntime: 'runsc-shim', networked: false }), { message: /--host-uds=all/ });
  assert.throws(
    () => judge({ allowedOciRuntimes: ['runsc-bare'], networked: false }),
    (error: Error) => {
      assert.doesNotMatch(error.message, /network=host/, 'without a network there is nothing to shut');
      return true;
    },
  );
});

test('a virtual machine is refused, since agents are reached over a socket of this machine', () => {
  assert.throws(() => judge({ ociRuntime: 'kata' }), { message: /kata can’t hold sandboxes: .*unix socket/ });
});

test('a program that Cubby doesn’t know is refused unless there is no network that it could leave open', () => {
  assert.throws(() => judge({ ociRuntime: 'own' }), { message: /network.enabled = false/ });
  assert.deepEqual(judge({ ociRuntime: 'own', networked: false }), ['own']);
});
