import { type MetricFamily, sandboxMetrics } from '../api/metrics.ts';
import type { Usage } from '../cgroups/usage.ts';

/** One sandbox's usage and what tells it from others, as `{ sandbox: id }`. */
export interface LabelledUsage {
  labels?: Record<string, string>;
  usage: Usage;
}

export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** What Content-Type the two formats have. */
export const expositionTypes = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<ExpositionFormat, string>;

/** OpenMetrics wants it as the very last line. prom-client writes it too, so its text has to come last where both are sent. */
export const endOfOpenMetrics = '# EOF\n';

/**
 * Usage as text for Prometheus, without the end mark of OpenMetrics, so that other metrics can follow. Written here and not
 * with prom-client because loading that costs an agent 50 ms, and because it shows a gauge that nobody set as 0, where no limit
 * has to be no line.
 */
export function exposition(usages: readonly LabelledUsage[], format: ExpositionFormat): string {
  let text = '';
  for (const family of sandboxMetrics) {
    const lines = usages.flatMap((of) => sampleLines(family, of));
    if (lines.length === 0) continue;
    // OpenMetrics names a counter's family without the ending that its samples have.
    const name = format === 'openmetrics' ? family.name.replace(/_total$/, '') : family.name;
    text += `# HELP ${name} ${family.help}\n# TYPE ${name} ${family.type}\n${lines.join('')}`;
  }
  return text;
}

function sampleLines(family: MetricFamily, { labels, usage }: LabelledUsage): string[] {
  return family
    .samples(usage)
    .map((sample) => `${family.name}${labelSet({ ...labels, ...sample.labels })} ${sample.value}\n`);
}

function labelSet(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
