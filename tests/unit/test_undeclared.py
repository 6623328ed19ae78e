"""What of the networks a compose file leaves to Compose is a finding, whose remedy writes it."""

from __future__ import annotations

from looks import stack
from verdicts import verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.patching.patches import Patch
from pyinfra_runbooks.engine.patching.proposals import Proposal
from pyinfra_runbooks.facts.declarations import Declaration
from pyinfra_runbooks.operations.compose_file import findings

LEFT = Declaration(Proposal(does=("service web lists default",)))
PATCHED = Declaration(LEFT.proposal, (Patch("/srv/shop/compose.yaml", "compose.yaml", b"", ()),))


def test_what_can_be_written_is_a_remedy() -> None:
    found = findings(PATCHED, stack())
    assert verdicts(found) == [("undeclared", Disruption.NONE)]
    assert found[0].subject == "/srv/shop/compose.yaml"


def test_what_could_not_be_looked_at_is_refused() -> None:
    assert verdicts(findings(Unknown("there is no Compose"), stack())) == [
        ("undeclared", "Refusal")
    ]


def test_where_nothing_is_left_there_is_no_finding() -> None:
    assert findings(LEFT, stack()) == []
