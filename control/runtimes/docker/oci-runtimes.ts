import { basename } from 'node:path';
import { ApiError } from '../../../shared/api/errors.ts';
import type { DockerOptions } from './options.ts';

/** What the engine says about one of its OCI runtimes. */
export interface EngineRuntime {
  /** Its program. Absent for one that is registered by the type of its shim. */
  path?: string;
  runtimeArgs?: string[] | null;
  /** As `io.containerd.runsc.v1`. */
  runtimeType?: string;
}

/** The part of the engine's description that is about them. */
export interface KnownRuntimes {
  Runtimes?: Record<string, EngineRuntime>;
  DefaultRuntime?: string;
}

/** Programs that start a container's processes on the machine's own kernel, so that its packet filter and its cgroups hold them. */
const onThisKernel = /^(runc|crun|youki|sysbox-runc|nvidia-container-runtime)/;
const gvisor = /runsc|gvisor/;
const virtualMachine = /kata|firecracker/;

/** What gVisor has to be registered with: a socket that the host can connect to, and the sandbox's own network of the kernel's. */
const gvisorSocket = /^--?host-uds=(all|create)$|^--?fsgofer-host-uds(=true)?$/;
const gvisorNetwork = /^--?(network=host)$/;

/** The OCI runtimes that sandboxes may be run by. */
export interface OciRuntimes {
  /** By name: the usual one first, then what requests may ask for. */
  names: string[];
  /** Those of them that are gVisor. */
  gvisor: ReadonlySet<string>;
}

/**
 * The OCI runtimes that sandboxes may be run by: the usual one first, then what requests may ask for. There is no falling back:
 * one that the engine doesn't know, or that couldn't hold a sandbox, stops the start.
 * @throws `DOCKER::INITIALIZATION_ERROR`
 */
export function judgeRuntimes(known: KnownRuntimes, options: DockerOptions): OciRuntimes {
  const { Runtimes = {}, DefaultRuntime = 'runc' } = known;
  const { ociRuntime, allowedOciRuntimes = [] } = options;
  const asked = [
    ...(ociRuntime === undefined ? [] : [{ name: ociRuntime, setting: 'docker.oci_runtime' }]),
    ...allowedOciRuntimes.map((name) => ({ name, setting: 'docker.allowed_oci_runtimes' })),
  ];
  for (const { name, setting } of asked) {
    const found = Object.hasOwn(Runtimes, name) ? Runtimes[name] : undefined;
    if (found === undefined) {
      const there = Object.keys(Runtimes).join(', ') || 'none';
      throw refused(setting, `it does not know the OCI runtime ${name}; it knows ${there}`);
    }
    const why = unfit(name, found, options.networked ?? true);
    if (why !== undefined) throw refused(setting, `the OCI runtime ${name} can’t hold sandboxes: ${why}`);
  }
  const names = [...new Set([ociRuntime ?? DefaultRuntime, ...allowedOciRuntimes])];
  return { names, gvisor: new Set(names.filter((name) => gvisor.test(programOf(name, Runtimes[name] ?? {})))) };
}

function programOf(name: string, { path, runtimeType }: EngineRuntime): string {
  return path ? basename(path) : (runtimeType ?? name);
}

/** Why a runtime can't be used, undefined where it can. */
function unfit(name: string, runtime: EngineRuntime, networked: boolean): string | undefined {
  const program = programOf(name, runtime);
  const args = runtime.runtimeArgs ?? [];
  if (virtualMachine.test(program)) {
    return 'agents are reached over a unix socket, which a virtual machine does not share with this one';
  }
  if (gvisor.test(program)) {
    const missing = [
      !args.some((arg) => gvisorSocket.test(arg)) && '--host-uds=all',
      // Its own network stack sends packets past the rules that close a sandbox's network.
      networked && !args.some((arg) => gvisorNetwork.test(arg)) && '--network=host',
    ].filter((flag) => flag !== false);
    if (missing.length === 0) return undefined;
    return `gVisor has to be registered with its path and ${missing.join(' and ')} among its runtimeArgs (docs/runtimes.md says why)`;
  }
  if (onThisKernel.test(program) || program === 'io.containerd.runc.v2' || !networked) return undefined;
  return `whether it keeps a sandbox’s network shut isn’t known of ${program}; without a network (network.enabled = false) it may be tried`;
}

function refused(setting: string, why: string): ApiError {
  return new ApiError('DOCKER::INITIALIZATION_ERROR', `the engine can't be used: ${why} (${setting})`);
}
