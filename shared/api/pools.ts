import { z } from 'zod';

const Count = z.int().min(0);

/** What stands by of one template, in OpenSandbox's words, and what has become of others. */
export const Pool = z
  .object({
    name: z.string().describe('Of its template.'),
    capacitySpec: z
      .object({ bufferMin: Count, bufferMax: Count, poolMin: Count, poolMax: Count })
      .describe(
        'How many stand by, at least and at most: twice the same, since no pool bounds what it has given to somebody.',
      ),
    status: z.object({
      total: Count.describe('Those that stand by, are on their way to, or were given to somebody and live.'),
      allocated: Count.describe('Sandboxes that live, and were given to somebody by this pool.'),
      available: Count.describe('Those that stand by.'),
      revision: z.string().describe('What its members are made of; empty until that is known.'),
      starting: Count.describe('Those that are on their way.'),
      target: Count.describe('As many as should stand by, after how many were asked for in the last minutes.'),
    }),
    counts: z
      .object({
        claims: Count.describe('Those that were given to somebody.'),
        resized: Count.describe('Of these, with other limits than the template’s.'),
        misses: Count.describe('Times that somebody asked, and none stood by.'),
        deaths: Count.describe('Those that ended before they were of use.'),
        failures: Count.describe('Those that could not be made.'),
      })
      .describe('Since the server began.'),
  })
  .meta({ id: 'Pool' });

export const PoolList = z.object({ items: z.array(Pool) }).meta({ id: 'PoolList' });
