/** Settings of OpenSandbox's server that have another name here, or are not needed: for people who bring their file. */
export const openSandboxNames: ReadonlyMap<string, string> = new Map([
  ['server.eip', 'server.public_host'],
  ['log.file_path', 'lines go to standard output; send that to a file'],
  ['runtime.execd_image', 'not needed, the agent comes from runtime.pack'],
  ['store.type', 'not needed, it is always SQLite'],
  ['docker.network_mode', 'network.enabled'],
  ['docker.api_timeout', 'docker.api_timeout_seconds'],
  ['docker.host_ip', 'server.public_host'],
  ['docker.pids_limit', 'sandbox.pids'],
  ['docker.drop_capabilities', 'not needed, sandbox.profile decides'],
  ['docker.no_new_privileges', 'not needed, it is always on'],
  ['docker.port_range_min', 'not needed, sandboxes take no ports of the host'],
  ['docker.port_range_max', 'not needed, sandboxes take no ports of the host'],
  ['storage.ossfs_mount_root', 'not needed, object storage is not mounted'],
  ['storage.volume_default_size', 'not needed, volumes of the engine have no size'],
  ['egress.image', 'not needed, rules are set without a second container'],
  ['secure_runtime.docker_runtime', 'docker.oci_runtime'],
]);
