/** Work that must not overlap: each begins when the one before has ended, however that was. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does it when its turn has come. @throws what the work throws */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
