"""A host that is named on the command line: how it is read, and how pyinfra is given it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pyinfra_runbooks.jobs import cli, completing, drift, target
from pyinfra_runbooks.jobs.destination import Destination, is_inventory, parse
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.groups import hosts_of
from pyinfra_runbooks.jobs.options import MisuseError
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.target import DIAGNOSE, Target


@pytest.mark.parametrize(
    ("word", "host", "user", "port"),
    [
        ("web-1.example.com", "web-1.example.com", "", None),
        ("web", "web", "", None),
        ("db_1", "db_1", "", None),
        ("10.0.0.7", "10.0.0.7", "", None),
        ("example.com.", "example.com.", "", None),
        ("deploy@web", "web", "deploy", None),
        ("web:2222", "web", "", 2222),
        ("deploy@web:2222", "web", "deploy", 2222),
        ("anna@corp.example@web", "web", "anna@corp.example", None),
        ("[2001:db8::1]", "2001:db8::1", "", None),
        ("deploy@[2001:db8::1]:22", "2001:db8::1", "deploy", 22),
        ("[fe80::1%eth0]", "fe80::1%eth0", "", None),
        ("true", "true", "", None),
        ("12", "12", "", None),
    ],
)
def test_a_host(word: str, host: str, user: str, port: int | None) -> None:
    assert parse(word) == Destination(host, user, port)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("", "a host, of letters"),
        ("@web", "a user before the @"),
        ("-web", "does not begin with a -"),
        ("user@-oProxyCommand=x", "what has a = in it is no host"),
        ("-oProxyCommand", "does not begin with a -"),
        ("-u@web", "a user before the @"),
        ("a=b@web", "a user before the @"),
        ("key=value", "what has a = in it is no host"),
        ("web:0", "a port from 1 to 65535"),
        ("web:65536", "a port from 1 to 65535"),
        ("web:ssh", "a port from 1 to 65535"),
        ("web:", "a port from 1 to 65535"),
        ("web:\N{ARABIC-INDIC DIGIT TWO}2", "a port from 1 to 65535"),
        ("2001:db8::1", r"an IPv6 address in brackets: \[2001:db8::1\]"),
        ("a:b:c", r"\[USER@\]HOST\[:PORT\]"),
        ("[web]", "an IPv6 address in the brackets"),
        ("[::1", "an IPv6 address in the brackets"),
        ("[::1]22", "an IPv6 address in the brackets"),
        ("[::1]:", "a port from 1 to 65535"),
        ("inventories/none", "there is no inventories/none"),
        ("ssh://web", "there is no ssh://web"),
        ("a b", "a host, of letters"),
        ("web\n", "a host, of letters"),
        ("web$(id)", "a host, of letters"),
        ("w\N{LATIN SMALL LETTER E WITH ACUTE}b", "a host, of letters"),
    ],
)
def test_what_is_no_host_is_refused_with_what_was_expected(word: str, why: str) -> None:
    with pytest.raises(MisuseError, match=why):
        parse(word)


@pytest.mark.parametrize("host", ["web", "true", "12", "1e5", "NaN", "null", "[::1]"])
def test_pyinfra_gets_it_as_it_is_and_refuses_a_key_that_is_not_known(host: str) -> None:
    """It would read a number or a JSON value in what comes with --data."""
    destination = parse(f"deploy@{host}:2222")
    words = destination.alone
    assert words[:4] == ("--user", "deploy", "--port", "2222")
    assert words[4::2] == ("--data", "--data")
    data = dict(word.split("=", 1) for word in words[5::2])
    assert as_pyinfra_reads(data["ssh_hostname"]) == destination.host
    assert as_pyinfra_reads(data["ssh_strict_host_key_checking"]) == "yes"


def as_pyinfra_reads(value: str) -> str:
    """A value of ``--data``."""
    return by_pyinfra(
        "import sys; from pyinfra_cli.util import parse_cli_arg as p; print(p(sys.argv[1]))", value
    )


HOSTS_BY_PYINFRA = """
import ast, json, sys
from pyinfra_cli.inventory import _get_any_tuple_first, _is_inventory_group
from pyinfra.api.inventory import extract_name_data
group = ast.literal_eval(sys.argv[1])
taken = _get_any_tuple_first(group) if _is_inventory_group("one", group) else []
print(json.dumps([name for name, _ in extract_name_data(taken)]))
"""


def by_pyinfra(code: str, value: str) -> str:
    """In another process, as its modules change the standard library."""
    done = subprocess.run(
        [sys.executable, "-c", code, value], capture_output=True, text=True, check=True
    )
    return done.stdout.removesuffix("\n")


def test_without_a_user_and_a_port_ssh_decides() -> None:
    assert parse("web").options == ()


@pytest.mark.parametrize("word", ["inventories/old.py", "@local", "web-1,web-2"])
def test_what_pyinfra_alone_takes_for_an_inventory(word: str) -> None:
    assert is_inventory(word)
    assert target.target(word) == Target(word)


# Whether an inventory has it


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two inventories, of which each says which hosts it has in its first line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inventories").mkdir()
    inventories = {
        "prod": 'prod = (["web-1", ("web-2", {"ssh_port": 23})], {"ssh_user": "deploy"})\n'
        'more = ["both"]\n_hidden = ["secret"]\n',
        "lab": 'from pathlib import Path\nlab = ["both", *(f"lab-{n}" for n in range(2))]\n',
        "broken": "hosts = undefined\n",
    }
    for name, text in inventories.items():
        (tmp_path / "inventories" / f"{name}.py").write_text(text)
    return tmp_path


def test_a_path_that_is_there_is_an_inventory(project: Path) -> None:
    (project / "web-1").touch()
    assert target.target("web-1") == Target("web-1")


def test_a_host_of_an_inventory_keeps_it(project: Path) -> None:
    assert target.target("root@web-2:23") == Target(
        "inventories/prod.py", ("--user", "root", "--port", "23"), ("web-2",)
    )


@pytest.mark.parametrize(("host", "declared"), [("lab-1", True), ("secret", False)])
def test_what_a_file_computes_counts_and_what_it_keeps_to_itself_does_not(
    project: Path, host: str, declared: bool
) -> None:
    assert target.target(host).declared is declared


def test_a_host_of_none_is_looked_at_without(project: Path, capsys: Any) -> None:
    made = target.target("elsewhere")
    assert (made.inventory, made.declared, made.only) == ("elsewhere", False, ())
    assert "ssh_strict_host_key_checking=yes" in made.options
    assert capsys.readouterr().err == (
        "inventories/broken.py can't be read: NameError: name 'undefined' is not defined\n"
    )


@pytest.mark.parametrize(
    ("group", "hosts"),
    [
        ('["web-1", "web-2"]', ["web-1", "web-2"]),
        ('[("web-1", {"ssh_port": 23}), "web-2"]', ["web-1", "web-2"]),
        ('(["web-1"], {"ssh_user": "deploy"})', ["web-1"]),
        ('(("web-1", "web-2"), {})', ["web-1", "web-2"]),
        ('["web-1", 2]', []),
        ('{"web-1": 2}', []),
        ('"web-1"', []),
    ],
)
def test_a_group_is_what_pyinfra_takes_for_one(project: Path, group: str, hosts: list[str]) -> None:
    """By its text, as it is completed, and by its value, as it is looked for."""
    file = project / "inventories" / "one.py"
    file.write_text(f"one = {group}\n")
    value = ast.literal_eval(group)
    assert json.loads(by_pyinfra(HOSTS_BY_PYINFRA, group)) == hosts
    assert completing.hosts(file) == hosts
    assert [*hosts_of(value)] == hosts


def test_a_pair_of_names_is_no_group(project: Path) -> None:
    """pyinfra takes the letters of the first one for hosts, and nobody means that."""
    file = project / "inventories" / "one.py"
    file.write_text('one = ("web-1", "web-2")\n')
    assert completing.hosts(file) == []
    assert target.target("web-1").inventory == "inventories/prod.py"


def test_a_host_of_two_has_to_be_named_with_one_of_them(project: Path) -> None:
    with pytest.raises(MisuseError, match=r"both is in inventories/lab.py and inventories/prod.py"):
        target.target("both")


# The command


@pytest.fixture
def jobs(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that were begun."""
    begun: list[Job] = []

    def job(job: Job, *_: object) -> Report:
        begun.append(job)
        return Report("check", job.inventory, job.runbook, 1, 2, "who", "1", ())

    monkeypatch.setattr(drift, "check", job)
    monkeypatch.setattr(drift, "correct", job)
    (project / "runbooks").mkdir()
    (project / "runbooks" / "redis_recovery.py").touch()
    return begun


