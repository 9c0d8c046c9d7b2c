/** What is said of a build that failed: what went wrong, and the last that its installers said. */
export function describeFailure({ name, message }: Error, lastLines: readonly string[]): string {
  const why =
    name === 'TimeoutError'
      ? 'It took longer than is allowed here (templates.build_timeout_seconds).'
      : sentence(message);
  const said = lastLines.filter((line) => line.trim() !== '').join('\n');
  return said === '' ? why : `${why} Its last words: ${said.slice(-1000)}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
