import { executeCode as codeTool } from '../../shared/api/tools/execute-code.ts';
import { getCommandOutput as outputTool } from '../../shared/api/tools/get-command-output.ts';
import { killCommand as killTool } from '../../shared/api/tools/kill-command.ts';
import { runCommand as runTool } from '../../shared/api/tools/run-command.ts';
import type { Programs } from '../programs/programs.ts';
import { executeCode } from './execute-code.ts';
import { getCommandOutput } from './get-command-output.ts';
import { type Implemented, implemented } from './implemented.ts';
import { killCommand } from './kill-command.ts';
import { type Runner, runCommand } from './run-command.ts';
import { Turns } from './turns.ts';

/** What starting a command may be refused with. */
const startErrors = ['INVALID_PARAMETER', 'WORKING_DIRECTORY_NOT_FOUND', 'TOO_MANY_COMMANDS', 'SPOOL_FULL'] as const;

/** The tools that run something, with what does them. */
export function commandTools(runner: Runner & { programs: Programs }): Implemented[] {
  const { commands } = runner;
  const turns = new Turns();
  return [
    implemented(runTool, startErrors, (parameters, call) => runCommand(runner, parameters, call)),
    implemented(outputTool, ['COMMAND_NOT_FOUND'], (parameters, call) =>
      getCommandOutput({ commands, turns }, parameters, call),
    ),
    implemented(killTool, ['RUNTIME_ERROR'], (parameters) => killCommand(commands, parameters)),
    implemented(codeTool, ['KERNEL_NOT_AVAILABLE', ...startErrors], (parameters, call) =>
      executeCode(runner, parameters, call),
    ),
  ];
}
