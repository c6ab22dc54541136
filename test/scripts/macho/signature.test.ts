import { describe, expect, test } from "bun:test";
import { readImage } from "../../../scripts/macho/image.ts";
import { signAdHoc } from "../../../scripts/macho/sign.ts";
import { findSignatureFaults } from "../../../scripts/macho/verify.ts";
import { LINKEDIT_SIZE, makeExecutable, TEXT_SIZE } from "../../support/macho.ts";

/** Where the signature of a made-up executable begins: its end, aligned. */
const SIGNATURE = Math.ceil((TEXT_SIZE + LINKEDIT_SIZE) / 16) * 16;
const DIRECTORY = SIGNATURE + 12 + 3 * 8;
const PAGES = Math.ceil(SIGNATURE / 4096);
/** Where the hash of the first page stands. */
const HASHES = DIRECTORY + 88 + "lap\0".length + 2 * 32;
const REQUIREMENTS = HASHES + PAGES * 32;

describe("an ad hoc signature", () => {
  const signed = signAdHoc(makeExecutable(), "lap");

  test("holds", () => {
    expect(findSignatureFaults(signed)).toEqual([]);
  });

  test("leaves everything but the load commands and itself as it was", () => {
    const before = makeExecutable();
    const commands = 32 + before.readUInt32LE(20);
    expect(signed.subarray(commands, before.length).equals(before.subarray(commands))).toBe(true);
  });

  test("is the end of the file and of __LINKEDIT, and aligned", () => {
    const { linkedit, signature } = readImage(signed);
    expect(signature.offset).toBe(SIGNATURE);
    expect(signature.offset + signature.size).toBe(signed.length);
    expect(linkedit.fileOffset + linkedit.fileSize).toBe(signed.length);
    expect(linkedit.memorySize % 0x4000).toBe(0);
  });

  test("has the hash that Apple's codesign writes for no requirements", () => {
    expect(signed.toString("hex", HASHES - 64, HASHES - 32)).toBe(
      "987920904eab650e75788c054aa0b0524e6a80bfc71aa32df8d237a61743f986",
    );
  });

  test("is replaced by another one, and by the same one with the same bytes", () => {
    expect(signAdHoc(signed, "lap").equals(signed)).toBe(true);
    const renamed = signAdHoc(signed, "a-longer-identifier-than-before");
    expect(findSignatureFaults(renamed)).toEqual([]);
    expect(signAdHoc(renamed, "lap").equals(signed)).toBe(true);
  });

  test("is refused to a binary whose Info.plist it would have to hash", () => {
    expect(() => signAdHoc(makeExecutable({ section: "__info_plist" }), "lap")).toThrow(
      "Info.plist",
    );
  });
});

describe("a fault is found:", () => {
  test.each([
    ["a byte of code", TEXT_SIZE - 1, "1 of 7 page hashes are wrong, the first of page 4"],
    ["the last byte before the signature", SIGNATURE - 1, "the first of page 6"],
    ["a load command", 0x40, "the first of page 0"],
    ["a page's hash", HASHES + 32, "1 of 7 page hashes are wrong, the first of page 1"],
    ["the requirements", REQUIREMENTS + 11, "special slot 2 does not match"],
    ["the hash of the requirements", HASHES - 64, "special slot 2 does not match"],
    ["the hash of an Info.plist that is not there", HASHES - 32, "special slot 1 does not match"],
    ["the identity of the signature", SIGNATURE, "no signature where the load command points"],
    ["the identity of the code directory", DIRECTORY, "the code directory is none"],
    ["the kind of hash", DIRECTORY + 37, "the hashes are not SHA-256"],
    ["the number of hashes", DIRECTORY + 31, "there are not as many hashes as pages"],
    ["the end of the executable segment", DIRECTORY + 79, "the executable segment is not __TEXT"],
  ])("%s", (_name, at, fault) => {
    const signed = signAdHoc(makeExecutable(), "lap");
    signed[at] = (signed[at] ?? 0) ^ 1;
    expect(findSignatureFaults(signed).join("; ")).toContain(fault);
  });

  test.each<[string, number, number, string]>([
    ["what is hashed ends early", DIRECTORY + 32, SIGNATURE - 16, "not everything"],
    ["the hardened runtime without a signer", DIRECTORY + 12, 0x10002, "hardened runtime"],
    ["no signer and not ad hoc", DIRECTORY + 12, 0, "neither ad hoc nor signed"],
    ["an old code directory", DIRECTORY + 8, 0x20100, "old version"],
    ["a signature longer than its place", SIGNATURE + 4, 0xffff, "longer than its place"],
  ])("%s", (_name, at, word, fault) => {
    const signed = signAdHoc(makeExecutable(), "lap");
    signed.writeUInt32BE(word, at);
    expect(findSignatureFaults(signed).join("; ")).toContain(fault);
  });

  test("bytes after the signature", () => {
    const longer = Buffer.concat([signAdHoc(makeExecutable(), "lap"), Buffer.from("more")]);
    expect(findSignatureFaults(longer)).toEqual(["the file goes on after its signature"]);
  });

  test.each([
    ["unsigned", makeExecutable(), "no signature where the load command points"],
    ["no Mach-O file", Buffer.from("#!/bin/sh\nexec true and something\n"), "not a 64-bit Mach-O"],
    ["empty", Buffer.alloc(0), "not a 64-bit Mach-O"],
    ["cut off", signAdHoc(makeExecutable(), "lap").subarray(0, SIGNATURE + 9), "cut off"],
    ["cut off in its load commands", makeExecutable().subarray(0, 100), "broken load commands"],
  ])("%s", (_name, file, fault) => {
    expect(findSignatureFaults(file).join("; ")).toContain(fault);
  });
});
