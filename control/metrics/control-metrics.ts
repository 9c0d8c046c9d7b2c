import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { SandboxStore } from '../sandboxes/store.ts';

/** Control's own metrics: its process, and how many sandboxes there are in each state. */
export class ControlMetrics {
  readonly #registry = new Registry();

  constructor(store: SandboxStore) {
    collectDefaultMetrics({ register: this.#registry, prefix: 'cubby_control_' });
    new Gauge({
      name: 'cubby_sandboxes',
      help: 'Sandboxes by state.',
      labelNames: ['state'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [state, count] of Object.entries(store.countByState())) this.set({ state }, count);
      },
    });
  }

  /** As text, without the end mark of OpenMetrics. */
  async text(format: 'prometheus' | 'openmetrics'): Promise<string> {
    const text = await this.#registry.metrics();
    if (format === 'prometheus') return text;
    // OpenMetrics has no empty lines, and names a counter's family, and only a counter's, without its ending.
    return text
      .replace(/\n{2,}/g, '\n')
      .replace(/^# HELP (\S+)_total (.*)\n# TYPE \1_total counter$/gm, '# HELP $1 $2\n# TYPE $1 counter');
  }

  close(): void {
    this.#registry.clear();
  }
}
