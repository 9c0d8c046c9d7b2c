/** Extensions by what people and ripgrep call a kind of file. */
const kinds: Record<string, string> = {
  image: 'png jpg jpeg gif webp svg bmp ico tif tiff avif heic',
  audio: 'mp3 wav flac ogg oga m4a aac opus',
  video: 'mp4 webm mkv mov avi m4v mpeg mpg',
  document: 'pdf doc docx odt rtf xls xlsx ods csv ppt pptx odp md txt epub',
  archive: 'zip tar gz tgz bz2 xz zst 7z rar',
  code: 'c h cc cpp hpp cs css go html java js jsx kt lua mjs cjs php pl py r rb rs scala sh sql swift ts tsx vue',
  c: 'c h',
  cpp: 'cc cpp cxx hpp hh hxx h',
  csharp: 'cs',
  css: 'css scss sass less',
  csv: 'csv tsv',
  dart: 'dart',
  go: 'go',
  haskell: 'hs lhs',
  html: 'html htm',
  java: 'java',
  js: 'js jsx mjs cjs vue',
  json: 'json jsonl',
  jupyter: 'ipynb',
  kotlin: 'kt kts',
  lua: 'lua',
  markdown: 'md markdown mdx',
  php: 'php',
  perl: 'pl pm',
  protobuf: 'proto',
  py: 'py pyi pyw',
  r: 'r rmd',
  ruby: 'rb rake gemspec',
  rust: 'rs',
  scala: 'scala sc',
  sh: 'sh bash zsh ksh',
  sql: 'sql',
  svelte: 'svelte',
  swift: 'swift',
  toml: 'toml',
  ts: 'ts tsx mts cts',
  txt: 'txt',
  vue: 'vue',
  xml: 'xml xsd xsl svg',
  yaml: 'yaml yml',
};

const aliases: Record<string, string> = {
  python: 'py',
  javascript: 'js',
  typescript: 'ts',
  md: 'markdown',
  rb: 'ruby',
  rs: 'rust',
  shell: 'sh',
  bash: 'sh',
  yml: 'yaml',
  'c++': 'cpp',
  'c#': 'csharp',
  cs: 'csharp',
  golang: 'go',
  htm: 'html',
  images: 'image',
  documents: 'document',
};

/** Extensions of a kind of file, in lower case; undefined for a name that is none. */
export function extensionsOf(kind: string): string[] | undefined {
  const name = kind.toLowerCase();
  const known = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  return Object.hasOwn(kinds, known) ? kinds[known]!.split(' ') : undefined;
}

/** Names of all kinds. */
export const kindNames: readonly string[] = Object.keys(kinds);
