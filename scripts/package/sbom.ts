import type { Shipped } from "./shipped.ts";

export interface Bill {
  version: string;
  /** The packages compiled into lap. */
  packages: readonly Shipped[];
  /** Bun, which is the rest of it: one package for each system. */
  runtimes: readonly Shipped[];
  /** The keys of those of `packages` that lap's own code uses. */
  direct: readonly string[];
}

/**
 * What lap is made of, as CycloneDX 1.6. No time, and a serial number made of the rest: the same lap
 * has the same bill.
 */
export function renderBill({ version, packages, runtimes, direct }: Bill): string {
  const root = `pkg:generic/lap@${version}`;
  const all = [...packages, ...runtimes];
  const references = new Map(all.map((shipped) => [shipped.key, purl(shipped)]));
  const refer = (keys: readonly string[]) => keys.map((key) => references.get(key)).toSorted();
  const format = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
  };
  const contents = {
    version: 1,
    metadata: {
      component: { type: "application", "bom-ref": root, name: "lap", version, purl: root },
    },
    components: [
      ...packages.map((shipped) => component(shipped, "library")),
      ...runtimes.map((shipped) => component(shipped, "platform")),
    ],
    dependencies: [
      { ref: root, dependsOn: refer([...direct, ...runtimes.map(({ key }) => key)]) },
      ...all.map((shipped) => ({ ref: purl(shipped), dependsOn: refer(shipped.needs) })),
    ],
  };
  const bill = { ...format, serialNumber: serialOf(contents), ...contents };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/**
 * actions/attest takes no bill without one (its src/sbom.ts). The UUID is one of those that are a hash
 * of a name (version 5 in RFC 9562), here of all that the bill says.
 */
function serialOf(contents: object): string {
  return `urn:uuid:${Bun.randomUUIDv5(JSON.stringify(contents), "url")}`;
}

function component(shipped: Shipped, type: "library" | "platform") {
  const { name, version, integrity } = shipped;
  const [scope, base] = name.startsWith("@") ? name.split("/") : [undefined, name];
  return {
    type,
    "bom-ref": purl(shipped),
    ...(scope && { group: scope }),
    name: base,
    version,
    purl: purl(shipped),
    hashes: [{ alg: "SHA-512", content: hex(integrity) }],
  };
}

function purl({ name, version }: Shipped): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** @throws Error for a checksum other than SHA-512. */
function hex(integrity: string): string {
  if (!integrity.startsWith("sha512-")) throw new Error(`${integrity}: not SHA-512`);
  return Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
}
