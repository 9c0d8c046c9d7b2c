import type { Send } from '../../support/contract/contract.ts';
import { withTrace } from '../../support/contract/trace.ts';
import type { TestControl } from '../../support/control.ts';

/** Sends what it is given and nothing of its own. */
export function bare(control: TestControl): Send {
  return withTrace(control.url, {}, (path, init) => fetch(control.url + path, init));
}
