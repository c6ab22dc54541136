#!/bin/sh
# Installs lap, or brings it up to date: curl -fsSL …/install.sh | sh
#
#   LAP_VERSION      which release, such as 0.2.0 (else the latest)
#   LAP_INSTALL_DIR  where to (else ~/.local/bin)
#   LAP_BASE_URL     the folder that holds a release's files, for a mirror of your own; may be http
#
# `sh install.sh --uninstall` removes it. Nothing runs before the last line, so that half a download
# does nothing.

say() {
  printf '%s\n' "$*" >&2
}

# die <what is wrong> [<what to do>]
die() {
  say "✗ $1"
  if [ $# -gt 1 ]; then say "  $2"; fi
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

usage() {
  say "usage: sh install.sh [--uninstall]"
  say "  environment: LAP_VERSION, LAP_INSTALL_DIR, LAP_BASE_URL"
}

# The name of the build for this machine, as in lap-<name>.tar.gz.
find_target() {
  case $(uname -m) in
    x86_64 | amd64) cpu=x64 ;;
    arm64 | aarch64) cpu=arm64 ;;
    *) die "there is no lap for a CPU of the kind $(uname -m)" "There is for arm64 and x86_64." ;;
  esac
  case $(uname -s) in
    Darwin)
      # Under Rosetta an Apple CPU says that it is Intel's.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then cpu=arm64; fi
      target=darwin-$cpu
      ;;
    Linux)
      if [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ]; then
        die "there is no lap for a 32-bit system"
      fi
      target=linux-$cpu
      if is_musl; then
        target=$target-musl
        check_libstdcxx
      fi
      ;;
    *) die "there is no lap for $(uname -s)" "There is for macOS and Linux; on Windows, use WSL." ;;
  esac
}

# A glibc system may have musl as well, but its own ldd is glibc's.
is_musl() {
  if has ldd; then
    case $(ldd --version 2>&1) in
      *musl*) return 0 ;;
      *) return 1 ;;
    esac
  fi
  [ ! -e /lib64/ld-linux-x86-64.so.2 ] && [ ! -e /lib/ld-linux-aarch64.so.1 ]
}

# Only Alpine can be asked at once; elsewhere the new lap's first start tells.
check_libstdcxx() {
  if has apk && ! apk info -e libstdc++ >/dev/null 2>&1; then
    die "lap needs libstdc++, which is not installed" "Install it: apk add libstdc++"
  fi
}

check_tools() {
  has curl || has wget || die "curl or wget is needed to download lap" "Install one of them."
  has sha256sum || has shasum || has openssl ||
    die "sha256sum, shasum or openssl is needed to check the download" "Install one of them."
  for tool in tar gzip mktemp; do
    has "$tool" || die "$tool is needed to install lap" "Install it."
  done
}

# download <url> <file>: tries again twice, in case the network stumbled.
download() {
  for pause in 1 2 0; do
    fetch "$1" "$2" && return 0
    # So curl ends where it cannot write.
    if [ $? = 23 ]; then die "cannot write what is downloaded to ${2%/*}" "Is the disk full?"; fi
    if [ "$pause" != 0 ]; then
      say "  once more in $pause s"
      sleep "$pause"
    fi
  done
  return 1
}

fetch() {
  if has curl; then
    progress=--silent
    if [ -t 2 ]; then progress=--progress-bar; fi
    curl --fail --location --show-error "$progress" --proto "$protocols" --tlsv1.2 \
      --connect-timeout 15 --speed-limit 1 --speed-time 30 --output "$2" "$1"
  else
    fetch_by_wget "$1" "$2"
  fi
}

# What wget says is shown where it fails: else it names the address with the password that is in it.
fetch_by_wget() {
  fetched=0
  secure=
  if [ "$protocols" = "=https" ]; then secure=--https-enforce=hard; fi
  case $(wget --version 2>/dev/null) in
    "GNU Wget2 "*)
      heard=$(wget --no-verbose ${secure:+"$secure"} --timeout=30 --tries=1 -O "$2" "$1" 2>&1) ||
        fetched=$?
      ;;
    "GNU Wget "*)
      heard=$(wget --no-verbose -S --timeout=30 --tries=1 -O "$2" "$1" 2>&1) || fetched=$?
      ;;
    *)
      # Only the plainest flags: busybox may crash over -T.
      heard=$(wget -q -S -O "$2" "$1" 2>&1) || fetched=$?
      ;;
  esac
  if [ -n "$secure" ]; then check_https; fi
  if [ "$fetched" != 0 ] && [ -n "$heard" ]; then say "$heard"; fi
  # Where it cannot write, as curl ends.
  if [ "$fetched" = 3 ]; then fetched=23; fi
  return "$fetched"
}

