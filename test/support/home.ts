import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A home folder of its own for one test, gone when it is disposed of. */
export class TemporaryHome implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "lap-test-"));

  get config(): string {
    return join(this.path, ".lap", "config.json");
  }

  get state(): string {
    return join(this.path, ".lap", "state.json");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
