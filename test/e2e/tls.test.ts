import { afterAll, describe, expect, test } from "bun:test";
import { CA, identity, tlsPath } from "../support/certificates.ts";
import { TemporaryHome } from "../support/home.ts";
import { join } from "../support/join.ts";
import { lap } from "../support/lap.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";

const sandbox = new ScriptedSandbox({ tls: identity("good") });
afterAll(() => sandbox[Symbol.asyncDispose]());

/** A certificate that nobody's is issued by. */
const OTHER = tlsPath("client.pem");

describe("the binary trusts, beside its own roots, the issuers of", () => {
  test.each<[string, Record<string, string>]>([
    ["NODE_EXTRA_CA_CERTS", { NODE_EXTRA_CA_CERTS: CA }],
    ["SSL_CERT_FILE", { SSL_CERT_FILE: CA }],
    ["LAP_CA_CERT", { LAP_CA_CERT: CA }],
    [
      "NODE_EXTRA_CA_CERTS with another LAP_CA_CERT",
      { NODE_EXTRA_CA_CERTS: CA, LAP_CA_CERT: OTHER },
    ],
    ["SSL_CERT_FILE with another LAP_CA_CERT", { SSL_CERT_FILE: CA, LAP_CA_CERT: OTHER }],
  ])("%s, for requests and for the terminal", async (_, env) => {
    using home = new TemporaryHome();
    using pty = await join(home, sandbox, [], { env });
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
  });
});

test("and nobody else's", async () => {
  using home = new TemporaryHome();
  using pty = lap(home, ["agents"], { env: { ...sandbox.login, LAP_CA_CERT: OTHER } });
  expect(await pty.exit()).toBe(1);
  expect(pty.text()).toContain("its TLS certificate comes from an unknown issuer");
});
