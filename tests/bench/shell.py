"""How the same would be looked at from a shell: `kubectl`, `git clone`, and a loop over ARM's lists."""

import json
import shutil
import sys
import urllib.request
from pathlib import Path
from tempfile import mkdtemp

from tests.bench.measure import Job, python
from tests.bench.served import Served

GET = "kubectl get -o json: Services, Events, Nodes"
ARM = "python: ARM's lists, json"
CLONE = "git clone --depth 1"
DIFF = "kubectl diff of all manifests"
MOST_DIFFED = 1000
"""Services of which `kubectl diff` is asked: it sends a request for each."""


def jobs(served: Served, what: Path, folder: Path, size: int) -> dict[str, Job]:
    """What can be measured here, by name."""
    home = {"HOME": mkdtemp(dir=folder)}
    clone = folder / "clone"
    found = {
        ARM: Job(python("-m", "tests.bench.shell", str(what))),
        CLONE: Job(
            ["git", "clone", "--quiet", "--depth", "1", served.git, str(clone)],
            before=lambda: shutil.rmtree(clone, ignore_errors=True),
        ),
    }
    if shutil.which("kubectl") is None:
        print("kubectl is not installed: its rows are left out", file=sys.stderr)
        return found
    gets = [f"kubectl get {kind} -o json > /dev/null" for kind in ("services -A", "events -A", "nodes")]
    found[GET] = Job(["sh", "-c", " && ".join(gets)], served.variables | home)
    if size <= MOST_DIFFED:
        found[DIFF] = Job(["kubectl", "diff", "-R", "-f", str(clone)], served.variables | home)
    return found


def main(what: str) -> None:
    """Fetch ARM's lists as a short script would."""
    asked = json.loads(Path(what).read_text())
    for path in asked["azure"]:
        url = asked["endpoint"] + path
        while url:
            headers = {"Authorization": f"Bearer {asked['token']}"}
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the lab's
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                url = json.load(answer).get("nextLink")


if __name__ == "__main__":
    main(sys.argv[1])