def test_check_looks_at_a_whole_host(jobs: list[Job]) -> None:
    CliRunner().invoke(cli.main, ["check", "deploy@elsewhere", "--sudo"])
    (job,) = jobs
    assert (job.runbook, job.declared) == (DIAGNOSE, False)
    assert job.arguments("--dry") == [
        *("-y", "--user", "deploy", "--data", 'ssh_hostname="elsewhere"'),
        *("--data", "ssh_strict_host_key_checking=yes", "--dry", "elsewhere", DIAGNOSE, "--sudo"),
    ]
    assert Path(DIAGNOSE).is_file()


def test_of_a_host_of_an_inventory_only_that_one_is_meant(jobs: list[Job]) -> None:
    CliRunner().invoke(cli.main, ["check", "web-1"])
    CliRunner().invoke(cli.main, ["correct", "web-1"])
    looked, corrected = jobs
    assert (looked.inventory, looked.only) == ("inventories/prod.py", ("web-1",))
    assert (looked.runbook, corrected.runbook) == (DIAGNOSE, "runbooks/redis_recovery.py")
    assert (corrected.only, corrected.declared) == (("web-1",), True)


def test_a_runbook_that_is_named_is_taken(jobs: list[Job]) -> None:
    CliRunner().invoke(cli.main, ["check", "elsewhere", "mine.py"])
    assert jobs[0].runbook == "mine.py"


def test_correct_says_that_nothing_is_changed_without_an_inventory(jobs: list[Job]) -> None:
    done = CliRunner().invoke(cli.main, ["correct", "elsewhere"])
    assert jobs[0].declared is False
    assert (
        "elsewhere: no inventory has this host: it was looked at, and nothing was changed\n"
        in done.output
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["watch", "elsewhere"], "is in no inventory"),
        (["check", "elsewhere", "--shard", "1/2"], "a host was named"),
        (["check", "a=b"], "no host"),
        (["check", "--", "-x"], "INVENTORY is missing"),
    ],
)
def test_what_can_not_be_meant(jobs: list[Job], words: list[str], said: str) -> None:
    done = CliRunner().invoke(cli.main, words)
    assert (done.exit_code, jobs) == (1, [])
    assert said in done.output
