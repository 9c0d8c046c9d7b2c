import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Policies } from '../../../control/egress/policies.ts';
import { type Policy, withRules } from '../../../control/network/policies/policy.ts';
import { type SandboxRow, SandboxStore } from '../../../control/sandboxes/store.ts';
import { openStorage } from '../../../control/storage/open.ts';
import { engineTest } from '../../support/engine.ts';
import { endedRow } from '../../support/rows.ts';
import { until } from '../../support/until.ts';
import { openLab, succeed } from '../runtimes/docker/lab.ts';

const directory = await mkdtemp(join(tmpdir(), 'cubby-filter-'));
const broken = join(directory, 'broken');
/** Where it is there, what is loaded next is loaded, is said to have failed, and the program is broken from then on. */
const breaking = join(directory, 'breaking');
const nft = join(directory, 'nft');
await writeFile(
  nft,
  `#!/bin/sh\n[ -e ${broken} ] && { echo "out of order" >&2; exit 1; }\n[ -e ${breaking} ] && { nft "$@"; mv ${breaking} ${broken}; exit 1; }\nexec nft "$@"\n`,
);
await chmod(nft, 0o755);

const store = new SandboxStore(openStorage(':memory:'));
const policyOf = (id: string) => {
  const row = store.get(id);
  return row && (row.policy ?? ('none' as const));
};
const lab = openLab({ network: { nft, upstreams: [] }, policyOf });
// Afterwards: the lab is taken apart with that program.
after(() => rm(directory, { recursive: true }));
const allow = (...targets: string[]): Policy => ({
  defaultAction: 'deny',
  egress: targets.map((target) => ({ action: 'allow', target })),
});

/** A sandbox that runs, and the policies of all. */
async function open(id: string, change: Partial<SandboxRow> = {}) {
  const { run, runtime, look } = await lab();
  store.insert(endedRow({ id, state: 'Running', ...change }));
  await run(id);
  const failures: { sandbox: string }[] = [];
  const sandboxes = { store, runtime, get: (sandbox: string) => store.get(sandbox)! };
  const policies = new Policies(sandboxes, (_, details) => failures.push(details as { sandbox: string }));
  after(() => policies.close());
  const rules = async () => {
    const pid = await look(id, '{{.State.Pid}}');
    return (await succeed('nsenter', ['--net', '-t', pid, 'nft', 'list', 'table', 'inet', 'cubby'])).output;
  };
  return { policies, rules, failures };
}

engineTest('a policy is in the database and in force, or in neither', async () => {
  const { policies, rules } = await open('both', { policy: allow('11.0.0.0/8') });
  assert.match(await rules(), /11\.0\.0\.0\/8/);
  await policies.change('both', () => allow('12.0.0.0/8'));
  assert.deepEqual(store.get('both')?.policy, allow('12.0.0.0/8'));
  assert.match(await rules(), /12\.0\.0\.0\/8/);
  await writeFile(broken, '');
  try {
    await assert.rejects(
      policies.change('both', () => allow('13.0.0.0/8')),
      { code: 'NETWORK_RULES_FAILED' },
    );
  } finally {
    await rm(broken);
  }
  assert.deepEqual(store.get('both')?.policy, allow('12.0.0.0/8'));
  assert.match(await rules(), /12\.0\.0\.0\/8/);
  assert.doesNotMatch(await rules(), /13\.0\.0\.0\/8/);
});

engineTest('a sandbox that never got a policy has none after a change that failed', async () => {
  const { policies, rules } = await open('none');
  await writeFile(broken, '');
  try {
    await assert.rejects(
      policies.change('none', () => allow('13.0.0.0/8')),
      { code: 'NETWORK_RULES_FAILED' },
    );
  } finally {
    await rm(broken);
  }
  assert.equal(store.get('none')?.policy, undefined);
  assert.doesNotMatch(await rules(), /chain outgoing/);
});

engineTest('changes at the same time build on each other, and one that is refused changes nothing', async () => {
  const { policies } = await open('many', { policy: allow() });
  const blame = { code: 'INVALID_REQUEST_BODY', field: 'egress' } as const;
  const add = (target: string) => (policy: Policy) => withRules(policy, [{ action: 'allow', target }], blame);
  const refuse = () => {
    throw new Error('no');
  };
  const outcomes = await Promise.allSettled([
    policies.change('many', add('a.example')),
    policies.change('many', refuse),
    policies.change('many', add('b.example')),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(store.get('many')?.policy, allow('b.example', 'a.example'));
});

engineTest('what a process left half done is put in force by the next one, once that can be done', async () => {
  const { policies, rules, failures } = await open('left', { policy: allow('11.0.0.0/8') });
  // As when it ends between the database and the packet filter.
  store.update('left', ['Running'], { policy: allow('14.0.0.0/8') });
  await writeFile(broken, '');
  try {
    policies.restore();
    await until(() => failures.some(({ sandbox }) => sandbox === 'left'), 'it has failed once');
    assert.match(await rules(), /11\.0\.0\.0\/8/);
  } finally {
    await rm(broken);
  }
  await until(async () => (await rules()).includes('14.0.0.0/8'), 'it is in force');
  await policies.close();
});

engineTest('a change that failed is taken back, once that can be done', async () => {
  const { policies, rules } = await open('half', { policy: allow('11.0.0.0/8') });
  await writeFile(breaking, '');
  try {
    await assert.rejects(
      policies.change('half', () => allow('15.0.0.0/8')),
      { code: 'NETWORK_RULES_FAILED' },
    );
    assert.match(await rules(), /15\.0\.0\.0\/8/);
  } finally {
    await rm(broken);
  }
  await until(async () => (await rules()).includes('11.0.0.0/8'), 'what was in force before is so again');
  assert.doesNotMatch(await rules(), /15\.0\.0\.0\/8/);
  assert.deepEqual(store.get('half')?.policy, allow('11.0.0.0/8'));
  await policies.close();
});
