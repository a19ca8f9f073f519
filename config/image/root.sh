#!/usr/bin/env bash
# Builds what the image adds to its base: ROOT/app with the locked dependencies and the auditor in lib/, and the command
# in bin/auditor. The Dockerfile runs this; it runs as well on any machine with Python 3.11 or newer, bash and awk:
#
#   config/image/root.sh ROOT
#
# PYTHON names another python3. The tree works for the Python version that built it, wherever it is put.
set -euo pipefail

if [[ $# != 1 ]]; then
    echo "usage: config/image/root.sh ROOT" >&2
    exit 2
fi
python=${PYTHON:-python3}
mkdir -p "$1"
root=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ -e $root/app ]]; then
    echo "$root/app exists already; name a folder without it" >&2
    exit 2
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$python" -m venv "$tmp/venv"
install=("$tmp/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile)
lib=$root/app/lib

# The dependencies, each held to its hash; wheels only, so that nothing of them runs here.
"${install[@]}" --require-hashes --only-binary :all: --target "$lib" -r requirements.lock

# The auditor, built by the locked build backend, from a copy: a build leaves things behind.
awk '/^[A-Za-z0-9]/ { wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } wanted' \
    requirements-dev.lock >"$tmp/build.lock"
"${install[@]}" --require-hashes --only-binary :all: -r "$tmp/build.lock"
mkdir "$tmp/source"
cp -R auditor pyproject.toml README.md LICENSE "$tmp/source"
"${install[@]}" --no-deps --no-build-isolation --target "$tmp/auditor" "$tmp/source"
cp -R "$tmp/auditor/." "$lib"

# What never runs: scripts of libraries, the asynchronous half of two SDKs, bytecode of this machine; and where it was built.
rm -rf "$lib/bin" "$lib/kubernetes/aio" "$lib/azure/mgmt/network/aio" "$lib"/aks_drift_auditor-*.dist-info/direct_url.json
find "$lib" -name __pycache__ -type d -prune -exec rm -rf {} +

# On a read-only root nothing can be compiled later; without bytecode each start would cost seconds. Files are not looked
# at again (unchecked-hash), and paths in it are those of the image.
"$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$root" -p / "$lib"

mkdir "$root/app/bin"
cat >"$root/app/bin/auditor" <<'COMMAND'
#!/usr/bin/env -S python3 -IB
# Isolated: neither PYTHON* variables, a user's packages nor the working folder decide what is imported.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lib"))
from auditor.cli import main

main(prog_name="auditor")
COMMAND
chmod -R u=rwX,go=rX "$root/app"
chmod 755 "$root/app/bin/auditor"
