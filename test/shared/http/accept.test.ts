import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferred } from '../../../shared/http/accept.ts';

const answers: [accept: string | undefined, name: string][] = [
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['text/plain', 'prometheus'],
  ['text/*', 'prometheus'],
  ['TEXT/PLAIN; Version=0.0.4', 'prometheus'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
  ['application/openmetrics-text; version=1.0.0', 'openmetrics'],
  // Prometheus 3 and 2.
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  ['application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'openmetrics'],
  ['text/plain;q=0.5,application/json;q=0.4', 'prometheus'],
  ['application/json;q=0,*/*', 'openmetrics'],
  ['text/plain;q=0', 'json'],
  ['text/plain;q=banana', 'json'],
  ['text/plain;q=2, application/json;q=-1', 'json'],
  ['image/png', 'json'],
  [',;,;q=,', 'json'],
];

for (const [accept, name] of answers) {
  test(`Accept: ${accept} is answered with ${name}`, () => {
    const given = preferred(accept, [
      { name: 'json', type: 'application/json' },
      { name: 'openmetrics', type: 'application/openmetrics-text' },
      { name: 'prometheus', type: 'text/plain' },
    ]);
    assert.equal(given, name);
  });
}
