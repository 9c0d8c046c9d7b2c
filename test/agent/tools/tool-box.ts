import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { z } from 'zod';
import type { ErrorBody, ErrorCode } from '../../../shared/api/errors.ts';
import type { Tool } from '../../../shared/api/tools/tool.ts';
import { startAgent, type TestAgent } from '../../support/agent.ts';

/** An agent and a directory that its user works in. */
export interface ToolBox {
  agent: TestAgent;
  dir: string;
  /** Writes a file of the user's there, with the directories above it. */
  put(name: string, content: string | Uint8Array): void;
  /** Makes a directory of the user's there. */
  folder(name: string): void;
  /** Calls a tool, with relative paths from the directory; it has to do its work. */
  call<P extends z.ZodObject, R extends z.ZodType>(tool: Tool<P, R>, parameters: z.input<P>): Promise<z.infer<R>>;
  /** The error of a call that has to fail. */
  refusal(tool: Tool, parameters: object, code: ErrorCode): Promise<ErrorBody>;
}

/** The numbers of a user without rights over others' files, where the tests run as root; else of whoever runs them. */
export const worker =
  process.getuid!() === 0 ? { uid: 1000, gid: 1000 } : { uid: process.getuid!(), gid: process.getgid!() };

/** Starts an agent whose tools act as `worker`, who owns the directory. */
export async function startToolBox(t: TestContext, settings: Record<string, string> = {}): Promise<ToolBox> {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-tools-'));
  t.after(() => {
    // What a test has closed is nobody's to remove, but for root.
    execFileSync('chmod', ['-R', 'u+rwX', dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  chownSync(dir, worker.uid, worker.gid);
  const agent = await startAgent(t, { CUBBY_USER: `${worker.uid}:${worker.gid}`, ...settings });
  const post = (tool: Tool, parameters: object) => agent.post(`/tools/${tool.name}`, { cwd: dir, ...parameters });
  const folder = (name: string) => {
    if (existsSync(join(dir, name))) return;
    folder(dirname(name));
    mkdirSync(join(dir, name));
    chownSync(join(dir, name), worker.uid, worker.gid);
  };
  return {
    agent,
    dir,
    folder,
    put: (name, content) => {
      folder(dirname(name));
      writeFileSync(join(dir, name), content);
      chownSync(join(dir, name), worker.uid, worker.gid);
    },
    call: async (tool, parameters) => {
      const response = await post(tool, parameters);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return tool.result.parse(JSON.parse(text)) as never;
    },
    refusal: async (tool, parameters, code) => {
      const response = await post(tool, parameters);
      const body = (await response.json()) as ErrorBody;
      assert.equal(body.code, code, JSON.stringify(body));
      return body;
    },
  };
}
