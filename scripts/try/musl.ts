import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Target } from "../targets.ts";

const FOLDER = "dist/musl";
const DEBIAN = {
  arm64: { arch: "arm64", triplet: "aarch64-linux-gnu", musl: "ld-musl-aarch64" },
  x64: { arch: "amd64", triplet: "x86_64-linux-gnu", musl: "ld-musl-x86_64" },
};
const GCC = "12";
const PACKAGES = ["musl", `libstdc++-${GCC}-pic`, `libgcc-${GCC}-dev`];

/**
 * A root folder with musl and a libstdc++ for it, of Debian's packages for a CPU. Debian has no
 * libstdc++ for musl: its own is linked again here, with stand-ins for the little of glibc that it
 * uses (glibc.c). That starts lap and shows that it works, but only Alpine, in the release workflow,
 * shows that it works with Alpine's.
 *
 * @returns the folder, made on the first call; or what is missing to make it, in words.
 * @throws Error with what a tool said.
 */
export function makeMuslRoot(cpu: Target["cpu"]): { folder: string } | { missing: string } {
  const { arch, triplet, musl } = DEBIAN[cpu];
  const compiler = Bun.which(`${triplet}-gcc`);
  if (!Bun.which("apt-get")) return { missing: "a musl system is made of Debian's packages" };
  if (!compiler) return { missing: `apt-get install gcc-${triplet.replace("_", "-")}` };
  const folder = resolve(FOLDER, arch);
  const root = join(folder, "root");
  if (existsSync(root)) return { folder: root };
  const debian = join(folder, "debian");
  const fault = downloadDebian(folder, arch)?.split("\n").at(-1);
  if (fault !== undefined) return { missing: `what apt-get cannot download: ${fault}` };
  mkdirSync(debian);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
    run(["dpkg-deb", "--extract", join(folder, file), debian]);
  }
  const libraries = join(debian, "usr/lib/gcc", triplet, GCC);
  const unfinished = join(folder, "unfinished");
  for (const part of ["lib", "etc"]) mkdirSync(join(unfinished, part), { recursive: true });
  copyFileSync(join(debian, `lib/${musl}.so.1`), join(unfinished, `lib/${musl}.so.1`));
  chmodSync(join(unfinished, `lib/${musl}.so.1`), 0o755);
  // Debian's musl would look elsewhere.
  writeFileSync(join(unfinished, `etc/${musl}.path`), "/lib\n");
  const kind = ["-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libstdc++.so.6"];
  const output = ["-o", join(unfinished, "lib/libstdc++.so.6")];
  const whole = [join(libraries, "libstdc++_pic.a"), join(libraries, "libgcc_eh.a")];
  const needed = ["-Wl,--whole-archive", ...whole, "-Wl,--no-whole-archive"];
  const glibc = join(import.meta.dir, "glibc.c");
  run([compiler, ...kind, ...output, glibc, ...needed, join(libraries, "libgcc.a")]);
  renameSync(unfinished, root);
  return { folder: root };
}

/**
 * Downloads packages of any architecture without touching what this system has.
 *
 * @returns what apt-get said where it could not, as without a network.
 */
function downloadDebian(folder: string, arch: string): string | undefined {
  const lists = join(folder, "lists");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(lists, "partial"), { recursive: true });
  const options = [
    `APT::Architecture=${arch}`,
    `APT::Architectures::=${arch}`,
    `Dir::State::lists=${lists}`,
    "APT::Sandbox::User=root",
  ];
  const apt = ["apt-get", "-qq", ...options.flatMap((option) => ["-o", option])];
  return faultOf([...apt, "update"]) ?? faultOf([...apt, "download", ...PACKAGES], folder);
}

function run(command: string[]): void {
  const fault = faultOf(command);
  if (fault !== undefined) throw new Error(`${command.join(" ")}: ${fault}`);
}

/** @returns what a command said that failed. */
function faultOf(command: string[], cwd = "."): string | undefined {
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd, stdout: "ignore", stderr: "pipe" });
  return exitCode === 0 ? undefined : stderr.toString().trim();
}
