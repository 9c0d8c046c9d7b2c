/** Which methods of a client a test has called. The client itself stays as it is: only what a test holds of it is wrapped. */
export class Methods {
  readonly #known = new Set<string>();
  readonly #called = new Set<string>();

  /** A client's object or class, whose calls are noted under `name`; `inside` names what its properties lead to. */
  seen<T extends object>(name: string, target: T, inside: Record<string, string> = {}): T {
    for (const method of methodsOf(target)) this.#known.add(`${name}.${method}`);
    return new Proxy(target, {
      get: (_, property) => {
        // With itself as `this`: private fields are its own.
        const value: unknown = Reflect.get(target, property, target);
        if (typeof property !== 'string') return value;
        this.#called.add(`${name}.${property}`);
        const within = inside[property];
        if (within !== undefined) return this.seen(within, value as object);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** Methods that a page, with names between backticks, doesn't name: `Sandbox.pause`, or `pause` behind another one. */
  untold(page: string, exceptions: Set<string>): string[] {
    const told = new Set([...page.matchAll(/`([^`]+)`/g)].flatMap(([, quoted]) => quoted!.split(' ')));
    const known = [...this.#known].filter((name) => !exceptions.has(name));
    return known.filter((name) => !told.has(name) && !told.has(name.split('.')[1]!)).sort();
  }

  /** Methods that were not called and are not among `exceptions`; and exceptions that were called, or are no methods. */
  leftOut(exceptions: Set<string>): { missed: string[]; wrong: string[] } {
    const missed = [...this.#known].filter((name) => !this.#called.has(name) && !exceptions.has(name));
    const wrong = [...exceptions].filter((name) => this.#called.has(name) || !this.#known.has(name));
    return { missed: missed.sort(), wrong: wrong.sort() };
  }
}

/** Names of the methods of an object's class, or the static ones of a class. */
function methodsOf(target: object): string[] {
  const holder: object = typeof target === 'function' ? target : Object.getPrototypeOf(target);
  return Object.getOwnPropertyNames(holder).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(holder, name)!;
    return typeof value === 'function' && name !== 'constructor' && !name.startsWith('_');
  });
}
