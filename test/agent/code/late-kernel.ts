/** A cell after which its kernel, as on a machine that has much else to do, begins so many seconds late with each; no signal reaches one before. */
export function beginsLate(seconds: number): string {
  return `import time
k = get_ipython().kernel
begin = k.pre_handler_hook
k.pre_handler_hook = lambda: (time.sleep(${seconds}), begin())`;
}
