import { parseCpu, parseDisk, parseMemory, type Quantity } from '../../shared/api/quantities.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { Limits, Profile } from '../runtimes/runtime.ts';
import { invalid } from './invalid.ts';
import type { SandboxDefaults } from './request.ts';

/** The agent needs room beside the user's history. */
const spoolShareOfMemory = 8;
const smallestSpool = 1024 * 1024;
/** Below this the agent doesn't come up. */
const smallestMemory = 48 * 1024 * 1024;
/** Less is no time at all for the kernel. */
const smallestCpu = 0.01;
/** Less is used up by what engines and file systems write of their own. */
const smallestDisk = 64 * 1024 * 1024;

/** Limits in bytes and processors. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
export function limitsOf(request: CreateSandboxRequest, profile: Profile, defaults: SandboxDefaults): Limits {
  const { memory: memoryText, cpu: cpuText, disk: diskText } = request.resourceLimits ?? {};
  const memory = amount('resourceLimits.memory', memoryText, parseMemory, defaults.memory);
  const { processors = Number.POSITIVE_INFINITY } = defaults;
  const cpu = amount('resourceLimits.cpu', cpuText, parseCpu, Math.min(defaults.cpu, processors));
  if (memory < smallestMemory) throw invalid('resourceLimits.memory', 'at least 48Mi', memoryText);
  if (defaults.maxMemory && memory > defaults.maxMemory) {
    throw invalid('resourceLimits.memory', `at most ${defaults.maxMemory} bytes`, memoryText);
  }
  if (cpu < smallestCpu) throw invalid('resourceLimits.cpu', 'at least 10m', cpuText);
  if (defaults.maxCpu && cpu > defaults.maxCpu) {
    throw invalid('resourceLimits.cpu', `at most ${defaults.maxCpu}`, cpuText);
  }
  if (cpu > processors) {
    throw invalid('resourceLimits.cpu', `at most ${processors}, as many as the machine has`, cpuText);
  }
  const disk = diskOf(diskText, defaults);
  const spool = Math.max(smallestSpool, Math.min(defaults.spool, Math.floor(memory / spoolShareOfMemory)));
  return { memory, cpu, pids: defaults.pids[profile], ...(disk !== 0 && { disk }), spool };
}

/** Bytes; 0: no limit. */
function diskOf(text: string | undefined, { disk: usual, maxDisk }: SandboxDefaults): number {
  const field = 'resourceLimits.disk';
  const disk = amount(field, text, parseDisk, usual);
  if (maxDisk && (disk === 0 || disk > maxDisk)) throw invalid(field, `at most ${maxDisk} bytes, and not 0`, text);
  if (disk !== 0 && disk < smallestDisk) throw invalid(field, '0 for no limit, or at least 64Mi', text);
  return disk;
}

function amount(field: string, text: string | undefined, parse: (text: string) => Quantity, usual: number): number {
  if (text === undefined) return usual;
  const quantity = parse(text);
  if (quantity.ok) return quantity.value;
  throw invalid(field, quantity.expected, text);
}
