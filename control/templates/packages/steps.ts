import type { Packages } from '../../../shared/api/packages.ts';
import type { BuildStep } from '../../runtimes/builds.ts';

/** Nobody is there to be asked, and nothing is kept that would only make the image larger. */
const quiet = {
  apt: { DEBIAN_FRONTEND: 'noninteractive' },
  pip: {
    PIP_NO_INPUT: '1',
    PIP_NO_CACHE_DIR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_PROGRESS_BAR: 'off',
    PIP_ROOT_USER_ACTION: 'ignore',
    // The system's own Python says that it is managed by others. Here nobody else does.
    PIP_BREAK_SYSTEM_PACKAGES: '1',
  },
  npm: {
    npm_config_cache: '/tmp/npm',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_progress: 'false',
    npm_config_update_notifier: 'false',
  },
};

/** The commands that install packages. Behind `--` nothing is an option. */
export function stepsOf({ apt, pip, npm }: Packages): BuildStep[] {
  const steps: BuildStep[] = [];
  if (apt?.length) {
    steps.push({ command: ['apt-get', 'update', '-q'], env: quiet.apt });
    const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends'];
    steps.push({ command: [...install, '--', ...apt], env: quiet.apt });
    steps.push({ command: ['apt-get', 'clean'], env: quiet.apt });
    steps.push({ command: ['find', '/var/lib/apt/lists', '-mindepth', '1', '-delete'], env: {} });
  }
  if (pip?.length) steps.push({ command: ['python3', '-m', 'pip', 'install', '--', ...pip], env: quiet.pip });
  if (npm?.length) steps.push({ command: ['npm', 'install', '--global', '--', ...npm], env: quiet.npm });
  return steps;
}
