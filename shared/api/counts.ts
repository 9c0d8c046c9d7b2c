import { z } from 'zod';

/** A whole number as text, for queries, paths and headers. Number() alone takes an empty text, blanks, 0x2 and 1e3 for numbers too. */
export const wholeNumber = (expected: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .pipe(z.coerce.number<string>());

/** How many of something. */
export const Count = wholeNumber('expected a whole number from 0 on').meta({ type: 'integer' });
