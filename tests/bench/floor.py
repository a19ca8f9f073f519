"""The least that reading a recording costs: every file is read and decoded once, and let go. The words name decoders.

Run as a file (`python floor.py DIR msgspec csafe`), so that it imports nothing else. `lean` keeps the garbage collector
away, as the auditor does. The YAML decoders: `csafe` is PyYAML's on libyaml; `bounded` is our own, lines and all.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any


def files(directory: str, suffix: str) -> Iterator[bytes]:
    """The contents of the files with that suffix."""
    for folder, _, names in os.walk(directory):
        for name in names:
            if name.endswith(suffix):
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123 - the quickest there is
                    yield file.read()


def decoder(word: str) -> tuple[str, Callable[[bytes], Any]]:
    """The suffix and the function of a decoder."""
    if word == "msgspec":
        import msgspec

        return ".json", msgspec.json.decode
    if word == "json":
        import json

        return ".json", json.loads
    if word == "csafe":
        import yaml

        return ".yaml", lambda data: yaml.load(data, yaml.CSafeLoader)
    if word == "bounded":
        from auditor.sources.yaml_text.yamldoc import load

        return ".yaml", lambda data: load(data, lambda root: root)
    raise ValueError(word)


def main(directory: str, *words: str) -> None:
    """Read and decode."""
    if "lean" in words:
        gc.disable()
    for word in words:
        if word != "lean":
            suffix, decode = decoder(word)
            for data in files(directory, suffix):
                decode(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
