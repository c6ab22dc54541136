import { expect, test } from "bun:test";
import type { Entry } from "../../src/config/configfile.ts";
import type { SettingSources } from "../../src/config/settings.ts";
import { trustFiles } from "../../src/config/trust.ts";

const HOME = "/home/ann";

function sources(
  given: Partial<SettingSources>,
  top: Entry = {},
  acme: Entry = {},
): SettingSources {
  const file = { path: "~", top, profiles: new Map([["acme", acme]]), repaired: false };
  return { flags: {}, env: {}, file, profile: "default", ...given };
}

test.each([
  ["nothing", sources({}), undefined],
  [
    "the flag, as it is typed",
    sources({ flags: { "ca-cert": "ca.pem" }, env: { LAP_CA_CERT: "/x" } }, { caCert: "/y" }),
    { ca: { path: "ca.pem", from: "--ca-cert" } },
  ],
  [
    "the environment",
    sources({ env: { LAP_CA_CERT: "x.pem" } }, { caCert: "/y" }),
    { ca: { path: "x.pem", from: "LAP_CA_CERT" } },
  ],
  [
    "the file, beside which it lies",
    sources({}, { caCert: "ca.pem" }),
    { ca: { path: "/home/ann/.lap/ca.pem", from: "caCert in config.json" } },
  ],
  [
    "the file, in the home",
    sources({}, { caCert: "~/ca.pem" }),
    { ca: { path: "/home/ann/ca.pem", from: "caCert in config.json" } },
  ],
  [
    "the profile in force, over the file, whose client certificate is for another platform",
    sources({ profile: "acme" }, { caCert: "/y", clientCert: "/c" }, { caCert: "/z" }),
    { ca: { path: "/z", from: "caCert in config.json, profile 'acme'" } },
  ],
  ["another profile's", sources({}, {}, { caCert: "/z" }), undefined],
])("what TLS is done with: %s", (_, given, expected) => {
  expect(trustFiles(given, HOME)).toEqual(expected as never);
});

test("a key alone is refused: no certificate would be shown", () => {
  const read = () => trustFiles(sources({}, { clientKey: "/k" }), HOME);
  expect(read).toThrow("clientKey in config.json names a key, and nothing names the certificate");
});
