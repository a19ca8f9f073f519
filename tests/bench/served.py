"""The lab in a process of its own, whose cost is not counted, and what must be known to reach it."""

import contextlib
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import ROOT, environment, python


@dataclass(frozen=True, slots=True)
class Served:
    """A lab at work."""

    configuration: Path
    """For `auditor run -c`."""
    kubeconfig: Path
    azure: str
    """Where ARM and the token endpoint are."""
    git: str
    """Of the only source."""
    cluster: str
    """The resource id of the AKS cluster."""

    @property
    def variables(self) -> dict[str, str]:
        """What the auditor and kubectl need in their environment."""
        return {"KUBECONFIG": str(self.kubeconfig), "AZURE_POD_IDENTITY_AUTHORITY_HOST": self.azure}


@contextlib.contextmanager
def lab(directory: Path) -> Iterator[Served]:
    """Serve a recording while entered."""
    command = python("-m", "auditor.lab", str(directory))
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        while process.stdout and "auditor run" not in said:
            told = process.stdout.readline()
            if not told:
                raise SystemExit(f"the lab ended before it served:\n{said}")
            said += told
        yield _served(said)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _served(said: str) -> Served:
    configuration = Path(_word(r"auditor run -c (\S+)", said))
    cluster = json.loads(configuration.read_text())["clusters"][0]
    return Served(
        configuration=configuration,
        kubeconfig=Path(_word(r"KUBECONFIG=(\S+)", said)),
        azure=cluster["azure"]["endpoint"],
        git=cluster["git"][0]["url"],
        cluster=cluster["azure"]["cluster"],
    )


def _word(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    if found is None:
        raise SystemExit(f"the lab did not say {pattern}:\n{said}")
    return found[1]
