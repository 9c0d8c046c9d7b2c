import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A table that knows how many there are in each state. */
interface Counted {
  countByState(): Record<string, number>;
}

/** Control's own metrics: its process, and how many sandboxes, snapshots and workspaces there are in each state. */
export class ControlMetrics {
  readonly #registry = new Registry();

  constructor({ sandboxes, snapshots, workspaces }: Record<'sandboxes' | 'snapshots' | 'workspaces', Counted>) {
    collectDefaultMetrics({ register: this.#registry, prefix: 'cubby_control_' });
    this.#count('cubby_sandboxes', 'Sandboxes by state.', sandboxes);
    this.#count('cubby_snapshots', 'Snapshots by state.', snapshots);
    this.#count('cubby_workspaces', 'Workspaces by the state of their sandbox.', workspaces);
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

  #count(name: string, help: string, counted: Counted): void {
    new Gauge({
      name,
      help,
      labelNames: ['state'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [state, count] of Object.entries(counted.countByState())) this.set({ state }, count);
      },
    });
  }
}
