/** Linux takes no longer argument (MAX_ARG_STRLEN); what is longer goes in pieces. */
const pieceBytes = 120 * 1024;
const mostBytesOfCharacter = 4;

/**
 * Goes to the session's directory, which is made where it isn't there, and runs the command: `/workspace` is where a home can't be
 * written to. A shell of its own runs it, so that it may end itself by a signal and still have an exit code.
 */
const script = `_cubby=$HOME; [ -w "$_cubby" ] || _cubby=/workspace
[ "$_cubby" != / ] || _cubby=
_cubby=$_cubby/sessions/$1
{ [ -d "$_cubby" ] || mkdir -p -- "$_cubby"; } && cd -- "$_cubby" || exit 1
unset _cubby; shift
if [ $# -eq 1 ]; then /bin/sh -c -- "$1"; exit $?; fi
_cubby=; for _piece do _cubby=$_cubby$_piece; done; set --
(eval "unset _cubby _piece; $_cubby"); exit $?`;

/** The words that run a shell command in a session's directory. */
export function sessionArgv(sessionId: string, command: string): string[] {
  return ['/bin/sh', '-c', script, 'sh', sessionId, ...pieces(command)];
}

/** The words that tell what a session's directory is, made where it isn't there. */
export function whereArgv(sessionId: string): string[] {
  return sessionArgv(sessionId, 'pwd -P');
}

function pieces(text: string): string[] {
  if (Buffer.byteLength(text) <= pieceBytes) return [text];
  const characters = [...text];
  const size = pieceBytes / mostBytesOfCharacter;
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) =>
    characters.slice(i * size, (i + 1) * size).join(''),
  );
}
