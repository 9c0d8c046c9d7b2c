import type { TestContext } from 'node:test';
import Docker from 'dockerode';
import type { Template } from '../../shared/api/templates.ts';
import { startTestControl, type TestControl } from './control.ts';
import { type PackageServer, packageServer } from './package-server.ts';
import { getTemplate } from './templates.ts';
import { until } from './until.ts';
import { npmPackage, wheel } from './wheel.ts';

/** Has Python, pip, Node and npm. */
export const image = { uri: 'cubby/interpreter:latest' };

/** A package that greets when it is imported, at the server of packages. */
export const greeting = '/greeting-1.0-py3-none-any.whl';

/** The engine itself. */
export const engine = new Docker();

/** A control, and where its templates’ packages come from. */
export interface World {
  control: TestControl;
  server: PackageServer;
}

/** Starts both. */
export async function startWorld(t: TestContext, settings: Record<string, string> = {}): Promise<World> {
  const server = await packageServer(t);
  server.files.set(greeting, wheel('greeting', '1.0', 'print("hello from a wheel")'));
  server.files.set('/shout-1.0.0.tgz', npmPackage('shout', '1.0.0', 'console.log("HELLO FROM NPM")'));
  // An image of packages takes a minute on a machine that is busy with other things.
  const control = await startTestControl(t, {
    'network.allow': server.door,
    'templates.build_wait_seconds': '250',
    ...settings,
  });
  return { control, server };
}

/** Ids of the store's images with packages. */
export async function prebuilt(store: string): Promise<string[]> {
  const images = await engine.listImages({ filters: { label: [`cubby.store=${store}`] } });
  return images.flatMap(({ RepoTags }) => RepoTags ?? []);
}

/** What is left of builds: containers, and images without a name. */
export async function drafts(store: string): Promise<string[]> {
  const containers = await engine.listContainers({
    all: true,
    filters: { label: [`cubby.helper=${store}`, 'cubby.build'] },
  });
  const images = await engine.listImages({
    all: true,
    filters: { label: [`cubby.store=${store}`, 'cubby.build.draft'] },
  });
  return [...containers.map(({ Names }) => Names[0]!), ...images.map(({ Id }) => Id)];
}

/** A template when its packages are installed, or can’t be. */
export async function settled(control: TestControl, name: string): Promise<Template> {
  let template = await getTemplate(control, name);
  const isSettled = async () => {
    template = await getTemplate(control, name);
    return template.build?.state !== 'building';
  };
  await until(isSettled, `the packages of ${name} are installed, or can't be`, 200_000);
  return template;
}

/** What a command prints in a sandbox. */
export async function printed(control: TestControl, id: string, command: string): Promise<string> {
  return (await (await control.agent(id)).run(command)).stdout;
}
