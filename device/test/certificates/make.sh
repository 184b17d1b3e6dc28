#!/bin/sh
# Makes the certificates with which tests show that a booth sends nothing to a server that cannot prove who it is.
# All are of one key, which is published here: they protect nothing. The dates are fixed, for clocks that are not.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
touch "$work/index"
cat >"$work/ca.cnf" <<END
[ca]
default_ca = tests
[tests]
database = $work/index
new_certs_dir = $work
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
END

# sign FILE HOST FROM TO [who signs]
sign() {
  file=$1 host=$2 from=$3 to=$4
  shift 4
  openssl req -new -key key.pem -subj "/CN=$host" -addext "subjectAltName=DNS:$host" -out "$work/request"
  openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/request" -out "$file.pem" \
    -startdate "${from}0101000000Z" -enddate "${to}0101000000Z" -keyfile key.pem "$@"
}

openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -new -key key.pem -subj '/CN=Photomaton test authority' -addext basicConstraints=critical,CA:TRUE \
  -out "$work/request"
openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/request" -out authority.pem \
  -startdate 20000101000000Z -enddate 21200101000000Z -keyfile key.pem -selfsign
sign good localhost 2000 2120 -cert authority.pem
sign expired localhost 2000 2001 -cert authority.pem
sign not-yet localhost 2119 2120 -cert authority.pem
sign other-host photos.example 2000 2120 -cert authority.pem
sign self-signed localhost 2000 2120 -selfsign
