import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ToolAnswer } from '../../shared/api/tools/envelope.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import { withShownNames } from './names.ts';
import { textOf } from './texts.ts';

/** An image of the workspace, for those who can see it. */
export interface SeenImage {
  bytes: Buffer;
  mimeType: string;
}

const recreated = '[The sandbox had ended, and this is another: what was only in the old one is gone.]';

/** A tool's answer as MCP has it: for programs as it is, for models as text, an image as an image. */
export async function resultOf(
  tool: Tool,
  answer: ToolAnswer,
  image: (result: { path: string; mimeType: string }) => Promise<SeenImage>,
): Promise<CallToolResult> {
  const flag = answer.sessionExpiredAndRecreated ? [recreated] : [];
  if (!answer.success) return failed([...flag, answer.error?.message ?? 'The tool has failed.'].join('\n'));
  // What is in a sandbox may answer anything; what is sent on is what the listing promises.
  const { success, data } = tool.result.safeParse(answer.result);
  if (!success) return failed(`What the sandbox answered is no result of ${tool.name}.`);
  const result = data as Record<string, unknown>;
  const text = [...flag, withNotice(tool, result)].join('\n');
  const content: CallToolResult['content'] = [{ type: 'text', text }];
  if (tool.name === 'readLocalFile' && result.isImage) {
    const { bytes, mimeType } = await image(result as { path: string; mimeType: string });
    content.push({ type: 'image', data: bytes.toString('base64'), mimeType });
  }
  return { content, structuredContent: result };
}

/** A failure as MCP has it: an answer, which the model reads and can act on. */
export function failed(message: string): CallToolResult {
  return { content: [{ type: 'text', text: withShownNames(message) }], isError: true };
}

function withNotice(tool: Tool, result: Record<string, unknown>): string {
  const { notice } = result;
  return textOf(tool, typeof notice === 'string' ? { ...result, notice: withShownNames(notice) } : result);
}
