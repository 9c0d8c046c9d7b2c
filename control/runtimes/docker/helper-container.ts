import { ApiError } from '../../../shared/api/errors.ts';
import { listAsJson, loadAndRead } from '../../network/apply.ts';
import type { Engine } from './engine.ts';
import { readLog } from './log-frames.ts';
import { helperLabel } from './names.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';

/** The kernel takes no longer argument (MAX_ARG_STRLEN), so the script is several; and of all together not much more than this. */
const argumentLimit = 128 * 1024 - 1;
const scriptLimit = 1024 * 1024;
/** Loads the script that is `$3` and what follows. */
const loadArguments = `nft=$1 table=$2; shift 2; printf %s "$@" | { set -- "$nft" "$table"; ${loadAndRead}; }`;

interface Errand {
  image: string;
  /** Whose network it works on: `container:<id>`, or `host`. */
  network: string;
  nft: string;
  /** Undefined: nothing is loaded, and the table is read. */
  script?: string | undefined;
  /** Read back afterwards; undefined when the script takes it away. */
  table?: string | undefined;
  /** Milliseconds. */
  deadline: number;
  store: string;
}

/**
 * Loads a script of rules from a container that lives for it alone: in the network of the one to be shut, with the one
 * capability that it takes. Gives what it said. @throws `NETWORK_RULES_FAILED`, or what the engine says
 */
export async function applyByHelper(engine: Engine, errand: Errand): Promise<string> {
  const { image, network, nft, script, table = '', deadline, store } = errand;
  if (script !== undefined && Buffer.byteLength(script) > scriptLimit)
    throw failed('there are too many addresses for one script');
  const body = {
    Image: image,
    Entrypoint: ['sh', '-c', script === undefined ? listAsJson : loadArguments, 'sh'],
    Cmd: [nft, table, ...argumentsOf(script)],
    User: '0:0',
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    Labels: { [helperLabel]: store },
    HostConfig: {
      NetworkMode: network,
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      SecurityOpt: ['no-new-privileges:true'],
      ReadonlyRootfs: true,
      PidsLimit: 16,
      Memory: 128 * 1024 * 1024,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
      // With user namespaces, the host's network is the host's only for those who are outside of them.
      ...(network === 'host' && { UsernsMode: 'host' }),
    },
  };
  const what = 'run a helper container';
  const post = { what, method: 'POST' as const };
  const { Id } = await engine.ask<{ Id: string }>({ ...post, path: '/containers/create', body });
  try {
    await engine.ask({ ...post, path: `/containers/${Id}/start` });
    const end = await engine.ask<{ StatusCode: number }>({ ...post, path: `/containers/${Id}/wait`, deadline });
    const { text: said } = await readLog(engine, Id, {});
    if (end.StatusCode !== 0) throw failed(said.trim() || `it ended with ${end.StatusCode}`);
    return said;
  } finally {
    await discard(engine, Id);
  }
}

/** Removes helpers that a control which was killed left behind. */
export async function removeHelpers(engine: Engine, store: string): Promise<void> {
  const filters = JSON.stringify({ label: [`${helperLabel}=${store}`] });
  const query = { all: true, filters };
  const left = await engine.ask<{ Id: string }[]>({ what: 'list the helpers', path: '/containers/json', query });
  for (const { Id } of left) await discard(engine, Id);
}

/** Scripts are plain ASCII: a character is a byte. */
function argumentsOf(script = ''): string[] {
  return script.match(new RegExp(`[^]{1,${argumentLimit}}`, 'g')) ?? [];
}

async function discard(engine: Engine, container: string): Promise<void> {
  try {
    await removeContainer(engine, container);
  } catch (error) {
    if (!isRefusal(error, 409)) throw error;
  }
}

function failed(why: string): ApiError {
  return new ApiError('NETWORK_RULES_FAILED', `rules of the network, by a helper container: ${why}`);
}
