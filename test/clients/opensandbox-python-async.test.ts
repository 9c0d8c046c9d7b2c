import { driveSdks } from './python/drive.ts';

driveSdks('async', 'the clients for asyncio');
