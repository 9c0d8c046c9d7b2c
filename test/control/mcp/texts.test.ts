import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withShownNames } from '../../../control/mcp/names.ts';
import { textOf } from '../../../control/mcp/texts.ts';

const textFor = (name: string, result: object) => textOf({ name }, result);

test('a command’s text is its output, and what became of it', () => {
  const result = { commandId: 'c', output: 'one\ntwo\n', stdout: '', stderr: '', exitCode: 3 };
  assert.equal(textFor('runCommand', result), 'one\ntwo\n[exit code 3]');
  assert.equal(textFor('runCommand', { ...result, output: '', exitCode: 0 }), '[exit code 0]');
});

test('a command in the background says how it is asked for', () => {
  const text = textFor('runCommand', { commandId: 'c1', output: '', running: true });
  assert.equal(text, '[it runs in the background: commandId c1]');
});

test('output that was cut says where all of it is', () => {
  const outputFiles = { stdout: { path: '/tmp/out', size: 100, truncated: false } };
  const text = textFor('runCommand', { commandId: 'c', output: 'x', exitCode: 0, outputFiles });
  assert.equal(text, 'x\n[stdout: 100 bytes, all of it in /tmp/out]\n[exit code 0]');
});

test('only what is new of a command is told', () => {
  assert.equal(textFor('getCommandOutput', { newOutput: 'b', output: 'b', running: true }), 'b\n[it runs still]');
});

test('matches are told as grep prints them', () => {
  const matches = [
    { path: '/a', lineNumber: 1, content: 'before', isContext: true },
    { path: '/a', lineNumber: 2, content: 'hit' },
    { path: '/b', count: 4 },
    { path: '/c' },
  ];
  assert.equal(textFor('grepContent', { matches }), '/a-1-before\n/a:2:hit\n/b:4\n/c');
  assert.equal(textFor('grepContent', { matches: [] }), 'Nothing matches.');
});

test('what was left out is told below', () => {
  const text = textFor('globLocalFiles', { files: ['/a'], notice: 'There are 9 more.', skipped: ['/root'] });
  assert.equal(text, '/a\n[There are 9 more.]\n[Not looked into: /root]');
});

test('a tool without a text of its own is told as JSON', () => {
  assert.equal(textFor('toString', { a: 1 }), '{\n  "a": 1\n}');
});

test('texts call the tools by the names that they are listed by', () => {
  assert.equal(withShownNames('readLocalFile, then runCommand; exportFile'), 'readFile, then runCommand; exportFile');
});
