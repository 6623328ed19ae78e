"""The commands that change networks."""

from __future__ import annotations

from ..compose import Attachment
from ..engine import Endpoint
from ..rules.network import Attach, CreateNetwork, Detach
from ..settings import Stack
from . import function, text, values, words
from .look import target

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


def create(stack: Stack, action: CreateNetwork) -> str:
    """Lets Compose create its networks, by asking for a container that is there already."""
    up = words("up", "--no-start", "--no-recreate", "--no-deps", "--no-build", "--pull", "never")
    service = words(action.service)
    scale = f'--scale "{action.service}=$(replicas {service})"'
    named = _script(stack, network=action.instead_of)
    named += values(service=action.service, options_template=_OPTIONS)
    return f"{named}list_stack\ncreate {up} {scale} {service}\n"


def attach(stack: Stack, action: Attach) -> str:
    """Puts a container on a network; one that is there already is taken off it first."""
    named = _script(stack, container=action.container, network=action.network)
    as_wanted = function("as_wanted", _connect(action, action.wanted))
    if action.had is None:
        return f"{named}{as_wanted}attach\n"
    as_it_was = function("as_it_was", _connect(action, _as_it_was(action.had)))
    return f"{named}{as_wanted}{as_it_was}reattach\n"


def detach(stack: Stack, action: Detach) -> str:
    """Takes a container off a network."""
    return f"{_script(stack, container=action.container, network=action.network)}detach\n"


def _script(stack: Stack, container: str = "", network: str = "") -> str:
    named = values(container=container, network=network)
    return "".join((target(stack), named, text("refused.sh"), text("network.sh")))


def _connect(action: Attach, place: Attachment) -> str:
    options = _options(place)
    return words("docker", "network", "connect", *options, action.network, action.container)


def _options(wanted: Attachment) -> list[str]:
    options = [f"--alias={alias}" for alias in sorted(wanted.aliases)]
    if wanted.ipv4:
        options.append(f"--ip={wanted.ipv4}")
    if wanted.ipv6:
        options.append(f"--ip6={wanted.ipv6}")
    options += [f"--link-local-ip={address}" for address in sorted(wanted.link_local)]
    options += [f"--driver-opt={key}={value}" for key, value in wanted.driver_opts]
    if wanted.gw_priority:
        options.append(f"--gw-priority={wanted.gw_priority}")
    return options


def _as_it_was(endpoint: Endpoint) -> Attachment:
    return Attachment(
        endpoint.names,
        endpoint.ipv4,
        endpoint.ipv6,
        endpoint.link_local,
        endpoint.driver_opts,
        endpoint.gw_priority,
    )
