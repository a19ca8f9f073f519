"""The least that reading a live estate costs: the same bytes are fetched and decoded once, and let go.

Run as a file: `floor_live.py WHAT.json DECODER FOLDER`. WHAT names the addresses; DECODER is that of YAML, `csafe` or
`bounded`; FOLDER is the bare copy of the repository, made where it is not there. No index, no rule, no report, one
thread, no collector; the Git blobs that mention `Service` are decoded, as the auditor does.
"""

import base64
import gc
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import urllib3


def yaml_decoder(word: str) -> Callable[[bytes], Any]:
    """Read a document with this decoder."""
    if word == "bounded":
        from auditor.sources.yaml_text.yamldoc import load

        return lambda data: load(data, lambda root: root)
    import yaml

    return lambda data: yaml.load(data, yaml.CSafeLoader)


def git(folder: str, *arguments: str) -> bytes:
    """What git prints."""
    return subprocess.run(["git", f"--git-dir={folder}", *arguments], check=True, capture_output=True).stdout


def blobs(url: str, folder: str) -> Iterator[bytes]:
    """All blobs of HEAD, after a shallow fetch."""
    if not os.path.exists(folder):  # noqa: PTH110 - imports nothing that it need not
        subprocess.run(["git", "init", "--quiet", "--bare", "--template=", folder], check=True)
    git(folder, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-auto-maintenance", url, "+HEAD:refs/floor")
    tree = git(folder, "ls-tree", "-r", "-z", "refs/floor").split(b"\0")
    oids = [entry.partition(b"\t")[0].rpartition(b" ")[2] for entry in tree if entry]
    batch = ["git", f"--git-dir={folder}", "cat-file", "--batch", "--buffer"]
    with subprocess.Popen(batch, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        asked, answered = process.stdin, process.stdout
        assert asked is not None
        assert answered is not None

        def feed() -> None:
            asked.write(b"\n".join(oids) + b"\n")
            asked.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        for _ in oids:
            yield answered.read(int(answered.readline().rpartition(b" ")[2]) + 1)
        feeder.join()


def listed(what: dict[str, Any]) -> None:
    """Fetch every list of both APIs, page by page, decoding each body once."""
    with open(what["kubeconfig"], "rb") as file:  # noqa: PTH123 - imports nothing that it need not
        known = msgspec.json.decode(file.read())
    server, token = known["clusters"][0]["cluster"], known["users"][0]["user"]["token"]
    with tempfile.NamedTemporaryFile() as authority:
        authority.write(base64.b64decode(server["certificate-authority-data"]))
        authority.flush()
        pool = urllib3.PoolManager(ca_certs=authority.name)
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
        for path in what["kubernetes"]:
            after: str | None = ""
            while after is not None:
                page = pool.request("GET", f"{server['server']}{path}{after}", headers=headers)
                after = msgspec.json.decode(good(page))["metadata"].get("continue")
                after = f"&continue={after}" if after else None
        for path in what["azure"]:
            url = what["endpoint"] + path
            while url:
                page = pool.request("GET", url, headers=headers)
                url = msgspec.json.decode(good(page)).get("nextLink")


def good(page: urllib3.BaseHTTPResponse) -> bytes:
    """The body; anything but 200 ends the measurement."""
    if page.status != 200:
        raise SystemExit(f"{page.url} answered {page.status}: {page.data[:200]!r}")
    return page.data


def main(what: str, decoder: str, folder: str) -> None:
    """Fetch and decode."""
    gc.disable()
    with open(what, "rb") as file:  # noqa: PTH123 - imports nothing that it need not
        asked = msgspec.json.decode(file.read())
    decode = yaml_decoder(decoder)
    for blob in blobs(asked["git"], folder):
        if b"Service" in blob:
            decode(blob[:-1])
    listed(asked)


if __name__ == "__main__":
    main(*sys.argv[1:])
