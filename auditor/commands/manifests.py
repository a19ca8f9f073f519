"""Manifests without a cluster: the snapshot of some files, and the report on no more than they can tell."""

import dataclasses
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from auditor.commands import values
from auditor.errors import UsageError
from auditor.model.finding import Report, Severity, Verdict
from auditor.model.service import Declared
from auditor.model.snapshot import Gap, Read, Snapshot
from auditor.reports.outcome import confirmed, incomplete
from auditor.sources.declarations.manifests import is_manifest, read_manifests

FAMILIES = frozenset({"manifest", "intent"})
NAME = "manifests"
STDIN = "-"


def gather(paths: Sequence[Path], default_namespace: str) -> Snapshot:
    """Read the manifests at `paths` into a snapshot that has no other side.

    Of an object that speaks of a Service there is a Service named after it.
    """
    gaps: list[Gap] = []
    files = dict(_files(paths, gaps))
    found = read_manifests(files.items(), source=NAME, default_namespace=default_namespace)
    partial = values.declared(found.partials, (one.key for one in found.declared))
    return Snapshot(
        cluster=NAME,
        declared=(*found.declared, *partial),
        gaps=(*gaps, *found.gaps, *values.unknown(found.partials)),
        reads=(Read(source="git", scope=NAME, kind="manifests", objects=len(files)),),
    )


def _files(paths: Iterable[Path], gaps: list[Gap]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if str(path) == STDIN:
            yield "stdin.yaml", sys.stdin.buffer.read()
        elif path.is_dir():
            yield from _folder(path, gaps)
        else:
            yield str(path), _content(path)


def _content(path: Path) -> bytes:
    """Read a file that the user named: it must be there, and be one that is read."""
    if not is_manifest(str(path)):
        raise UsageError(f"{path} is no manifest: name a .yaml, .yml or .json file, a folder, or - for standard input")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _folder(folder: Path, gaps: list[Gap]) -> Iterator[tuple[str, bytes]]:
    """Read the manifests below a folder; hidden folders, such as .git, are left aside."""
    for root, folders, names in os.walk(folder, onerror=lambda error: gaps.append(_gap(error))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(root, name) for name in sorted(names)):
            if is_manifest(str(path)) and path.is_file():
                try:
                    yield str(path), path.read_bytes()
                except OSError as error:
                    gaps.append(_gap(error))


def _gap(error: OSError) -> Gap:
    return Gap(
        source="git", scope=f"{NAME}/{error.filename}", kind="manifests", reason=f"cannot be read: {error.strerror}"
    )


def partial(snapshot: Snapshot) -> tuple[Declared, ...]:
    """The Services of a gathered snapshot that are named after the object that speaks of them."""
    return tuple(one for one in snapshot.declared or () if one.declared_by is not None)


def revise(report: Report, said: Iterable[Declared] = ()) -> Report:
    """Leave aside what was not asked about: the cluster and Azure are no gaps here, they are out of the question.

    `said`: the Services that are named after the object that speaks of them.
    """
    revised = dataclasses.replace(
        values.revise(report, said),
        coverage=tuple(c for c in report.coverage if c.source == "git"),
        not_judged=tuple(n for n in report.not_judged if n.because.source == "git"),
    )
    drift = any(confirmed(f) and f.severity > Severity.INFO for f in revised.findings)
    verdict = Verdict.DRIFT if drift else Verdict.INCOMPLETE if incomplete(revised) else Verdict.CLEAN
    return dataclasses.replace(revised, verdict=verdict)
