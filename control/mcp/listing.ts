import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import { catalogue } from '../../shared/api/tools/catalogue.ts';
import { jsonSchema } from '../../shared/api/tools/shown.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import { shownName, withShownNames } from './names.ts';

/** The catalogue as MCP lists tools. */
export const listing: ListedTool[] = catalogue.map(listed);

function listed(tool: Tool): ListedTool {
  const { title, description, hints } = tool;
  return {
    name: shownName(tool),
    title,
    description: withShownNames(description),
    inputSchema: schemaOf(tool.parameters, 'input'),
    outputSchema: schemaOf(tool.result, 'output'),
    annotations: {
      title,
      readOnlyHint: hints.readOnly,
      destructiveHint: hints.destructive,
      idempotentHint: hints.idempotent,
      // What runs there may reach the Internet; the file tools reach the one computer only.
      openWorldHint: tool.confirm && /^(run|execute)/.test(tool.name),
    },
  };
}

/** Results are objects, all of them; MCP wants that said. */
function schemaOf(schema: Tool['result'], io: 'input' | 'output'): ListedTool['inputSchema'] {
  const written = JSON.stringify({ type: 'object', ...jsonSchema(schema, io) });
  return JSON.parse(withShownNames(written)) as ListedTool['inputSchema'];
}
