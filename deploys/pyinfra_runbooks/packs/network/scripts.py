"""The commands that change networks."""

from __future__ import annotations

from ...engine.compose import Attachment
from ...engine.docker import Endpoint
from ...engine.look import Look
from ...engine.rules.namespaces import Revive
from ...engine.shell import script
from ...engine.shell.seen import seen
from ...engine.shell.service import service_script
from ...settings import Stack
from .rules.attachments import Attach
from .rules.networks import CreateNetwork
from .rules.strangers import Detach

# What `docker network create` takes to make a network as it is, an option a line.
_OPTIONS = (
    '--driver={{.Driver}}{{"\\n"}}'
    '{{if .Internal}}--internal{{"\\n"}}{{end}}'
    '{{if .Attachable}}--attachable{{"\\n"}}{{end}}'
    '{{if .EnableIPv6}}--ipv6{{"\\n"}}{{end}}'
    '{{range $key, $value := .Options}}--opt={{$key}}={{$value}}{{"\\n"}}{{end}}'
    "{{with .IPAM}}"
    '{{if .Driver}}--ipam-driver={{.Driver}}{{"\\n"}}{{end}}'
    '{{range $key, $value := .Options}}--ipam-opt={{$key}}={{$value}}{{"\\n"}}{{end}}'
    "{{range .Config}}"
    '{{if .Subnet}}--subnet={{.Subnet}}{{"\\n"}}{{end}}'
    '{{if .IPRange}}--ip-range={{.IPRange}}{{"\\n"}}{{end}}'
    '{{if .Gateway}}--gateway={{.Gateway}}{{"\\n"}}{{end}}'
    '{{range $key, $value := .AuxAddress}}--aux-address={{$key}}={{$value}}{{"\\n"}}{{end}}'
    "{{end}}{{end}}"
    '{{range $key, $value := .Labels}}--label={{$key}}={{$value}}{{"\\n"}}{{end}}'
)


def create(stack: Stack, look: Look, action: CreateNetwork) -> str:
    """Lets Compose create its networks, by asking for a container that is there already."""
    about = {"service": action.service, "network": action.instead_of}
    ids = [member.id for member in look.members(action.service)]
    given = {**seen(stack, look), **about, "options_template": _OPTIONS}
    return script("network.sh", "create", *ids, **given)


def attach(stack: Stack, look: Look, action: Attach) -> str:
    """Puts a container on a network; one that is there already is taken off it first."""
    wanted = _options(action.wanted)
    does: tuple[object, ...] = ("attach", *wanted)
    if action.had is not None:
        does = ("reattach", len(wanted), *wanted, *_options(_as_it_was(action.had)))
    return script("network.sh", *does, **seen(stack, look), **_about(action))


def detach(stack: Stack, look: Look, action: Detach) -> str:
    """Takes a container off a network."""
    return script("network.sh", "detach", **seen(stack, look), **_about(action))


def _about(action: Attach | Detach) -> dict[str, object]:
    return {"id": action.id, "container": action.container, "network": action.network}


def revive(stack: Stack, look: Look, action: Revive) -> str:
    """Restarts containers, or makes all of a service's containers again."""
    declared = look.declared.services[action.service]
    image = declared.image or f"{look.declared.name}-{action.service}"
    step = "restart" if action.containers else "recreate"
    return service_script(
        stack, look, action.service, step, image, action.containers, stays_stopped=action.stopped
    )


def _options(wanted: Attachment) -> tuple[str, ...]:
    options = [f"--alias={alias}" for alias in sorted(wanted.aliases)]
    if wanted.ipv4:
        options.append(f"--ip={wanted.ipv4}")
    if wanted.ipv6:
        options.append(f"--ip6={wanted.ipv6}")
    options += [f"--link-local-ip={address}" for address in sorted(wanted.link_local)]
    options += [f"--driver-opt={key}={value}" for key, value in wanted.driver_opts]
    if wanted.gw_priority:
        options.append(f"--gw-priority={wanted.gw_priority}")
    return tuple(options)


def _as_it_was(endpoint: Endpoint) -> Attachment:
    return Attachment(
        endpoint.names,
        endpoint.ipv4,
        endpoint.ipv6,
        endpoint.link_local,
        endpoint.driver_opts,
        endpoint.gw_priority,
    )
