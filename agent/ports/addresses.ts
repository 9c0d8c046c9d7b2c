import type { Origin } from '../../shared/http/forwarded.ts';
import type { HeaderList } from '../../shared/http/headers.ts';

/**
 * An Origin field as the program has to see it. A page of the program's own names the public host, while the program knows
 * itself as `host`: many compare the two before they accept a WebSocket. Any other page's origin stays what it is. The scheme
 * is left aside, since not every terminator of TLS says that it was one.
 */
export function seenByProgram(field: string, origin: Origin, host: string): string {
  const named = /^https?:\/\/(.+)$/i.exec(field)?.[1];
  return named && named.toLowerCase() === origin.host?.toLowerCase() ? `http://${host}` : field;
}

/**
 * An answer's Location as the client has to see it: a path, or an address of the program itself, is put below the prefix
 * under which the client sees the program. One that begins with the prefix comes from a program that knows of it.
 */
export function seenByClient(fields: HeaderList, { prefix }: Origin, port: number): HeaderList {
  const own = new RegExp(`^http://(?:127\\.0\\.0\\.1|localhost|\\[::1\\]):${port}(?=[/?#]|$)`, 'i');
  return fields.map((field, i) => {
    if (i % 2 === 0 || fields[i - 1]!.toLowerCase() !== 'location') return field;
    const path = field.replace(own, '');
    const isPath = path !== field || /^\/(?!\/)/.test(path);
    return isPath && path !== prefix && !path.startsWith(`${prefix}/`) ? prefix + path : field;
  });
}
