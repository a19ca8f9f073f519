"""Credential plugins: bounded, without a terminal, and never quoted."""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.lab.server import Lab
from auditor.sources.kubernetes import errors
from tests.sources.kubernetes.conftest import TOKEN, Connect

SERVICES = "/api/v1/services"
VERSION = "client.authentication.k8s.io/v1"


def credential(**status: Any) -> str:
    """A program that prints an ExecCredential."""
    return f"print({json.dumps({'apiVersion': VERSION, 'kind': 'ExecCredential', 'status': status})!r})"


def configured(lab: Lab, folder: Path, program: str, **more: Any) -> Path:
    """A kubeconfig of the lab whose user logs in by a Python program."""
    path = lab.kubeconfig(folder)
    plugin = {"apiVersion": VERSION, "command": sys.executable, "args": ["-c", program], **more}
    document = json.loads(path.read_text())
    document["users"][0]["user"] = {"exec": plugin}
    path.write_text(json.dumps(document))
    return path


def test_a_token(connect: Connect, lab: Lab, tmp_path: Path) -> None:
    program = (
        "import json, os, sys\n"
        "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "assert sys.stdin.read() == '' and info['spec']['interactive'] is False\n"
        "assert info['spec']['cluster']['config'] == {'audience': 'x'} and 'server' in info['spec']['cluster']\n"
        "assert os.environ['MODE'] == 'msi'\n" + credential(token=TOKEN)
    )
    path = configured(
        lab, tmp_path, program, provideClusterInfo=True, env=[{"name": "MODE", "value": "msi"}], interactiveMode="Never"
    )
    document = json.loads(path.read_text())
    document["clusters"][0]["cluster"]["extensions"] = [
        {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
    ]
    path.write_text(json.dumps(document))

    assert connect(path).get(SERVICES)


@pytest.mark.parametrize(("minutes", "runs"), [(60, 1), (4, 1), (-1, 3)])
def test_it_runs_again_only_when_the_token_is_over(
    connect: Connect, lab: Lab, tmp_path: Path, minutes: int, runs: int
) -> None:
    until = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    program = "open('runs', 'a').write('x')\n" + credential(token=TOKEN, expirationTimestamp=until)
    client = connect(configured(lab, tmp_path, program))
    client.get(SERVICES)
    client.get(SERVICES)

    assert len((tmp_path / "runs").read_text()) == runs


def test_a_401_runs_it_again(connect: Connect, lab: Lab, tmp_path: Path) -> None:
    old, new = credential(token=TOKEN[:3]), credential(token=TOKEN)
    program = (
        f"import os\nagain = os.path.exists('ran')\nopen('ran', 'w').close()\nif again:\n    {new}\nelse:\n    {old}\n"
    )

    assert connect(configured(lab, tmp_path, program)).get(SERVICES)


@pytest.mark.parametrize(
    ("program", "more", "said"),
    [
        ("", {"command": "no-kubelogin"}, "`no-kubelogin` of user `lab` is not installed here: put it on PATH"),
        ("", {"command": "./gone", "installHint": "see\nthere"}, "is not installed here: put it on PATH (see there)"),
        ("", {"interactiveMode": "Always"}, "wants a terminal (interactiveMode: Always)"),
        (f"print('{TOKEN}')", {}, "printed no ExecCredential"),
        ("", {}, "printed no ExecCredential"),
        (f"print('[\"{TOKEN}\"]')", {}, "printed no ExecCredential"),
        (credential(), {}, "gave neither a token nor a certificate"),
        (credential(clientCertificateData=TOKEN), {}, "gave neither a token nor a certificate"),
        ("import sys; sys.exit('first\\nError: AADSTS700082: expired')", {}, "exit code 1: AADSTS700082: expired; run"),
        ("import sys; sys.exit('token eyJhbGciOi.xx.yy')", {}, "exit code 1: token ***; run"),
        ("import sys; sys.exit(3)", {}, "exit code 3: it says nothing"),
        (credential(clientCertificateData=TOKEN, clientKeyData=TOKEN), {}, "TLS failed"),
    ],
)
def test_plugins_that_fail(
    connect: Connect, lab: Lab, tmp_path: Path, program: str, more: dict[str, str], said: str
) -> None:
    path = configured(lab, tmp_path, program, **more)
    with pytest.raises(errors.UnreachableError) as caught:
        connect(path).get(SERVICES)

    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", "import os; os.system('sleep 60')"])
def test_a_plugin_that_hangs(connect: Connect, lab: Lab, tmp_path: Path, program: str) -> None:
    path = configured(lab, tmp_path, program)
    start = time.monotonic()
    with pytest.raises(errors.LoginError, match=r"did not answer within 0.8 s, and was stopped.*kubelogin convert"):
        connect(path, limit=1).get(SERVICES)

    assert time.monotonic() - start < 1


def test_nothing_is_logged(
    connect: Connect, lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    with pytest.raises(errors.LoginError):
        connect(configured(lab, tmp_path, f"print('{TOKEN}')")).get(SERVICES)
    connect(configured(lab, tmp_path, credential(token=TOKEN))).get(SERVICES)

    assert TOKEN not in caplog.text
    assert capfd.readouterr() == ("", "")


def test_what_it_was_given_is_not_told(connect: Connect, lab: Lab, tmp_path: Path) -> None:
    program = "import os, sys; sys.exit(f'Error: {sys.argv[1:]} {os.environ[\"X\"]} token=Abcd failed')"
    arguments = ["-c", program, "--secret", "Secret-1", "--key=Secret-2"]
    path = configured(lab, tmp_path, program, args=arguments, env=[{"name": "X", "value": "Secret-3"}])
    with pytest.raises(errors.LoginError) as caught:
        connect(path).get(SERVICES)

    assert "['--secret', '***', '--key=***'] *** token=*** failed; run it by hand" in str(caught.value)
