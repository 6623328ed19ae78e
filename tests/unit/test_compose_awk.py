"""compose.awk, in every awk there is: of what Compose says, nothing that may be a value."""

from __future__ import annotations

import re

import pytest
from awks import AWKS, filtered
from hypothesis import given, settings
from hypothesis import strategies as st

CANARY = "hunter2"


def shown(awk: tuple[str, ...], said: str, status: int = 15, written: str = "") -> str:
    return filtered(
        *(awk, "compose.awk", said),
        status=str(status),
        directory="/srv/shop",
        written=written,
    ).rstrip("\n")


# As Compose 2.26 prints it, and where they say it in another way, 2.20, 2.40 and the first ones.
SHAPES = {
    'failed to read /srv/.env: line 4: unterminated quoted value "hunter2': (
        "/srv/.env, line 4: a quote is not closed"
    ),
    'failed to read /srv/.env: line 2: unexpected character "+" in variable name "hunter2+/x"': (
        "/srv/.env, line 2: a variable's name holds a character that is not allowed"
    ),
    "failed to read /srv/.env: line 2: key cannot contain a space": (
        "/srv/.env, line 2: a variable's name holds a space"
    ),
    'failed to read /srv/.env: Invalid template: "hunter2${x"': (
        "/srv/.env: it is no valid env file"
    ),
    'Failed to load /srv/.env: unexpected character "$" in variable name near "hunter2\\nA=1"': (
        "/srv/.env: a variable's name holds a character that is not allowed"
    ),
    'line 3: unterminated quoted value "hunter2': "an env file, line 3: a quote is not closed",
    "unterminated quoted value 'hunter2": "an env file: a quote is not closed",
    'Invalid template: "hunter2${x"': "an env file: it is no valid env file",
    "env file /srv/no.env not found: stat /srv/no.env: no such file or directory": (
        "/srv/no.env does not exist, or can't be read"
    ),
    "Couldn't find env file: /srv/no.env": "/srv/no.env does not exist, or can't be read",
    "couldn't find env file: /srv/no.env": "/srv/no.env does not exist, or can't be read",
    "open /srv/no.yml: no such file or directory": "/srv/no.yml: no such file or directory",
    "open /srv/a b.yml: permission denied": "/srv/a b.yml: permission denied",
    "no configuration file provided: not found": "there is no compose file in /srv/shop",
    "empty compose file": "the compose file is empty",
    "yaml: line 4: mapping values are not allowed in this context": (
        "the compose file, line 4: no valid YAML"
    ),
    "yaml: unknown anchor 'hunter2' referenced": "the compose file: no valid YAML",
    "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `hunter2` into cli.named": (
        "the compose file, line 1: no valid YAML"
    ),
    "failed to parse /srv/compose.yml: yaml: construct errors:\n"
    "  line 7: cannot construct !!str `hunter2` into map": (
        "/srv/compose.yml, line 7: no valid YAML"
    ),
    "parsing /srv/compose.yml: yaml: line 3: did not find expected key": (
        "/srv/compose.yml, line 3: no valid YAML"
    ),
    "validating /srv/c.yml: services.web Additional property hunter2 is not allowed": (
        "/srv/c.yml: services.web is not what Compose allows"
    ),
    "validating /srv/c.yml: (root) Additional property hunter2 is not allowed": (
        "/srv/c.yml: its top level is not what Compose allows"
    ),
    "validating /srv/c.yml: services.web.environment.hunter2 must be a string, number, boolean": (
        "/srv/c.yml: services.web.environment is not what Compose allows"
    ),
    "services.web must be a mapping": "the compose file: services.web is not what Compose allows",
    "secrets.pw: one of file|environment must be set": (
        "the compose file: secrets.pw is not what Compose allows"
    ),
    "decoding failed due to the following error(s):\n\n"
    "error decoding 'services[web].mem_limit': invalid size: 'hunter2'": (
        "the compose file: services.web.mem_limit is not what Compose allows"
    ),
    "error while interpolating services.web.image: required variable TAG is missing a value: "
    "hunter2": "variable TAG is required by services.web.image, and not set",
    "error while interpolating services.web.image: required variable TAG is missing a value": (
        "variable TAG is required by services.web.image, and not set"
    ),
    "error while interpolating services.web.privileged: failed to cast to expected type: "
    "invalid boolean: hunter2": "services.web.privileged is not of the type that Compose expects",
    "invalid interpolation format for services.web.environment.PW.\n"
    "You may need to escape any $ with another $.\na${hunter2-": (
        "services.web.environment holds a $ that is neither a variable's nor doubled"
    ),
    **{
        said: said
        for said in (
            'service "web" refers to undefined network back: invalid compose project',
            'service "web" refers to undefined volume data: invalid compose project',
            'service "web" refers to undefined secret pw: invalid compose project',
            'service "web" depends on undefined service "db": invalid compose project',
            'service "web" depends on undefined service db: invalid compose project',
            'service "web" has neither an image nor a build context specified: invalid compose'
            " project",
            "service web declares mutually exclusive `network_mode` and `networks`: invalid"
            " compose project",
            "/srv/shop does not exist on this host, or this user may not enter it",
        )
    },
    "dependency cycle detected: a -> b -> a": ("services or files refer to each other in a circle"),
    'invalid project name "A B": must consist only of lowercase': (
        "the project's name is none that Compose allows"
    ),
    "permission denied while trying to connect to the Docker daemon socket": (
        "this user may not use Docker"
    ),
    "sudo: a password is required": "sudo refuses it, or asks for a password",
}
UNKNOWN = "what it said may hold a value, and is not shown; on the host: docker compose config in"


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("said", SHAPES)
def test_a_known_error(awk: tuple[str, ...], said: str) -> None:
    warning = r'time="now" level=warning msg="The \"hunter2\" variable is not set."'
    assert shown(awk, f"{warning}\n{said}\n") == SHAPES[said]
    assert CANARY not in SHAPES[said]


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "said",
    [
        "Invalid containerPort: hunter2",
        "hunter2",
        "hunter2 does not exist on this host, or this user may not enter it",
        "/srv/hunter2 does not exist on this host, or this user may not enter it",
        'service "web" refers to undefined network hunter2 and more',
        "service hunter2 pass refers to undefined network back",
        "open /srv/compose.yml: hunter2",
        "failed to read hunter2: line 3",
        '{"error":true,"message":"yaml: line 3: hunter2"}',
    ],
)
def test_an_error_that_nobody_knows_is_not_shown(awk: tuple[str, ...], said: str) -> None:
    assert shown(awk, said) == f"{UNKNOWN} /srv/shop"


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("status", [124, 137, 143])
def test_a_deadline(awk: tuple[str, ...], status: int) -> None:
    assert shown(awk, "hunter2", status) == "it did not answer in time"


