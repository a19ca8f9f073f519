"""Several clusters in one run over one repository: it is fetched once, and each has its own verdict."""

import dataclasses
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import audit
from auditor.lab.server import Lab
from auditor.model.finding import Report
from auditor.model.policy import Policy
from auditor.sources.live import gather
from tests.fleet.fleet import Fleet, missing, reasons, rules
from tests.fleet.repository import CLUSTERS, LEDGER, TIMEOUT
from tests.live.command import Command
from tests.world import NOW, World


def fetches(lab: Lab) -> int:
    """How often the lab's repository was asked for its refs."""
    return sum("/git/" in one.target and "info/refs" in one.target for one in lab.requests)


def test_one_repository_of_four_clusters_is_fetched_once(fleet: Fleet) -> None:
    run = fleet.session = fleet.session.run()
    found: dict[str, Report] = {}

    def audited(cluster: str, lab: Lab, url: str) -> None:
        settings = fleet.settings(lab, url=url, paths=(f"clusters/{cluster}",))
        found[cluster] = audit(gather(settings, run).snapshot, Policy(), NOW)

    def drifted(world: World) -> None:
        world.change_live("shop", annotations={TIMEOUT: "12"})

    with (
        fleet.serving("test/00") as a,
        fleet.serving("test/01") as b,
        fleet.serving("prod/00", drifted) as c,
        fleet.serving("prod/01") as d,
    ):
        labs = dict(zip(CLUSTERS, (a, b, c, d), strict=True))
        threads = [threading.Thread(target=audited, args=(*one, a.git_url("fleet"))) for one in labs.items()]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert [fetches(lab) for lab in labs.values()] == [1, 0, 0, 0]
        audited("test/01", b, a.git_url("fleet"))
        assert fetches(a) == 1
        fleet.session = run.run()
        fleet.read(fleet.settings(b, url=a.git_url("fleet"), paths=("clusters/test/01",)))
        assert fetches(a) == 2, "another run has a look of its own"

    drift = {name: [one for one in rules(report) if one[0] == "annotation-drifted"] for name, report in found.items()}
    assert drift == {key: [] for key in CLUSTERS} | {"prod/00": [("annotation-drifted", "payments/shop")]}
    assert {name: missing(report) for name, report in found.items()} == {key: [] for key in CLUSTERS}


@pytest.mark.parametrize("empty", [False, True])
def test_a_copy_that_was_lost_within_a_run_is_fetched_again(fleet: Fleet, tmp_path: Path, empty: bool) -> None:
    run = fleet.session = dataclasses.replace(fleet.session.run(), cache_dir=tmp_path / "copies")
    with fleet.serving("test/00") as lab:
        fleet.read(fleet.settings(lab, paths=("clusters/test/00",)))
        [copy] = [one for one in run.cache_dir.iterdir() if (one / "HEAD").exists()]
        shutil.rmtree(copy)
        if empty:
            subprocess.run(["git", "init", "-q", "--bare", copy], check=True)

        assert missing(fleet.read(fleet.settings(lab, paths=("clusters/test/00",)))) == []
        assert fetches(lab) == 2


def test_the_command_fetches_once_in_each_run(fleet: Fleet, tmp_path: Path) -> None:
    with fleet.serving("test/00") as a, fleet.serving("test/01") as b:
        command = Command(tmp_path, a, b)
        for one, number in zip(command.clusters, ("00", "01"), strict=True):
            one["git"] = [{"name": "fleet", "url": a.git_url("fleet"), "paths": [f"clusters/test/{number}"]}]

        def tools(document: dict[str, Any]) -> None:
            document["tools"] = {"kustomize": str(fleet.tools.kustomize)}

        for run in (1, 2):
            result = command.call("-f", "json-v1", "-o", f"{tmp_path}/{{cluster}}.json", change=tools)
            assert (result.exit_code, fetches(a), fetches(b)) == (0, run, 0), result.output


def test_a_service_that_is_declared_twice_is_one_finding_with_both_places(fleet: Fleet) -> None:
    fleet.files["clusters/prod/00/again/service.yaml"] = LEDGER.replace(
        "name: ledger\n  namespace", "name: ledger\n  labels: {a: b}\n  namespace"
    )
    fleet.files["clusters/prod/00/again/kustomization.yaml"] = "resources: [service.yaml]\n"

    report = fleet.audited("prod/00", paths=("clusters/prod/00", "clusters/prod/00/again"))

    assert (rules(report), reasons(report)) == ([("service-declared-twice", "ledger/ledger")], [])
    [message] = [one.message for one in report.findings]
    assert "Git declares ledger/ledger twice" in message
    assert "apps/payments/ledger/service.yaml:1" in message
    assert "clusters/prod/00/again/service.yaml:1" in message


def test_one_service_that_two_roots_build_alike_is_one(fleet: Fleet) -> None:
    fleet.files["clusters/prod/00/again/kustomization.yaml"] = "resources: [../../../../apps/payments/ledger]\n"

    report = fleet.audited("prod/00", paths=("clusters/prod/00", "clusters/prod/00/again"))

    assert (rules(report), missing(report)) == ([], [])
