"""What is found about the certificates that a service shows."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hosts import SHELLS
from looks import answering, container, healthy, joined, with_container, with_reply
from looks import stack as declared
from verdicts import kinds

from lab.faults.model import Refused
from pyinfra_runbooks import Stack
from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Note, Refusal
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.certificates import Certificate
from pyinfra_runbooks.packs.certificates.faults import FAULTS, REMAKE
from pyinfra_runbooks.packs.certificates.pack import PACK
from pyinfra_runbooks.packs.certificates.probe import CERTIFICATES
from pyinfra_runbooks.packs.certificates.seen import Shown, parse
from pyinfra_runbooks.packs.look import questions

NAME = "shop.example"
WEB = Certificate("web", names=(NAME,))
NOW = 1_800_000_000
HOUR, DAY = 3600, 86400


def stack(component: Certificate = WEB) -> Stack:
    return declared(components=(*declared().servers, component))


def valid(since: float, left: float, name: str = NAME) -> Shown:
    """
    One that is shown.

    + since, left: in days
    """
    return Shown(name, round(NOW - since * DAY), round(NOW + left * DAY), "CN=R3")


def seeing(*shown: Shown, unknown: Unknown | None = None) -> Look:
    return with_reply(replace(healthy(), at=NOW), CERTIFICATES, unknown or shown, "web")


def found(look: Look, component: Certificate = WEB) -> list[Finding[Any]]:
    return [f for judge in PACK.judges for f in judge(look, stack(component), component)]


# How long it is valid yet


@pytest.mark.parametrize(
    ("since", "left", "kind"),
    [
        (60, 30, ""),  # who renews it does so now
        (75.9, 14.1, ""),
        (76.1, 13.9, "certificate-expires"),
        (350, 15, ""),  # one that a person renews each year
        (355, 10, "certificate-expires"),
        (3.5, 2.5, ""),  # of six days, by the same authority
        (4.6, 1.4, "certificate-expires"),
        (6 / 24, 6 / 24, ""),  # Caddy's own, of twelve hours
        (10 / 24, 2 / 24, "certificate-expires"),
        (90, 0, "certificate-expired"),
        (-1, 90, "certificate-expired"),
    ],
)
def test_how_long_it_is_valid_yet(since: float, left: float, kind: str) -> None:
    assert kinds(found(seeing(valid(since, left)))) == [kind] * bool(kind)


def test_one_that_expires_soon_is_a_note_with_its_figures() -> None:
    (finding,) = found(seeing(valid(80, 10)))
    assert isinstance(finding.resolution, Note)
    assert not finding.breaks_health
    assert finding.evidence == (
        f"{NAME}: valid until 2027-01-25 08:00 UTC, 10.0 days left of 90.0; by CN=R3"
    )


def test_one_that_has_expired_is_for_a_person() -> None:
    (finding,) = found(seeing(valid(92, -2)))
    assert isinstance(finding.resolution, Refusal)
    assert finding.breaks_health
    assert "2.0 days ago" in finding.evidence
    assert "docker logs --tail 50 shop-web-1" in finding.resolution.instead


def test_a_host_whose_clock_is_wrong_is_shown_its_time() -> None:
    (finding,) = found(seeing(valid(-1, 90)))
    assert "this host's clock says 2027-01-15 08:00 UTC" in finding.evidence


def test_the_days_are_the_inventorys_and_names_share_a_finding() -> None:
    look = seeing(valid(70, 20), valid(70, 20, "www.shop.example"), valid(1, 89, "new.example"))
    assert found(look) == []
    (finding,) = found(look, replace(WEB, days=21))
    assert finding.evidence.count("20.0 days left") == 2
    assert "new.example" not in finding.evidence


def test_what_shows_none_is_told() -> None:
    (finding,) = found(seeing(Shown(NAME, says="(35) tlsv1 alert internal error")))
    assert (finding.kind.id, finding.breaks_health) == ("certificate-unseen", False)
    assert finding.evidence == f"{NAME}: (35) tlsv1 alert internal error"
    look = seeing(unknown=Unknown("there is no curl on this host"))
    assert kinds(found(look)) == ["certificate-unseen"]
    assert found(with_container(look, "web", status="exited")) == []
    looping = with_container(look, "web", status="restarting", restarts=3)
    assert found(looping) == []


def test_it_is_the_cause_of_a_check_that_verifies_it() -> None:
    said = "curl: (60) SSL certificate problem: certificate has expired"
    look = answering(seeing(valid(92, -2)), 2, said, 0)
    everything = verification.everything(look, stack())
    assert [f.kind.id for f in everything if f.cause] == ["certificate-expired"]
    assert [f.kind.id for f in everything if f.symptom] == ["unhealthy"]
    assert verification.planned(look, stack()).steps == ()


# Who is asked


def asked(**changes: Any) -> dict[str, Any] | None:
    look = with_container(healthy(), "web", **changes)
    asking = Asking.of(stack(), Found(look.containers))
    return next((dict(q.values) for q in questions(asking) if q.name == "certificate web"), None)


def test_who_is_asked() -> None:
    shown = asked()
    assert shown
    assert (shown["port"], shown["names"]) == (443, (NAME,))
    assert shown["address"].startswith("172.")
    assert asked(status="exited") is None
    assert asked(networks={}) is None


def test_one_on_the_hosts_own_network_is_asked_there() -> None:
    shown = asked(networks={}, network_mode="host")
    assert shown
    assert shown["address"] == "127.0.0.1"


def test_of_several_none_is_asked() -> None:
    look = joined(healthy(), container("web", "shop-web-2", {}))
    asking = Asking.of(stack(), Found(look.containers))
    assert "certificate web" not in {q.name for q in questions(asking)}


@pytest.mark.parametrize("names", [(), ("a b",), ("*.example",), "shop.example"])
def test_a_name_that_none_has(names: Any) -> None:
    with pytest.raises(SettingsError, match=r"Certificate.names"):
        Certificate("web", names=names)


# What it answers


def test_an_answer() -> None:
    lines = (
        *("name a", "start Sep  7 09:01:49 2026 GMT", "expire Dec  6 09:01:49 2026 GMT"),
        *("issuer C=US; O=Let's Encrypt; CN=R3", "name b", "says (35) alert", "name c", ""),
    )
    one, two, three = parse(lines)
    assert (one.name, one.end - one.start) == ("a", 90 * DAY)
    assert one.issuer.endswith("CN=R3")
    assert two == Shown("b", says="(35) alert")
    assert three.says
    gnutls = (
        "name a",
        "start Mon, 07 Sep 2026 09:01:49 GMT",
        "expire Sun, 06 Dec 2026 09:01:49 GMT",
    )
    assert parse(gnutls) == (replace(one, issuer=""),)


@pytest.mark.parametrize("lines", [("says x",), ("name a", "start x", "expire tomorrow")])
def test_what_is_no_answer(lines: tuple[str, ...]) -> None:
    with pytest.raises(AnswerError):
        parse(lines)


# Its script, asked of a server


def made(place: Path, start: str, end: str) -> Path:
    """As the lab makes it."""
    key = place / "aiwfe.com.key"
    curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    subprocess.run(["openssl", "genpkey", *curve, "-out", key], check=True, capture_output=True)
    for name in ("ca.pem", "aiwfe.com.pem"):
        (place / name).write_text("")
    script = f"certs={place} start='{start}' end='{end}'\n{REMAKE}"
    subprocess.run(["sh", "-c", script], check=True, capture_output=True)
    return place / "aiwfe.com.pem"


@contextmanager
def serving(certificate: Path) -> Iterator[tuple[int, list[bytes]]]:
    """A server that keeps what it is asked, and never answers."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    heard: list[bytes] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            try:
                with tls.wrap_socket(client, server_side=True) as secure:
                    heard.append(secure.recv(4096))
            except OSError:
                client.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=serve, args=(server,))
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def run(shell_words: Any, port: int, names: str) -> tuple[Shown, ...]:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "address": "127.0.0.1",
        "port": str(port),
        "names": names,
    }
    words = [*shell_words, str(shell.path_of(CERTIFICATES.script))]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return parse(done.stdout.splitlines())


