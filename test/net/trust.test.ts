import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { UsageError } from "../../src/errors.ts";
import { readTrust, type TrustFile } from "../../src/net/trust.ts";
import { CA, tlsPath } from "../support/certificates.ts";
import { TemporaryHome } from "../support/home.ts";

const NONE = { ca: undefined, cert: undefined, key: undefined };
const CA_TEXT = readFileSync(CA, "utf8");

function from(path: string): TrustFile {
  return { path, from: "--ca-cert" };
}

/** A file of that content, and what is read of it. */
function withFile<T>(content: string | Uint8Array, read: (file: TrustFile) => T): T {
  using home = new TemporaryHome();
  const path = join(home.path, "file.pem");
  writeFileSync(path, content);
  return read(from(path));
}

describe("issuers", () => {
  const builtIn = getCACertificates("default").length;

  test.each<[string, string | Uint8Array, number]>([
    ["one", CA_TEXT, 1],
    ["several, with words between", `words\n${CA_TEXT}more\n${CA_TEXT}`, 2],
    ["with the line ends of Windows", CA_TEXT.replaceAll("\n", "\r\n"), 1],
    ["in DER", new X509Certificate(CA_TEXT).raw, 1],
  ])("%s: added to those that are trusted anyway", (_, content, count) => {
    const { ca } = withFile(content, (file) => readTrust({ ...NONE, ca: file }));
    expect(ca?.length).toBe(builtIn + count);
    expect(ca?.at(-1)).toBe(new X509Certificate(CA_TEXT).toString());
  });

  test.each([
    ["nothing", "", "holds no certificate"],
    ["words", "hello", "holds no certificate"],
    ["a key alone", readFileSync(tlsPath("good.key")), "holds no certificate"],
    ["half a certificate", CA_TEXT.slice(0, 200), "holds no certificate"],
    ["a broken certificate", CA_TEXT.replace(/\n.{20}/, "\n"), "holds a broken certificate"],
    ["broken DER", Buffer.from([0x30, 1, 2]), "holds a broken certificate"],
  ])("are not read from %s", (_, content, words) => {
    const read = () => withFile(content, (file) => readTrust({ ...NONE, ca: file }));
    expect(read).toThrow(UsageError);
    expect(read).toThrow(words);
  });

  test("are not read from a file that is not there", () => {
    const read = () => readTrust({ ...NONE, ca: from("/nowhere/ca.pem") });
    expect(read).toThrow("--ca-cert: /nowhere/ca.pem cannot be read (ENOENT)");
  });
});

describe("a client's certificate", () => {
  const cert = from(tlsPath("client.pem"));
  const key = from(tlsPath("client.key"));

  test("and its key, from two files", () => {
    const own = readTrust({ ca: undefined, cert, key });
    expect(Object.keys(own).toSorted()).toEqual(["cert", "key"]);
  });

  test("and its key, from one file", () => {
    const both = [cert, key].map(({ path }) => readFileSync(path, "utf8")).join("");
    const own = withFile(both, (file) => readTrust({ ca: undefined, cert: file, key: undefined }));
    expect(own).toEqual(readTrust({ ca: undefined, cert, key }));
  });

  const encrypted =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGjMF8G\n-----END ENCRYPTED PRIVATE KEY-----\n";
  const older =
    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,5D28\n\nMIGj\n-----END EC PRIVATE KEY-----\n";
  test.each([
    ["no key", CA_TEXT, "holds no private key"],
    ["the key of another", readFileSync(tlsPath("good.key")), "holds another key than that of"],
    ["an encrypted key", encrypted, "is it encrypted?"],
    ["an encrypted key of the older kind", older, "is it encrypted?"],
  ])("is not used with %s", (_, content, words) => {
    const read = () => withFile(content, (file) => readTrust({ ca: undefined, cert, key: file }));
    expect(read).toThrow(UsageError);
    expect(read).toThrow(words);
  });
});
