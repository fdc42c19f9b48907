import { expect, it } from 'vitest';
import { listenError } from './listener.ts';

it.each([
  ['EADDRINUSE', 'address-in-use', 'another BGP daemon'],
  ['EACCES', 'permission-denied', 'CAP_NET_BIND_SERVICE'],
  ['EADDRNOTAVAIL', 'address-not-available', 'no interface has this address'],
  ['EAFNOSUPPORT', 'address-not-available', 'does not have the address family'],
  ['ESOMETHING', 'other', 'the system says so'],
])('%s names the address and says what to do', (code, expected, advice) => {
  const error = listenError(Object.assign(new Error('the system says so'), { code }), '::', 179);
  expect(error).toMatchObject({ code: expected, address: '::', port: 179 });
  expect(error.message).toContain('[::]:179');
  expect(error.message).toContain(advice);
  expect(error.message).toContain(code);
});
