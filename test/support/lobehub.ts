import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { Task, TerminalResult } from '../../shared/api/lobehub.ts';
import type { ControlClient } from './control-client.ts';
import { workspace } from './workspaces.ts';

/** What a LobeHub signs with, as tests tell control of it. */
export const chatKey = 'the-signing-key-of-the-lobehub-at-chat';
export const otherKey = 'the-signing-key-of-another-lobehub-xxx';
export const chatUrl = 'https://chat.example.com';
/** The setting under which control knows both. */
export const signingKeys = { 'lobehub.signing_keys': `chat ${chatUrl} ${chatKey},other ${otherKey}` };

export interface Signing {
  sub: string;
  iss?: string;
  key?: string;
  /** ms since the epoch. */
  exp?: number;
}

/** A token made from the contract, and not with control's own code. */
export function jitToken({ sub, iss = chatUrl, key = chatKey, exp = Date.now() + 1_800_000 }: Signing): string {
  const payload = Buffer.from(JSON.stringify({ exp, iss, sub })).toString('base64url');
  const text = `obx_jit_v1.${payload}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** What LobeHub's runtime gives its model for a tool. */
export interface ToolAnswer {
  success: boolean;
  result: Record<string, unknown> | null;
  error?: { message: string } | undefined;
}

const prelude = `import base64, fnmatch, glob, json, os, re, shutil
def given(text):
    return json.loads(base64.b64decode(text))
def tell(value):
    print(json.dumps(value, ensure_ascii=False))
`;

/** One tool's script each, sent to python3 in a heredoc with its parameters in base64. */
const scripts = {
  listLocalFiles: `for entry in os.scandir(p["directoryPath"]):
    files.append({"name": entry.name, "path": entry.path, "isDirectory": entry.is_dir(), "size": entry.stat().st_size})
tell({"files": files, "totalCount": len(files)})`,
  readLocalFile: `text = open(p["path"], errors="replace").read()
lines = text.splitlines(True)
part = "".join(lines[max(p.get("startLine", 1) - 1, 0):p.get("endLine", len(lines))])
tell({"content": part, "filename": os.path.basename(p["path"]), "charCount": len(part), "totalCharCount": len(text), "totalLineCount": len(lines)})`,
  prepare: `if p.get("createDirectories"):
    os.makedirs(os.path.dirname(p["path"]) or ".", exist_ok=True)
open(p["path"], "wb").close()
tell({"success": True})`,
  append: `data = base64.b64decode(p["chunk"])
open(p["path"], "ab").write(data)
tell({"success": True, "bytesWritten": len(data)})`,
  editLocalFile: `text = open(p["path"]).read()
count = text.count(p["search"])
if count == 0:
    tell({"success": False, "error": "search text not found", "replacements": 0})
else:
    open(p["path"], "w").write(text.replace(p["search"], p["replace"], -1 if p.get("all") else 1))
    tell({"success": True, "replacements": count if p.get("all") else 1})`,
  moveLocalFiles: `for op in p["operations"]:
    try:
        shutil.move(op["source"], op["destination"])
        files.append({**op, "success": True})
    except Exception as error:
        files.append({**op, "success": False, "error": str(error)})
tell({"results": files, "successCount": sum(one["success"] for one in files)})`,
  searchLocalFiles: `for root, _, names in os.walk(p["directory"]):
    files += [{"name": name, "path": os.path.join(root, name)} for name in names if p.get("keyword", "") in name]
tell({"results": files, "totalCount": len(files)})`,
  grepContent: `for root, _, names in os.walk(p["directory"]):
    for name in fnmatch.filter(names, p.get("filePattern", "*")):
        for number, line in enumerate(open(os.path.join(root, name), errors="replace"), 1):
            if re.search(p["pattern"], line):
                files.append({"path": os.path.join(root, name), "lineNumber": number, "content": line.rstrip()})
tell({"matches": files, "totalMatches": len(files)})`,
  globLocalFiles: `files = glob.glob(os.path.join(p.get("directory", "."), p["pattern"]), recursive=True)
tell({"files": files, "totalCount": len(files)})`,
} as const;

/** Tools by the names of either generation. */
const names: Record<string, keyof typeof scripts> = {
  listFiles: 'listLocalFiles',
  readFile: 'readLocalFile',
  editFile: 'editLocalFile',
  moveFiles: 'moveLocalFiles',
  searchFiles: 'searchLocalFiles',
  globFiles: 'globLocalFiles',
};

const chunkBytes = 48 * 1024;
const runners: Record<string, readonly [string, string]> = {
  python: ['python3', 'py'],
  javascript: ['node', 'js'],
  typescript: ['npx --yes tsx', 'ts'],
};

/** LobeHub as its self-hosted slot has it: one user in one topic. Written from the contract. */
export class LobehubClient {
  readonly sessionId: string;
  readonly #url: string;
  readonly #signing: Signing;

  constructor(url: string, signing: Signing, topic = 'topic-1') {
    this.#url = url;
    this.#signing = signing;
    this.sessionId = `lobe-${signing.sub}-${topic}`.replaceAll(/[^\w.-]/g, '-');
  }

  /** Sends a request with a new token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${jitToken(this.#signing)}`, 'content-type': 'application/json' };
    return fetch(`${this.#url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
  }

  post(path: string, body: object): Promise<Response> {
    return this.fetch(path, { method: 'POST', body: JSON.stringify(body) });
  }

  /** Runs a command in the topic's session. @throws Error with what LobeHub would show of a refusal */
  async terminal(command: string, more: object = {}): Promise<TerminalResult> {
    const body = {
      command,
      create_if_missing: true,
      lease_ttl_sec: 900,
      session_id: this.sessionId,
      timeout_ms: 120_000,
    };
    return (await this.#told(await this.post('/api/v1/commands/terminal', { ...body, ...more }))) as TerminalResult;
  }

  async submit(capability: string, input: object, more: object = {}): Promise<Task> {
    const body = { capability, input, mode: 'sync', timeout_ms: 120_000, wait_ms: 60_000, ...more };
    return (await this.#told(await this.post('/api/v1/tasks', body))) as Task;
  }

  async task(id: string): Promise<Task> {
    return (await this.#told(await this.fetch(`/api/v1/tasks/${id}`))) as Task;
  }

  async cancel(id: string): Promise<Task> {
    return (await this.#told(await this.fetch(`/api/v1/tasks/${id}/cancel`, { method: 'POST' }))) as Task;
  }

  /** Begins a command in the background. */
  background(command: string, more: object = {}): Promise<Task> {
    const input = { command, create_if_missing: true, lease_ttl_sec: 900, session_id: this.sessionId };
    return this.submit('terminalExec', input, { mode: 'async', wait_ms: 1, ...more });
  }

  /** A tool by its name, as LobeHub calls it. */
  async tool(name: string, params: Record<string, unknown>): Promise<ToolAnswer> {
    if (name === 'runCommand') return this.#run(params);
    if (name === 'getCommandOutput') return told(await this.task(String(params.commandId)));
    if (name === 'killCommand') return told(await this.cancel(String(params.commandId)));
    if (name === 'writeLocalFile' || name === 'writeFile') return this.#write(params);
    if (name !== 'executeCode') return this.#script(names[name] ?? (name as keyof typeof scripts), params);
    const [runner, extension] = runners[String(params.language)]!;
    const path = `/tmp/lobe-code-${Date.now()}-${Math.random().toString(36).slice(2)}.${extension}`;
    const written = await this.#write({ path, content: params.code, createDirectories: true });
    return written.success ? ran(await this.terminal(`${runner} '${path}'`)) : written;
  }

  async #run({ command, background }: Record<string, unknown>): Promise<ToolAnswer> {
    if (background !== true) return ran(await this.terminal(String(command)));
    const { task_id: commandId, error } = await this.background(String(command));
    return error ? { success: false, result: null, error } : { success: true, result: { commandId } };
  }

  async #write({ path, content, createDirectories }: Record<string, unknown>): Promise<ToolAnswer> {
    const prepared = await this.#script('prepare', { path, createDirectories });
    if (!prepared.success) return prepared;
    const bytes = Buffer.from(String(content));
    let bytesWritten = 0;
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const chunk = bytes.subarray(at, at + chunkBytes).toString('base64');
      const appended = await this.#script('append', { path, chunk });
      if (!appended.success) return appended;
      bytesWritten += Number(appended.result?.bytesWritten);
    }
    return { success: true, result: { success: true, bytesWritten } };
  }

  async #script(name: keyof typeof scripts, params: object): Promise<ToolAnswer> {
    const encoded = Buffer.from(JSON.stringify(params)).toString('base64');
    const script = `${prelude}files = []\np = given('${encoded}')\n${scripts[name]}`;
    const { exit_code, stdout, stderr } = await this.terminal(`python3 - <<'PY'\n${script}\nPY`);
    if (exit_code !== 0) return { success: false, result: null, error: { message: stderr || stdout } };
    const result = JSON.parse(stdout) as Record<string, unknown>;
    return result.success === false
      ? { success: false, result, error: { message: String(result.error) } }
      : { success: true, result };
  }

  async #told(response: Response): Promise<unknown> {
    const text = await response.text();
    const body = JSON.parse(text) as { error?: { message?: string } };
    if (response.ok) return body;
    assert.equal(typeof body.error?.message, 'string', text);
    throw new Error(body.error!.message);
  }
}

/** What LobeHub makes of a task. */
function told({ status, result, error }: Task): ToolAnswer {
  const running = ['pending', 'dispatched', 'running'].includes(status);
  const { stdout = '', stderr = '' } = (result ?? {}) as Partial<TerminalResult>;
  const success = running || status === 'succeeded';
  return {
    success: !error,
    result: { newOutput: stdout, output: stdout, stderr, running, success },
    ...(error && { error }),
  };
}

function ran({ exit_code: exitCode, stdout, stderr }: TerminalResult): ToolAnswer {
  return { success: true, result: { exitCode, output: stdout, stderr, success: exitCode === 0 } };
}

/** Whether a command line is that of a process in a user's sandbox. */
export async function runs(control: ControlClient, user: string, words: string): Promise<boolean> {
  const { sandbox } = await workspace(control, `chat:${user}`);
  const agent = await control.agent(sandbox!.id);
  const { stdout } = await agent.run('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0\\n" "  "');
  return stdout.includes(words);
}
