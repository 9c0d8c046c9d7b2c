/** Makes one file of every kind in the working directory. */
export const everyKind = `
set -e
mkdir -p deep/er/st 'with space' && echo deep >deep/er/st/file && echo s >'with space/ü\\"x'
echo linked >hard1 && ln hard1 hard2 && ln -s hard1 soft && ln -s /nowhere dangling && ln -s ../.. up
mkfifo pipe
echo run >tool && chmod 4755 tool
mkdir sticky && chmod 1777 sticky
echo private >private && chmod 600 private
echo old >dated && touch -d '2001-02-03 04:05:06' dated
: >empty
truncate -s 1M sparse
head -c 3000000 /dev/urandom >noise
`;

/**
 * Says all that is to be known of every file below the working directory: names, kinds, modes, owners, links, times, content. Of
 * times whole seconds, and files' only: the engine's tar keeps no more, and its copies give directories new ones. Sockets are in no tar.
 */
export const describeFiles = `
find . ! -type s -printf '%P|%y|%m|%U:%G|%n|%l|%s|%T@\\n' | sed -E 's/\\.[0-9]+$//' | sed -E '/\\|d\\|/s/\\|[^|]*\\|[^|]*$//' | LC_ALL=C sort
find . -type f -exec sha256sum {} + | LC_ALL=C sort
[ "$(stat -c %i hard1)" = "$(stat -c %i hard2)" ] && echo one inode
`;
