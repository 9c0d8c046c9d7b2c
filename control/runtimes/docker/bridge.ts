import type { NetworkInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { parseRange, printAddress, type Range } from '../../network/ranges.ts';
import type { Engine } from './engine.ts';
import { type Names, storeLabel } from './names.ts';
import type { NetworkOptions } from './options.ts';
import { isRefusal } from './refusal.ts';

/** The network of a store as the engine has made it. */
export interface BridgeFacts {
  /** Address of the host on it. */
  gateway: string;
  /** Where sandboxes get their addresses. */
  ranges: Range[];
  ipv6: boolean;
}

/**
 * The bridge that the sandboxes of one store are on: made when it is first needed, left behind at the end, since sandboxes
 * go on without control.
 */
export class Bridge {
  readonly #engine: Engine;
  readonly #names: Names;
  readonly #options: NetworkOptions;
  #facts: Promise<BridgeFacts> | undefined;

  constructor(engine: Engine, names: Names, options: NetworkOptions) {
    this.#engine = engine;
    this.#names = names;
    this.#options = options;
  }

  /** The network, made where it is absent. @throws `DOCKER::INITIALIZATION_ERROR` when another thing has its name */
  ensure(): Promise<BridgeFacts> {
    this.#facts ??= this.#ensure().catch((error) => {
      this.#facts = undefined;
      throw error;
    });
    return this.#facts;
  }

  /** Forgets what was asked, so that `ensure` looks again. */
  forget(): void {
    this.#facts = undefined;
  }

  /** Takes the network away. @throws EngineRefusal while containers are on it */
  async remove(): Promise<void> {
    this.forget();
    const network = await this.#inspect();
    if (network === undefined || network.Labels?.[storeLabel] !== this.#names.store) return;
    try {
      const path = `/networks/${network.Id}`;
      await this.#engine.ask({ what: 'remove the network', method: 'DELETE', path });
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
    }
  }

  async #ensure(): Promise<BridgeFacts> {
    const network = (await this.#inspect()) ?? (await this.#create());
    const name = this.#names.network;
    // Somebody else's network with this name has other rules, and its bridge another name: nothing would be shut.
    if (network.Labels?.[storeLabel] !== this.#names.store) throw wrong(name, 'it belongs to somebody else');
    if (network.Options?.['com.docker.network.bridge.name'] !== name) throw wrong(name, 'its bridge has another name');
    const configurations = network.IPAM?.Config ?? [];
    const ranges = configurations.flatMap(({ Subnet }) => parseRange(Subnet ?? '') ?? []);
    const gateway = configurations
      .map(({ Gateway }) => Gateway ?? '')
      .find((address) => parseRange(address)?.family === 4);
    if (gateway === undefined) throw wrong(name, 'it has no IPv4 gateway');
    return { gateway, ranges, ipv6: network.EnableIPv6 === true };
  }

  async #inspect(): Promise<NetworkInspectInfo | undefined> {
    try {
      const path = `/networks/${this.#names.network}`;
      return await this.#engine.ask<NetworkInspectInfo>({ what: 'look at the network', path });
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  async #create(): Promise<NetworkInspectInfo> {
    const { subnet, ipv6Subnet } = this.#options;
    const ranges = [
      // The engine tells of a gateway that it has chosen itself only where it has chosen the range, too.
      ...(subnet === undefined ? [] : [{ Subnet: subnet, Gateway: firstOf(subnet) }]),
      ...(ipv6Subnet === undefined ? [] : [{ Subnet: ipv6Subnet }]),
    ];
    const body = {
      Name: this.#names.network,
      // Names of networks are not unique of themselves.
      CheckDuplicate: true,
      Driver: 'bridge',
      Internal: false,
      EnableIPv6: ipv6Subnet !== undefined,
      ...(ranges.length > 0 && { IPAM: { Driver: 'default', Config: ranges } }),
      Labels: this.#names.labels,
      Options: {
        'com.docker.network.bridge.name': this.#names.network,
        'com.docker.network.bridge.enable_icc': 'false',
      },
    };
    const what = 'make the network';
    const { Id } = await this.#engine.ask<{ Id: string }>({ what, method: 'POST', path: '/networks/create', body });
    return this.#engine.ask<NetworkInspectInfo>({ what, path: `/networks/${Id}` });
  }
}

/** The address that the engine would give to the host by itself. */
function firstOf(subnet: string): string {
  const { family, first } = parseRange(subnet)!;
  return printAddress(family, first + 1n);
}

function wrong(name: string, why: string): ApiError {
  return new ApiError('DOCKER::INITIALIZATION_ERROR', `network ${name}: ${why}`);
}
