import type { ContainerFacts, ContainerSpec, Limits } from '../runtimes/runtime.ts';

/** A container that was started ahead: its agent answers, and nothing of a user's has run in it. */
export interface Member {
  /** What its container carries, and its sandbox will. */
  id: string;
  /** Opens its agent. Nobody has seen it. */
  token: string;
  /** The pool that it was made for. */
  pool: string;
  /** The engine's word on its start. */
  startedAt: string;
  /** What its agent tells this start apart by from any other; empty: the engine has to be asked. */
  born: string;
  limits: Limits;
}

/** Where sandboxes are had from that need not be made. Every call is complete when it returns. */
export interface StandBy {
  /** One that can become what `spec` says, for the caller alone; undefined: there is none. */
  take(spec: ContainerSpec, imageId: string): Member | undefined;
  /** It is a sandbox from now on: to be called in the transaction that writes the sandbox down. @throws Error when it is none any more */
  handOver(member: Member): void;
  /** It was taken, and could not be used: what is left of it is removed by whoever took it. */
  lost(member: Member, why: unknown): void;
  /** Whether a container is one that stands by, or is on its way to. */
  has(id: string): boolean;
  /** Of all that stand by. */
  ids(): string[];
  /** Tells what the engine says of one that stands by. */
  settle(id: string, facts: ContainerFacts | undefined): void;
}

/** Nothing stands by. */
export const nothingStandsBy: StandBy = {
  take: () => undefined,
  handOver: () => {},
  lost: () => {},
  has: () => false,
  ids: () => [],
  settle: () => {},
};
