import { ociConformanceTest } from '../../../support/oci-runtime.ts';

ociConformanceTest('runsc');