@pytest.mark.parametrize("words", SHELLS)
def test_what_a_server_shows_is_seen_and_nothing_is_asked_of_it(words: Any, tmp_path: Path) -> None:
    """Nor of what is behind it, which may hang."""
    with serving(made(tmp_path, "85 days ago", "5 days")) as (port, heard):
        one, two = run(words, port, "aiwfe.com\nwww.aiwfe.com")
    assert (one.name, two.name) == ("aiwfe.com", "www.aiwfe.com")
    assert one.end - one.start == 90 * DAY
    assert "aiwfe.com" in one.issuer
    assert not one.says
    assert b"".join(heard) == b""
    assert kinds(found(replace(seeing(one), at=one.end - 5 * DAY))) == ["certificate-expires"]


def test_one_that_has_expired_is_seen_as_well(tmp_path: Path) -> None:
    with serving(made(tmp_path, "90 days ago", "1 day ago")) as (port, _):
        (one,) = run(("sh",), port, "aiwfe.com")
    assert one.end - one.start == 89 * DAY


def test_where_nobody_listens_and_where_no_tls_is_spoken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (one,) = run(("sh",), port, "aiwfe.com")
    assert (one.end, one.says[:3]) == (0, "(7)")


# What the lab breaks


def test_what_is_refused_is_refused_in_the_words_that_the_faults_expect() -> None:
    said = "\n".join("\n".join(f.lines()) for f in found(seeing(valid(90, -1))))
    (fault,) = (f for f in FAULTS if isinstance(f.outcome, Refused))
    assert isinstance(fault.outcome, Refused)
    assert re.search(fault.outcome.reason, said)
    assert fault.causes == {"certificate-expired"}
