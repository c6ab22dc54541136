import { expect, test } from "bun:test";
import { isPlainPublic } from "../../src/net/private.ts";

test.each([
  ["ws://lap.acme.dev/tty", true],
  ["ws://8.8.8.8:30080/tty", true],
  ["ws://[2001:db8::1]/tty", true],
  ["ws://172.32.0.1/tty", true],
  ["ws://172.15.0.1/tty", true],
  ["ws://100.63.0.1/tty", true],
  ["ws://100.128.0.1/tty", true],
  ["ws://11.0.0.1/tty", true],
  ["ws://10.evil.dev/tty", true],
  ["ws://192.168.evil.dev/tty", true],
  ["ws://localhost.evil.dev/tty", true],
  ["ws://fd00.evil.dev/tty", true],
  ["ws://0.0.0.0/tty", true],
  ["wss://lap.acme.dev/tty", false],
  ["ws://localhost:3000/tty", false],
  ["ws://127.0.0.1/tty", false],
  ["ws://[::1]/tty", false],
  ["ws://10.1.2.3/tty", false],
  ["ws://172.16.0.1/tty", false],
  ["ws://172.31.255.255/tty", false],
  ["ws://192.168.1.2/tty", false],
  ["ws://169.254.1.2/tty", false],
  ["ws://100.64.0.1/tty", false],
  ["ws://100.127.0.1/tty", false],
  ["ws://[fd12:3456::1]/tty", false],
  ["ws://[fe80::1]/tty", false],
  ["ws://node-1:30080/tty", false],
  ["ws://printer.local/tty", false],
  ["ws://s-1.sandboxes.svc.cluster.local:8080/tty", false],
  ["ws://s-1.sandboxes.svc:8080/tty", false],
  ["ws://ip-10-0-0-1.ec2.internal/tty", false],
])("%s can be read on the way: %p", (url, expected) => {
  expect(isPlainPublic(url)).toBe(expected);
});
