import type { Call, Contract } from '../../support/contract/contract.ts';

/** Files that requests are about, and what stands before the routes. */
export interface Files {
  dir: string;
  prefix: string;
}

/** One good request of each operation. */
export function fileRequests({ dir, prefix }: Files): [route: string, call?: Call][] {
  const mode = { mode: 644 };
  return [
    [`GET ${prefix}/files/info?path=${dir}/file&path=${dir}`],
    [`POST ${prefix}/files/permissions`, { json: { [`${dir}/file`]: mode } }],
    [`POST ${prefix}/files/mv`, { json: [{ src: `${dir}/other`, dest: `${dir}/moved` }] }],
    [`GET ${prefix}/files/search?path=${dir}&pattern=*`],
    [`GET ${prefix}/directories/list?path=${dir}`],
    [`POST ${prefix}/directories`, { json: { [`${dir}/made`]: mode } }],
    [`DELETE ${prefix}/directories?path=${dir}/made`],
    [`POST ${prefix}/files/replace?verbose=true`, { json: { [`${dir}/file`]: { old: 'one', new: '1' } } }],
    [`POST ${prefix}/files/replace`, { json: { [`${dir}/file`]: { old: '1', new: 'one' } }, empty: true }],
    [`POST ${prefix}/files/upload`, { body: uploadOf({ path: `${dir}/uploaded` }) }],
    [`GET ${prefix}/files/download?path=${dir}/file`],
    [`DELETE ${prefix}/files?path=${dir}/removed`],
  ];
}

/** Everything else that routes of files may answer. */
export async function files(contract: Contract, { dir, prefix }: Files): Promise<void> {
  const access = { owner: '', group: '' };
  const requests: ((path: string) => [route: string, call?: Call])[] = [
    (path) => [`GET ${prefix}/files/info?path=${path}`],
    (path) => [`DELETE ${prefix}/files?path=${path}`],
    (path) => [`POST ${prefix}/files/permissions`, { json: { [path]: { mode: 600 } } }],
    (path) => [`POST ${prefix}/files/mv`, { json: [{ src: path, dest: `${path}-moved` }] }],
    (path) => [`POST ${prefix}/files/replace`, { json: { [path]: { old: 'a', new: 'b' } } }],
    (path) => [`GET ${prefix}/files/search?path=${path}`],
    (path) => [`GET ${prefix}/directories/list?path=${path}`],
    (path) => [`POST ${prefix}/directories`, { json: { [path]: access } }],
    (path) => [`DELETE ${prefix}/directories?path=${path}`],
    (path) => [`GET ${prefix}/files/download?path=${path}`],
    (path) => [`POST ${prefix}/files/upload`, { body: uploadOf({ path }) }],
  ];
  for (const request of requests) {
    const ask = (path: string, expected: Parameters<Contract['call']>[1]) => {
      const [route, call] = request(path);
      return contract.call(route, expected, call);
    };
    await ask('$NOT_SET', 'INVALID_PARAMETER');
    await ask(`${dir}/file/below`, 'INVALID_FILE');
    await ask(`${dir}/../closed/inside`, 'PERMISSION_DENIED');
    const missing = contract.operation(request('x')[0]).responses['404'];
    if (missing) await ask(`${dir}/nowhere`, 'FILE_NOT_FOUND');
  }
  const pair = [{ src: `${dir}/file`, dest: `${dir}/moved` }];
  await contract.call(`POST ${prefix}/files/mv`, 'FILE_ALREADY_EXISTS', { json: pair });
  await contract.call(`POST ${prefix}/directories`, 'FILE_ALREADY_EXISTS', { json: { [`${dir}/file`]: access } });
  for (const route of [`GET ${prefix}/files/search`, `GET ${prefix}/directories/list`, `GET ${prefix}/files/download`])
    await contract.call(route, 'MISSING_QUERY');
  const download = `GET ${prefix}/files/download?path=${dir}/file`;
  await contract.call(`${download}&offset=1&limit=1`, 200);
  await contract.call(download, 206, { headers: { range: 'bytes=0-1' } });
  await contract.call(download, 'RANGE_NOT_SATISFIABLE', { headers: { range: 'bytes=100-' } });
  const upload = `POST ${prefix}/files/upload`;
  const headers = { 'content-type': 'multipart/form-data' };
  await contract.call(upload, 'INVALID_REQUEST_BODY', { body: 'no parts', headers });
  await contract.call(upload, 'INVALID_FILE_METADATA', { body: uploadOf('no object') });
  await contract.call(upload, 'INVALID_FILE_CONTENT', { body: uploadOf({ path: `${dir}/a` }, false) });
}

function uploadOf(metadata: unknown, withFile = true): FormData {
  const form = new FormData();
  form.append('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }), 'metadata');
  if (withFile) form.append('file', new Blob(['content']), 'file');
  return form;
}
