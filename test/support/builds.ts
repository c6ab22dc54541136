import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import manifest from "../../package.json";
import { compile } from "../../scripts/compile.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** laps of other versions and of a known repository, compiled from this source. */
export class Builds implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "lap-builds-"));

  /** Compiles one; answers its path. */
  build(version: string): string {
    const folder = join(this.folder, version);
    mkdirSync(folder);
    cpSync(join(ROOT, "src"), join(folder, "src"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const changed = { ...manifest, version, repository: "github:acme/lap" };
    writeFileSync(join(folder, "package.json"), JSON.stringify(changed));
    return compile(join(folder, "src", "cli.ts"), join(folder, "lap"));
  }

  /** Installs one of them: a hard link, which an upgrade replaces and never writes to. */
  static install(build: string, path: string): string {
    mkdirSync(dirname(path), { recursive: true });
    linkSync(build, path);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
