const signatures: [start: RegExp, mimeType: string][] = [
  [/^\x89PNG\r\n\x1a\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[\s\S]{4}WEBP/, 'image/webp'],
  [/^%PDF-/, 'application/pdf'],
  [/^PK\x03\x04/, 'application/zip'],
  [/^\x1f\x8b/, 'application/gzip'],
  [/^\x7fELF/, 'application/x-executable'],
  [/^SQLite format 3\0/, 'application/vnd.sqlite3'],
];

/** What models can be shown. */
const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** The media type of a file that is no text, by its first bytes. */
export function mediaTypeOf(start: Buffer): string | undefined {
  const text = start.toString('latin1', 0, 32);
  return signatures.find(([signature]) => signature.test(text))?.[1];
}

/** Whether models can be shown it. */
export function isImage(mimeType: string | undefined): boolean {
  return images.has(mimeType ?? '');
}
