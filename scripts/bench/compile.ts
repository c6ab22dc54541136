/** Compiles a script with the flags that lap itself is built with. Answers the binary's path. */
export function compile(source: string, binary: string): string {
  const { exitCode, stderr } = Bun.spawnSync(
    [
      process.execPath,
      "build",
      source,
      "--compile",
      "--bytecode",
      "--format=esm",
      "--minify-whitespace",
      "--minify-syntax",
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      "--compile-exec-argv=--use-system-ca",
      `--outfile=${binary}`,
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  if (exitCode !== 0) throw new Error(`cannot compile ${source}: ${stderr.toString()}`);
  return binary;
}
