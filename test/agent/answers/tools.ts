import type { Call, Contract } from '../../support/contract/contract.ts';

/** One good request of each tool about files, in a directory with some. */
export function toolRequests(dir: string): [route: string, call?: Call][] {
  const requests: [tool: string, parameters: object][] = [
    ['listLocalFiles', { directoryPath: '.' }],
    ['readLocalFile', { path: 'file', startLine: 1 }],
    ['writeLocalFile', { path: 'written', content: 'a\nb\n' }],
    ['editLocalFile', { path: 'written', search: 'b\n', replace: 'b\nc\n' }],
    ['moveLocalFiles', { operations: [{ source: 'written', destination: 'away' }] }],
    ['renameLocalFile', { oldPath: 'away', newName: 'renamed' }],
    ['searchLocalFiles', { directory: '.', contentContains: 'one', limit: 1 }],
    ['globLocalFiles', { pattern: '**', limit: 1 }],
    ['exportFile', { path: 'file' }],
    ['grepContent', { pattern: 'o', '-C': 1, output_mode: 'content' }],
  ];
  return requests.map(([tool, parameters]) => [`POST /tools/${tool}`, { json: { cwd: dir, ...parameters } }]);
}

/** What they fail with. */
export async function tools(contract: Contract, dir: string): Promise<void> {
  const ofPath: Record<string, (path: string) => object> = {
    listLocalFiles: (directoryPath) => ({ directoryPath }),
    readLocalFile: (path) => ({ path }),
    exportFile: (path) => ({ path }),
    writeLocalFile: (path) => ({ path, content: 'x' }),
    editLocalFile: (path) => ({ path, search: 'one', replace: 'two' }),
    renameLocalFile: (oldPath) => ({ oldPath, newName: 'other' }),
    searchLocalFiles: (directory) => ({ directory }),
    globLocalFiles: (directory) => ({ directory, pattern: '*' }),
    grepContent: (directory) => ({ directory, pattern: 'x' }),
  };
  for (const [tool, parameters] of Object.entries(ofPath)) {
    for (const [path, code] of [
      ['$NOT_SET', 'INVALID_PARAMETER'],
      [`${dir}/file/below`, 'INVALID_FILE'],
      [`${dir}/../closed/inside`, 'PERMISSION_DENIED'],
      [`${dir}/nowhere/at-all`, 'FILE_NOT_FOUND'],
    ] as const)
      await contract.call(`POST /tools/${tool}`, code, { json: parameters(path) });
  }
  const operations = [{ source: 'a', destination: 'b' }];
  await contract.call('POST /tools/moveLocalFiles', 'INVALID_PARAMETER', { json: { operations, cwd: '$NOT_SET' } });
  const rename = { oldPath: `${dir}/file`, newName: 'renamed' };
  await contract.call('POST /tools/renameLocalFile', 'FILE_ALREADY_EXISTS', { json: rename });
  const edit = (search: string) => ({ json: { path: `${dir}/file`, search, replace: 'x' } });
  await contract.call('POST /tools/editLocalFile', 'TEXT_NOT_FOUND', edit('nothing such'));
  await contract.call('POST /tools/editLocalFile', 'TEXT_NOT_UNIQUE', edit('\n'));
}
