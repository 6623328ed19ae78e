"""What is done is said with its noun, wherever it is read."""

from __future__ import annotations

import incident
import pytest
from looks import healthy, stack, with_container

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding, remedies
from pyinfra_runbooks.core.kind import named as kind
from pyinfra_runbooks.core.nouns import named, with_its_thing, with_nouns
from pyinfra_runbooks.core.resolution import Later, Remedy, Symptom
from pyinfra_runbooks.packs import findings

LATER = Later("web", "restart", "restart it", Disruption.RESTART)


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("restart it, if it does not recover", "restart web, if it does not recover"),
        ("run it again, until it has ended", "run web again, until it has ended"),
        ("attach shop-web-1 to shop_back", "attach shop-web-1 to shop_back"),
        ("load the file that it mounts", "load the file that it mounts"),
    ],
)
def test_the_object_is_named(does: str, said: str) -> None:
    assert named(does, "web") == said


def found(resolution: Remedy[None] | Symptom, subject: str = "web", of: str = "") -> Finding[None]:
    return Finding(kind("odd"), "health", subject, "is odd", "seen", resolution, of)


def test_a_file_is_written_and_its_service_restarted() -> None:
    path = "/srv/shop/key"
    for does, said in (("write it", f"write {path}"), ("restart it", "restart web")):
        remedy = Remedy(does, Disruption.NONE, None, then=(LATER,))
        (made,) = remedies([with_nouns(found(remedy, path, "web"))])
        assert (made.does, made.then[0].does) == (said, "restart web")


def test_what_follows_a_symptom_is_named() -> None:
    symptom = with_nouns(found(Symptom("docker logs x", then=(LATER,)))).resolution
    assert isinstance(symptom, Symptom)
    assert symptom.then[0].does == "restart web"


def test_a_thing_is_said_once() -> None:
    assert with_its_thing("web", "restart web") == "restart web"
    assert with_its_thing("web", "attach shop-web-1 to back") == "attach shop-web-1 to back"
    assert with_its_thing("web", "load cobweb") == "web: load cobweb"


def test_no_plan_says_it() -> None:
    stopped = with_container(healthy(), "cache", status="exited", exit_code=0)
    for look in (incident.broken(), stopped):
        plan = findings.planned(look, stack())
        assert plan.steps
        said = [step.does for step in plan.steps] + [later.does for later in plan.later]
        assert [does for does in said if " it" in f" {does}".split(",")[0]] == []
