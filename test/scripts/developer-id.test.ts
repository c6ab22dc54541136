import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Machine, type Ran } from "../support/installer.ts";

const script = readFileSync(
  join(import.meta.dir, "..", "..", "scripts", "developer-id.sh"),
  "utf8",
);
const SECRETS = {
  APPLE_CERTIFICATE: "Y2VydGlmaWNhdGU=",
  APPLE_CERTIFICATE_PASSWORD: "opens it",
  APPLE_IDENTITY: "Developer ID Application: Lap (TEAM)",
  APPLE_API_KEY: "key",
  APPLE_API_KEY_ID: "id",
  APPLE_API_ISSUER: "issuer",
};

/** A Mac with Apple's tools, which sign nothing but say on stdout what they were asked for. */
let mac: Machine;

beforeEach(() => {
  mac = new Machine();
  for (const tool of ["base64", "dirname", "openssl", "sed"]) mac.link(tool);
  for (const tool of ["security", "ditto"]) mac.fake(tool, ":");
  mac.fake("codesign", 'for file; do :; done; echo "signs $file"');
});
afterEach(() => mac[Symbol.dispose]());

/** Has Apple answer so, with an exit code, to each file that is handed in. */
function judge(verdict: string, exitCode = 0): void {
  mac.fake(
    "xcrun",
    `case $2 in submit) echo '${verdict}'; exit ${exitCode} ;; log) echo "the log of $3" ;; esac`,
  );
}

async function sign(env: Partial<typeof SECRETS>): Promise<Ran> {
  return await mac.run(["/bin/sh"], { script, args: ["arm64/lap", "x64/lap"], env });
}

describe("signing with a Developer ID", () => {
  test("signs each file, and has Apple notarise it", async () => {
    judge('{"id":"42","message":"Processing complete","status":"Accepted"}');
    expect(await sign(SECRETS)).toEqual({
      exitCode: 0,
      stdout: "signs arm64/lap\nsigns x64/lap\n",
      stderr: "",
    });
    expect(mac.leftovers()).toEqual([]);
  });

  test.each([
    ['{"status":"Invalid","id":"42","message":"Processing complete"}', 0, "the log of 42"],
    ['{\n  "id": "42",\n  "status": "Rejected"\n}', 0, "the log of 42"],
    ['{"id":"42","status":"In Progress","message":"Timeout"}', 1, "the log of 42"],
    ['{"id":"42","status":"Accepted"}', 1, "the log of 42"],
    ["", 0, "the log of "],
  ])("fails where Apple says %j with exit code %d, and tells why", async (verdict, code, log) => {
    judge(verdict, code);
    const { exitCode, stdout, stderr } = await sign(SECRETS);
    expect(stderr).toBe(`Apple did not notarise arm64/lap: ${verdict}\n${log}\n`);
    expect(stdout).toBe("signs arm64/lap\n");
    expect(exitCode).toBe(1);
    expect(mac.leftovers()).toEqual([]);
  });

  test("is passed over where there are no secrets", async () => {
    const { exitCode, stdout, stderr } = await sign({});
    expect(stderr).toContain("the binaries stay signed ad hoc");
    expect(stdout).toBe("");
    expect(exitCode).toBe(0);
  });

  test("is refused with some of the secrets, and says which are missing", async () => {
    const { exitCode, stderr } = await sign({ ...SECRETS, APPLE_API_KEY: "", APPLE_IDENTITY: "" });
    expect(stderr).toContain("cannot sign without APPLE_IDENTITY APPLE_API_KEY;");
    expect(exitCode).toBe(1);
  });
});
