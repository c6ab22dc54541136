import { domainToASCII } from "node:url";

/**
 * Whether NO_PROXY keeps a host from the proxy: `*`, names with all below them (`acme.dev`, `.acme.dev`
 * and `*.acme.dev` mean the same), addresses, ranges such as `10.0.0.0/8` and `fd00::/8`, each with a
 * port where only that one is meant. Names are not resolved.
 *
 * @param list parted by commas or blanks.
 * @param port of the URL, the scheme's own where it names none.
 */
export function isExempt({ hostname, port }: { hostname: string; port: number }, list: string) {
  const host = bare(hostname);
  const address = parseAddress(host);
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === "*") return true;
      const { name, ...only } = splitPort(entry);
      if (only.port !== undefined && only.port !== port) return false;
      const range = parseRange(name);
      if (range) return address !== undefined && isWithin(address, range);
      const suffix = bare(name.replace(/^\*?\./, ""));
      return suffix !== "" && (host === suffix || (!address && host.endsWith(`.${suffix}`)));
    });
}

/** As URL writes it, without the brackets of IPv6 and the dot of a full name. */
function bare(host: string): string {
  return (isAscii(host) ? host : domainToASCII(host))
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
}

function isAscii(text: string): boolean {
  return !/[^ -~]/.test(text);
}

/** More than one colon is IPv6, whose port stands behind brackets. */
function splitPort(entry: string): { name: string; port?: number } {
  const [, name, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  return name === undefined ? { name: entry } : { name, port: Number(port) };
}

interface Address {
  value: bigint;
  bits: 32 | 128;
}

interface Range extends Address {
  /** How many bits at its start count. */
  prefix: number;
}

function isWithin(address: Address, { value, bits, prefix }: Range): boolean {
  const rest = BigInt(bits - prefix);
  return address.bits === bits && address.value >> rest === value >> rest;
}

/** An address alone is a range of one. */
function parseRange(text: string): Range | undefined {
  const [start = "", length, ...more] = text.split("/");
  const address = parseAddress(bare(start));
  if (!address || more.length > 0) return undefined;
  const prefix = length === undefined ? address.bits : Number(length);
  const isLength = length === undefined || /^\d+$/.test(length);
  return isLength && prefix <= address.bits ? { ...address, prefix } : undefined;
}

function parseAddress(text: string): Address | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split(".").map(Number);
    return parts.every((part) => part < 256) ? { value: join(parts, 8), bits: 32 } : undefined;
  }
  if (!text.includes(":") || !URL.canParse(`http://[${text}]`)) return undefined;
  // As URL writes it: in hexadecimal throughout, with one gap at the most.
  const written = bare(new URL(`http://[${text}]`).hostname);
  const [head = [], tail = []] = written
    .split("::")
    .map((side) => side.split(":").filter(Boolean).map(hexadecimal));
  const gap = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  const parts = [...head, ...gap, ...tail];
  // What a host with both stacks calls an IPv4 address.
  const isMapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
  return isMapped
    ? { value: join(parts.slice(6), 16), bits: 32 }
    : { value: join(parts, 16), bits: 128 };
}

function hexadecimal(text: string): number {
  return Number.parseInt(text, 16);
}

function join(parts: readonly number[], bits: number): bigint {
  return parts.reduce((value, part) => (value << BigInt(bits)) | BigInt(part), 0n);
}
