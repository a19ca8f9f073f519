"""The live command against labs: its configuration, its call, and what it then reports."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from auditor.cli import main
from auditor.lab.server import Lab

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
Change = Callable[[dict[str, Any]], object]
"""Changes a configuration, as YAML reads it."""


def unchanged(_: dict[str, Any]) -> None:
    """Leave the configuration as it is."""


def first(section: str, **settings: Any) -> Change:
    """Set keys of a section of the first cluster; of its first Git source for `git`."""

    def change(document: dict[str, Any]) -> None:
        found = document["clusters"][0][section]
        (found[0] if section == "git" else found).update(settings)

    return change


class Command:
    """The command, in an environment in which there is nothing but the labs."""

    def __init__(self, folder: Path, *labs: Lab) -> None:
        self.folder = folder
        self.labs = labs
        self.clusters = [lab.settings().model_dump(mode="json", by_alias=True, exclude_defaults=True) for lab in labs]
        self.variables = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
        for lab in labs:
            self.variables |= lab.environment
            if lab.captured_at is not None:
                self.variables["SOURCE_DATE_EPOCH"] = str(int(lab.captured_at.timestamp()))

    def configuration(self, change: Change = unchanged) -> Path:
        """Write the configuration of the labs, changed."""
        document: dict[str, Any] = json.loads(json.dumps({"clusters": self.clusters}))
        change(document)
        path = self.folder / "auditor.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return path

    def call(self, *arguments: str | Path, change: Change = unchanged, command: str = "run") -> Result:
        """Call it in this process, with the configuration of the labs."""
        return self.bare(command, "-c", self.configuration(change), *arguments)

    def bare(self, *arguments: str | Path, **variables: str | None) -> Result:
        """Call it in this process."""
        environment = {"KUBECONFIG": None, "NO_COLOR": None, **self.variables, **variables}
        return CliRunner(env=environment).invoke(main, [str(one) for one in arguments], prog_name="auditor")

    def secrets(self) -> set[str]:
        """What must never be shown."""
        return {"Traceback", "Bearer"} | {one for lab in self.labs for one in (lab.token, lab.git_token) if one}


def report(result: Result) -> dict[str, Any]:
    """The JSON report that was written to standard output."""
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def gaps(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What the report says was not read."""
    return [one for one in document["coverage"] if not one["complete"]]


def found(document: dict[str, Any]) -> set[tuple[Any, ...]]:
    """The findings, by what does not depend on when and from where was read."""
    keys = ("rule", "service", "resource", "field", "state", "severity", "confidence")
    return {tuple(json.dumps(one[key]) for key in keys) for one in document["findings"]}
