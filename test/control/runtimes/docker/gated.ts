import { after } from 'node:test';
import type { Policy } from '../../../../control/network/policies/policy.ts';
import type { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import type { DockerOptions, NetworkOptions } from '../../../../control/runtimes/docker/options.ts';
import { nameServer } from '../../network/name-server.ts';
import { serve, type Zone } from '../../network/zone.ts';
import { openLab, succeed } from './lab.ts';
import { type Outside, openOutside } from './outside.ts';

/** A policy in short: `+` allows, `-` denies; the first is the default. */
export function policy(defaultAction: '+' | '-', ...rules: string[]): Policy {
  const action = (sign: string | undefined) => (sign === '+' ? 'allow' : 'deny');
  return {
    defaultAction: action(defaultAction),
    egress: rules.map((rule) => ({ action: action(rule[0]), target: rule.slice(1) })),
  };
}

/** A lab whose sandboxes have policies, with a server of names and a machine outside. All of it ends after the file's tests. */
export async function openGatedLab(network: NetworkOptions = {}, change: Partial<DockerOptions> = {}) {
  const zone: Zone = {};
  const server = await nameServer(serve(zone));
  /** What each sandbox is to have, as a database has it. */
  const policies = new Map<string, Policy>();
  const policyOf = (id: string) => policies.get(id) ?? ('none' as const);
  const lab = openLab({ network: { upstreams: [server], ...network }, policyOf, ...change });
  let beyond: Promise<Outside> | undefined;
  const outside = () => {
    beyond ??= openOutside();
    return beyond;
  };
  after(async () => {
    await (await beyond)?.close();
    await server.close();
  });
  /** A sandbox with a policy from its start; `runtime`: who starts it. */
  const start = async (id: string, mine: Policy, runtime?: DockerRuntime) => {
    const here = await lab();
    const { port } = await outside();
    policies.set(id, mine);
    await here.runtime.create(here.spec(id));
    await (runtime ?? here.runtime).start(id);
    const sh = (line: string) => here.shell(id, line);
    return {
      sh,
      /** What it reads from a host. */
      reach: async (host: string, at = port) => (await sh(`nc -w 20 ${host} ${at} </dev/null`)).output.trim(),
      ask: async (name: string, ...more: string[]) => (await sh(`nslookup ${name} ${more.join(' ')}`)).output,
      set: async (next: Policy, by = here.runtime) => {
        policies.set(id, next);
        await by.setPolicy(id, next);
      },
      pid: () => here.look(id, '{{.State.Pid}}'),
      /** Its rules as the kernel has them. */
      rules: async () => {
        const pid = await here.look(id, '{{.State.Pid}}');
        return (await succeed('nsenter', ['--net', '-t', pid, 'nft', 'list', 'table', 'inet', 'cubby'])).output;
      },
      /** A connection that stays open; how much has come over it, and whether it is there. */
      hold: async (host: string) => {
        const { ticking } = await outside();
        // Its input stays open: it would end the connection with that.
        const line = `(sleep 300 >/hold & exec nc ${host} ${ticking} </hold >/ticks 2>/dev/null) & echo $! >/pid`;
        await sh(`rm -f /hold /ticks; mkfifo /hold; ${line}`);
        return {
          length: async () => Number((await sh('wc -c </ticks')).output),
          isThere: async () => (await sh('kill -0 $(cat /pid)')).code === 0,
        };
      },
    };
  };
  return { zone, server, policies, policyOf, lab, outside, start };
}
