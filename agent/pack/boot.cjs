// The first file of the agent in its pack: compiled code comes from the cache beside it, which saves a third of the start.
// The cache is portable: made where the pack is built, used where it is mounted; there it is read-only, which is fine.
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

enableCompileCache({ directory: join(__dirname, 'cache'), portable: true });
require('./main.cjs');
