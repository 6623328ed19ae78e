"""What is found on a host: all that its engine runs, and which directories are one."""

from __future__ import annotations

import shutil
import time

import pytest
from hosts import NAMES, Host, in_directory
from prepared import prepare
from test_shell_hanging import hanging

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.own_checks import OwnCheck
from pyinfra_runbooks.engine.projects import project
from pyinfra_runbooks.facts.stack import HostFound
from pyinfra_runbooks.packs.discovery import completed
from pyinfra_runbooks.packs.look import look
from pyinfra_runbooks.settings import Stack


def found(host: Host, stack: Stack) -> Found:
    """What is found on a host."""
    fact = HostFound()
    seen = fact.process(host.run(fact.command(stack=stack)).out.splitlines())
    assert isinstance(seen, Found), seen
    return seen


def test_it_asks_the_engine_alone_and_takes_nothing(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "it's $(touch canary)")
    fact = HostFound()
    done = any_host.run(fact.command(stack=stack), stdin="AUTH a password\n")
    assert done.err == ""
    assert {words[0] for words in done.of("docker")} == {"ps", "inspect", "network"}
    assert done.of("docker-compose") == done.of("curl") == []
    assert not any(text for _, text in done.inputs)
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Found)
    assert [c.service for c in seen.containers] == ["cache", "web"]
    assert seen.at > 1_600_000_000
    assert not any_host.canary


def test_nothing_runs(any_host: Host) -> None:
    stack = in_directory(any_host.place / "not there")
    assert found(any_host, stack).containers == ()
    assert found(any_host, stack).places == {}


@pytest.mark.parametrize("inventory", ["link", "srv"])
@pytest.mark.parametrize("label", ["link", "srv", "other"])
def test_a_directory_with_several_names_is_called_as_the_labels_call_it(
    any_host: Host, inventory: str, label: str
) -> None:
    """Compose resolves relative mounts in it; which name it gets depends on $PWD."""
    place = any_host.place
    (place / "srv").mkdir()
    for name in ("link", "other"):
        (place / name).symlink_to("srv")
    any_host.stack(str(place / label), "cache", "db")
    stack = in_directory(place / inventory)
    seen = project(found(any_host, stack), stack.compose)
    assert seen.directory == str(place / label)
    assert seen.files == (f"{place}/{label}/compose.yml",)
    assert {*seen.spellings} == {str(place / name) for name in ("srv", inventory, label)}
    assert len(seen.members) == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_directory_of_any_name(any_host: Host, name: str) -> None:
    (any_host.place / "srv").mkdir()
    link = any_host.place / name
    link.symlink_to("srv")
    any_host.stack(str(link), "cache")
    seen = found(any_host, in_directory(any_host.place / "srv"))
    assert seen.places[str(link)] == seen.places[str(any_host.place / "srv")]
    assert not any_host.canary


def test_a_place_that_never_answers_keeps_no_other_from_being_known(host: Host) -> None:
    hanging(host, "stat")
    place = host.place / "shop"
    place.mkdir()
    (host.place / "hangs").mkdir()
    host.stack(str(host.place / "hangs"), "cache")
    seen = found(host, in_directory(place))
    assert {*seen.places} == {str(place)}
    assert len(seen.containers) == 1


def test_who_went_between_two_questions_hides_nobody(host: Host) -> None:
    host.stack(str(host.place), "cache")
    host.tool(
        "docker",
        f"""#!/bin/sh
        if [ "$1" = inspect ] && [ ! -e {host.place}/asked ]; then
            touch {host.place}/asked
            echo 'Error: No such object: 0123' >&2
            exit 1
        fi
        [ "$1" = network ] || cat "{host.place}/answers/docker-$1"
        """,
    )
    assert len(found(host, in_directory(host.place)).containers) == 1


@pytest.mark.parametrize("verb", ["ps", "inspect"])
def test_an_engine_that_does_not_answer_runs_not_nothing(any_host: Host, verb: str) -> None:
    any_host.stack(str(any_host.place), "cache")
    for how in ("exit 1", "exit 0"):
        any_host.tool(
            "docker",
            f"""#!/bin/sh
            case $1 in {verb}) {how} ;; network) exit 0 ;; esac
            cat "{any_host.place}/answers/docker-$1"
            """,
        )
        fact = HostFound()
        done = any_host.run(fact.command(stack=in_directory(any_host.place)))
        assert isinstance(fact.process(done.out.splitlines()), Unknown)


