import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Joined } from '../../shared/http/upgrade.ts';
import { awake } from '../sandboxes/awake.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { isAsleep } from '../sandboxes/tiers.ts';
import { Activity, listen } from './activity.ts';

/** What a request is to the sandbox that it enters. */
export interface Present {
  /** Settles when the sandbox is awake; undefined: it is. @throws ApiError why it can't be woken */
  ready: Promise<void> | undefined;
  /** Its connection speaks another protocol from now on, and is a use only when it says something. */
  joined(ends: Joined): void;
}

/** Who is in which sandbox: none falls asleep with a request in it, and one that is asleep is woken by whoever comes. */
export class Presence {
  readonly #sandboxes: Sandboxes;
  readonly #settle: (id: string) => Promise<void>;
  readonly #activity: Activity;

  /** `settle`: compares a sandbox with the engine; never rejects. */
  constructor(sandboxes: Sandboxes, settle: (id: string) => Promise<void>) {
    const { renewals, store } = sandboxes;
    this.#sandboxes = sandboxes;
    this.#settle = settle;
    this.#activity = new Activity((id) => renewals.touch(store.get(id)), renewals.touchEveryMs);
  }

  /** A request that may enter comes, which is a touch, and is there until `end` is closed. */
  come(sandbox: SandboxRow, request: IncomingMessage, end: EventEmitter): Present {
    const { renewals, visits } = this.#sandboxes;
    const { id, idle, renewSeconds } = sandbox;
    renewals.touch(sandbox);
    // Before anything is waited for: from now on it does not fall asleep.
    const leave = visits.enter(id);
    end.once('close', leave);
    let isJoined = false;
    if (renewSeconds !== undefined || idle !== undefined) {
      this.#activity.follow(id, request.socket, end, {
        leave,
        // One that was silent for so long that its sandbox fell asleep goes on, as a slow upload.
        moved: () => !isJoined && this.#heard(id, true),
        mostSilentMs: (idle?.backgroundSeconds || Number.POSITIVE_INFINITY) * 1000,
      });
    }
    return {
      ready: isAsleep(sandbox) ? this.#wake(id) : undefined,
      joined: (ends) => {
        isJoined = true;
        leave();
        const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
        if (idle !== undefined) listen(ends, isWebSocket, (isSent) => this.#heard(id, isSent));
      },
    };
  }

  close(): void {
    this.#activity.close();
  }

  /** Something was said over a connection that had been left open. What is sent waits in the kernel for a sandbox that is asleep. */
  #heard(id: string, isSent: boolean): void {
    const { visits, store } = this.#sandboxes;
    visits.touch(id);
    const row = isSent ? store.get(id) : undefined;
    if (row && isAsleep(row)) void this.#wake(id).catch(() => undefined);
  }

  async #wake(id: string): Promise<void> {
    const row = await awake(this.#sandboxes, id, { settle: this.#settle, onlyAsleep: true });
    this.#sandboxes.mustRun(row ?? this.#sandboxes.get(id));
  }
}
