"""The script that restarts a service's containers, or has Compose make them again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hosts import Done, Host, in_directory
from looks import healthy
from prepared import with_containers

from pyinfra_runbooks.engine.rules.namespaces import Revive
from pyinfra_runbooks.engine.shell import text, values
from pyinfra_runbooks.packs.clients import scripts as clients
from pyinfra_runbooks.packs.clients.rules.api import Step
from pyinfra_runbooks.packs.clients.rules.needed import Start
from pyinfra_runbooks.packs.network import scripts as network
from pyinfra_runbooks.settings import Api

FIRST, SECOND = f"{1:064x}", f"{2:064x}"


def revive(host: Host, *containers: str) -> str:
    return network.revive(
        in_directory(host.place), with_containers("web", 2), Revive("web", containers)
    )


def engine(host: Host, written: str = "", mounts: str = "") -> None:
    """Two containers of the service, of which each has written this, beside its mounts."""
    host.stack(str(host.place), "web", "web")
    (host.place / "written").write_text(written)
    (host.place / "mounts").write_text(mounts)
    (host.place / "started").write_text("0")
    host.tool(
        "docker",
        f"""#!/bin/sh
        printf '%s\\n' "$*" >>"{host.place}/log"
        case "$*" in
            ps*) exec cat "{host.place}/answers/docker-ps" ;;
            *.State.StartedAt*) echo "running $(cat "{host.place}/started") 0" ;;
            *'--format {{{{.Name}}}} '*) echo /shop-web-1 ;;
            *.StopTimeout*) cat "{host.place}/answers/stop-timeout" ;;
            *.Mounts*) cat "{host.place}/mounts" ;;
            diff*) cat "{host.place}/written" ;;
            restart*) echo 1 >"{host.place}/started" ;;
            *'{{{{.Image}}}}'*) echo sha256:0a ;;
            'image inspect'*) echo sha256:0a ;;
            inspect*) cat "{host.place}/answers/docker-inspect" ;;
        esac
        """,
    )


def log(host: Host) -> list[str]:
    """What the engine was asked."""
    shown = host.place / "log"
    return shown.read_text().splitlines() if shown.exists() else []


def test_only_those_that_are_meant_are_restarted(any_host: Host) -> None:
    engine(any_host)
    done = any_host.run(revive(any_host, SECOND))
    assert (done.code, done.err) == (0, "")
    restarts = [line for line in log(any_host) if line.startswith("restart")]
    assert [line.split()[-1] for line in restarts] == [SECOND]
    assert done.of("docker-compose") == []


@pytest.mark.parametrize(
    ("says", "declared", "seconds"),
    [("45", False, "45"), ("<nil>", False, "10"), ("", False, "10"), ("45", True, "10")],
)
def test_each_has_the_time_to_stop_that_it_was_made_with(
    any_host: Host, says: str, declared: bool, seconds: str
) -> None:
    """Unless the inventory says another one."""
    engine(any_host)
    stack = replace(in_directory(any_host.place), components=(Api("web"),) if declared else ())
    any_host.answer("stop-timeout", says)
    script = clients.restart(stack, with_containers("web", 2), "web", "example/web:1", (SECOND,))
    done = any_host.run(script)
    assert (done.code, done.err) == (0, "")
    (restart,) = [line for line in log(any_host) if line.startswith("restart")]
    assert restart == f"restart -t {seconds} {SECOND}"


def test_of_two_projects_in_one_directory_the_other_ones_container_is_left_alone(
    any_host: Host,
) -> None:
    engine(any_host)
    seen = with_containers("web", 2)
    first, second = seen.containers
    seen = replace(seen, containers=(replace(first, project="blog"), second))
    stack = in_directory(any_host.place)
    done = any_host.run(clients.repair(stack, seen, "web", Step.RESTART, "example/web:1"))
    assert (done.code, done.err) == (0, "")
    restarts = [line for line in log(any_host) if line.startswith("restart")]
    assert [line.split()[-1] for line in restarts] == [SECOND]


def test_all_replicas_are_made_again_at_once(any_host: Host) -> None:
    engine(any_host)
    done = any_host.run(revive(any_host))
    assert (done.code, done.err) == (0, "")
    (up,) = done.of("docker-compose")
    assert {"up", "--force-recreate", "--no-deps", "--no-build", "web=2"} < set(up)
    assert up[-1] == "web"


def test_what_was_stopped_is_made_again_and_stays_stopped(any_host: Host) -> None:
    engine(any_host)
    stopped = Revive("web", stopped=True)
    done = any_host.run(
        network.revive(in_directory(any_host.place), with_containers("web", 2), stopped)
    )
    assert (done.code, done.err) == (0, "")
    (up,) = done.of("docker-compose")
    assert {"up", "--no-start", "--force-recreate", "--no-deps"} < set(up)
    assert "-d" not in up
    assert not any(line.startswith("start") for line in log(any_host))


# A job is started, and has to end


def job(host: Host, *, starts: bool = True, code: str = "0", ends: str = "exited") -> None:
    """One container that ended before, and what becomes of it now."""
    host.stack(str(host.place), "web")
    (host.place / "started").write_text("0")
    (host.place / "status").write_text("exited")
    host.tool(
        "docker",
        f"""#!/bin/sh
        printf '%s\\n' "$*" >>"{host.place}/log"
        case "$*" in
            ps*) exec cat "{host.place}/answers/docker-ps" ;;
            *.State.StartedAt*) cd "{host.place}" && echo "$(cat status) $(cat started) 0" ;;
            start*)
                {"echo 1" if starts else "exit 1; echo"} >"{host.place}/started"
                echo {ends} >"{host.place}/status"
                ;;
            wait*) echo {code} ;;
            logs*) echo 'cache:6379: NOAUTH' ;;
            inspect*) cat "{host.place}/answers/docker-inspect" ;;
        esac
        """,
    )


def completed(host: Host) -> Done:
    return host.run(
        clients.start(in_directory(host.place), healthy(), Start("web", FIRST, job=True))
    )


def test_a_job_is_started_once_and_waited_for(any_host: Host) -> None:
    job(any_host)
    done = completed(any_host)
    assert (done.code, done.err) == (0, "")
    calls = [line.split()[0] for line in log(any_host)]
    assert [c for c in calls if c in ("start", "wait")] == ["start", "wait"]


@pytest.mark.parametrize(
    "fails",
    [{"code": "1"}, {"starts": False}, {"code": ""}, {"ends": "running", "code": "0"}],
    ids=["it fails again", "it can't be started", "it does not end in time", "it runs on"],
)
def test_a_job_that_has_not_ended_with_0_says_where_its_log_is(
    any_host: Host, fails: dict[str, Any]
) -> None:
    job(any_host, **fails)
    done = completed(any_host)
    assert done.code == 1
    assert "it has not ended with code 0 within" in done.err
    # Anybody may have written it: what an application logs may hold a password.
    assert "docker logs --tail 20" in done.err
    assert "NOAUTH" not in done.err


OWN = {
    "A /var/lib/postgresql/data/base": "/var/lib/postgresql/data/base",
    "C /app/db.sqlite": "/app/db.sqlite",
    "A /srv/a b": "/srv/a b",
}
NOT_OWN = (
    *("A /tmp/x", "A /run/secrets/key", "C /etc/nginx/conf.d/default.conf", "A /root/.cache"),
    *("A /app/__pycache__/main.pyc", "D /app/gone", "A /var/cache/x", "A /var/run/x.pid"),
    *("C /data", "A /data/kept", "A /mnt", "C /mnt/deep"),
)


@pytest.mark.parametrize(("written", "path"), OWN.items(), ids=OWN)
def test_files_that_would_go_are_no_reason_to_go_on(
    any_host: Host, written: str, path: str
) -> None:
    above = path.rpartition("/")[0]
    engine(any_host, f"C {above}\n{written}\n", "/data\n")
    done = any_host.run(revive(any_host))
    assert done.code == 1
    assert f"{path} is in the container shop-web-1 itself" in done.err
    assert "nothing was changed" in done.err
    assert done.of("docker-compose") == []


def test_the_api_s_own_files_stay_as_well(any_host: Host) -> None:
    engine(any_host, "C /app\nA /app/uploads\nA /app/uploads/a.png\n")
    stack = in_directory(any_host.place)
    done = any_host.run(
        clients.repair(stack, with_containers("web", 2), "web", Step.RECREATE, "example/web:1")
    )
    assert done.code == 1
    assert "/app/uploads/a.png is in the container shop-web-1 itself" in done.err
    assert done.of("docker-compose") == []


def test_what_any_program_leaves_is_none(any_host: Host) -> None:
    engine(any_host, "\n".join((*NOT_OWN, "")), "/data\n/mnt/deep/files\n")
    done = any_host.run(revive(any_host))
    assert (done.code, done.err) == (0, "")
    assert len(done.of("docker-compose")) == 1


def test_an_engine_that_does_not_say_is_no_yes(any_host: Host) -> None:
    engine(any_host)
    tool = any_host.place / "tools" / "docker"
    tool.write_text(tool.read_text().replace("diff*) cat", "diff*) exit 1; cat"))
    done = any_host.run(revive(any_host))
    assert done.code == 1
    assert done.of("docker-compose") == []


# Who lives in the network of a Redis that was put back


@pytest.mark.parametrize(
    ("seen", "container", "follows", "says"),
    [
        ("healthy", FIRST, True, ""),
        ("healthy", "f" * 64, False, f"{SECOND}, which shares its network, is cut off"),
        ("open", FIRST, False, ""),
    ],
    ids=["it is the former one", "it was created again", "it admits strangers"],
)
def test_a_put_back_restarts_who_lives_in_its_network(
    any_host: Host, seen: str, container: str, follows: bool, says: str
) -> None:
    engine(any_host)
    functions = values(service="cache", step="restart") + text("redis.sh").removesuffix(
        "audited swap\n"
    )
    known = values(
        id=FIRST, container=container, followers=(SECOND,), seen=seen, stop=1, patience=5, users=1
    )
    stand_ins = """
        docker() { command docker "$@"; }
        acl_as_it_was() { :; }; as_before() { :; }; wait_until_healthy() { :; }
        loaded_what_was_saved() { return 1; }; stopped() { echo stopped; }
        put_back 'it did not come up'
    """
    script = f"{functions}\n{known}{stand_ins}"
    done = any_host.run(script)
    assert done.code == 1
    assert "it did not come up; what was before" in done.err
    restarts = [line.split()[-1] for line in log(any_host) if line.startswith("restart")]
    assert restarts == ([SECOND] if follows else [])
    assert says in done.out
