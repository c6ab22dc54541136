import { type Target, TARGETS } from "../targets.ts";
import { makeMuslRoot } from "./musl.ts";

/** A way to start one target's lap on this machine. */
export interface Trial {
  name: string;
  target: Target;
  /** The command that lap is started by, empty for lap itself; or what is missing, in words. */
  prepare(): string[] | string;
}

const QEMU = { arm64: "qemu-aarch64", x64: "qemu-x86_64" };
/** Where Debian's libc6-arm64-cross keeps a glibc for the other CPU. */
const GLIBC_ROOT = "/usr/aarch64-linux-gnu";
/** Of 2008: older than any that Bun promises to run on. */
const OLD_CPU = "Nehalem";

/** Every target, and the one for x64 once more on an old CPU. */
export function trials(): Trial[] {
  const all = TARGETS.map((target) => ({
    name: target.name,
    target,
    prepare: () => prepare(target),
  }));
  const old = TARGETS.filter(({ name }) => name === "linux-x64").map((target) => ({
    name: `${target.name} on a ${OLD_CPU}`,
    target,
    prepare: () => emulator(target, "-cpu", OLD_CPU),
  }));
  return [...all, ...old];
}

function prepare(target: Target): string[] | string {
  const { os, cpu, libc } = target;
  if (os === process.platform && cpu === process.arch && libc !== "musl") return [];
  if (os === "darwin") return "only a Mac starts it; the hashes of its signature are right";
  if (process.platform !== "linux") return "only Linux starts it";
  if (libc !== "musl") return emulator(target, "-L", GLIBC_ROOT);
  const root = makeMuslRoot(cpu);
  return "missing" in root ? root.missing : emulator(target, "-L", root.folder);
}

function emulator({ cpu }: Target, ...args: string[]): string[] | string {
  if (process.platform !== "linux") return "only Linux emulates another CPU for one program";
  const qemu = Bun.which(`${QEMU[cpu]}-static`) ?? Bun.which(QEMU[cpu]);
  return qemu ? [qemu, ...args] : "apt-get install qemu-user-static libc6-arm64-cross";
}