# No flag keeps most of them to https, and busybox's may check no certificate: what they say tells.
check_https() {
  case $heard in
    *"certificate validation not implemented"*)
      die "this wget does not verify certificates" "Install curl, then run this again."
      ;;
  esac
  while read -r header value; do
    case $header$value in
      [Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]:[Hh][Tt][Tt][Pp]:* | \
        [Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]:[Ff][Tt][Pp]*)
        die "$shown redirects away from https, which is not safe" "Nothing was installed."
        ;;
    esac
  done <<HEARD
$heard
HEARD
}

# sum_of <file>
sum_of() {
  if has sha256sum; then
    sum=$(sha256sum <"$1")
  elif has shasum; then
    sum=$(shasum -a 256 <"$1")
  else
    sum=$(openssl dgst -sha256 -r <"$1")
  fi
  printf '%s\n' "${sum%% *}"
}

# sum_named <name> <SHA256SUMS>
sum_named() {
  while read -r sum name; do
    if [ "${name#\*}" = "$1" ]; then
      printf '%s\n' "$sum"
      return 0
    fi
  done <"$2"
  return 1
}

choose_directory() {
  if [ -z "${LAP_INSTALL_DIR-}" ] && [ -z "${HOME-}" ]; then
    die "there is no HOME to install into" "Set LAP_INSTALL_DIR to a folder on your PATH."
  fi
  directory=${LAP_INSTALL_DIR:-$HOME/.local/bin}
  case $directory in
    /*) ;;
    *) directory=$PWD/$directory ;;
  esac
  # Not "/", which would be nothing.
  if [ "$directory" != / ]; then directory=${directory%/}; fi
}

choose_source() {
  protocols="=https"
  version=${LAP_VERSION-}
  version=${version#v}
  case $version in
    *[!0-9A-Za-z.+-]*) die "LAP_VERSION '$LAP_VERSION' is not a version" "Example: LAP_VERSION=0.2.0" ;;
  esac
  if [ -n "${LAP_BASE_URL-}" ]; then
    source=${LAP_BASE_URL%/}
    case $source in
      https://*) ;;
      http://*) protocols="=http,https" ;;
      *) die "LAP_BASE_URL is not an http or https address" "Example: https://mirror.acme.dev/lap" ;;
    esac
  elif [ -n "$version" ]; then
    source=$releases/download/v$version
  else
    source=$releases/latest/download
  fi
  # As it may be printed: a mirror's address may hold a password.
  shown=${source#*://}
  host=${shown%%/*}
  shown=${source%%://*}://${host##*@}${shown#"$host"}
}

# Whatever else happens, what is not finished goes.
clean_up() {
  if [ -n "${scratch-}" ]; then rm -rf "$scratch"; fi
  if [ -n "${new-}" ]; then rm -f "$new" "$new.old"; fi
}

give_up() {
  trap - EXIT
  clean_up
  # Not behind curl's bar, which ends no line.
  if [ -t 2 ]; then say ""; fi
  say "✗ interrupted; nothing was changed"
  exit "$1"
}

get_archive() {
  archive=lap-$target.tar.gz
  say "downloading $shown/$archive"
  download "$source/SHA256SUMS" "$scratch/SHA256SUMS" ||
    die "cannot download $shown/SHA256SUMS" "Are you online? Is there such a release?"
  expected=$(sum_named "$archive" "$scratch/SHA256SUMS") ||
    die "that release has no $archive" "LAP_VERSION chooses another one."
  download "$source/$archive" "$scratch/$archive" ||
    die "cannot download $shown/$archive" "Are you online?"
  found=$(sum_of "$scratch/$archive")
  if [ "$found" != "$expected" ]; then
    die "$archive is not what its release says: SHA-256 $found instead of $expected" \
      "Nothing was installed. Try again; if it stays so, do not trust that address."
  fi
}

# Takes away what installs that were killed have left; one that still runs keeps its own.
sweep() {
  for left in "$directory"/.lap-install.*; do
    owner=${left#"$directory"/.lap-install.}
    kill -0 "${owner%%.*}" 2>/dev/null || rm -f "$left"
  done
}

# Beside its place, since only there a rename is sure to be one step.
unpack() {
  mkdir -p "$directory" 2>/dev/null || true
  if [ -d "$directory/lap" ]; then die "$directory/lap is a folder" "Move it out of the way."; fi
  new=$(mktemp "$directory/.lap-install.$$.XXXXXX" 2>/dev/null) ||
    die "cannot write to $directory" "Set LAP_INSTALL_DIR to a folder of yours that is on your PATH."
  sweep
  tar -xzOf "$scratch/$archive" lap >"$new" || die "cannot unpack $archive" "Is the disk full?"
  chmod 755 "$new"
}

# A lap that cannot start here must not take the place of one that can.
try() {
  said=$("$new" --version 2>/dev/null </dev/null) || said=
  # A file with nothing in it starts as well: a shell runs it.
  case $said in
    [0-9]*.[0-9]*.[0-9]*) ;;
    *)
      words=$("$new" --version 2>&1 </dev/null) || true
      case $words in
        *libstdc++*) die "lap needs libstdc++, which is not installed" "Install it, then run this again." ;;
        *) die "the downloaded lap does not start here${words:+: $words}" "Nothing was installed." ;;
      esac
      ;;
  esac
  if [ -n "$version" ] && [ "$said" != "$version" ]; then
    die "$shown holds lap $said, not $version" "Nothing was installed."
  fi
}

# For `lap upgrade --rollback`, as an upgrade does; the same lap once more is none to go back to.
keep_old() {
  if [ ! -e "$directory/lap" ] || cmp -s "$new" "$directory/lap" 2>/dev/null; then return 0; fi
  ln "$directory/lap" "$new.old" 2>/dev/null || cp -p "$directory/lap" "$new.old" ||
    die "cannot keep the old lap beside the new one" "Is the disk full?"
  mv -f "$new.old" "$directory/.lap.previous"
}

hint_path() {
  case ":${PATH-}:" in
    *":$directory:"* | *":$directory/:"*) ;;
    *)
      # The terminals of macOS start login shells, for which bash reads no ~/.bashrc.
      case $target in
        darwin-*) bash_file=.bash_profile ;;
        *) bash_file=.bashrc ;;
      esac
      say ""
      say "$directory is not on your PATH. To put it there for good:"
      case ${SHELL-} in
        */fish) say "  fish_add_path '$directory'" ;;
        */zsh) say "  echo 'export PATH=\"$directory:\$PATH\"' >>~/.zshrc" ;;
        */bash) say "  echo 'export PATH=\"$directory:\$PATH\"' >>~/$bash_file" ;;
        */csh | */tcsh) say "  setenv PATH \"$directory:\$PATH\"   # in your shell's start-up file" ;;
        *) say "  export PATH=\"$directory:\$PATH\"   # in your shell's start-up file" ;;
      esac
      return 0
      ;;
  esac
  first=$(command -v lap || true)
  case $first in
    "$directory/lap" | "$directory//lap") ;;
    *)
      say ""
      say "! $first comes before it on your PATH"
      ;;
  esac
}

