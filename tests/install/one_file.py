"""Makes cronjob.yaml, the one file to apply, of the manifests that the kustomization of the CronJob lists.

`python -m tests.install.one_file` writes it anew; with `--check` it says whether it is out of date. One truth: comments and
all, the file is those manifests one after the other, under a head that lists the values to change.
"""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ONE_FILE = ROOT / "cronjob.yaml"
KUSTOMIZATION = ROOT / "config" / "cronjob" / "kustomization.yaml"
CHANGE = re.compile(r"# CHANGE: (.+)$", re.MULTILINE)
HEAD = """\
# aks-drift-auditor as a CronJob: an audit of this cluster each hour, reading only.
#
#   kubectl apply -f cronjob.yaml
#
# after these values, each marked CHANGE below, are yours (docs/install.md says where they come from):
{changes}
#
# Made from config/base and config/cronjob by `python -m tests.install.one_file`; overlays include config/.
"""


def manifests(kustomization: Path) -> list[Path]:
    """Return the files that a kustomization lists, those of its bases included, in its order."""
    found: list[Path] = []
    for name in yaml.safe_load(kustomization.read_text(encoding="utf-8"))["resources"]:
        path = (kustomization.parent / name).resolve()
        found += manifests(path / kustomization.name) if path.is_dir() else [path]
    return found


def made() -> str:
    """Return what cronjob.yaml should be."""
    texts = [path.read_text(encoding="utf-8") for path in manifests(KUSTOMIZATION)]
    changes = [f"#   - {what}" for text in texts for what in CHANGE.findall(text)]
    return "---\n".join((HEAD.format(changes="\n".join(changes)), *texts))


def main(arguments: list[str]) -> int:
    """Write or check; return the exit code."""
    current = ONE_FILE.read_text(encoding="utf-8") if ONE_FILE.exists() else ""
    if current == made():
        return 0
    if "--check" in arguments:
        sys.stderr.write("cronjob.yaml is out of date: run `python -m tests.install.one_file`\n")
        return 1
    ONE_FILE.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
