import { z } from 'zod';

/** One rule of a network policy. */
export const NetworkRule = z.object({
  action: z.string().max(100).describe('`allow` or `deny`.'),
  target: z
    .string()
    .max(1024)
    .describe('`example.com`, `*.example.com` for all names below it, an address, or a range as `11.22.0.0/16`.'),
});

/** What a sandbox may reach: the first rule that fits decides. */
export const NetworkPolicy = z.object({
  defaultAction: z.string().max(100).nullish().describe('`allow` or `deny`, which it is when left out.'),
  egress: z.array(NetworkRule).nullish(),
});

/** Body of a PATCH: rules that come before all others. */
export const RulePatch = z.array(NetworkRule).min(1, 'expected at least one rule');

/** Body of a DELETE: targets whose rules are taken out. */
export const TargetList = z.array(z.string().max(1024)).min(1, 'expected at least one target');

const Action = z.enum(['allow', 'deny']);

/** The policy that is in force, and what it comes to. */
export const PolicyStatus = z.object({
  status: z.literal('ok'),
  mode: z.enum(['allow_all', 'deny_all', 'enforcing']),
  enforcementMode: z.literal('dns+nft'),
  reason: z.string().optional().describe('What else there is to know.'),
  policy: z.object({
    defaultAction: Action,
    egress: z.array(z.object({ action: Action, target: z.string() })),
  }),
});

export type PolicyStatus = z.infer<typeof PolicyStatus>;
