import { archiveName, type Target, TARGETS } from "../targets.ts";

export interface Release {
  version: string;
  /** The address of lap's repository. */
  repository: string;
  /** The address of the folder that holds the release's files. */
  folder: string;
  sums: ReadonlyMap<string, string>;
}

/** Homebrew has no musl. */
const BREWED = TARGETS.filter(({ libc }) => libc !== "musl");
/** What Homebrew calls them, and which of them lap starts on: Bun is made for macOS 13 and later. */
const OS = {
  darwin: { name: "macos", needs: "    depends_on macos: :ventura\n\n" },
  linux: { name: "linux", needs: "" },
};
const CPU = { arm64: "arm", x64: "intel" };

/**
 * lap's Homebrew formula. Not a cask: those stay quarantined, and macOS would not start an ad hoc
 * signed binary out of one. On Linux it takes a Homebrew of August 2026 or later: older ones rewrite
 * what they install, which breaks binaries of Bun (Homebrew/brew#23589).
 *
 * @throws Error when the release lacks one of the archives.
 */
export function renderFormula({ version, repository, folder, sums }: Release): string {
  const blocks = Object.entries(OS).map(([os, { name, needs }]) => {
    const targets = BREWED.filter((target) => target.os === os);
    const sources = targets.map((target) => source(target, folder, sums));
    return `  on_${name} do\n${needs}${sources.join("")}  end\n`;
  });
  return `class Lap < Formula
  desc "Your own terminal inside a running agent sandbox"
  homepage "${repository}"
  version "${version}"
  license "MIT"

  livecheck do
    url :stable
    strategy :github_latest
  end

${blocks.join("\n")}
  def install
    bin.install "lap"
    bash_completion.install "completions/lap.bash" => "lap"
    zsh_completion.install "completions/_lap"
    fish_completion.install "completions/lap.fish"
    man1.install "man/lap.1"
    prefix.install "LICENSES.md"
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/lap --version").chomp
    assert_match "returned to the same shell", shell_output("#{bin}/lap demo --check")
  end
end
`;
}

function source(target: Target, folder: string, sums: Release["sums"]): string {
  const archive = archiveName(target);
  const sum = sums.get(archive);
  if (!sum) throw new Error(`the release has no ${archive}`);
  return `    on_${CPU[target.cpu]} do
      url "${folder}/${archive}"
      sha256 "${sum}"
    end
`;
}
