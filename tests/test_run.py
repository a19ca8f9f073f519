"""The shell around audits: what becomes of one that fails."""

import io
import json

import pytest

from auditor import logs
from auditor.errors import ConfigError
from auditor.model.snapshot import Snapshot
from auditor.run import Audit, Request, run


def fails() -> Snapshot:
    raise ConfigError("no context `prod` in the kubeconfig")


ONLY = Request(audits=(Audit(gather=fails, cluster="prod", run_id="7"),), deliveries=[])


def test_a_person_is_told_by_the_command() -> None:
    logs.configure(human=True, stream=io.StringIO())

    with pytest.raises(ConfigError, match="no context"):
        run(ONLY)


def test_a_program_gets_a_line_with_the_run() -> None:
    said = io.StringIO()
    logs.configure(human=False, stream=said)

    assert run(ONLY) == 2

    (line,) = map(json.loads, said.getvalue().splitlines())
    told = {key: line[key] for key in ("level", "event", "cluster", "run")}
    assert told == {
        "level": "error",
        "event": "prod: no context `prod` in the kubeconfig",
        "cluster": "prod",
        "run": "7",
    }


def test_what_broke_for_a_program_says_what_to_do() -> None:
    said = io.StringIO()
    logs.configure(human=False, stream=said)

    def breaks() -> Snapshot:
        raise ValueError("no")

    assert run(Request(audits=(Audit(gather=breaks, cluster="prod"),), deliveries=[])) == 2
    event = json.loads(said.getvalue().splitlines()[-1])["event"]
    assert event == "prod: the auditor broke, which is a bug (ValueError: no); please report it"
