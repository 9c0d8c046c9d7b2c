/**
 * Does work on everything that `next` gives, so many at a time, until it gives nothing or something fails: then what is under way
 * comes to its end first. @throws the first that failed
 */
export async function abreast<T>(
  many: number,
  next: () => T | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let failed: { error: unknown } | undefined;
  const worker = async () => {
    while (!failed) {
      const item = next();
      if (item === undefined) return;
      try {
        await work(item);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: many }, worker));
  if (failed) throw failed.error;
}
