"""Lists of several pages that change between two of them: what moved past the reader is not missing."""

import itertools
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from auditor.lab.server import Lab
from auditor.sources import gathered
from tests.live.changing import FILES, LINKS, audited, confirmed, drift, unowned
from tests.live.conftest import Enter


@pytest.fixture
def shifting(folder: Path) -> Callable[[Lab], Callable[[], None]]:
    """A Private Link Service that nobody owns, and what deletes it: it is on the first page of several."""
    path = folder / FILES[2]
    links = json.loads(path.read_text())
    path.write_text(json.dumps([unowned(links[0]), *links]))

    def deleted(lab: Lab) -> Callable[[], None]:
        def delete() -> None:
            path.write_text(json.dumps(links))
            lab.reload()

        return delete

    return deleted


def test_pages_that_shift_meanwhile(
    enter: Enter, folder: Path, tmp_path: Path, shifting: Callable[[Lab], Callable[[], None]]
) -> None:
    lab = enter(folder)
    lab.fault(LINKS, times=1, meanwhile=shifting(lab))
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    assert [one for one in found.coverage if not one.complete] == []


def test_pages_that_shift_and_cannot_be_read_again(
    enter: Enter, folder: Path, tmp_path: Path, shifting: Callable[[Lab], Callable[[], None]]
) -> None:
    lab = enter(folder)
    delete = shifting(lab)

    def meanwhile() -> None:
        delete()
        lab.fault(f"{LINKS}api-version=[^&]*$", status=403)

    lab.fault(LINKS, times=1, meanwhile=meanwhile)
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    [gap] = [one for one in found.coverage if not one.complete]
    assert gap.kind == "privateLinkServices"
    assert "came in several pages, and a second look did not confirm them: the identity" in (gap.reason or "")


def test_pages_that_always_shift(enter: Enter, folder: Path, tmp_path: Path) -> None:
    links = folder / FILES[2]
    drift(folder)
    whole = json.loads(links.read_text())
    number = iter(range(len(whole) - 1, 0, -1))
    lab = enter(folder)

    def delete() -> None:
        links.write_text(json.dumps(whole[: next(number)]))
        lab.reload()

    lab.fault(f"{LINKS}api-version=[^&]*$", meanwhile=delete)
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == {"frontend-ip-drifted"}
    [gap] = [one for one in found.coverage if not one.complete]
    assert gap.kind == "privateLinkServices"
    assert (gap.reason or "").endswith("did not confirm them: they changed each time; audit again later")


def test_the_cluster_is_not_late_because_azure_took_long(
    enter: Enter, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drift(folder)
    lab = enter(folder)
    looks, passed = itertools.count(), [0.0]
    monkeypatch.setattr(gathered, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))

    def look() -> None:
        if next(looks) == 1:
            passed[0] = 90.0  # the second look at the pages takes longer than the cluster may

    lab.fault(f"{LINKS}api-version=[^&]*$", meanwhile=look)
    settings = lab.settings()
    hurried = settings.kubernetes.model_copy(update={"timeout": timedelta(seconds=60)})
    found = audited(lab, tmp_path / "cache", settings.model_copy(update={"kubernetes": hurried}))

    assert confirmed(found) == {"frontend-ip-drifted"}
    assert [one for one in found.coverage if not one.complete] == []
