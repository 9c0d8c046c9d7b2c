import { fileError } from '../../files/errno.ts';
import type { RequestPath } from '../../files/path.ts';
import { StagedFile } from '../../files/staged.ts';
import type { Caller } from '../../users/passwd.ts';

/** Gives a file this content, which it takes over; whole at any moment (`StagedFile`). True where there was no file. @throws ApiError */
export async function replaceContent(who: Caller, path: RequestPath, content: Uint8Array): Promise<boolean> {
  const staged = new StagedFile(who, path, {});
  try {
    await staged.write(content);
    await staged.commit();
    return staged.isNew;
  } catch (error) {
    await staged.discard();
    throw fileError(error, path);
  }
}
