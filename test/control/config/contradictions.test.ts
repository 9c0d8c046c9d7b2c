import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { certificate, certificateKey } from './certificate.ts';
import { complaint, complaints, load } from './machine.ts';

const key = 'an-api-key-of-some-length';
const set = (...assignments: string[]) => ({ argv: assignments.flatMap((assignment) => ['--set', assignment]) });

describe('settings that contradict each other', () => {
  it('an address that others can reach needs an API key', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.5', 'cubby.example.com'])
      assert.match(
        complaint({ argv: ['--host', host] }),
        /^server\.host \(--host\), server\.api_key \(not set\), server\.api_key_file \(not set\): expected an API key/,
      );
    assert.deepEqual(load({ argv: ['--host', '0.0.0.0'], env: { CUBBY_SERVER_API_KEY: key } }).server.apiKey, [key]);
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) load({ argv: ['--host', host] });
  });

  it('a certificate without its key is named with both settings, and so is a key without certificate', () => {
    assert.equal(
      complaint({ argv: ['--tls-certificate', '/c'] }),
      'server.tls_certificate (--tls-certificate), server.tls_key (not set): expected both or none, found a certificate without its key',
    );
    assert.match(complaint({ argv: ['--tls-key', '/k'] }), /found a key without its certificate$/);
  });

  it('a certificate has to be there and to belong to its key', () => {
    const argv = ['--tls-certificate', '/c', '--tls-key', '/k'];
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    assert.equal(load({ argv, files: { '/c': certificate, '/k': certificateKey } }).server.tlsKey, '/k');
    assert.match(complaint({ argv, files: { '/c': certificate } }), /found ENOENT for \/k$/);
    assert.match(complaint({ argv, files: { '/c': certificate, '/k': String(other) } }), /mismatch/);
    assert.match(complaint({ argv, files: { '/c': 'banana', '/k': certificateKey } }), /expected a certificate/);
  });

  it('what a sandbox gets unasked may not be more than what it may ask for', () => {
    assert.equal(
      complaint(set('sandbox.max_memory=1Gi')),
      'sandbox.memory (default), sandbox.max_memory (--set): expected a default of at most the maximum, found 2Gi above 1Gi',
    );
    assert.match(complaint(set('sandbox.cpu=2', 'sandbox.max_cpu=1500m')), /found 2 above 1500m$/);
    load(set('sandbox.max_memory=2Gi', 'sandbox.max_cpu=1', 'sandbox.max_disk=10Gi'));
    assert.match(complaint(set('sandbox.max_disk=1Gi')), /found 10Gi above 1Gi$/);
    assert.match(complaint(set('sandbox.disk=0', 'sandbox.max_disk=1Gi')), /found 0 above 1Gi$/);
    assert.equal(load(set('sandbox.disk=0')).sandbox.disk, 0);
    assert.match(complaint(set('sandbox.disk=1Mi')), /expected 0, or a size from 64Mi to 7Pi/);
  });

  it('the output of one command has to fit into the spool', () => {
    assert.match(complaint(set('sandbox.ring=128Mi')), /^sandbox\.ring \(--set\), sandbox\.spool \(default\): /);
  });

  it('a setting that is wrong by itself is not said to contradict another', () => {
    assert.match(complaint(set('sandbox.max_memory=banana')), /^sandbox\.max_memory \(--set\): /);
    assert.equal(complaints({ argv: ['--host', '0.0.0.0'], env: { CUBBY_SERVER_API_KEY: 'short' } }).length, 1);
  });

  it('API keys in the configuration and in a file are one too many', () => {
    const given = { argv: ['--api-key-file', '/keys'], env: { CUBBY_SERVER_API_KEY: key }, files: { '/keys': key } };
    assert.match(
      complaint(given),
      /^server\.api_key \(CUBBY_SERVER_API_KEY\), server\.api_key_file \(--api-key-file\): /,
    );
  });

  it('a metrics key that is an API key too would open everything', () => {
    const env = { CUBBY_SERVER_API_KEY: key, CUBBY_SERVER_METRICS_KEY: key };
    assert.match(complaint({ env }), /^server\.metrics_key .*, server\.api_key .*: expected two different keys/);
    const inFile = {
      argv: ['--api-key-file', '/keys'],
      files: { '/keys': key },
      env: { CUBBY_SERVER_METRICS_KEY: key },
    };
    assert.match(complaint(inFile), /server\.api_key_file \(--api-key-file\)/);
  });

  it('an exception that opens everything is refused', () => {
    assert.match(complaint(set('network.allow=0.0.0.0/0')), /opens everything/);
    assert.match(complaint(set('network.allow=::/0')), /opens everything/);
  });

  it('an exception that is blocked again is refused', () => {
    const given = set('network.allow=10.1.2.0/24', 'network.block=192.0.2.1,10.1.0.0/16');
    assert.match(complaint(given), /found 10\.1\.2\.0\/24 in allow and 10\.1\.0\.0\/16 in block$/);
    assert.match(
      complaint(set('network.allow=10.1.2.3:5432', 'network.block=10.1.2.3')),
      /found 10\.1\.2\.3:5432 in allow/,
    );
    assert.match(complaint(set('network.allow=fd00:1::/32', 'network.block=fd00::/8')), /found fd00:1::\/32 in allow/);
    load(set('network.allow=10.1.0.0/16,fd00::/8', 'network.block=10.1.2.0/24,fe80::/10,db.example.com'));
  });

  it('a seccomp profile has to be a JSON file', () => {
    const argv = ['--set', 'docker.seccomp_profile=/s.json'];
    assert.equal(load({ argv, files: { '/s.json': '{}' } }).docker.seccompProfile, '/s.json');
    assert.match(complaint({ argv }), /ENOENT/);
    assert.match(complaint({ argv, files: { '/s.json': 'unconfined' } }), /expected a JSON object/);
  });
});
