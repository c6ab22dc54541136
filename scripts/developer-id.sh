#!/bin/sh
# Signs macOS binaries with a Developer ID and has Apple notarise them, on a Mac:
#
#   sh scripts/developer-id.sh <file>…
#
# Where the environment has none of the secrets nothing is done, and the ad hoc signatures stay; where it
# has some of them but not all, that is a fault:
#   APPLE_CERTIFICATE           the certificate and its key: PKCS #12 in base64
#   APPLE_CERTIFICATE_PASSWORD  what that is encrypted with
#   APPLE_IDENTITY              its name: "Developer ID Application: … (TEAM)"
#   APPLE_API_KEY               a key of App Store Connect, in PEM
#   APPLE_API_KEY_ID, APPLE_API_ISSUER
set -eu

present="" missing=""
for name in CERTIFICATE CERTIFICATE_PASSWORD IDENTITY API_KEY API_KEY_ID API_ISSUER; do
  eval "value=\${APPLE_$name-}"
  if [ -n "$value" ]; then present=1; else missing="$missing APPLE_$name"; fi
done
if [ -z "$present" ]; then
  echo "no secrets of Apple's: the binaries stay signed ad hoc" >&2
  exit 0
fi
if [ -n "$missing" ]; then
  echo "cannot sign without$missing; set all of Apple's secrets, or none" >&2
  exit 1
fi

scratch=$(mktemp -d)
keychain=$scratch/signing.keychain-db
password=$(openssl rand -hex 32)
clean_up() {
  security delete-keychain "$keychain" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

umask 077
printf '%s' "$APPLE_CERTIFICATE" | base64 --decode >"$scratch/certificate.p12"
printf '%s\n' "$APPLE_API_KEY" >"$scratch/key.p8"
security create-keychain -p "$password" "$keychain"
security set-keychain-settings -lut 3600 "$keychain"
security unlock-keychain -p "$password" "$keychain"
security import "$scratch/certificate.p12" -k "$keychain" -P "$APPLE_CERTIFICATE_PASSWORD" \
  -T /usr/bin/codesign
security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
# codesign looks for the certificate and its issuers in the keychains of this list.
security list-keychains -d user -s "$keychain" login.keychain-db

notary() {
  xcrun notarytool "$@" \
    --key "$scratch/key.p8" --key-id "$APPLE_API_KEY_ID" --issuer "$APPLE_API_ISSUER"
}

answered() {
  printf '%s\n' "$answer" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"
}

# notarytool ends well whatever Apple's verdict is, so the verdict is read.
notarise() {
  # Apple keeps the ticket; there is nothing in a bare binary to staple it to.
  ditto -c -k "$1" "$scratch/lap.zip"
  if answer=$(notary submit "$scratch/lap.zip" --wait --timeout 30m --output-format json) &&
    [ "$(answered status)" = Accepted ]; then
    return
  fi
  echo "Apple did not notarise $1: $answer" >&2
  notary log "$(answered id)" >&2 || true
  exit 1
}

for file; do
  codesign --force --timestamp --options runtime --identifier lap \
    --entitlements "$(dirname "$0")/entitlements.plist" \
    --keychain "$keychain" --sign "$APPLE_IDENTITY" "$file"
  notarise "$file"
done
