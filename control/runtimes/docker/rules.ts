import { ApiError } from '../../../shared/api/errors.ts';
import { applyHere, applyInside, isApplied, readInside } from '../../network/apply.ts';
import { hostRanges } from '../../network/closed.ts';
import { Named } from '../../network/named.ts';
import { type Exception, parseException } from '../../network/ranges.ts';
import {
  type Closure,
  hostRules,
  removeTable,
  type SandboxShape,
  sandboxRules,
  sandboxTable,
} from '../../network/rules.ts';
import type { Bridge } from './bridge.ts';
import type { Engine } from './engine.ts';
import { applyByHelper } from './helper-container.ts';
import type { Names } from './names.ts';
import type { Deadlines, NetworkOptions } from './options.ts';

/** How long the host's table is believed to be there: a `nft flush ruleset` of the administrator's takes it away. */
const believedMs = 10_000;

/** A container that runs: its id, and its first process. */
export interface Running {
  id: string;
  pid: number;
}

/** Sets the rules of a store: from here where control is on the engine's machine, through a helper container otherwise. */
export class Rules {
  readonly #engine: Engine;
  readonly #names: Names;
  readonly #bridge: Bridge;
  readonly #filter: { nft: string; deadline: number };
  readonly #helperImage: string | undefined;
  readonly #named: Named;
  readonly #allow: Exception[];
  #host: Promise<void> | undefined;
  #believedUntil = 0;

  /** @throws `INVALID_PARAMETER` for an exception or a closed address that is none */
  constructor(engine: Engine, names: Names, bridge: Bridge, options: NetworkOptions, deadlines: Deadlines) {
    this.#engine = engine;
    this.#names = names;
    this.#bridge = bridge;
    this.#filter = { nft: options.nft ?? 'nft', deadline: deadlines.rules };
    this.#helperImage = options.helperImage;
    this.#named = new Named(options.block ?? [], 'network.block');
    this.#allow = (options.allow ?? []).map((entry) => parseException(entry, 'network.allow'));
  }

  /** Shuts a running container. @throws `NETWORK_RULES_FAILED` */
  async applyTo(container: Running, shape: SandboxShape): Promise<void> {
    await this.changeIn(container, sandboxRules(await this.#closure(), shape));
  }

  /** Loads a script that changes the rules of a container, which has some. @throws `NETWORK_RULES_FAILED` */
  async changeIn({ id, pid }: Running, script: string): Promise<void> {
    if (this.#helperImage === undefined) await applyInside(this.#filter, { pid, container: id }, sandboxTable, script);
    else await this.#byHelper(`container:${id}`, script, sandboxTable);
  }

  /** The rules of a container as JSON. @throws `NETWORK_RULES_FAILED` */
  async readFrom({ id, pid }: Running): Promise<string> {
    if (this.#helperImage === undefined) return readInside(this.#filter, { pid, container: id }, sandboxTable);
    return this.#byHelper(`container:${id}`, undefined, sandboxTable);
  }

  /** Sets the host's table, where it isn't known to be there. Callers at the same time wait for one attempt. @throws `NETWORK_RULES_FAILED` */
  ensureHost(): Promise<void> {
    if (performance.now() < this.#believedUntil) return Promise.resolve();
    this.#host ??= this.#ensureHost(false).finally(() => {
      this.#host = undefined;
    });
    return this.#host;
  }

  /** Sets the host's table anew, whatever is there: addresses and exceptions may have changed. @throws `NETWORK_RULES_FAILED` */
  async renewHost(): Promise<void> {
    await this.#ensureHost(true);
  }

  /** Takes the host's table away; no sandbox may be left. @throws `NETWORK_RULES_FAILED` */
  async removeHost(): Promise<void> {
    this.#believedUntil = 0;
    const script = removeTable(this.#names.table);
    if (this.#helperImage === undefined) await applyHere(this.#filter, script);
    else await this.#byHelper('host', script);
  }

  async #ensureHost(anew: boolean): Promise<void> {
    const { table, network } = this.#names;
    const local = this.#helperImage === undefined;
    if (anew || !local || !(await isApplied(this.#filter, table))) {
      const script = hostRules(table, network, await this.#closure());
      if (local) await applyHere(this.#filter, script, table);
      else await this.#byHelper('host', script, table);
    }
    this.#believedUntil = performance.now() + believedMs;
  }

  async #closure(): Promise<Closure> {
    const [{ gateway, ranges, ipv6 }, block] = await Promise.all([this.#bridge.ensure(), this.#named.ranges()]);
    return { resolver: gateway, block, allow: this.#allow, own: [...hostRanges(), ...ranges], ipv6 };
  }

  async #byHelper(network: string, script: string | undefined, table?: string): Promise<string> {
    const { nft, deadline } = this.#filter;
    try {
      const image = this.#helperImage ?? '';
      return await applyByHelper(this.#engine, {
        image,
        network,
        nft,
        script,
        table,
        deadline,
        store: this.#names.store,
      });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'NETWORK_RULES_FAILED') throw error;
      const message = `rules of the network: ${(error as Error).message}`;
      throw new ApiError('NETWORK_RULES_FAILED', message, { cause: error });
    }
  }
}
