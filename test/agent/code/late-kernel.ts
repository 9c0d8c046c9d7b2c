import { python } from './sandbox.ts';

const late = `cd "$HOME"
until [ -e there ]; do [ -e bad ] && rm bad && exit 3; sleep 0.01; done
exec ${python} -m ipykernel_launcher -f {connection_file}`;

/** Options for a kernel, of the language `late`, that starts once the file `there` is in the workspace, and dies of the file `bad`. */
export const lateKernel = { specs: { late: { argv: ['/bin/sh', '-c', late], language: 'late' } } };

/** A cell after which its kernel, as on a machine that has much else to do, begins so many seconds late with each; no signal reaches one before. */
export function beginsLate(seconds: number): string {
  return `import time
k = get_ipython().kernel
begin = k.pre_handler_hook
k.pre_handler_hook = lambda: (time.sleep(${seconds}), begin())`;
}
