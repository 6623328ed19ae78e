"""What goes to the host of a project, and what is said of what is missing; Compose resolves it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from compose_plugin import compose_plugin

from lab.adopting import command, files, resolving
from lab.adopting.plan import planned
from lab.console import LabError

needs_compose = pytest.mark.needs("compose")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's directory."""
    monkeypatch.setenv("COMPOSE_PLUGIN", compose_plugin() or "")
    directory = tmp_path / "somewhere" / "shop"
    directory.mkdir(parents=True)
    return directory


def gathered(shop: Path, text: str, *names: str, **options: Any) -> files.Gathered:
    """The project with that compose file, and others that are there."""
    (shop / "compose.yaml").write_text(text)
    stage = shop.parents[1] / "stage"
    stage.mkdir(exist_ok=True)
    paths = [shop / name for name in ("compose.yaml", *names)]
    return files.gather(stage, paths, **options)


@needs_compose
def test_what_the_file_names_comes_along_and_what_is_not_there_is_made_empty(shop: Path) -> None:
    for name in ("redis.conf", "web.env", "more.yaml"):
        (shop / name).write_text("services: {}" if name == "more.yaml" else "A=b")
    (shop / ".env").write_text("TAG=7\n")
    found = gathered(
        shop,
        """
        services:
          redis:
            image: redis:${TAG}
            volumes: [./redis.conf:/etc/redis.conf, ./data:/data, ./none.conf:/etc/none.conf,
                      /opt/shared:/shared]
          web: {image: web, env_file: [web.env, {path: optional.env, required: false}]}
        """,
        "more.yaml",
    )
    assert found.directory == "/srv/shop"
    assert found.command.files == ("compose.yaml", "more.yaml")
    assert (found.place / "redis.conf").read_text() == "A=b"
    assert (found.made, found.outside) == (["data/", "none.conf"], ["/opt/shared"])
    assert (found.place / "data").is_dir()
    assert (found.place / "none.conf").read_text() == ""
    assert planned(found.model).layers.keys() == {"redis:7", "web"}
    assert found.model["services"]["web"]["environment"] == {"A": "b"}


@needs_compose
def test_all_that_is_missing_is_said_at_once_and_by_name(shop: Path) -> None:
    with pytest.raises(LabError) as raised:
        gathered(
            shop,
            """
            services:
              web: {image: "web:${TAG:?which one}", env_file: .env.production, secrets: [word]}
              api: {image: "api:${OTHER:?}", env_file: ./api.env}
            secrets: {word: {environment: WORD}}
            """,
        )
    assert str(raised.value).splitlines()[0] == "this is missing:"
    assert {line.strip() for line in str(raised.value).splitlines()[1:]} == {
        "the file .env.production: make it, or --env-file .env.production=FILE",
        "the file api.env: make it, or --env-file api.env=FILE",
        "the variable TAG: --env TAG=VALUE (which one)",
        "the variable OTHER: --env OTHER=VALUE ()",
        "the variable WORD, for secret word: --env WORD=VALUE",
    }


@needs_compose
def test_variables_and_files_are_given_for_it(shop: Path, tmp_path: Path) -> None:
    given, mine = tmp_path / "given", tmp_path / "mine.env"
    given.write_text("A=1\n")
    mine.write_text("TAG=9\n")
    text = """
        services:
          web: {image: "web:${TAG}", env_file: .env.production, environment: {W: "${WORD}"}}
    """
    found = gathered(
        shop,
        text,
        environments={".env.production": given, "mine.env": mine},
        variables=["WORD=it's $5"],
    )
    assert found.command.environments == ("mine.env",)
    assert found.model["services"]["web"]["environment"] == {"A": "1", "W": "it's $$5"}
    assert [*planned(found.model).layers] == ["web:9"]
    with pytest.raises(LabError, match="--env WORD: it has to be KEY=VALUE"):
        gathered(shop, text, environments={".env.production": given}, variables=["WORD"])


@needs_compose
def test_variables_of_this_shell_are_none_of_the_project(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAG", "leaked")
    found = gathered(shop, 'services: {web: {image: "web${TAG}"}}')
    assert [*planned(found.model).layers] == ["web"]
    assert found.resolved
    assert found.resolved.unset == ("TAG",)


@needs_compose
def test_digests_are_left_out_and_said(shop: Path) -> None:
    found = gathered(shop, f"services: {{redis: {{image: 'redis:7@sha256:{'0a' * 32}'}}}}")
    assert [*planned(found.model).layers] == ["redis:7"]
    assert found.notes == [
        "compose.yaml: digests of images are left out; only a registry gives those"
    ]


@needs_compose
def test_files_that_reach_out_of_the_directory_keep_their_places(shop: Path) -> None:
    (shop.parent / "base.yaml").write_text("services: {redis: {image: redis}}")
    (shop.parent / "conf").mkdir()
    (shop.parent / "conf" / "a").write_text("a")
    found = gathered(shop, "services: {redis: {volumes: ['../conf:/conf']}}", "../base.yaml")
    assert found.directory == "/srv/somewhere/shop"
    assert found.command.files == ("compose.yaml", "../base.yaml")
    assert (found.stage / "somewhere" / "conf" / "a").read_text() == "a"


@needs_compose
def test_what_is_built_has_the_name_that_compose_gives_it(shop: Path) -> None:
    found = gathered(shop, "services: {web: {build: .}, redis: {image: redis}}")
    said = subprocess.run(
        [resolving.plugin(), "config", "--images"],
        cwd=found.place,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        sorted(planned(found.model).layers) == sorted(said.stdout.split()) == ["redis", "shop-web"]
    )
    assert found.made == []


@needs_compose
def test_what_compose_refuses_is_said_in_its_words(shop: Path) -> None:
    with pytest.raises(LabError, match=r"Compose can't resolve it: .*undefined network other"):
        gathered(shop, "services: {web: {image: web, networks: [other]}}")
    with pytest.raises(LabError, match=r"nothing\.yaml is not there"):
        files.gather(shop, [shop / "nothing.yaml"])


def test_compose_itself_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_PLUGIN", "/nowhere/docker-compose")
    with pytest.raises(LabError, match="/nowhere/docker-compose is not there"):
        resolving.plugin()


@needs_compose
def test_what_is_printed_says_what_stands_in_for_what(shop: Path) -> None:
    found = gathered(
        shop,
        """
        services:
          redis: {image: redis:7, volumes: ["./redis:/data"]}
          web: {image: web, ports: ["80:8000"], environment: {REDIS_URL: "redis://:hunter2@redis"}}
          job: {image: job, privileged: true}
        """,
        profiles=["more"],
    )
    assert [*command.shown(found, planned(found.model), {"stand-in": ["celery"]})] == [
        "shop, in /srv/shop:",
        "  job    job",
        "         NOT ADOPTED: it is privileged, and a lab host lacks the capability SYS_RESOURCE"
        " for that",
        "  redis  redis:7",
        "         is a real Redis 7.0",
        "  web    web",
        "         is a stand-in; answers on 8000; client of redis:6379 by REDIS_URL",
        "  note: redis/ was not there, and is made empty",
        "  note: in stand-in, a made-up program says what the stand-in says: celery",
    ]
    looked = "\n".join(command.looking(found))
    assert "runbooks check deploy@127.0.0.1:22100" in looked
    assert "more, which no label records" in looked
