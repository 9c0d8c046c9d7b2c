import type { Scenario } from './scenario.ts';
import { agentMemory } from './scenarios/agent-memory.ts';
import { cellFork } from './scenarios/cell-fork.ts';
import { cellFlushed, cellLarge, cellPrints } from './scenarios/cell-output.ts';
import { cellStart } from './scenarios/cell-start.ts';
import { cellWarm } from './scenarios/cell-warm.ts';
import { claim, claimResized } from './scenarios/claim.ts';
import { claimMany } from './scenarios/claim-many.ts';
import { command } from './scenarios/command.ts';
import { create } from './scenarios/create.ts';
import { ensure } from './scenarios/ensure.ts';
import { download, upload } from './scenarios/files.ts';
import { gateway } from './scenarios/gateway.ts';
import { idleMemory } from './scenarios/idle-memory.ts';
import { kernelMemory } from './scenarios/kernel-memory.ts';
import { list } from './scenarios/list.ts';
import { live } from './scenarios/live.ts';
import { sdk } from './scenarios/sdk.ts';
import { streamLines } from './scenarios/stream-lines.ts';
import { streamMany } from './scenarios/stream-many.ts';
import { streamRaw } from './scenarios/stream-raw.ts';
import { tools } from './scenarios/tools.ts';
import { wakeFrozen, wakeStopped } from './scenarios/wake.ts';

/** Everything that is measured, in the order in which it is. */
export const scenarios: readonly Scenario[] = [
  create,
  claim,
  claimResized,
  claimMany,
  command,
  sdk,
  streamLines,
  streamRaw,
  streamMany,
  cellStart,
  cellFork,
  cellWarm,
  cellPrints,
  cellFlushed,
  cellLarge,
  kernelMemory,
  upload,
  download,
  ...tools,
  agentMemory,
  ensure,
  wakeFrozen,
  wakeStopped,
  ...idleMemory,
  gateway,
  list,
  ...live,
];