install_lap() {
  check_tools
  find_target
  choose_source
  scratch=$(mktemp -d) || die "cannot write to ${TMPDIR:-/tmp}"
  get_archive
  unpack
  try
  keep_old
  mv -f "$new" "$directory/lap"
  trap - HUP INT TERM
  say "✓ lap $said is in $directory"
  hint_path
  say ""
  say "Try it: lap demo"
}

uninstall() {
  if [ ! -f "$directory/lap" ] && [ ! -L "$directory/lap" ]; then
    die "there is no lap in $directory" "LAP_INSTALL_DIR says where else to look."
  fi
  rm -f "$directory/lap" || die "cannot remove $directory/lap"
  # What upgrades and installs keep beside it, or left.
  rm -rf "$directory/.lap.previous" "$directory/.lap.upgrade" "$directory/.lap.upgrade.lock"
  sweep
  say "✓ removed $directory/lap"
  if [ -d "${HOME-}/.lap" ]; then
    say "Your settings are left in $HOME/.lap; to remove them: rm -r ~/.lap"
  fi
}

main() {
  # A pattern that nothing matches is an error in zsh.
  if [ -n "${ZSH_VERSION-}" ]; then emulate sh; fi
  set -eu
  releases=https://github.com/lap_authors/lap/releases
  scratch=
  new=
  trap clean_up EXIT
  trap 'give_up 129' HUP
  trap 'give_up 130' INT
  trap 'give_up 143' TERM
  choose_directory
  case "$# ${1-}" in
    "0 ") install_lap ;;
    "1 --uninstall") uninstall ;;
    "1 --help" | "1 -h") usage ;;
    *)
      usage
      exit 2
      ;;
  esac
}

main "$@"
