import type { Metrics } from '../../shared/api/metrics.ts';
import type { Pressure, ResourcePressure, Stall } from '../../shared/cgroups/pressure.ts';

/** Pressure in the words of the wire. */
export function pressureFields(pressure: Pressure | undefined): Metrics['pressure'] {
  return pressure && { cpu: resource(pressure.cpu), memory: resource(pressure.memory), io: resource(pressure.io) };
}

function resource(pressure: ResourcePressure | undefined) {
  return pressure && { some: stall(pressure.some), full: pressure.full && stall(pressure.full) };
}

function stall({ totalSeconds, ...shares }: Stall) {
  return { ...shares, total_seconds: totalSeconds };
}
