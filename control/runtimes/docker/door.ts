import type { ContainerInspectInfo } from 'dockerode';
import type { Door } from '../../network/gate.ts';
import { changeScript, type GateChange, type GateState } from '../../network/gate-rules.ts';
import { readSets } from '../../network/recall.ts';
import { sandboxTable } from '../../network/rules.ts';
import type { Rules, Running } from './rules.ts';

/** The way to the rules of one container, for as long as it runs. */
export class ContainerDoor implements Door {
  readonly #rules: Rules;
  readonly #container: Running;
  readonly #address: string | undefined;

  constructor(rules: Rules, { container, address }: { container: Running; address: string | undefined }) {
    this.#rules = rules;
    this.#container = container;
    this.#address = address;
  }

  replace(gate: GateState | undefined): Promise<void> {
    return this.#rules.applyTo(this.#container, { address: this.#address, gate });
  }

  change(change: GateChange): Promise<void> {
    return this.#rules.changeIn(this.#container, changeScript(sandboxTable, change));
  }

  async recall(): Promise<Pick<GateState, 'opened' | 'lasting'>> {
    return readSets(await this.#rules.readFrom(this.#container));
  }
}

/** The IPv4 address of a container on a network; undefined where it is on none, or has ended. */
export function addressOn(
  network: string,
  { NetworkSettings }: Pick<ContainerInspectInfo, 'NetworkSettings'>,
): string | undefined {
  return NetworkSettings.Networks[network]?.IPAddress || undefined;
}
