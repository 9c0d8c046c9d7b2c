import type { Lookup } from '../../../control/network/denied-names.ts';
import { type Door, Gate } from '../../../control/network/gate.ts';
import type { GateChange, GateState } from '../../../control/network/gate-rules.ts';
import { usualLives } from '../../../control/network/openings.ts';
import type { Policy } from '../../../control/network/policies/policy.ts';

/** A packet filter that remembers what it was told, and fails when a test says so. */
export class RecordingDoor implements Door {
  readonly replaced: (GateState | undefined)[] = [];
  readonly changed: GateChange[] = [];
  /** What an earlier process left. */
  left: Pick<GateState, 'opened' | 'lasting'> = { opened: new Map(), lasting: new Map() };
  /** What stands in the way of the next calls, each in its turn. */
  before: (() => Promise<void>)[] = [];

  async replace(state: GateState | undefined): Promise<void> {
    await this.before.shift()?.();
    this.replaced.push(state);
  }

  async change(change: GateChange): Promise<void> {
    await this.before.shift()?.();
    this.changed.push(change);
  }

  async recall(): Promise<Pick<GateState, 'opened' | 'lasting'>> {
    return this.left;
  }

  /** Addresses that take connections now. */
  get open(): string[] {
    const opened = new Set(this.replaced.at(-1)?.opened.keys());
    for (const change of this.changed) for (const address of change.opened.keys()) opened.add(address);
    return [...opened].sort();
  }
}

/** A gate of a sandbox that has just started, with the policy in force. */
export async function gateWith(
  policy: Policy,
  { lookup = async () => [], ipv6 = false, fresh = true }: { lookup?: Lookup; ipv6?: boolean; fresh?: boolean } = {},
) {
  const door = new RecordingDoor();
  const gate = new Gate({ door, lookup, lives: usualLives, ipv6, fresh });
  await gate.enforce(policy);
  return { gate, door };
}

/** The gate of a sandbox without a policy. */
export async function openGate(): Promise<Gate> {
  const gate = new Gate({
    door: new RecordingDoor(),
    lookup: async () => [],
    lives: usualLives,
    ipv6: false,
    fresh: true,
  });
  await gate.settle(() => 'none');
  return gate;
}
