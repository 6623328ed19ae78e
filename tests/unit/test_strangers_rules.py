"""Who else answers to a name, what of it matters, and what is done about it."""

from __future__ import annotations

from dataclasses import replace

from looks import container, joined, stranger, with_container, with_declared
from verdicts import kinds, verdicts

from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.engine.discovery.seen import Link, Seen
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.network.rules.attachments import attachments
from pyinfra_runbooks.packs.network.rules.strangers import alias_conflicts, foreign_conflicts
from pyinfra_runbooks.settings import Stack


def test_where_nobody_uses_the_name_it_is_merely_said(look: Look, stack: Stack) -> None:
    """Behind a proxy every project may have its own `db`."""
    unused = joined(look, stranger("thief", "db"))
    assert verdicts(alias_conflicts(unused, stack)) == [("alias-conflict", "Note")]
    used = with_declared(unused, "web", uses=frozenset({"db"}))
    assert verdicts(alias_conflicts(used, stack)) == [("alias-conflict", "Refusal")]
    seen = {used.containers[1].id: Seen("x", links=(Link("DB", "db"),))}
    linked = replace(unused, found=replace(unused.found, seen=seen))
    assert verdicts(alias_conflicts(linked, stack)) == [("alias-conflict", "Refusal")]


def test_the_share_of_the_answers_is_said(look: Look, stack: Stack) -> None:
    thieves = stranger("thief", "cache"), stranger("other", "cache")
    for number, last in (
        (1, "1 of 2 answers to cache leads to it"),
        (2, "1 of 3 answers to cache leads to it"),
    ):
        found = list(alias_conflicts(joined(look, *thieves[:number]), stack))
        assert [f.evidence.rpartition("; ")[2] for f in found] == [last] * number
    (found_,) = alias_conflicts(
        joined(with_container(look, "cache", status="exited"), thieves[0]), stack
    )
    assert found_.evidence.endswith("; all answers lead to it")


def test_what_another_project_declares_is_not_taken_off_its_network(
    look: Look, stack: Stack
) -> None:
    """Its own clients would lose it."""
    blog = replace(
        stranger("blog-1", "cache", project="blog", service="cache"),
        config_hash="x",
        config_files=("/srv/blog/c.yml",),
        working_dir="/srv/blog",
    )
    (finding,) = alias_conflicts(joined(look, blog), stack)
    assert isinstance(finding.resolution, Refusal)
    assert "disconnect" not in finding.resolution.instead
    assert "give this stack's service a name that nobody else has" in finding.resolution.instead
    assert "declares it on shop_back" in finding.resolution.instead


def test_two_strangers_that_have_a_name_which_the_stack_uses(look: Look, stack: Stack) -> None:
    seen = {look.containers[1].id: Seen("x", links=(Link("DB", "pg", 5432),))}
    look = replace(look, found=replace(look.found, seen=seen))
    one = stranger("infra-pg-1", "pg", project="infra", service="pg")
    same = stranger("infra-pg-2", "pg", project="infra", service="pg")
    other = stranger("lab-pg-1", "pg", project="lab")
    assert kinds(foreign_conflicts(joined(look, one, same))) == []
    (finding,) = foreign_conflicts(joined(look, one, other))
    assert (finding.kind.id, finding.subject) == ("alias-conflict", "web")
    assert finding.problem == "its name pg is answered by several on shop_back"
    assert finding.evidence.startswith("infra-pg-1 (infra), lab-pg-1 (lab)")


def test_of_several_replicas_the_one_that_is_cut_off_is_named(look: Look, stack: Stack) -> None:
    second = container("db", "shop-db-2", {})
    (finding,) = attachments(joined(look, second), stack)
    assert finding.headline() == "db: shop-db-2 is not on shop_back [no-network]"
