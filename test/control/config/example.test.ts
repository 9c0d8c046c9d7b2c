import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exampleConfig } from '../../../control/config/example.ts';
import { entries } from '../../../control/config/schema.ts';
import { load, machine } from './machine.ts';

const example = exampleConfig(machine());
const inHome = (text: string) => ({ files: { '/home/ada/.cubby.toml': text } });
const assignment = /^#(\w+ = .*)$/;

/** Takes the # away from the settings that `which` picks. Those without a default are announced as examples. */
function uncomment(which: 'defaults' | 'all'): string {
  const lines = example.split('\n');
  return lines
    .map((line, i) => (assignment.test(line) && (which === 'all' || !isOnlyAnExample(lines, i)) ? line.slice(1) : line))
    .join('\n');
}

function isOnlyAnExample(lines: string[], at: number): boolean {
  const start = lines.lastIndexOf('', at);
  return lines.slice(start, at).join(' ').replaceAll(' # ', ' ').includes('Not set by default');
}

describe('the example configuration', () => {
  it('as it is written, it holds exactly the defaults', () => {
    assert.deepEqual(load(inHome(example)), load());
  });

  it('with every default uncommented, it still holds exactly the defaults', () => {
    const text = uncomment('defaults');
    assert.ok(text.includes('\nport = 8080\n'));
    assert.ok(!text.includes('\ntls_key = '));
    assert.deepEqual(load(inHome(text)), load());
  });

  it('every value that it shows is one that the setting takes', () => {
    const files = { '/home/ada/.cubby.toml': uncomment('all'), '/etc/cubby/seccomp.json': '{}' };
    const text = files['/home/ada/.cubby.toml'].replace(
      /^(api_key_file|issuers_file|signing_keys_file|tls_\w+) = .*$/gm,
      '',
    );
    assert.equal(load({ files: { ...files, '/home/ada/.cubby.toml': text } }).sandbox.maxCpu, 4);
  });

  it('names every setting once, with its variable and a reason', () => {
    for (const { name, variable, setting } of entries.values()) {
      const key = name.split('.')[1];
      assert.match(example, new RegExp(`^#${key} = `, 'm'), name);
      assert.ok(example.replaceAll('\n# ', ' ').includes(variable), variable);
      assert.ok(setting.doc.endsWith('.') && setting.doc.length > 20, name);
    }
    assert.equal(example.match(new RegExp(assignment, 'gm'))?.length, entries.size);
  });

  it('has no line that does not fit a terminal of 120 columns', () => {
    for (const line of example.split('\n')) assert.ok(line.length <= 112, line);
  });
});

describe('the table of settings', () => {
  it('every number says what it counts, unless it is a port', () => {
    for (const { name, setting } of entries.values())
      if (setting.kind.form === 'number' && name !== 'server.port') assert.ok(setting.unit, name);
  });

  it('every secret can be given by a variable and has no flag that the list of processes would show', () => {
    const secrets = [...entries.values()].filter(({ setting }) => setting.secret);
    assert.deepEqual(
      secrets.map(({ name }) => name),
      ['server.api_key', 'server.metrics_key', 'workspaces.issuers', 'lobehub.signing_keys'],
    );
    for (const { setting } of secrets) assert.equal(setting.flag, undefined);
  });
});
