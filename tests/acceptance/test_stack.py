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
    """A client meets each Redis that it uses on a network; where the inventory names one, all
    services are on that."""
    apart = [pair for pair in site.pairs if not site.shared(*pair)]
    assert apart == []
    wanted = site.stack["network"]
    lacking = [service for service in site.services if wanted and wanted not in site.names(service)]
    assert lacking == []


def test_services_answer_to_their_names(site: Site) -> None:
    """On some network of its own, each answers to its service's and its container's name."""
    nameless = {}
    for service in site.services:
        own = {service, site.containers.get(service, {}).get("name", "").removeprefix("/")}
        if not any(own <= names for names in site.names(service).values()):
            nameless[service] = site.names(service)
    assert nameless == {}


def test_nobody_else_answers_to_redis_name(site: Site) -> None:
    """Within the stack, a client's own resolver knows one Redis of a name, the stack's."""
    for redis, client in site.pairs:
        _is_alone(site, redis, client)


def _is_alone(site: Site, redis: str, client: str) -> None:
    shared = site.shared(redis, client)
    ids = " ".join("%s" for _ in shared)
    listed = site.run(
        f"docker network inspect --format %s {ids}",
        "{{range .Containers}}{{.Name}} {{end}}",
        *sorted(shared),
    )
    names = sorted(set(listed.split()))
    quoted = " ".join("%s" for _ in names)
    shown = site.run(
        f"docker inspect --type container --format %s {quoted}",
        '{{.Name}} {{range .NetworkSettings.Networks}}{{join .Aliases " "}} {{end}}',
        *names,
    )
    called = {line.split()[0] for line in shown.splitlines() if redis in line.split()[1:]}
    assert called == {site.containers[redis]["name"]}


def test_health_checks_succeed(site: Site) -> None:
    """Every URL of the inventory answers as expected, asked from the host."""
    failed = [problem for check in site.stack["health"] if (problem := site.ask(check))]
    assert failed == []


def test_redis_admits_nobody_without_a_password(site: Site) -> None:
    """A client without credentials is refused, where any are declared."""
    declared = {s["name"]: s["port"] for s in site.stack["services"]}
    for redis in site.components("Redis"):
        if not (redis["users"] or redis["password"]):
            continue
        container = site.containers[redis["service"]]["name"].removeprefix("/")
        port = str(declared.get(redis["service"]) or 6379)
        answer = site.host.run("docker exec %s sh -c %s - %s", container, _PING, port)
        assert answer.stdout.strip().startswith("NOAUTH"), answer.stdout
