import type { Tool } from '../../shared/api/tools/tool.ts';
import { nameOf, type WorkspaceKey } from '../workspaces/key.ts';

/** Where a file of a workspace is downloaded from: a path of this server, with its query. What opens the workspace opens it. */
export function downloadPath(key: WorkspaceKey, path: string): string {
  const download = `/files/download?path=${encodeURIComponent(path)}`;
  return `/v1/workspaces/${encodeURIComponent(nameOf(key))}/proxy/44772${download}`;
}

/** The result of a tool with the links that only this server can make. */
export function withLinks({ name }: Pick<Tool, 'name'>, result: object, key: WorkspaceKey): object {
  const { path, isImage, uploaded } = result as { path?: string; isImage?: boolean; uploaded?: boolean };
  if (path === undefined) return result;
  if (name === 'readLocalFile' && isImage) return { ...result, imageUrl: downloadPath(key, path) };
  if (name === 'exportFile' && !uploaded) return { ...result, url: downloadPath(key, path) };
  return result;
}
