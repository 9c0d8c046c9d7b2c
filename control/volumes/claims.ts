import type { EngineVolume, Runtime } from '../runtimes/runtime.ts';
import { openToAll } from './claimed-directory.ts';
import { brief } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';
import { Turns } from './turns.ts';
import type { Claim, Ledger, VolumeRecord } from './volume.ts';

type Volumes = Pick<Runtime, 'volume' | 'makeVolume' | 'removeVolume'>;

interface ClaimsOptions {
  runtime: Volumes;
  store: string;
  /** Names of volumes that others made and that may be used all the same; a `*` at the end stands for any end. */
  allowed: readonly string[];
  ledger: Ledger;
}

/** Named volumes of the engine's: which may be used, when one is made, and when it is removed. */
export class Claims {
  readonly #options: ClaimsOptions;
  /** One that is being removed can't be claimed meanwhile. */
  readonly #turns = new Turns();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * The volume that a sandbox claims, made where it is absent; the sandbox's row has to be there.
   * @throws ApiError `VOLUME::PVC_NOT_FOUND`, `VOLUME::PVC_NOT_ALLOWED`, what the engine says
   */
  async ensure(claim: Claim, sandbox: string, index: number): Promise<EngineVolume> {
    const { runtime } = this.#options;
    return await this.#turns.take(claim.name, async () => {
      const field = fieldOf(index, 'pvc.claimName');
      let found = await runtime.volume(claim.name);
      if (!found && !claim.create) {
        const expected = 'a volume that is there, or createIfNotExists';
        throw refusal('VOLUME::PVC_NOT_FOUND', field, { expected, found: `no volume ${brief(claim.name)}` });
      }
      found ??= await runtime.makeVolume(claim.name, sandbox);
      this.#refuseForeign(found, field);
      if (found.maker !== undefined && found.plain) await openToAll(found, index);
      return found;
    });
  }

  /**
   * Gives up what an ended sandbox claimed, once its container is gone. A volume that was made for it to be removed with it
   * is removed, or left to another sandbox that still uses it. Doing it again does nothing.
   * @throws ApiError when the engine doesn't do it; it is to be tried again then
   */
  async release(sandbox: string): Promise<void> {
    const { ledger } = this.#options;
    const names = ledger.of(sandbox).flatMap(({ claim }) => (claim ? [claim.name] : []));
    for (const name of new Set(names)) await this.#turns.take(name, () => this.#release(sandbox, name));
  }

  async #release(sandbox: string, name: string): Promise<void> {
    const { runtime, ledger } = this.#options;
    const claims = ({ claim }: VolumeRecord) => claim?.name === name;
    const removes = ledger.of(sandbox).flatMap(({ claim }) => (claim?.name === name ? claim.removes : []));
    const heir = ledger.others(sandbox).find(({ volumes }) => volumes.some(claims));
    if (heir) ledger.write(heir.id, inherit(heir.volumes, name, removes));
    else if (removes.length > 0) {
      const found = await runtime.volume(name);
      if (found?.maker !== undefined && removes.includes(found.maker)) await runtime.removeVolume(name);
    }
    // From now on this sandbox doesn't count as one that uses it.
    ledger.write(
      sandbox,
      ledger.of(sandbox).filter((record) => !claims(record)),
    );
  }

  #refuseForeign({ name, owner, maker }: EngineVolume, field: string): void {
    const { store, allowed } = this.#options;
    if (owner === store && maker !== undefined) return;
    const listed = allowed.some((entry) =>
      entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry,
    );
    if (owner === undefined && listed) return;
    const found = owner === undefined ? `${brief(name)}, which somebody else made` : `${brief(name)}, which is taken`;
    const expected = 'a volume that this server made, or one of its storage.allowed_volumes';
    throw refusal('VOLUME::PVC_NOT_ALLOWED', field, { expected, found });
  }
}

function inherit(volumes: VolumeRecord[], name: string, removes: string[]): VolumeRecord[] {
  return volumes.map((record) =>
    record.claim?.name === name
      ? { ...record, claim: { ...record.claim, removes: [...new Set([...record.claim.removes, ...removes])] } }
      : record,
  );
}
