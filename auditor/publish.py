"""Where reports go: standard output and files. The only module that writes either."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor import reports
from auditor.errors import UsageError
from auditor.model.finding import Report, Severity
from auditor.reports.options import PIPED_WIDTH, WIDEST, Options

STDOUT = "-"
TEXT = "text"
PLACE = "{cluster}"
"""In a path: the name of the cluster."""
NARROWEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A format and where it goes."""

    format: str
    path: str

    @property
    def to_stdout(self) -> bool:
        """True if it goes to standard output."""
        return self.path == STDOUT


def deliveries(default: str, outputs: Sequence[str]) -> list[Delivery]:
    """Read the values of `--output`, `PATH` or `FORMAT=PATH`; none means standard output."""
    found = [_delivery(default, output) for output in outputs] or [Delivery(format=default, path=STDOUT)]
    paths = [d.path for d in found]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"--output names {_named(path)} twice; give each report a place of its own")
        _check(path)
    return found


def _delivery(default: str, output: str) -> Delivery:
    form, equals, path = output.partition("=")
    known = reports.names()
    if equals and form.lower() in known:
        if not path:
            raise UsageError(
                f"--output {output}: say where to write it, as {output}PATH, or {output}- for standard output"
            )
        return Delivery(format=form.lower(), path=path)
    if equals and form.replace("-", "").isalnum() and not Path(output).exists():
        raise UsageError(
            f"--output {output}: there is no format `{form}`; there are {', '.join(known)}"
            f" (a file of that name is ./{output})"
        )
    return Delivery(format=default, path=output)


def _check(path: str) -> None:
    """Fail before the audit, not after it, where the place cannot be written."""
    target = Path(path)
    if path != STDOUT and target.is_dir():
        raise UsageError(f"cannot write the report to {path}: it is a folder; name a file in it")
    if path != STDOUT and not target.parent.is_dir():
        raise UsageError(f"cannot write the report to {path}: there is no folder {target.parent}")


def _named(path: str) -> str:
    return "standard output" if path == STDOUT else path


def check_several(to: Iterable[Delivery]) -> None:
    """Raise UsageError where the reports of several clusters would have to share a file that holds one."""
    for delivery in to:
        if not delivery.to_stdout and PLACE not in delivery.path and delivery.format != TEXT:
            raise UsageError(
                f"--output {delivery.path}: each of several clusters has a {delivery.format} report of its own;"
                f" write {PLACE} where its name belongs, as in -o {delivery.format}=report-{PLACE}"
            )


def publish(reports_of: Sequence[Report], to: Iterable[Delivery], least: Severity, *, colour: bool) -> None:
    """Write the reports to each place, one after the other; `{cluster}` in a path is the name of the cluster."""
    for delivery in to:
        options = _options(delivery, least, colour=colour)
        render = reports.renderer(delivery.format)
        contents: dict[str, list[bytes]] = {}
        for report in reports_of:
            path = delivery.path.replace(PLACE, report.cluster.replace("/", "_"))
            contents.setdefault(path, []).append(_encoded(render(report, options), delivery))
        for path, parts in contents.items():
            content = (b"\n" if delivery.format == TEXT else b"").join(parts)
            if path == STDOUT:
                write_stdout(content)
            else:
                _write_file(path, content)


def _encoded(content: str | bytes, delivery: Delivery) -> bytes:
    if isinstance(content, bytes):
        return content
    if delivery.to_stdout:
        return content.encode(sys.stdout.encoding or "utf-8", "replace")
    return content.encode("utf-8", "backslashreplace")


def _options(delivery: Delivery, least: Severity, *, colour: bool) -> Options:
    if not (delivery.to_stdout and sys.stdout.isatty()):
        return Options(min_severity=least)
    columns = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    return Options(min_severity=least, width=max(NARROWEST, min(columns, WIDEST)), colour=colour)


def _write_file(path: str, content: bytes) -> None:
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write the report to {path}: {error.strerror}") from error


def write_stdout(content: str | bytes) -> None:
    """Write to standard output; a reader who has gone away, as `head` does, is no error."""
    data = content.encode(sys.stdout.encoding or "utf-8", "replace") if isinstance(content, str) else content
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        silence_stdout()
        raise UsageError(f"cannot write to standard output: {error.strerror}") from error


def silence_stdout() -> None:
    """Let what is still buffered go nowhere, or the interpreter would complain of it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
