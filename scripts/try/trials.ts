import { existsSync } from "node:fs";
import { type Target, TARGETS } from "../targets.ts";
import { makeMuslRoot } from "./musl.ts";

/** A way to start one target's lap on this machine. */
export interface Trial {
  name: string;
  target: Target;
  /** The command that lap is started by, empty for lap itself; or what is missing, in words. */
  prepare(): string[] | string;
}

/** What runs another CPU's programs, and Debian's glibc for them. */
const FOREIGN = {
  arm64: { qemu: "qemu-aarch64", root: "/usr/aarch64-linux-gnu", glibc: "libc6-arm64-cross" },
  x64: { qemu: "qemu-x86_64", root: "/usr/x86_64-linux-gnu", glibc: "libc6-amd64-cross" },
};
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
    prepare: () => onGlibc(target, "-cpu", OLD_CPU),
  }));
  return [...all, ...old];
}

function prepare(target: Target): string[] | string {
  const { os, cpu, libc } = target;
  if (os === process.platform && cpu === process.arch && libc !== "musl") return [];
  if (os === "darwin") return "only a Mac starts it";
  if (libc !== "musl") return onGlibc(target);
  const root = makeMuslRoot(cpu);
  return "missing" in root ? root.missing : emulator(target, ["-L", root.folder]);
}

function onGlibc(target: Target, ...args: string[]): string[] | string {
  const { root, glibc } = FOREIGN[target.cpu];
  if (target.cpu === process.arch) return emulator(target, args);
  return existsSync(root) ? emulator(target, ["-L", root, ...args]) : `apt-get install ${glibc}`;
}

function emulator({ cpu }: Target, args: string[]): string[] | string {
  const { qemu } = FOREIGN[cpu];
  const found = Bun.which(`${qemu}-static`) ?? Bun.which(qemu);
  return found ? [found, ...args] : "apt-get install qemu-user-static";
}
