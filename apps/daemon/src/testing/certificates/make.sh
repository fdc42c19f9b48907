#!/bin/sh
# Makes the certificates of the tests anew: sh make.sh, in this folder. They protect nothing; their keys are public.
# Two authorities, a server, and clients that say in different ways who they are.
set -eu
days=36500
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
authority() {
  key "$1"
  openssl req -x509 -new -key "$1.key" -days $days -subj "/CN=tsbgp test authority $1" -out "$1.pem"
}
# name authority subject alternative-names sections
certificate() {
  key "$1"
  openssl req -new -key "$1.key" -subj "$3" -out "$1.csr"
  printf 'subjectAltName=%s\n%b' "$4" "${5:-}" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days $days -extfile "$1.ext" -out "$1.pem"
  rm "$1.csr" "$1.ext"
}
authority ca
authority other-ca
certificate server ca "/CN=tsbgpd" "DNS:tsbgpd.local,DNS:localhost,IP:127.0.0.1"
certificate observer ca "/CN=someone" "DNS:a.example,URI:https://a.example,URI:tsbgpd://observer"
certificate automation ca "/CN=someone" "URI:rustbgpd://automation,email:a@b.example"
certificate operator ca "/CN=someone" "email:operator@b.example"
# One name that looks like two when it is written down.
certificate intruder ca "/CN=intruder" "@names" "[names]\nURI.1=https://b.example, URI:tsbgpd://observer, email:operator@b.example\n"
certificate nameless ca "/O=nobody" "DNS:c.example"
certificate stranger other-ca "/CN=operator@b.example" "URI:tsbgpd://observer"
rm -f ./*.srl ca.key other-ca.key
