import { z } from 'zod';

const many = (what: string) => z.int().min(0).describe(what);

/** What is at work in a sandbox: an agent's answer to whoever wants to put it to sleep. */
export const AgentActivity = z.object({
  commands: many('Commands that run, in the background too.'),
  cells: many('Contexts of code that run a cell, have one waiting, or get a kernel.'),
  sessions: many('Sessions whose shell runs something.'),
  terminals: many('Terminals in which something runs beside their shell.'),
});

export type AgentActivity = z.infer<typeof AgentActivity>;
