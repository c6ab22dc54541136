import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { CA, type CertificateName, identity } from "../../support/certificates.ts";
import { Machine, type Ran } from "../../support/installer.ts";
import { Mirror } from "../../support/mirror.ts";
import { fakeLap } from "../../support/upgrade-release.ts";
import { StubServer } from "../../support/stub-server.ts";

const BUSYBOX = Bun.which("busybox");
const WGET = Bun.which("wget");

/** What may fetch from an https server, and how each is told of the tests' issuer. */
const DOWNLOADERS = {
  curl: () => ({ CURL_CA_BUNDLE: CA }),
  "GNU wget": (machine: Machine) => {
    machine.remove("curl");
    machine.link("wget");
    const WGETRC = join(machine.home, "wgetrc");
    writeFileSync(WGETRC, `ca_certificate = ${CA}\n`);
    return { WGETRC };
  },
  // Without openssl beside it, it checks no certificate.
  "busybox wget": (machine: Machine) => {
    machine.remove("curl");
    machine.link("wget", BUSYBOX);
    return {};
  },
};

type Downloader = keyof typeof DOWNLOADERS;
const isThere = ([downloader]: readonly [Downloader, ...unknown[]]) =>
  ({ curl: true, "GNU wget": WGET !== null, "busybox wget": BUSYBOX !== null })[downloader];

/** Installs over an old lap, from an https server that answers or sends elsewhere. */
async function installFrom(
  downloader: Downloader,
  certificate: CertificateName,
  answer: (mirror: Mirror, path: string, self: string) => Response | Promise<Response>,
): Promise<Ran & { version: string | undefined }> {
  using machine = new Machine();
  await using mirror = new Mirror(fakeLap("0.2.0"));
  await using server: StubServer = new StubServer(
    (_request, { pathname }): Response | Promise<Response> => answer(mirror, pathname, server.url),
    { tls: identity(certificate) },
  );
  machine.installOld(fakeLap("0.1.0"));
  const env = { LAP_BASE_URL: server.url, ...DOWNLOADERS[downloader](machine) };
  const ran = await machine.run(["/bin/sh"], { env });
  return { ...ran, version: machine.installedVersion() };
}

const itself = (mirror: Mirror, path: string) => fetch(`${mirror.url}${path}`);

const CERTIFICATES: [Downloader, CertificateName, string | undefined][] = [
  ["curl", "good", undefined],
  ["curl", "expired", "✗ cannot download "],
  ["GNU wget", "good", undefined],
  ["GNU wget", "expired", "✗ cannot download "],
  ["busybox wget", "good", "✗ this wget does not verify certificates\n  Install curl"],
];
test.each(CERTIFICATES.filter(isThere))(
  "%s and a server with a certificate that is %s",
  async (downloader, certificate, words) => {
    const { exitCode, stderr, version } = await installFrom(downloader, certificate, itself);
    expect(stderr).toContain(words ?? "✓ lap 0.2.0 is in ");
    expect([exitCode, version]).toEqual(words ? [1, "0.1.0"] : [0, "0.2.0"]);
  },
);

const FOLLOWING: [Downloader, string][] = [
  ["curl", "✗ cannot download "],
  ["GNU wget", " redirects away from https, which is not safe"],
];

test.each(FOLLOWING.filter(isThere))("%s follows https to https", async (downloader) => {
  const { exitCode, version } = await installFrom(downloader, "good", (mirror, path, self) =>
    path.startsWith("/there/")
      ? itself(mirror, path.slice("/there".length))
      : Response.redirect(`${self}/there${path}?from=http://x`),
  );
  expect([exitCode, version]).toEqual([0, "0.2.0"]);
});

test.each(FOLLOWING.filter(isThere))(
  "%s does not follow https to http",
  async (downloader, words) => {
    const { exitCode, stderr, version } = await installFrom(downloader, "good", (mirror, path) =>
      Response.redirect(`${mirror.url}${path}`),
    );
    expect(stderr).toContain(words);
    expect([exitCode, version]).toEqual([1, "0.1.0"]);
  },
);

test.each(FOLLOWING.filter(isThere))(
  "%s does not follow https to http where the server writes LOCATION",
  async (downloader, words) => {
    using machine = new Machine();
    await using mirror = new Mirror(fakeLap("0.2.0"));
    await using server = await shouting(mirror.url);
    const env = { LAP_BASE_URL: server.url, ...DOWNLOADERS[downloader](machine) };
    const { exitCode, stderr } = await machine.run(["/bin/sh"], { env });
    expect(stderr).toContain(words);
    expect([exitCode, machine.installedVersion()]).toEqual([1, undefined]);
  },
);

/** A server over https that sends everybody elsewhere, in capital letters. */
async function shouting(elsewhere: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(identity("good"), (socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (head) => {
      const [, path] = head.toString().split(" ");
      socket.end(
        `HTTP/1.1 302 Found\r\nLOCATION: ${elsewhere}${path}\r\nContent-Length: 0\r\n\r\n`,
      );
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())),
  };
}
