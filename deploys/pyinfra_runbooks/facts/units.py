"""A schedule's units, as systemd on the machine has them."""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra.api import FactBase

from ..core.unknown import Unknown
from ..units import scripts
from ..units.steps import Unit


class UnitStates(FactBase[Mapping[str, Unit] | Unknown]):
    """
    Returns what there is of each unit that a schedule can have; where systemd does not say that of
    one, nothing is known: a unit of which nothing is said may run.

    + directory: of the units' files
    + schedule: the schedule's name
    """

    def command(self, directory: str, schedule: str) -> str:
        return scripts.states(directory, schedule)

    def process(self, output: list[str]) -> Mapping[str, Unit] | Unknown:
        said: dict[str, list[str]] = {}
        sums: dict[str, str] = {}
        for line in output:
            match line.split(" "):
                case ["unit", unit, found]:
                    sums[unit], said[unit] = found.removeprefix("-"), []
                case _ if said:
                    said[[*said][-1]].append(line)
        units: dict[str, Unit] = {}
        for unit, lines in said.items():
            values = dict(line.split("=", 1) for line in lines if "=" in line)
            if not values.get("SubState") or "UnitFileState" not in values:
                words = "; ".join(line for line in lines if line not in ("", "end"))
                return Unknown(f"systemd does not say how {unit} is: {words or 'it says nothing'}")
            units[unit] = Unit(sums[unit], values["SubState"], values["UnitFileState"] == "enabled")
        return units if output[-1:] == ["end"] else self.default()

    @staticmethod
    def default() -> Mapping[str, Unit] | Unknown:
        return Unknown("the machine does not say what there is of the schedule")
