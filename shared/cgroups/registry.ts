import type { Registry } from 'prom-client';
import { type MetricFamily, sandboxMetrics } from '../api/metrics.ts';
import type { Usage } from './usage.ts';

/** One sandbox's usage and what tells it from others, as `{ sandbox: id }`. */
export interface LabelledUsage {
  labels: Record<string, string>;
  usage: Usage;
}

/**
 * What was just read, as a registry of prom-client's. It is made anew for every scrape, so that sandboxes which are gone are
 * gone from it too; `Registry.merge` joins it to a program's own. All usages must have the same label names.
 * `openMetrics` gives it that format's content type, without which the text is Prometheus's own.
 * prom-client is loaded here: it costs more time than an agent has when it starts.
 */
export async function usageRegistry(usages: Iterable<LabelledUsage>, openMetrics = false): Promise<Registry> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  if (openMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const samples = [...usages];
  const labels = Object.keys(samples[0]?.labels ?? {});
  for (const family of sandboxMetrics) {
    const options = { name: family.name, help: family.help, labelNames: [...labels, ...family.labels], registers: [registry] };
    if (family.type === 'counter') {
      const metric = new Counter(options);
      for (const sample of each(family, samples)) metric.inc(sample.labels, sample.value);
    } else {
      const metric = new Gauge(options);
      for (const sample of each(family, samples)) metric.set(sample.labels, sample.value);
    }
  }
  return registry;
}

function* each(family: MetricFamily, usages: LabelledUsage[]): Generator<LabelledUsage & { value: number }> {
  for (const of of usages) {
    for (const { labels, value } of family.samples(of.usage)) yield { ...of, labels: { ...of.labels, ...labels }, value };
  }
}
