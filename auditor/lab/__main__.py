"""`python -m auditor.lab DIR`: serve a snapshot until interrupted, and say how to audit it."""

from __future__ import annotations

import signal
import tempfile
import threading
from pathlib import Path

import click

from auditor.errors import AuditorError
from auditor.lab.server import Lab


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", default=0, help="Port on loopback; 0: any that is free.")
def main(*, directory: Path, port: int) -> None:
    """Serve a snapshot directory as Kubernetes, ARM, token endpoint and Git remote."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with Lab(directory, port=port) as lab, tempfile.TemporaryDirectory() as folder:
            click.echo(_said(lab, Path(folder)))
            stopped.wait()
    except (AuditorError, OSError) as e:
        raise click.ClickException(str(e)) from None


def _said(lab: Lab, folder: Path) -> str:
    configuration = folder / "auditor.yaml"
    cluster = lab.settings().model_dump_json(by_alias=True, exclude_defaults=True)
    configuration.write_text(f'{{"clusters": [{cluster}]}}\n')  # JSON is YAML
    lines = [f"serving {lab.directory} at {lab.url}", "", f"export KUBECONFIG={lab.kubeconfig(folder)}"]
    lines += [f"export {key}={value}" for key, value in lab.environment.items()]
    lines += [f"git ls-remote {one.url}" for one in lab.settings().git]
    return "\n".join([*lines, f"auditor run -c {configuration}"])


if __name__ == "__main__":
    main()
