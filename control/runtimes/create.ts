import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { DockerRuntime } from './docker/docker.ts';
import { HostRuntime } from './host/host.ts';
import type { Policy, Runtime } from './runtime.ts';

/**
 * The runtime that the configuration names. There is no falling back: one that isn't there fails at its check. `policyOf`: what each
 * sandbox may reach; `none`: it never got a policy; undefined: there is no such sandbox.
 */
export function createRuntime(
  config: Config,
  store: string,
  pack: string,
  policyOf: (id: string) => Policy | 'none' | undefined = () => undefined,
): Runtime {
  const { docker, network } = config;
  switch (config.runtime.type) {
    case 'host':
      return new HostRuntime({
        store,
        directory: join(config.store.path, 'host'),
        pack,
        logBytes: docker.logMaxSize * docker.logMaxFiles,
        policyOf,
      });
    case 'docker':
      return new DockerRuntime({
        store,
        policyOf,
        pack: { path: pack },
        // A helper image is for a control that is in a container itself, whose directories the engine doesn't know.
        copyPack: docker.helperImage !== undefined,
        socketPath: docker.socket,
        ociRuntime: docker.ociRuntime,
        allowedOciRuntimes: docker.allowedOciRuntimes,
        networked: network.enabled,
        seccompProfile: docker.seccompProfile,
        apparmorProfile: docker.apparmorProfile,
        log: { maxSize: String(docker.logMaxSize), maxFile: docker.logMaxFiles },
        deadlines: { call: docker.apiTimeoutSeconds * 1000 },
        network: {
          subnet: docker.networkSubnet,
          helperImage: docker.helperImage,
          allow: [...network.allow],
          block: [...network.block],
          upstreams: network.dns.map(upstreamOf),
        },
      });
  }
}

/** `address`, `address:port` or `[address]:port`. */
function upstreamOf(text: string): { address: string; port: number } {
  const withPort = /^\[?([^\]]*?)\]?:(\d+)$/.exec(text);
  const isBareV6 = text.includes(':') && !text.startsWith('[') && text.split(':').length > 2;
  return withPort && !isBareV6 ? { address: withPort[1]!, port: Number(withPort[2]) } : { address: text, port: 53 };
}
