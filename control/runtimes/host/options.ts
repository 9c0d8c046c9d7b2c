import type { Policy } from '../../network/policies/policy.ts';

/** What the administrator decides about sandboxes that are processes of this machine. */
export interface HostOptions {
  /** Id of the store. */
  store: string;
  /** Where sandboxes have their directories. */
  directory: string;
  /** Directory of the agent pack. */
  pack: string;
  /** Bytes of one sandbox's log. */
  logBytes: number;
  /** The policy that a sandbox was asked for with; `none`, or undefined: none. */
  policyOf: (id: string) => Policy | 'none' | undefined;
}
