import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commands } from '../../../control/cli/commands.ts';
import { flags } from '../../../control/config/flags.ts';
import { cubby, emptyHome } from './program.ts';

describe('the command line', () => {
  it('help lists every command in one line each', async (context) => {
    const { code, out, err } = await cubby(['help'], { surroundings: emptyHome(context) });
    assert.deepEqual([code, err], [0, '']);
    for (const { name, summary } of commands) assert.match(out, new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  });

  it('help of a command, and --help behind it, are the same', async (context) => {
    const surroundings = emptyHome(context);
    for (const { name } of commands) {
      const { out } = await cubby(['help', name], { surroundings });
      assert.match(out, new RegExp(`^usage: cubby ${name}`));
      assert.deepEqual(await cubby([name, '--help'], { surroundings }), { code: 0, out, err: '' });
    }
    for (const flag of flags.keys())
      assert.match((await cubby(['help', 'start'], { surroundings })).out, new RegExp(`--${flag} `));
  });

  it('a command of two words is explained like one of one', async (context) => {
    const surroundings = emptyHome(context);
    for (const { name, commands: further } of commands) {
      if (!further) continue;
      const { out } = await cubby(['help', name], { surroundings });
      for (const command of further) {
        assert.ok(out.includes(command.name) && out.includes(command.summary), command.name);
        const help = await cubby(['help', ...command.name.split(' ')], { surroundings });
        assert.match(help.out, new RegExp(`^usage: cubby ${command.name} `));
        assert.deepEqual(await cubby([...command.name.split(' '), '--help'], { surroundings }), help);
      }
      assert.equal((await cubby([name], { surroundings })).code, 2);
    }
  });

  it('version prints the version of package.json, and nothing else', async (context) => {
    const surroundings = emptyHome(context);
    const { version } = JSON.parse(readFileSync(join(surroundings.checkout, 'package.json'), 'utf8'));
    for (const word of ['version', '--version'])
      assert.deepEqual(await cubby([word], { surroundings }), { code: 0, out: `${version}\n`, err: '' });
  });

  it('a misspelt command is refused with the right one', async (context) => {
    const { code, out, err } = await cubby(['strat'], { surroundings: emptyHome(context) });
    assert.deepEqual([code, out, err], [2, '', 'cubby: there is no command "strat"; did you mean start?\n']);
    assert.match(
      (await cubby(['help', 'zzzzzzz'], { surroundings: emptyHome(context) })).err,
      /there are start, init-config/,
    );
    assert.equal((await cubby(['constructor'], { surroundings: emptyHome(context) })).code, 2);
  });

  it('no command at all shows the commands, as an error', async (context) => {
    const { code, out, err } = await cubby([], { surroundings: emptyHome(context) });
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /init-config/);
  });
});
