import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { executeCode as tool } from '../../shared/api/tools/execute-code.ts';
import type { Programs } from '../programs/programs.ts';
import type { ToolCall } from './call.ts';
import { toItsEnd, usualTimeoutMs } from './foreground.ts';
import { cutNotice } from './notices.ts';
import { outputFiles } from './output-files.ts';
import type { Runner } from './run-command.ts';
import { withoutTypes } from './without-types.ts';

type Parameters = z.infer<typeof tool.parameters>;
type Result = z.input<typeof tool.result>;

const languages = { python: 'python', javascript: 'javascript', typescript: 'javascript', bash: 'shell' } as const;

/** Runs a program to its end. @throws ApiError `KERNEL_NOT_AVAILABLE`, and what `Commands.start` does */
export async function executeCode(
  { commands, programs, temporary }: Runner & { programs: Programs },
  { language = 'python', code: given, timeout = usualTimeoutMs }: Parameters,
  { who, directory, signal, commandId }: ToolCall,
): Promise<Result> {
  const plain = language === 'typescript' ? await withoutTypes(given) : { code: given };
  if (plain.code === undefined) return notTypeScript(plain.problem);
  const id = commandId ?? randomUUID().replaceAll('-', '');
  const request = { id, language: languages[language], code: plain.code, timeout };
  const command = await programs.start(request, { directory });
  const { cut, output, ...told } = await toItsEnd(commands, command, signal);
  programs.discardFiles(command);
  const files = await outputFiles(command, cut, { caller: who, temporary });
  return { ...lastLine(told), output: told.stdout, ...told, ...files, ...cutNotice(id, cut, files) };
}

/** As a program is told of that its interpreter could not read. */
function notTypeScript(problem: string): Result {
  const stderr = `SyntaxError: ${problem}\n`;
  return { success: false, output: '', stdout: '', stderr, exitCode: 1, error: stderr.trim() };
}

/** What a program that failed has said last: for Python, and often enough elsewhere, what it failed of. */
function lastLine({ success, stderr }: { success: boolean; stderr: string }): { error?: string } {
  const line = stderr.trimEnd().split('\n').at(-1)?.slice(0, 1000);
  return success || !line ? {} : { error: line };
}
