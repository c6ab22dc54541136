import { renderSums } from "../../scripts/package/sums.ts";
import { gzip, tar } from "../../scripts/package/tar.ts";
import { archiveName, TARGETS } from "../../scripts/targets.ts";
import { ReleaseFolder } from "./upgrade-release.ts";

/** A release for every target, packed as it is shipped, and served on this machine. */
export class Mirror extends ReleaseFolder {
  /** @param lap what each archive holds as `lap`. */
  constructor(lap: string) {
    super();
    const archive = gzip(tar([{ path: "lap", executable: true, contents: lap }]));
    const names = TARGETS.map((target) => archiveName(target));
    const archives = Object.fromEntries(names.map((name) => [name, archive]));
    for (const name of names) this.files.set(name, archive);
    this.files.set("SHA256SUMS", renderSums(archives));
  }

  get url(): string {
    return this.server.url;
  }

  /** The files that were asked for, in order. */
  get asked(): string[] {
    return this.server.requests.map(({ path }) => path.slice(1));
  }
}
