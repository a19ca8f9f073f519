"""Rendering against the tool alone: `python -m tests.bench.render [FOLDER]`; AUDITOR_TEST_TOOLS names the tool's folder.

10,000 files with 300 kustomize roots. The floor is the same tool on the same roots in a checkout, two at a time.
"""

import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from auditor.config import settings
from auditor.sources.builds import Build
from auditor.sources.gathered import Deadline
from auditor.sources.git.cache import BlobCache
from auditor.sources.git.source import GitRead, read_git
from tests.sources.git.repositories import Repository, service
from tests.sources.render.conftest import tool

ROOTS = 300
APPS = 100
FILES = 10_000


def fill(repository: Repository) -> None:
    """Bases, overlays of them in three environments, and plain files that no root names."""
    files: dict[str, str | bytes] = {}
    for app in range(APPS):
        files[f"apps/a{app}/kustomization.yaml"] = "resources: [svc.yaml, config.yaml]\n"
        files[f"apps/a{app}/svc.yaml"] = service(f"a{app}")
        files[f"apps/a{app}/config.yaml"] = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{app}}}\n"
        for environment in ("dev", "test", "prod"):
            root = f"clusters/{environment}/a{app}"
            files[f"{root}/kustomization.yaml"] = (
                f"resources: [../../../apps/a{app}]\nnamespace: {environment}\npatches: [path: address.yaml]\n"
            )
            files[f"{root}/address.yaml"] = (
                f"{{apiVersion: v1, kind: Service, metadata: {{name: a{app}}}, "
                f"spec: {{loadBalancerIP: 10.0.{app}.{len(environment)}}}}}\n"
            )
    for number in range(FILES - len(files)):
        files[f"plain/{number % 100}/c{number}.yaml"] = f"kind: ConfigMap\nmetadata: {{name: c{number}}}\n"
    repository.commit_files(files)


def main(folder: Path) -> None:
    """Measure, and print."""
    repository = Repository(folder / "fleet")
    fill(repository)
    program = tool("kubectl")
    builds = tuple(Build(path=f"clusters/{e}/a{n}") for e in ("dev", "test", "prod") for n in range(APPS))

    def floor() -> None:
        def one(build: Build) -> None:
            command = [str(program), "kustomize", str(repository.directory / build.path)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, builds))

    def read(blobs: BlobCache) -> GitRead:
        found = read_git(
            settings.Git(name="main", path=repository.directory), cache_dir=folder / "cache",
            deadline=Deadline(timedelta(minutes=10)), blobs=blobs, builds=builds, tools=settings.Tools(kustomize=program),
        )  # fmt: skip
        assert len(found.declared or ()) == ROOTS
        assert found.gaps == ()
        return found

    blobs = BlobCache()
    alone = measured("the tool alone, 300 roots", floor, None)
    measured("built for the first time", lambda: read(blobs), alone)
    measured("nothing changed, same process", lambda: read(blobs), alone)
    measured("nothing changed, next process", lambda: read(BlobCache()), alone)
    repository.commit_files({"clusters/prod/a7/address.yaml": "# moved\n" + service("a7")})
    measured("one overlay changed", lambda: read(blobs), alone)
    repository.commit_files({"apps/a9/svc.yaml": "# moved\n" + service("a9")})
    measured("one base of three roots changed", lambda: read(blobs), alone)
    repository.commit_files({"plain/1/new.yaml": service("new")})
    measured("a file that no root names changed", lambda: read(blobs), alone)


def cpu() -> float:
    """Seconds of processor time, children included."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def measured(what: str, work: object, alone: tuple[float, float] | None) -> tuple[float, float]:
    """Do it once, and print what it took; returns wall and processor time."""
    assert callable(work)
    wall, used = time.monotonic(), cpu()
    work()
    found = time.monotonic() - wall, cpu() - used
    against = "" if alone is None else f"  {found[0] / alone[0]:.3f}x wall  {found[1] / alone[1]:.3f}x CPU"
    print(f"{what:36} {found[0]:7.2f} s wall {found[1]:7.2f} s CPU{against}")
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else scratch))
