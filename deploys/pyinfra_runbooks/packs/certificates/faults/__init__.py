"""Faults of certificates, which the lab brings about. Not shipped.

Named where the lab's inventory has ``Certificate("caddy", names=("aiwfe.com",))``.
"""

from __future__ import annotations

from lab.faults.model import Fault, Refused, Unaffected, touching
from lab.hosts import DIRECTORY, PROJECT, Host

CADDY = f"{PROJECT}-caddy-1"
CERTIFICATES = f"{DIRECTORY}/certs"

UNDO = f"""
if [ -f {CERTIFICATES}/ca.pem.right ]; then
    for file in ca.pem aiwfe.com.pem; do
        mv {CERTIFICATES}/$file.right {CERTIFICATES}/$file
    done
    docker restart {CADDY}
fi
"""
"""What heals a host of all of these, as root, where its Caddy's container runs."""

REMAKE = """set -eu
aside=$(mktemp -d)
touch $aside/index
cat >$aside/ca.cnf <<CONFIG
[ca]
default_ca = own
[own]
database = $aside/index
new_certs_dir = $aside
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
subjectAltName = DNS:aiwfe.com
extendedKeyUsage = serverAuth
CONFIG
at() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
openssl req -new -key "$certs/aiwfe.com.key" -subj /CN=aiwfe.com -out $aside/request
openssl ca -batch -notext -selfsign -config $aside/ca.cnf -keyfile "$certs/aiwfe.com.key" \\
    -in $aside/request -startdate "$(at "$start")" -enddate "$(at "$end")" -out $aside/made
for file in ca.pem aiwfe.com.pem; do
    [ -f "$certs/$file.right" ] || cp -p "$certs/$file" "$certs/$file.right"
    cat $aside/made >"$certs/$file"
done
rm -r $aside
"""
"""A certificate that vouches for itself, valid from `start` to `end`, in `certs`."""


def _valid(host: Host, start: str, end: str) -> None:
    values = f"certs={CERTIFICATES} start='{start}' end='{end}'"
    host.run(f"{values}\n{REMAKE}docker restart {CADDY}")


FAULTS = (
    Fault(
        "certificate-expired",
        "has Caddy show a certificate that expired yesterday",
        "nobody reaches the API over https; it answers ok to who asks it directly",
        None,
        lambda host: _valid(host, "90 days ago", "1 day ago"),
        Refused("shows a certificate that is not valid(.|\n)*1.0 days ago"),
        touching("caddy"),
        stage=2,
        causes=frozenset({"certificate-expired"}),
    ),
    Fault(
        "certificate-expires",
        "has Caddy show a certificate of 90 days, of which five are left",
        "the API answers ok; a note says how long it will",
        "the certificate is valid yet",
        lambda host: _valid(host, "85 days ago", "5 days"),
        Unaffected(),
        touching("caddy"),
        stage=2,
    ),
)
