import { z } from 'zod';
import * as code from '../api/code.ts';
import * as commands from '../api/commands.ts';
import * as diagnostics from '../api/diagnostics.ts';
import * as events from '../api/events.ts';
import * as files from '../api/files.ts';
import * as isolation from '../api/isolation.ts';
import * as metrics from '../api/metrics.ts';
import * as openapi from '../api/openapi.ts';
import * as sandboxes from '../api/sandboxes.ts';
import * as snapshots from '../api/snapshots.ts';
import * as workspaces from '../api/workspaces.ts';

const nouns = [
  code,
  commands,
  diagnostics,
  events,
  files,
  isolation,
  metrics,
  openapi,
  sandboxes,
  snapshots,
  workspaces,
];

/**
 * Gives every schema that shared/api exports its name in documents, where it is written once and referred to. Parameters have
 * none: each is described by itself. Again is fine.
 */
export function nameSchemas(): void {
  for (const [id, schema] of nouns.flatMap((noun) => Object.entries(noun))) {
    if (schema instanceof z.ZodType && !id.endsWith('Query'))
      z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
  }
}
