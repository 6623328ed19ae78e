"""Faults of the API and of what it needs: stopped, gone, or stuck."""

from __future__ import annotations

from lab.aside import ADDED, UPLOADED
from lab.faults.common import add_service, on_the_host
from lab.faults.model import ByStack, Fault, Refused, Repaired, touching
from lab.hosts import API, DIRECTORY, PROJECT, Host
from lab.project import compose

POSTGRES = f"{PROJECT}-postgres-1"

# What converts the data of PostgreSQL, while that is stopped: nothing that an ordinary `up` starts.
_CONVERTER = """\
  convert:
    image: ${REDIS_IMAGE}
    entrypoint: [sleep, infinity]
    init: true
    network_mode: none
    profiles: [maintenance]
    volumes:
      - postgres_data:/old

"""
_NEEDS_POSTGRES = "    depends_on: [postgres]\n"


def _converted(host: Host) -> None:
    # The incident's API needs it already: a validation that it waits for asks it.
    add_service(host, _CONVERTER, api="" if host.stack.validations else _NEEDS_POSTGRES)
    host.run(f"docker stop --time 30 {POSTGRES}")
    compose(host, "--profile maintenance up --detach --no-deps convert")


FAULTS = (
    Fault(
        "api-stuck",
        "opens the API's circuit breaker, which only a restart closes",
        "API degraded, though Redis is healthy",
        None,
        on_the_host(f"docker kill --signal USR1 {API}"),
        Repaired("restart"),
        touching("api"),
        causes=frozenset({"api-unhealthy"}),
    ),
    Fault(
        "api-lacks-secret",
        "has the API mount one secret more, and puts a file into its container",
        "API ok; its container lacks that secret, and holds what a new one would not have",
        "it does not read that secret",
        on_the_host(
            f"sed -i '/^  api:/,/^  redis:/s/^      - redis_password$/&\\n      - redis_users_acl/'"
            f" {DIRECTORY}/docker-compose.yml && printf uploaded >{ADDED}"
            f" && docker cp {ADDED} {API}:{UPLOADED}"
        ),
        Refused(f"{UPLOADED} is in the container {API} itself"),
        touching("api", "compose-file"),
    ),
    Fault(
        "api-hung",
        "stops the API's process as a debugger would: it answers nothing, SIGTERM included",
        "no answer through Caddy; a plain docker restart takes ten seconds",
        None,
        on_the_host(f"docker kill --signal STOP {API}"),
        Repaired("restart"),
        touching("api"),
        stage=3,
    ),
    Fault(
        "api-removed",
        "stops and removes the API's container",
        "no answer through Caddy",
        None,
        on_the_host(f"docker stop {API} && docker rm {API}"),
        Repaired("none"),
        touching("api"),
        stage=3,
    ),
    Fault(
        "postgres-stopped",
        "stops PostgreSQL, which ends with code 0 as a job does",
        "the API answers ok, since it does not ask there",
        "its health speaks of Redis alone",
        on_the_host(f"docker stop --time 30 {POSTGRES}"),
        # There the API waits for its start-up validation; here nothing says who needs it.
        ByStack(
            incident=Repaired("none"),
            bare=Refused(f"postgres: is not running(.|\n)*docker start {POSTGRES}"),
        ),
        touching("postgres"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
    Fault(
        "postgres-converted",
        "stops PostgreSQL, which the API needs, and has a service of a profile convert its data",
        "the API answers ok, since it does not ask there; two on one volume destroy it",
        "its health speaks of Redis alone",
        _converted,
        Refused("convert.* writes to the same data"),
        touching("postgres", "compose-file", "stranger"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
)
