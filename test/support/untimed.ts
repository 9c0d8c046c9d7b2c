/** Lines of a log without the time that each begins with. */
export function untimed(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /gm, '');
}
