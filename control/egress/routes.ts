import type { FastifyInstance, FastifySchema } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ErrorCode } from '../../shared/api/errors.ts';
import { NetworkPolicy, PolicyStatus, RulePatch, TargetList } from '../../shared/api/policies.ts';
import {
  modeOf,
  type Policy,
  type PolicyInput,
  parsePolicy,
  parseRules,
  shutPolicy,
  withoutTargets,
  withRules,
} from '../network/policies/policy.ts';
import type { Policies } from './policies.ts';

export interface PolicyRouteOptions {
  policies: Policies;
  /** Where below a sandbox they are. */
  path: string;
  /** Begins the operations' names. */
  name: string;
  /** What stands in the document about who may call. */
  security: Pick<FastifySchema, 'security'> & { errors: readonly ErrorCode[] };
  /** False: sandboxes here have no network at all. */
  network: boolean;
}

const params = z.object({ sandboxId: z.string().min(1).max(256) });
const invalid = { code: 'INVALID_REQUEST_BODY', field: '' } as const;
const inRules = { ...invalid, field: 'egress' };

/** The network policy of a sandbox: to look at, to replace, to add rules to and to take rules out of, while it runs. */
export function policyRoutes(untyped: FastifyInstance, options: PolicyRouteOptions): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const { policies, path, name, security, network } = options;
  const url = `/sandboxes/:sandboxId${path}`;
  const about = (what: string, summary: string, more: readonly ErrorCode[] = []) => ({
    tags: ['Egress'],
    operationId: `${what}${name}`,
    summary,
    ...security,
    params,
    response: { 200: PolicyStatus },
    errors: [...security.errors, 'DOCKER::SANDBOX_NOT_FOUND', 'DOCKER::SANDBOX_NOT_RUNNING', ...more] as const,
  });
  const shown = (policy: Policy, reason = network ? undefined : 'This server gives sandboxes no network at all.') =>
    ({ status: 'ok', mode: modeOf(policy), enforcementMode: 'dns+nft', ...(reason && { reason }), policy }) as const;

  app.route({
    method: 'GET',
    url,
    schema: about('get', 'What a sandbox may reach'),
    handler: async (request) => shown(policies.get(request.params.sandboxId)),
  });

  for (const method of ['PUT', 'POST'] as const) {
    app.route({
      method,
      url,
      schema: {
        ...about(method === 'PUT' ? 'replace' : 'reset', 'Replace it; with an empty body it denies all', [
          'NETWORK_RULES_FAILED',
        ]),
        body: NetworkPolicy.nullish(),
      },
      handler: async (request) => {
        const policy = isEmpty(request.body) ? undefined : parsePolicy(request.body, invalid);
        const set = await policies.change(request.params.sandboxId, () => policy ?? shutPolicy);
        return shown(set, policy === undefined ? 'policy reset to default deny-all' : undefined);
      },
    });
  }

  app.route({
    method: 'PATCH',
    url,
    schema: {
      ...about('patch', 'Put rules in front of those that are there', ['NETWORK_RULES_FAILED']),
      body: RulePatch,
    },
    handler: async (request) => {
      const rules = parseRules(request.body, inRules);
      return shown(await policies.change(request.params.sandboxId, (policy) => withRules(policy, rules, inRules)));
    },
  });

  app.route({
    method: 'DELETE',
    url,
    schema: { ...about('delete', 'Take the rules for these targets out', ['NETWORK_RULES_FAILED']), body: TargetList },
    handler: async ({ params: { sandboxId }, body }) =>
      shown(await policies.change(sandboxId, (policy) => withoutTargets(policy, body))),
  });
}

/** A policy that says nothing. */
function isEmpty(body: PolicyInput | null | undefined): body is null | undefined {
  return body == null || (body.defaultAction == null && body.egress == null);
}
