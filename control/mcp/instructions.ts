/** What a model is told of its workspace as a whole; what each tool does, it says itself. */
export const instructions = [
  'These tools work on a Linux computer of the user’s own, in the cloud: its files, shell and network are not those of the machine',
  'that you, or the user, run on. Files stay between calls and conversations; so do programs that were installed, as a rule.',
  'Relative paths start from the workspace’s working directory. Each command and each run of code is a process of its own: `cd` and',
  'variables do not last, files do. For what takes longer than two minutes, or never ends, use runCommand with background, then',
  'getCommandOutput. Read a file before you edit it. Prefer the file tools to shell commands for reading, searching and editing.',
  'Hand files that were made for the user to them with exportFile. The computer sleeps when nobody uses it and wakes at the next call.',
].join(' ');
