import { ociConformanceTest } from '../../../support/oci-runtime.ts';

ociConformanceTest('runc');
