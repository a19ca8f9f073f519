"""The image: what its Dockerfile says, and what its root tree, built here without an engine, does.

Building the tree installs every dependency anew (half a minute, and the package index), so it runs only where
AUDITOR_IMAGE_TEST is set.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor import __version__
from tests.install.one_file import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SCRIPT = ROOT / "config" / "image" / "root.sh"
INSTRUCTION = re.compile(r"^([A-Z]+) ((?:.*\\\n)*.*)$", re.MULTILINE)
NOBODY = 65532


def stages() -> list[list[tuple[str, str]]]:
    """Return the instructions of each stage, the arguments before the first left out."""
    code = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))
    found: list[list[tuple[str, str]]] = []
    for word, rest in INSTRUCTION.findall(code):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def test_stages_and_base() -> None:
    build, final = stages()

    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?$", DOCKERFILE, re.MULTILINE)
    assert [stage[0][1].split(" AS ")[0] for stage in (build, final)] == ["${PYTHON_IMAGE}"] * 2
    assert ("RUN", f"{SCRIPT.relative_to(ROOT)} /root-tree") in build
    assert ("COPY", "--from=build /root-tree/app /app") in final


def test_the_final_stage() -> None:
    final = dict(stages()[-1])

    assert json.loads(final["ENTRYPOINT"]) == ["auditor"]
    assert final["USER"] == f"{NOBODY}:{NOBODY}"
    assert final["ENV"].startswith("PATH=/app/bin:")
    for needed in ("ca-certificates", "git", "openssh-client", "--no-install-recommends", "compileall", "ensurepip"):
        assert needed in final["RUN"]
    assert f"useradd --uid {NOBODY}" in final["RUN"], "ssh refuses a user without a name"
    assert "site-packages/*" in final["RUN"], "no pip in the image"
    assert f"ARG VERSION={__version__}" in DOCKERFILE


def test_the_recipe_for_kustomize_and_helm_puts_them_on_path() -> None:
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    recipe = text.split("```dockerfile\n", 1)[1].split("```", 1)[0]
    found = re.search(r"^COPY --chmod=0755 kustomize helm (/\S+)/$", recipe, re.MULTILINE)

    assert found is not None
    path = dict(stages()[-1])["ENV"].split()[0].removeprefix("PATH=").split(":")
    assert found[1] in path
    assert f"FROM registry.example/aks-drift-auditor:{__version__}\n" in recipe


def test_the_context_has_what_the_script_reads() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}

    assert all((ROOT / path).exists() for path in sent)
    assert {"auditor", "pyproject.toml", "README.md", "LICENSE", "requirements.lock", "requirements-dev.lock"} <= sent
    assert str(SCRIPT.relative_to(ROOT)) in sent
    assert os.access(SCRIPT, os.X_OK)


def test_the_lock_is_of_hashes_and_has_the_server() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)

    assert {"starlette", "uvicorn"} <= set(pins)
    assert len(re.findall(r"^[a-z0-9._-]+==.*\\\n    --hash=sha256:", lock, re.MULTILINE)) == len(pins)


def test_the_script_says_how_it_is_used() -> None:
    ran = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (2, "usage: config/image/root.sh ROOT\n")


@pytest.fixture(scope="module")
def app() -> Iterator[Path]:
    """The tree, which nobody may write to."""
    if not os.environ.get("AUDITOR_IMAGE_TEST"):
        pytest.skip("building the image's root tree takes half a minute; set AUDITOR_IMAGE_TEST=1")
    root = Path(tempfile.mkdtemp(prefix="root-tree-"))
    root.chmod(0o755)
    try:
        subprocess.run([SCRIPT, root], check=True, env=os.environ | {"PYTHON": sys.executable})
        subprocess.run(["chmod", "-R", "a-w", root / "app"], check=True)
        yield root / "app"
    finally:
        subprocess.run(["chmod", "-R", "u+w", root], check=True)
        shutil.rmtree(root)


def auditor(app: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command as the image does: its own user, a bare environment, another folder."""
    interpreter = Path(sys.base_prefix) / "bin"
    root = os.getuid() == 0
    return subprocess.run(
        [app / "bin" / "auditor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": f"{interpreter}:/usr/bin:/bin", "HOME": "/nonexistent"} | environment,
        timeout=60,
        user=NOBODY if root else None,
        group=NOBODY if root else None,
        extra_groups=[] if root else None,
    )


def test_the_installed_command_runs(app: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("auditor.py").write_text("raise SystemExit('not this one')", encoding="utf-8")

    assert auditor(app, "--version").stdout == f"auditor {__version__}\n"
    assert auditor(app, "--version", PYTHONPATH=str(tmp_path)).stdout == f"auditor {__version__}\n"


def test_the_demo_runs_and_leaves_nothing(app: Path) -> None:
    before = sorted(app.rglob("*"))

    ran = auditor(app, "demo")

    assert ran.returncode == 0, ran.stderr
    assert "internal-not-exactly-true" in ran.stdout
    assert "Traceback" not in ran.stderr
    assert sorted(app.rglob("*")) == before


def test_everything_is_compiled_and_imports(app: Path) -> None:
    names = "kubernetes.client kubernetes.config azure.mgmt.network azure.identity git starlette uvicorn apscheduler"
    code = (
        f"import sys; sys.path.insert(0, {str(app / 'lib')!r}); import {names.replace(' ', ', ')}, importlib.metadata;"
        f"print(importlib.metadata.version('aks-drift-auditor'), *sorted({{n.split('.')[0] for n, m in sys.modules.items()"
        f" if str(getattr(m, '__file__', '')).startswith({str(app)!r}) and m.__spec__ and m.__file__.endswith('.py')"
        f" and not __import__('os').path.exists(m.__spec__.cached)}}))"
    )
    ran = subprocess.run(
        [Path(sys.base_prefix) / "bin" / "python3", "-IBc", code], capture_output=True, text=True, check=False, cwd="/"
    )

    assert (ran.stdout.split(), ran.stderr) == ([__version__], "")


def test_what_is_left_out_and_what_stays_for_the_bill_of_materials(app: Path) -> None:
    lib = app / "lib"
    shadowed = {path.stem for path in lib.iterdir()} & sys.stdlib_module_names

    assert not shadowed
    for gone in ("pip", "setuptools", "hatchling", "pytest", "bin", "kubernetes/aio"):
        assert not (lib / gone).exists()
    assert len(list(lib.glob("*.dist-info/METADATA"))) > 40
    assert not list(lib.glob("*.dist-info/direct_url.json"))
