import { ApiError, type ErrorCode } from '../../../shared/api/errors.ts';
import { parseTarget, printTarget, type Target, targetExpected } from './target.ts';

export type Action = 'allow' | 'deny';

/** One line of a policy, with its target as its owner wrote it. */
export interface Rule {
  action: Action;
  target: string;
}

/** What one sandbox may reach: the first rule that fits decides, and the default where none does. */
export interface Policy {
  defaultAction: Action;
  egress: Rule[];
}

/** What a sandbox has that nobody has given one. */
export const openPolicy: Policy = { defaultAction: 'allow', egress: [] };
/** What a policy that says nothing means while a sandbox runs. */
export const shutPolicy: Policy = { defaultAction: 'deny', egress: [] };

/** As many as OpenSandbox takes. */
const ruleLimit = 4096;

/** A policy as it comes from outside. */
export interface PolicyInput {
  defaultAction?: string | null | undefined;
  egress?: readonly { action: string; target: string }[] | null | undefined;
}

/** How a mistake is told: the code, and what stands before the name of the field. */
export interface Blame {
  code: ErrorCode;
  field: string;
}

/**
 * Reads a policy. Without `defaultAction` it denies.
 * @throws ApiError that names the field, as `networkPolicy.egress[3].target`
 */
export function parsePolicy({ defaultAction, egress }: PolicyInput, { code, field }: Blame): Policy {
  return {
    defaultAction: parseAction(defaultAction ?? 'deny', { code, field: `${field}defaultAction` }),
    egress: parseRules(egress ?? [], { code, field: `${field}egress` }),
  };
}

/** Reads rules. @throws ApiError that names the field, as `egress[3].target` */
export function parseRules(rules: readonly { action: string; target: string }[], { code, field }: Blame): Rule[] {
  requireRoom(rules.length, { code, field });
  return rules.map(({ action, target }, index) => ({
    action: parseAction(action, { code, field: `${field}[${index}].action` }),
    target: printable(target, { code, field: `${field}[${index}].target` }),
  }));
}

/**
 * The policy with more rules, which come before those it has. A rule for a target that is there already takes its place;
 * of two new ones for one target the first counts. @throws ApiError when they become too many
 */
export function withRules(policy: Policy, rules: Rule[], blame: Blame): Policy {
  const byTarget = new Map<string, Rule>();
  for (const rule of [...rules, ...policy.egress]) {
    const key = keyOf(rule.target);
    if (!byTarget.has(key)) byTarget.set(key, rule);
  }
  requireRoom(byTarget.size, blame);
  return { ...policy, egress: [...byTarget.values()] };
}

/** The policy without the rules for some targets. Which it doesn't have is no matter. */
export function withoutTargets(policy: Policy, targets: readonly string[]): Policy {
  const gone = new Set(targets.map(keyOf));
  return { ...policy, egress: policy.egress.filter(({ target }) => !gone.has(keyOf(target))) };
}

/** In one word what a policy does, as OpenSandbox calls it. */
export function modeOf({ defaultAction, egress }: Policy): 'allow_all' | 'deny_all' | 'enforcing' {
  if (egress.length > 0) return 'enforcing';
  return defaultAction === 'allow' ? 'allow_all' : 'deny_all';
}

/** The target of a rule that was read before. */
export function targetOf(rule: Rule): Target {
  return parseTarget(rule.target)!;
}

function keyOf(target: string): string {
  const parsed = parseTarget(target);
  return parsed === undefined ? target : printTarget(parsed);
}

function parseAction(text: string, { code, field }: Blame): Action {
  const action = text.trim().toLowerCase();
  if (action === 'allow' || action === 'deny') return action;
  throw wrong(code, field, '"allow" or "deny"', text);
}

function printable(text: string, { code, field }: Blame): string {
  if (parseTarget(text) === undefined) throw wrong(code, field, targetExpected, text);
  return text.trim();
}

function requireRoom(count: number, { code, field }: Blame): void {
  if (count > ruleLimit) throw wrong(code, field, `at most ${ruleLimit} rules`, String(count));
}

function wrong(code: ErrorCode, field: string, expected: string, got: string): ApiError {
  return new ApiError(code, `${field}: expected ${expected}, got ${JSON.stringify(got.slice(0, 100))}`, {
    field,
    expected,
  });
}
