"""What a host answered to one look: real samples, and what may be missing from them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import samples
from looks import ports_of
from samples import SAMPLE, STACK, is_healthy, parsed, replaced

from pyinfra_runbooks.core.unknown import Cause, Unknown
from pyinfra_runbooks.engine import look as looks
from pyinfra_runbooks.engine.files import File
from pyinfra_runbooks.engine.look import Answer, Inside, Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.checks.probe import PORTS
from pyinfra_runbooks.packs.redis.probe import KEPT

KEY = "/srv/shop/secrets/redis_password.txt"


# Real samples


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_real_look_is_understood(name: str) -> None:
    seen = samples.look(name)
    assert verification.everything(seen, STACK) == []
    assert {c.service for c in seen.members()} == {"api", "redis", "postgres", "qdrant", "caddy"}
    assert all(c.running and list(c.networks) == ["shop_back"] for c in seen.members())
    assert {c.name for c in seen.members("redis")} == {"shop-redis-1"}
    assert {"shop_back", "bridge", "host", "none"} <= set(seen.networks)
    assert set(seen.answers) == {0, 1, 2, 3}
    assert ports_of(seen)["redis"] == {6379: True}
    assert ports_of(seen)["caddy"][2019] is False


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_real_files(name: str) -> None:
    seen = samples.look(name)
    key = seen.files[KEY]
    assert (key.kind, key.uid, key.mode, key.size) == ("regular file", 999, 0o440, 49)
    assert key.password_sha256 != key.sha256
    assert key.line_count == 1
    assert seen.files["/srv/shop/api"].kind == "directory"
    redis, api = seen.inside("redis"), seen.inside("api")
    assert isinstance(redis, Inside)
    assert isinstance(api, Inside)
    assert (redis.uid, redis.data and redis.data.kind, api.data) == (999, "directory", None)
    mounted = redis.files["/run/secrets/redis_password"]
    assert (mounted.inode, mounted.sha256) == (key.inode, key.sha256)
    acl = redis.files["/run/secrets/redis_users_acl"].acl
    assert acl is not None
    assert [line.split()[1] for line in acl] == ["default", "clerk"]


def test_a_directory_with_several_names_is_one() -> None:
    """A container that was brought up by a link has other paths in its labels and mounts."""

    def linked(line: str) -> str:
        ours = line.startswith("container|{") and '"service":"api"' in line
        return (
            line.replace('"/srv/shop/', '"/mnt/shop/').replace('"/srv/shop"', '"/mnt/shop"')
            if ours
            else line
        )

    answer = [linked(line) for line in SAMPLE]
    assert tuple(answer) != SAMPLE
    assert not is_healthy(answer)
    place = next(line for line in answer if line.startswith("container|place"))
    answer.insert(answer.index(place), place.replace("/srv/shop", "/mnt/shop"))
    assert is_healthy(answer)
    seen = parsed(answer)
    assert isinstance(seen, Look)
    assert {c.working_dir for c in seen.members()} == {"/srv/shop"}
    assert {c.config_files for c in seen.members()} == {("/srv/shop/compose.yml",)}


def test_a_file_that_only_its_owner_may_read() -> None:
    closed, opened = (samples.look(name).files for name in samples.SAMPLES)
    path = "/srv/shop/secrets/redis_users.acl"
    assert (closed[path].sha256, closed[path].acl) == (None, None)
    assert closed[path].mode == 0o400
    assert opened[path].sha256 is not None
    assert opened[path].acl is not None


# What stands in the way


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("timeout: failed to run command 'docker': No such file or directory", "no docker command"),
        ("sh: 1: docker: not found", "no docker command"),
        ("permission denied while trying to connect to the Docker daemon socket", "docker group"),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "daemon"),
        ("Error response from daemon: something else", "something else"),
        ("", "in time"),
    ],
)
def test_without_an_engine(said: str, reason: str) -> None:
    seen = samples.parsed(replaced("container", [said], 1))
    assert isinstance(seen, Unknown)
    assert reason in seen.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([], "in time"),
        (["network|=0"], "cut off"),
        (["sh: 1: Syntax error"], "did not answer"),
        (replaced("config", ["no Compose v2"], 1), "no Compose v2"),
        (replaced("config", ["no configuration file provided"], 14), "no configuration file"),
        (replaced("config", ['{"name": "shop"}'], 0), "not understood"),
        (replaced("config", ["{", "}"], 0), "docker compose config answered"),
        (replaced("container", ["Error response from daemon: oh"], 1), "Error response"),
        (replaced("network", ["Error response from daemon: oh"], 1), "Error response"),
        (replaced("container", ['{"id": 7'], 0), "docker inspect answered"),
        (replaced("network", ["{}"], 0), "docker network ls answered"),
    ],
    ids=range(11),
)
def test_unknown(answer: list[str], reason: str) -> None:
    seen = samples.parsed(answer)
    assert isinstance(seen, Unknown)
    assert reason in seen.reason


@pytest.mark.parametrize(
    ("answer", "passing"),
    [
        (["network|=0"], True),
        ([*samples.SAMPLE[:-1]], True),
        (replaced("container", ["Error: No such object: 0123"], 1), True),
        (replaced("network", ["Error: No such container: 0123"], 1), True),
        (replaced("file", ["OCI runtime exec failed: exec failed"], 1), True),
        ([], False),
        (replaced("container", ["Error response from daemon: oh"], 1), False),
        (replaced("config", ["no Compose v2"], 1), False),
    ],
    ids=range(8),
)
def test_what_once_more_may_show(answer: list[str], passing: bool) -> None:
    seen = samples.parsed(answer)
    assert isinstance(seen, Unknown)
    assert (seen.cause is Cause.PASSING) is passing


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        ([], 0, "could not be queried"),
        (["OCI runtime exec failed: exec failed"], 126, "OCI runtime"),
        (["u 999 999 999", "r"], 0, "does not answer"),
        (["r", "Could not connect to Redis at 127.0.0.1:6379"], 0, "Could not connect"),
        (["r", '"RESET"'], 0, "redis-cli answered 1 lines"),
        (["u 999", "r", '"RESET"', 'error:"NOAUTH"', '"OK"', '"@0"'], 124, "not be queried"),
        (
            ["u 999", "r", "Unrecognized option or bad number of args for: '--json'"],
            1,
            "not supported: a Redis before 7.0",
        ),
        (
            [
                "u 999",
                "r",
                "timeout: failed to run command 'valkey-cli': No such file or directory",
            ],
            127,
            "not supported: a server that brings neither redis-cli, valkey-cli nor keydb-cli",
        ),
    ],
    ids=[
        *("nothing", "exec failed", "silent", "no server", "cut off", "its deadline passed"),
        *("an old client", "no client"),
    ],
)
def test_redis_that_can_not_be_asked(content: list[str], status: int, reason: str) -> None:
    seen = samples.parsed(replaced("redis redis", content, status))
    assert isinstance(seen, Look)
    server = seen.server("redis")
    assert isinstance(server, Unknown)
    assert reason in server.reason


@pytest.mark.parametrize("section", ["redis redis", "api api"])
def test_a_container_that_can_not_be_looked_into(section: str) -> None:
    seen = samples.parsed(replaced(section, ["exec: sh: not found"], 127))
    assert isinstance(seen, Look)
    inside = seen.inside(section.split()[1])
    assert isinstance(inside, Unknown)
    assert "sh: not found" in inside.reason


def test_a_container_that_restarts_may_have_been_listed_while_it_ran() -> None:
    (was,) = samples.look("redis-8.0").members("redis")
    said = f"Error response from daemon: Container {was.id} is restarting, wait until the container"
    seen = samples.parsed(replaced("redis redis", [f"{said} is running"], 1))
    assert isinstance(seen, Look)
    assert was.status == "running"
    assert [c.status for c in seen.members("redis")] == ["restarting"]
    assert [c.status for c in seen.members("api")] == ["running"]


def test_variables_that_compose_misses_are_kept() -> None:
    shown = ["unset TAG", "unset ?", *samples.content("config")]
    seen = samples.parsed(replaced("config", shown, 0))
    assert isinstance(seen, Look)
    assert seen.declared.unset == ("TAG", "?")


def test_no_hash_is_reported_of_a_container_that_can_not_be_looked_into() -> None:
    digest = "0123456789abcdef" * 4
    shown = ["u 999", f"{digest}  /acl", "f /acl", f"a user app on #{digest}", "r", f'["{digest}"]']
    seen = samples.parsed(replaced("redis redis", [*shown, "exec: sh: killed"], 137))
    assert isinstance(seen, Look)
    server, inside = seen.server("redis"), seen.inside("redis")
    assert isinstance(server, Unknown)
    assert isinstance(inside, Unknown)
    said = f"{server.reason} {inside.reason}"
    assert "exec: sh: killed" in said
    assert digest not in said


# Files


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["s regular file|1|2|640|3|4|/x y"],
            File("/x y", "regular file", 1, 2, 0o640, 3, 4),
        ),
        (
            ["s regular empty file|0|0|600|3|0|/x"],
            File("/x", "regular file", 0, 0, 0o600, 3, 0),
        ),
        (["s directory|0|0|1777|3|4096|/a|b"], File("/a|b", "directory", 0, 0, 0o1777, 3, 4096)),
        (
            ["stat: cannot statx '/x': No such file or directory"],
            File("/x", error="No such file or directory"),
        ),
        (
            ["stat: can't stat '/x': No such file or directory"],
            File("/x", error="No such file or directory"),
        ),
        (["stat: cannot statx '/x': Permission denied"], File("/x", error="Permission denied")),
        ([f"{'a' * 64}  /x"], File("/x", sha256="a" * 64)),
        (
            ["s regular file|0|0|600|3|4|/x", f"{'a' * 64}  /x", f"p {'b' * 64}  /x"],
            File("/x", "regular file", 0, 0, 0o600, 3, 4, "a" * 64, "b" * 64),
        ),
        (["f /x", "a user default off", "a "], File("/x", acl=("user default off", ""))),
    ],
)
def test_file(lines: list[str], expected: File) -> None:
    seen = samples.parsed(replaced("file", lines, 0))
    assert isinstance(seen, Look)
    assert seen.files == {expected.path: expected}


@pytest.mark.parametrize(
    "line",
    [
        "s regular file|0|0|600|3|/x",
        "s regular file|root|0|600|3|4|/x",
        "abc  /x",
        "a user default off",
        "n many /x",
        "stat: nothing known",
        "x",
        "",
    ],
)
def test_a_line_that_is_not_understood_tells_of_no_file(line: str) -> None:
    seen = samples.parsed(replaced("file", [line], 0))
    assert isinstance(seen, Look)
    assert seen.files == {}


@pytest.mark.parametrize(
    ("uid", "groups", "readable"),
    [
        (0, (), True),
        (999, (), True),
        (5, (7,), True),
        (5, (8,), False),
        (5, (), False),
    ],
)
def test_readable_by(uid: int, groups: tuple[int, ...], readable: bool) -> None:
    assert File("/x", uid=999, gid=7, mode=0o440).readable_by(uid, groups) is readable


def test_the_owner_may_be_shut_out_of_what_others_read() -> None:
    assert not File("/x", uid=999, gid=7, mode=0o044).readable_by(999, (7,))


# Answers and ports


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('c 0 200 0.059804 {"a":1} ', {0: Answer(200, 0.059804, '{"a":1}')}),
        ("c 12 503 1.5 ", {12: Answer(503, 1.5, "")}),
        ("c 1 000 0 it is stopped", {1: Answer(0, 0, "it is stopped")}),
        ("c 1 2000 0.1 x", {}),
        ("c x 200 0.1 x", {}),
        ("c 1 200", {}),
        ("", {}),
    ],
)
def test_answers(line: str, expected: dict[int, Answer]) -> None:
    assert looks.parse_answers([line]) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("web\t80\taccepts", {"web": {80: True}}),
        ("web\t80\trefuses", {"web": {80: False}}),
        ("a web\t80\trefuses", {"a web": {80: False}}),
        ("web\t80\thesitates", {}),
        ("web\taccepts", {}),
    ],
)
def test_ports(line: str, expected: dict[str, dict[int, bool]]) -> None:
    seen = samples.parsed(replaced("ports", [line], 0))
    assert isinstance(seen, Look)
    assert seen.of(PORTS) == expected


# Who belongs to the stack


def test_members() -> None:
    seen = samples.look("redis-8.0")
    redis = seen.members("redis")[0]
    more = (
        replace(redis, id="1", project="other"),
        replace(redis, id="2", oneoff=True),
        replace(redis, id="3", project="", service=""),
    )
    crowded = replace(seen, containers=(*seen.containers, *more))
    assert crowded.members() == seen.members()
    assert crowded.members("redis") == (redis,)


@pytest.mark.parametrize(
    ("lines", "status", "kept"),
    [
        ([""], 0, ""),
        (["/data/dump.rdb", ""], 0, "/data/dump.rdb"),
        (["what is in /data could not be listed"], 1, None),
    ],
    ids=["nothing", "a file", "not known"],
)
def test_what_would_go_with_a_stopped_redis(
    lines: list[str], status: int, kept: str | None
) -> None:
    answer = [
        re.sub(r'"mounts":\[[^]]*\]', '"mounts":[]', line).replace('"running"', '"exited"')
        if '"service":"redis"' in line
        else line
        for line in replaced("kept redis", lines, status)
    ]
    seen = samples.parsed(answer)
    assert isinstance(seen, Look)
    shown = seen.of(KEPT, "redis")
    assert isinstance(shown, Unknown) if kept is None else shown == kept


def test_what_nobody_listed_is_not_empty() -> None:
    seen = samples.look(samples.SAMPLES[0])
    inside = seen.inside("redis")
    assert isinstance(seen.of(KEPT, "redis"), Unknown)
    assert isinstance(inside, Inside)
    assert inside.kept is None
