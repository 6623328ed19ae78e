"""A project as `docker compose config --format json` resolves it, as far as adopting reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Declared:
    """One service of it.

    + raw: what Compose resolved, with its own `$$` for a dollar
    + project: the project's name
    """

    name: str
    raw: Json
    project: str

    @property
    def image(self) -> str:
        """The image's name; without one, the name that Compose gives to what it builds."""
        return str(self.raw.get("image") or f"{self.project}-{self.name}")

    @property
    def environment(self) -> dict[str, str]:
        """Its variables; those without a value come from nowhere here."""
        held: Json = self.raw.get("environment") or {}
        return {key: plain(str(value)) for key, value in held.items() if value is not None}

    @property
    def entrypoint(self) -> tuple[str, ...]:
        """The entry point of the file, if it has one."""
        return _words(self.raw.get("entrypoint"))

    @property
    def command(self) -> tuple[str, ...]:
        """The command of the file, if it has one."""
        return _words(self.raw.get("command"))

    @property
    def test(self) -> list[str] | str | None:
        """Its health check, unless there is none or it is turned off."""
        check: Json = self.raw.get("healthcheck") or {}
        test = check.get("test")
        if check.get("disable") or not test:
            return None
        return plain(test) if isinstance(test, str) else [plain(str(word)) for word in test]

    @property
    def ports(self) -> list[int]:
        """Where others reach it by TCP, as the file says: published, or exposed."""
        published = [
            int(port["target"])
            for port in self.raw.get("ports") or ()
            if port.get("protocol", "tcp") == "tcp"
        ]
        exposed = [
            int(number)
            for number, _, protocol in (
                str(port).partition("/") for port in self.raw.get("expose") or ()
            )
            if number.isdigit() and protocol in ("", "tcp")
        ]
        return [*published, *exposed]

    @property
    def waits_for(self) -> dict[str, str]:
        """Services that come up before it, and in which condition."""
        held = self.raw.get("depends_on") or {}
        return {name: str(how.get("condition", "")) for name, how in held.items()}

    @property
    def mounts(self) -> list[Json]:
        """Its volumes and bind mounts."""
        return [mount for mount in self.raw.get("volumes") or () if isinstance(mount, Mapping)]

    @property
    def volumes(self) -> dict[str, str]:
        """Named volumes, and where they are mounted."""
        return {
            str(mount["source"]): str(mount["target"])
            for mount in self.mounts
            if mount.get("type") == "volume" and mount.get("source")
        }

    @property
    def names(self) -> list[str]:
        """What others may call it by."""
        networks: Json = self.raw.get("networks") or {}
        aliases = [alias for held in networks.values() for alias in (held or {}).get("aliases", ())]
        named = (self.raw.get("container_name"), self.raw.get("hostname"))
        return [self.name, *map(str, filter(None, named)), *map(str, aliases)]

    @property
    def networks(self) -> set[str]:
        """Those that it is on; `host` for the host's own."""
        if mode := self.raw.get("network_mode"):
            return {str(mode)}
        return set(self.raw.get("networks") or ("default",))

    @property
    def policy(self) -> str:
        """When it is restarted: `no`, unless the file says otherwise."""
        deploy: Json = self.raw.get("deploy") or {}
        condition = (deploy.get("restart_policy") or {}).get("condition")
        return str(self.raw.get("restart") or condition or "no")

    @property
    def user(self) -> str | None:
        """The user that it runs as."""
        user = self.raw.get("user")
        return str(user) if user else None

    def text(self) -> str:
        """All that it says to others' names: values and words."""
        test = self.test or ""
        words = [test] if isinstance(test, str) else test
        return "\n".join((*self.environment.values(), *self.entrypoint, *self.command, *words))


def services(model: Json) -> Iterator[Declared]:
    """Each service, in the order of their names."""
    held: Json = model.get("services") or {}
    for name in sorted(held):
        yield Declared(name, held[name], str(model["name"]))


def external(model: Json, kind: str) -> list[str]:
    """The names of networks, volumes, secrets or configs that the project doesn't make."""
    held: Json = model.get(kind) or {}
    return sorted(
        str(one.get("name") or key) for key, one in held.items() if one and one.get("external")
    )


def plain(text: str) -> str:
    """With single dollars: what a container gets."""
    return text.replace("$$", "$")


def _words(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    if isinstance(value, str):
        return (plain(value),)
    return tuple(plain(str(word)) for word in value)


def mentioned_ports(names: list[str], text: str) -> list[int]:
    """The ports that a text names beside one of these names: `http://web:8000`."""
    either = "|".join(map(re.escape, names))
    return [int(port) for port in re.findall(rf"(?<![\w.-])(?:{either}):(\d{{2,5}})\b", text)]
