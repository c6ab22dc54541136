#!/bin/sh
# Makes the certificates of this folder anew: a private CA, what it issued for this machine, good and
# bad, and a client's. They are good for nearly a hundred years, and for nothing but these tests.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FIRST=20200101000000Z
LAST=21190101000000Z

: >"$work/index.txt"
cat >"$work/ca.conf" <<CONF
[ca]
default_ca = here
[here]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[local]
subjectAltName = DNS:localhost, DNS:sandbox.invalid, IP:127.0.0.1
[elsewhere]
subjectAltName = DNS:elsewhere.invalid
[client]
extendedKeyUsage = clientAuth
CONF

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# sign <request> <certificate> <extensions> <first day> <last day> [how]
sign() {
  openssl ca -batch -notext -config "$work/ca.conf" -in "$1" -out "$2" -extensions "$3" \
    -startdate "$4" -enddate "$5" -keyfile "$work/ca.key" $6 2>/dev/null
}

# issue <file> <common name> <extensions> <first day> <last day>
issue() {
  key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$work/$1.csr"
  sign "$work/$1.csr" "$1.pem" "$3" "$4" "$5" "-cert ca.pem"
}

key "$work/ca.key"
openssl req -new -key "$work/ca.key" -subj "/CN=lap test CA" -out "$work/ca.csr"
sign "$work/ca.csr" ca.pem root "$FIRST" "$LAST" -selfsign

issue good "lap test" local "$FIRST" "$LAST"
issue expired "lap test, expired" local "$FIRST" 20200201000000Z
issue early "lap test, not yet valid" local 21180101000000Z "$LAST"
issue elsewhere "lap test, elsewhere" elsewhere "$FIRST" "$LAST"
issue client "lap test client" client "$FIRST" "$LAST"
