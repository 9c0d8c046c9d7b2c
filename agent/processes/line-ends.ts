/**
 * Whether a client takes lines with their ends, by the User-Agent that OpenSandbox's clients send. Since 1.1 their protocol
 * says that the texts of a stream's events put together are what was put out, and its command line counts on it; those
 * before join them with line ends of their own.
 */
export function takesLineEnds(userAgent: string | undefined): boolean {
  const [, major, minor] = /\bOpenSandbox-\w+-SDK\/(\d{1,9})\.(\d{1,9})/i.exec(userAgent ?? '') ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 1);
}
