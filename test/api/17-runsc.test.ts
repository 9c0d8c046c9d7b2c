import { ociRuntimeTest } from '../support/oci-runtime.ts';

ociRuntimeTest('runsc');