@pytest.mark.parametrize("awk", AWKS)
def test_nothing_at_all(awk: tuple[str, ...]) -> None:
    assert shown(awk, "", 1) == f"{UNKNOWN} /srv/shop"


@pytest.mark.parametrize("awk", AWKS)
def test_a_variable_is_named_only_where_a_compose_file_does(awk: tuple[str, ...]) -> None:
    """`$DEF` in a password is a variable for Compose, and a piece of the password for us."""
    said = "\n".join(
        f'time="2026-01-01" level=warning msg="The \\"{name}\\" variable is not set. Defaulting."'
        for name in ("TAG", "hunter2", "TAG", "hunter2", "DEF")
    )
    document = '{\n  "x": "The \\"LATER\\" variable is not set"\n}'
    other = 'time="2026-01-01" level=warning msg="`version` is obsolete"'
    lines = shown(awk, f"{other}\n{said}\n{document}", 0, "TAG\nLATER").splitlines()
    assert lines == ["unset TAG", "unset ?", "unset ?"]


# Whatever the value is, no piece of it is shown.

VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
    st.sampled_from([*SHAPES, ": ", "\n", "'", '": ', ": line 3: ", "\ntime=", "services.web."]),
)
PLACES = (
    'failed to read /srv/.env: line 4: unterminated quoted value "{}',
    'failed to read /srv/.env: line 2: unexpected character "+" in variable name "{}"',
    'failed to read /srv/.env: Invalid template: "{}"',
    'Failed to load /srv/.env: unexpected character "+" in variable name near "{}"',
    'line 3: unterminated quoted value "{}',
    "yaml: unknown anchor '{}' referenced",
    "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `{}` into cli.named",
    "failed to parse /srv/compose.yml: yaml: construct errors:\n  line 7: cannot construct `{}`",
    "validating /srv/compose.yml: services.web Additional property {} is not allowed",
    "validating /srv/compose.yml: services.web.ports.0 {}",
    "decoding failed due to the following error(s):\n\nerror decoding 'services[web].ports': {}",
    "error while interpolating services.web.image: required variable TAG is missing a value: {}",
    "error while interpolating services.web.privileged: invalid boolean: {}",
    "invalid interpolation format for services.web.environment.[].\nYou may need …\n{}",
    "Invalid containerPort: {}",
    "invalid project name {}",
    "cannot extend service {}",
    "{}",
)


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=60)
@given(place=st.sampled_from(PLACES), before=VALUES, after=VALUES)
def test_no_value_is_shown(awk: tuple[str, ...], place: str, before: str, after: str) -> None:
    said = shown(awk, place.replace("{}", f"{before}{CANARY}{after}"))
    whole = {line for line in before.splitlines() if line in SHAPES}
    if place != "{}" or not whole:  # there, a value would be a message of its own
        assert CANARY not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("awk", AWKS)
@given(name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True), written=st.booleans())
def test_a_piece_of_a_value_is_counted(awk: tuple[str, ...], name: str, written: bool) -> None:
    said = f'time="now" level=warning msg="The \\"{name}\\" variable is not set. Defaulting."\n{{'
    names = f"A{name}\n{name}A\n" + (name if written else "")
    assert shown(awk, said, 0, names) == f"unset {name if written else '?'}"
    assert re.fullmatch(r"unset (\?|[A-Za-z_]\w*)", shown(awk, said, 0, names))