def test_a_name_that_moved_on_is_seen_by_the_list(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache", "web")
    listed = any_host.place / "answers" / "docker-ps"
    listed.write_text(listed.read_text().replace("example/web:1", "0123456789ab"))
    assert found(any_host, in_directory(any_host.place)).moved_tags == {f"{2:064x}"}


SECRET = "hunter2"
STARTED = (
    'path "docker-entrypoint.sh"',
    'arg "redis-server"',
    'arg "--requirepass"',
    f'arg "{SECRET}"',
    f'env "REDIS_PASSWORD={SECRET}"',
    'env "REDIS_HOST=cache"',
)


def test_what_a_container_is_started_with_is_masked_before_it_leaves(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache", "web")
    any_host.is_at("web", started=STARTED)
    fact = HostFound()
    done = any_host.run(fact.command(stack=in_directory(any_host.place)))
    assert SECRET not in done.out + done.err
    assert SECRET not in "".join(" ".join(words) for words in done.calls)
    assert not any(SECRET in exported for exported in done.environments)
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Found)
    assert (len(seen.seen), seen.unseen) == (2, "")
    web = seen.seen[f"{2:064x}"]
    assert web.words == ("docker-entrypoint.sh", "redis-server", "--requirepass", "***")
    assert [(link.variable, link.host) for link in web.links] == [("REDIS_HOST", "cache")]


@pytest.mark.parametrize(
    "fails", ["exit 2", "exit 0", "echo 'seen\tall 0'", "printf 'seen\\t{\"id\":'"]
)
def test_a_mask_that_fails_shows_nothing_and_is_no_absence(any_host: Host, fails: str) -> None:
    any_host.stack(str(any_host.place), "cache")
    any_host.is_at("cache", started=STARTED)
    awk = shutil.which("awk")
    # Of two programs in awk one is the mask.
    any_host.tool(
        "awk",
        f"""#!/bin/sh
        case "$*" in *of_urls*) {fails} ;; *) exec {awk} "$@" ;; esac
        """,
    )
    fact = HostFound()
    done = any_host.run(fact.command(stack=in_directory(any_host.place)))
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Found)
    assert len(seen.containers) == 1
    assert seen.seen == {}
    assert seen.unseen
    assert seen.state


@pytest.mark.parametrize("program", ["of_urls", "of_command"])
def test_a_filter_that_takes_long_holds_nobody_up(any_host: Host, program: str) -> None:
    any_host.stack(str(any_host.place), "cache")
    any_host.is_at("cache", started=STARTED)
    any_host.inspected(_OWN)
    awk = shutil.which("awk")
    any_host.tool(
        "awk",
        f"""#!/bin/sh
        case "$*" in *{program}*) printf 'seen\\t{{"id":'; exec sleep 60 ;; esac
        exec {awk} "$@"
        """,
    )
    fact = HostFound()
    script = fact.command(stack=in_directory(any_host.place))
    began = time.monotonic()
    done = any_host.run(str(script).replace("file_patience=5", "file_patience=1"))
    assert time.monotonic() - began < 10
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Found)
    assert len(seen.containers) == 1
    if program == "of_urls":
        assert (seen.seen, bool(seen.unseen)) == ({}, True)
    else:
        assert (len(seen.seen), seen.own_checks) == (1, {})


def test_an_engine_that_fails_half_way_shows_nothing_of_it(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    any_host.is_at("cache", started=STARTED)
    any_host.tool(
        "docker",
        f"""#!/bin/sh
        sed '/^=/d' "{any_host.place}/answers/docker-$1"
        [ "$1" != inspect ] || {{ echo 'Error: No such object: 0123' >&2; exit 1; }}
        """,
    )
    fact = HostFound()
    done = any_host.run(fact.command(stack=in_directory(any_host.place)))
    assert SECRET not in done.out + done.err
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Unknown)
    assert "No such object: 0123" in seen.reason


def test_how_it_is_started_is_no_part_of_the_state(host: Host) -> None:
    """It can't change; and what the state is made of is asked again without it."""
    host.stack(str(host.place), "cache")
    before = found(host, in_directory(host.place)).state
    host.is_at("cache", started=STARTED)
    assert found(host, in_directory(host.place)).state == before


# Health checks of their own


_SECRET = "hunter2"
_OWN = f'check\t{1:064x}\t5000000000 0 0 0\t0 0\t\t["CMD","redis-cli","-a","{_SECRET}","ping"]\n'


def test_a_containers_own_check_is_read_on_the_host_and_stays_there(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache", "web")
    before = found(any_host, in_directory(any_host.place))
    any_host.inspected(_OWN)
    fact = HostFound()
    done = any_host.run(fact.command(stack=in_directory(any_host.place)))
    assert _SECRET not in done.out + done.err
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Found)
    own = OwnCheck(interval=5, streak=0, code=0, cannot_fail="redis")
    assert seen.own_checks == {f"{1:064x}": own}
    # How often it has run since is no change of the stack.
    assert seen.state == before.state
    (asked,) = done.of("docker", "inspect")
    template = asked[asked.index("--format") + 1]
    assert template.count("\n") == 1
    assert "\ncheck\t{{.ID}}\t{{with .Config.Healthcheck}}" in template


def test_an_engine_that_fails_shows_no_check_either(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    any_host.inspected(_OWN + "Error response from daemon: it is busy\n")
    plain = any_host.place / "tools" / "plain"
    plain.mkdir()
    (any_host.place / "tools" / "docker").rename(plain / "docker")
    any_host.tool("docker", f'#!/bin/sh\n{plain}/docker "$@"; [ "$1" != inspect ]\n')
    fact = HostFound()
    done = any_host.run(fact.command(stack=in_directory(any_host.place)))
    assert _SECRET not in done.out + done.err
    assert isinstance(fact.process(done.out.splitlines()), Unknown)


def test_a_redis_that_was_found_is_asked_and_gets_no_login(host: Host) -> None:
    stack = Stack(str(host.place))
    host.stack(str(host.place), "kv", "web")
    host.is_at("kv", started=STARTED)
    seen = found(host, stack)
    whole = completed(stack, seen)
    assert whole.found == {"kv"}
    done = host.run(look(whole, seen))
    (asked,) = [words for words in done.of("docker", "exec") if f"{1:064x}" in words]
    assert "-i" in asked
    said = "".join(done.stdin("docker", "exec"))
    assert "PING" in said
    assert "AUTH" not in said
    assert SECRET not in done.out + done.err + said
