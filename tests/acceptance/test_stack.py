"""Whether a stack does what it is there for. Reads only; safe for production."""

from __future__ import annotations

from site_of_a_stack import Site

_PING = (
    'client=$(command -v redis-cli || command -v valkey-cli); echo PING | "$client" -p "$1" 2>&1'
)


def test_services_run(site: Site) -> None:
    """Every service that has to be there has a running container."""
    states = {name: site.containers.get(name, {}).get("status") for name in site.services}
    assert states == dict.fromkeys(site.services, "running")


def test_services_share_a_network(site: Site) -> None:
    """Redis and the API meet on a network; where the inventory names one, all services do."""
    parts = [site.stack["redis"]["service"], site.stack["api"]["service"]]
    wanted = site.stack["network"]
    together = site.services if wanted else parts
    shared = set.intersection(*(set(site.names(service)) for service in together))
    assert shared, {service: sorted(site.names(service)) for service in together}
    assert not wanted or wanted in shared


def test_services_answer_to_their_names(site: Site) -> None:
    """On some network of its own, each answers to its service's and its container's name."""
    nameless = {}
    for service in site.services:
        own = {service, site.containers.get(service, {}).get("name", "").removeprefix("/")}
        if not any(own <= names for names in site.names(service).values()):
            nameless[service] = site.names(service)
    assert nameless == {}


def test_nobody_else_answers_to_redis_name(site: Site) -> None:
    """Within the stack, the API's own resolver knows one Redis, and it is the stack's."""
    redis, api = site.stack["redis"]["service"], site.stack["api"]["service"]
    shared = set(site.names(redis)) & set(site.names(api))
    ids = " ".join("%s" for _ in shared)
    listed = site.run(
        f"docker network inspect --format %s {ids}",
        "{{range .Containers}}{{.Name}} {{end}}",
        *sorted(shared),
    )
    names = sorted(set(listed.split()))
    quoted = " ".join("%s" for _ in names)
    told = site.run(
        f"docker inspect --type container --format %s {quoted}",
        '{{.Name}} {{range .NetworkSettings.Networks}}{{join .Aliases " "}} {{end}}',
        *names,
    )
    called = {line.split()[0] for line in told.splitlines() if redis in line.split()[1:]}
    assert called == {site.containers[redis]["name"]}


def test_health_checks_succeed(site: Site) -> None:
    """Every URL of the inventory answers as expected, asked from the host."""
    failed = [problem for check in site.stack["health"] if (problem := site.ask(check))]
    assert failed == []


def test_redis_admits_nobody_without_a_password(site: Site) -> None:
    """A client without credentials is refused."""
    service = site.stack["redis"]["service"]
    container = site.containers[service]["name"].removeprefix("/")
    declared = {s["name"]: s["port"] for s in site.stack["services"]}
    port = str(declared.get(service) or 6379)
    answer = site.host.run("docker exec %s sh -c %s - %s", container, _PING, port)
    assert answer.stdout.strip().startswith("NOAUTH"), answer.stdout
