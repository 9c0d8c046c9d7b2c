import type { Storage } from '../../storage/open.ts';

/** The nonces of signed requests, for as long as those could come again. In the database: a restart forgets none. */
export class SeenNonces {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Notes one, and forgets those whose time is up; false where it was there already. Times are ms since the epoch. */
  add({ issuer, nonce }: { issuer: string; nonce: string }, until: number, now: number): boolean {
    return this.#storage.transaction(() => {
      this.#storage.prepare('delete from seen_nonces where until < ?').run(now);
      const { changes } = this.#storage
        .prepare('insert into seen_nonces (issuer, nonce, until) values (?, ?, ?) on conflict do nothing')
        .run(issuer, nonce, until);
      return changes === 1;
    })();
  }
}
