import { driveSdks } from './python/drive.ts';

driveSdks('sync', 'the blocking clients');
