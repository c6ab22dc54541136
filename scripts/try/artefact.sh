#!/bin/sh
# Takes a target's archive as the person does who downloads it, on the system that it is for:
#
#   sh scripts/try/artefact.sh <folder of the release> <target> <version> [<emulator> …]
#
# Checks its checksum and (on a Mac) its signature, unpacks and starts it, and does the check of
# `lap demo`. Where LAP_BASE_URL serves the folder, install.sh installs it as well.
set -eu

folder=$1 target=$2 version=$3
shift 3
archive=lap-$target.tar.gz
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check_sums() {
  if command -v sha256sum >/dev/null; then sha256sum -c -; else shasum -a 256 -c -; fi
}

check_version() {
  said=$("$@" --version)
  if [ "$said" != "$version" ]; then
    echo "$*: '$said' instead of '$version'" >&2
    exit 1
  fi
}

(cd "$folder" && grep " $archive\$" SHA256SUMS | check_sums)
tar -xzf "$folder/$archive" -C "$scratch"
for file in LICENSE LICENSES.md completions/lap.bash completions/_lap completions/lap.fish man/lap.1; do
  test -s "$scratch/$file"
done
if [ "$(uname -s)" = Darwin ]; then
  codesign --verify --strict --verbose=4 "$scratch/lap"
  codesign --display --verbose=4 "$scratch/lap"
fi
check_version "$@" "$scratch/lap"
"$@" "$scratch/lap" demo --check
if [ -n "${LAP_BASE_URL-}" ]; then
  LAP_INSTALL_DIR=$scratch/bin sh "$folder/install.sh"
  check_version "$scratch/bin/lap"
fi
echo "✓ $archive: lap $version starts here, and its demo works"
