"""A secret file is written from another file, from the controller, or by a container."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engines import Engine, given, unreadable, users_host
from hosts import HOSTILE, Host, in_directory
from looks import healthy

from pyinfra_runbooks.packs.files import scripts as secrets
from pyinfra_runbooks.packs.files.rules.secrets import PutSecret
from pyinfra_runbooks.settings import EnvironmentVariable, HostFile, Secret, Stack, Timeouts

root_only = pytest.mark.needs("root")  # may give files away


def content_of(stack: Stack, secret: Secret, path: Path) -> str:
    return secrets.put(stack, healthy(), PutSecret(str(path), secret, True))


@root_only
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_secret_is_copied_from_another_file(tmp_path: Path, name: str, form: str) -> None:
    host, source, path = Host(tmp_path), tmp_path / f"from {name}", tmp_path / name
    source.write_text('pa"ss\\ word\n', encoding="utf-8")
    secret = Secret(str(path), content=HostFile(source.name), format=form, mode=0o440)  # type: ignore[arg-type]
    done = host.run(content_of(in_directory(tmp_path), secret, path))
    assert done.code == 0, done.err
    assert json.loads(done.out)["path"] == str(path)
    wanted = {"plain": 'pa"ss\\ word\n', "json": '"pa\\"ss\\\\ word"\n'}[form]
    assert path.read_text(encoding="utf-8") == wanted
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert not host.canary


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize("source", [None, "", "\n", "\r\n\n"])
def test_a_source_without_a_password_empties_nothing(
    any_host: Host, form: str, source: str | None
) -> None:
    path = any_host.place / "key"
    path.write_text("former\n", encoding="utf-8")
    if source is not None:
        (any_host.place / "source").write_text(source, encoding="utf-8")
    secret = Secret(str(path), content=HostFile("source"), format=form)  # type: ignore[arg-type]
    done = any_host.run(content_of(in_directory(any_host.place), secret, path))
    assert done.code != 0
    assert "nothing was changed" in done.err
    assert path.read_text(encoding="utf-8") == "former\n"


@pytest.mark.parametrize("how", ["silent-create", "error-create", "silent-cp", "error-cp"])
def test_a_source_that_can_not_be_read_empties_nothing(how: str) -> None:
    with users_host(("sh",)) as host:
        engine, path = Engine(host), given_file(host, "former\n")
        engine.fails(how)
        source = host.place / "source"
        source.write_text("s3cret\n", encoding="utf-8")
        secret = Secret(str(path), content=HostFile("source"))
        with unreadable(source):
            done = host.run(content_of(in_directory(host.place), secret, path))
        assert done.code != 0
        assert "nothing was changed" in done.err
        assert path.read_text(encoding="utf-8") == "former\n"


@root_only
def test_a_secret_of_the_controller_comes_over_stdin(
    any_host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUT_SECRET", "s3cret $(touch canary)")
    path = any_host.place / "token"
    secret = Secret(str(path), content=EnvironmentVariable("PUT_SECRET"), owner=4321)
    action = PutSecret(str(path), secret, True)
    script = secrets.put(in_directory(any_host.place), healthy(), action)
    (line,) = secrets.content(action)
    assert "s3cret" not in script
    assert any_host.run(script, stdin=f"{line}\n").code == 0
    assert path.read_text(encoding="utf-8") == "s3cret $(touch canary)\n"
    assert path.stat().st_uid == 4321
    for cut in ("", line, line[:5]):
        done = any_host.run(script, stdin=cut)
        assert done.code != 0
        assert path.read_text(encoding="utf-8") == "s3cret $(touch canary)\n"


# Who may not do it, has a container do it


@pytest.fixture
def user() -> Iterator[Host]:
    with users_host(("sh",)) as host:
        yield host


def through_a_container(host: Host, path: str, **changes: Any) -> list[str]:
    """The options of the container that writes a secret file."""
    declared = in_directory(host.place, helper_image="example/tools:1", **changes)
    secret = Secret("cache_password", owner=999, mode=0o400)
    done = host.run(secrets.put(declared, healthy(), PutSecret(path, secret, False)))
    (words,) = done.of("docker", "run")
    *options, image, shell_option = words[:-7]
    assert (image, shell_option) == ("example/tools:1", "-c")
    assert words[-5:] == ["own", path, "999", "", "400"]
    assert not host.canary
    return options


@pytest.mark.parametrize("name", HOSTILE)
def test_it_gets_that_one_file_and_no_more_rights_than_it_takes(host: Host, name: str) -> None:
    host.of_user(1000)
    path = host.place / "files" / name
    path.parent.mkdir()
    path.write_text("former\n", encoding="utf-8")
    options = through_a_container(host, str(path))
    mounts = [options[n + 1] for n, option in enumerate(options) if option == "--mount"]
    mounts += [option.partition("=")[2] for option in options if option.startswith("--mount=")]
    (mount,) = csv.reader(mounts)
    assert mount == ["type=bind", f"src={path}", f"dst={path}"]
    rights = [options[n + 1] for n, option in enumerate(options) if option == "--cap-add"]
    assert rights == ["DAC_OVERRIDE", "CHOWN", "FOWNER"]
    given_ = {option: options[n + 1] for n, option in enumerate(options[:-1])}
    assert given_["--cap-drop"] == "ALL"
    assert given_["--network"] == given_["--log-driver"] == "none"
    assert given_["--pull"] == "never"
    assert given_["--security-opt"] == "no-new-privileges"
    assert {"--rm", "--read-only"} <= {*options}


def test_a_new_file_takes_its_directory_and_nothing_above(host: Host) -> None:
    host.of_user(1000)
    options = through_a_container(host, str(host.place / "new"))
    (mount,) = (option for option in options if option.startswith("--mount="))
    assert mount == f'--mount=type=bind,"src={host.place}","dst={host.place}"'


def test_content_alone_takes_no_right_to_give_files_away(user: Host) -> None:
    engine, path = Engine(user), given_file(user, "former\n")
    declared = in_directory(user.place, helper_image="example/tools:1")
    secret = Secret(str(path), content=HostFile("source"))
    (user.place / "source").write_text("s3cret\n", encoding="utf-8")
    with unreadable(path):
        done = user.run(content_of(declared, secret, path))
    assert done.code == 0, done.err
    assert path.read_text(encoding="utf-8") == "s3cret\n"
    (run,) = engine.calls("run")
    assert run.count("--cap-add") == 1
    assert "s3cret" not in run


def given_file(host: Host, content: str) -> Path:
    directory = host.place / "files"
    directory.mkdir()
    path = directory / "key"
    path.write_text(content, encoding="utf-8")
    given(directory)
    return given(path)


def test_a_file_that_can_not_be_seen_is_found_by_the_engine(user: Host) -> None:
    engine, path = Engine(user), given_file(user, "former\n")
    (user.place / "source").write_text("s3cret\n", encoding="utf-8")
    declared = in_directory(user.place, helper_image="example/tools:1")
    with unreadable(path.parent):
        for name in ("key", "new"):
            there = path.with_name(name)
            secret = Secret(str(there), content=HostFile("source"))
            assert user.run(content_of(declared, secret, there)).code == 0
    assert [p.read_text(encoding="utf-8") for p in path.parent.iterdir()] == ["s3cret\n"] * 2
    first, second = engine.calls("run")
    assert f'src={path}"' in first
    assert f'src={path.parent}"' in second
    assert engine.containers == []


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 9])
@pytest.mark.parametrize("former", ["former\n", None])
def test_a_container_that_is_cut_off_writes_nothing(
    user: Host, cut: int, former: str | None
) -> None:
    engine, path = Engine(user), given_file(user, former or "")
    if former is None:
        path.unlink()
    (user.place / "source").write_text("s3cret 0123\n", encoding="utf-8")
    engine.fails("cut-run", cut)
    declared = in_directory(user.place, helper_image="example/tools:1")
    with unreadable(path.parent):
        secret = Secret(str(path), content=HostFile("source"))
        done = user.run(content_of(declared, secret, path))
    assert done.code != 0
    left = [p.read_text(encoding="utf-8") for p in path.parent.iterdir()]
    assert left == ([former] if former else [])


@pytest.mark.parametrize("how", ["silent-run", "error-run", "hang-run"])
def test_without_a_proof_nothing_was_written(user: Host, how: str) -> None:
    engine, path = Engine(user), given_file(user, "former\n")
    (user.place / "source").write_text("s3cret\n", encoding="utf-8")
    engine.fails(how)
    declared = in_directory(user.place, helper_image="example/tools:1", timeouts=Timeouts(look=1))
    with unreadable(path):
        secret = Secret(str(path), content=HostFile("source"))
        done = user.run(content_of(declared, secret, path))
    assert done.code != 0
    assert "nothing proves that" in done.err


def test_redis_own_image_is_taken_where_none_is_named(host: Host) -> None:
    host.of_user(1000)
    secret = Secret("cache_password", owner=999)
    script = secrets.put(
        in_directory(host.place), healthy(), PutSecret(str(host.place), secret, False)
    )
    host.stack(str(host.place), "web", "cache")
    host.answer("docker-compose-cache", "example/cache:1\n")
    host.answer("docker-image", "sha256:0123\n")
    (run,) = host.run(script).of("docker", "run")
    assert run[run.index("-c") - 1] == "sha256:0123"
    # Compose says which, whatever containers there are.
    host.stack(str(host.place), "web")
    (run,) = host.run(script).of("docker", "run")
    assert run[run.index("-c") - 1] == "sha256:0123"
    host.answer("docker-compose-cache", "example/cache:1\nexample/db:1\n")
    done = host.run(script)
    assert done.of("docker", "run") == []
    assert "Stack(helper_image=...)" in done.err


@pytest.mark.parametrize("directory", ["/", "/nowhere", "/var/lib", "/var/log"])
def test_no_directory_of_the_system_is_given_away(host: Host, directory: str) -> None:
    host.of_user(1000)
    path = f"{directory.rstrip('/')}/no-such-file"
    declared = in_directory(host.place, helper_image="example/tools:1")
    secret = Secret(path, owner=999, mode=0o400)
    done = host.run(secrets.put(declared, healthy(), PutSecret(path, secret, False)))
    assert done.code != 0
    assert "only by root" in done.err
    assert done.of("docker", "run") == []
