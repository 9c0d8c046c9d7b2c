import { randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import type { Template } from '../../../shared/api/templates.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { createRequest, smallImage } from '../../support/control-client.ts';
import type { StallingEngine } from '../../support/stalling-engine.ts';
import { until } from '../../support/until.ts';
import { making } from './targets.ts';

/** The image has nothing that installs them. */
export async function aboutPackages(contract: Contract, engine: StallingEngine): Promise<void> {
  const packages = { pip: ['anything'] };
  engine.hold(/^POST \/containers\/\w+\/exec/);
  await contract.call('PUT /v1/templates/built', 201, { json: createRequest({ packages }) });
  const json = { template: 'built' };
  for (const route of making) await contract.call(route, 'TEMPLATE_NOT_READY', { json });
  engine.release();
  const isSettled = async () => {
    const { build } = await contract.call<Template>('GET /v1/templates/built', 200);
    return build?.state === 'failed';
  };
  await until(isSettled, 'the packages can’t be installed', 60_000);
  for (const route of making) await contract.call(route, 'TEMPLATE_BUILD_FAILED', { json });
  await contract.call('GET /v1/templates/built/build', 200);
  await contract.call('POST /v1/templates/built/build', 202);
  for (const method of ['GET', 'POST']) {
    await contract.call(`${method} /v1/templates/one/build`, 'TEMPLATE_HAS_NO_PACKAGES');
    await contract.call(`${method} /v1/templates/nobody/build`, 'TEMPLATE_NOT_FOUND');
    await contract.call(`${method} /v1/templates/A/build`, 'INVALID_TEMPLATE_NAME');
  }
  const tag = { repo: `cubby-test-${randomUUID()}`, tag: 'test' };
  const uri = `${tag.repo}:${tag.tag}`;
  await new Docker().getImage(smallImage).tag(tag);
  try {
    await contract.call('PUT /v1/templates/built', 200, { json: createRequest({ packages, image: { uri } }) });
  } finally {
    await new Docker().getImage(uri).remove();
  }
  await contract.call('POST /v1/templates/built/build', 'DOCKER::SANDBOX_IMAGE_PULL_FAILED');
  await contract.call('DELETE /v1/templates/built', 204);
}
