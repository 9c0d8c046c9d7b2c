import { rmSync } from 'node:fs';
import Docker from 'dockerode';
import type { ErrorCode } from '../../../shared/api/errors.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { createRequest } from '../../support/control-client.ts';
import { findVolume } from '../../support/engine-volumes.ts';
import { making } from './targets.ts';

/** What can be wrong with a volume; `plain` and `special` are volumes that may be used. */
export async function aboutVolumes(
  contract: Contract,
  on: { host: string; plain: string; special: string },
): Promise<void> {
  const host = (path: string, more = {}) => ({ name: 'v', mountPath: '/v', host: { path }, ...more });
  const pvc = (claimName: string, more = {}) => ({ name: 'v', mountPath: '/v', pvc: { claimName }, ...more });
  const refuse = async (code: ErrorCode, ...volumes: object[]) => {
    for (const route of making) await contract.call(route, code, { json: createRequest({ volumes }) });
  };
  await refuse('VOLUME::INVALID_NAME', host(on.host, { name: 'A' }));
  await refuse('VOLUME::DUPLICATE_NAME', host(on.host), host(on.host, { mountPath: '/w' }));
  await refuse('VOLUME::INVALID_BACKEND', host(on.host, { pvc: { claimName: 'data' } }));
  await refuse('VOLUME::UNSUPPORTED_BACKEND', { name: 'v', mountPath: '/v', ossfs: {} });
  await refuse('VOLUME::INVALID_MOUNT_PATH', host(on.host, { mountPath: '/' }));
  await refuse('VOLUME::INVALID_SUB_PATH', host(on.host, { subPath: '..' }));
  await refuse('VOLUME::INVALID_HOST_PATH', host('..'));
  await refuse('VOLUME::HOST_PATH_NOT_ALLOWED', host('/etc'));
  await refuse('VOLUME::INVALID_PVC_NAME', pvc('A'));
  await refuse('VOLUME::PVC_NOT_FOUND', { ...pvc(''), pvc: { claimName: 'test-nowhere', createIfNotExists: false } });
  await refuse('VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER', pvc(on.special, { subPath: 'a' }));
  const engine = new Docker();
  const foreign = await engine.createVolume();
  // A name of 64 letters and digits is a label too.
  await refuse('VOLUME::PVC_NOT_ALLOWED', pvc(foreign.name));
  await engine.getVolume(foreign.name).remove();
  // Behind its back.
  rmSync((await findVolume(on.plain))!.Mountpoint, { recursive: true });
  await refuse('VOLUME::PVC_INSPECT_FAILED', pvc(on.plain));
  rmSync(on.host, { recursive: true });
  await refuse('VOLUME::HOST_PATH_NOT_FOUND', host(on.host));
}
