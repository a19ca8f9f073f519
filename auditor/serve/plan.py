"""What a configuration comes to: which clusters are audited, when and how, and where that is served."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from auditor.config.settings import Serve, Settings
from auditor.errors import ConfigError
from auditor.run import Audit

LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A configuration that can be carried out. Equal plans need no new audit."""

    settings: Settings
    clusters: tuple[str, ...]
    """Names of those that are audited."""
    audits: Callable[[], Sequence[Audit]] = field(compare=False)
    """Makes the audits of one run, one for each cluster, which bear their names."""

    @property
    def serve(self) -> Serve:
        """The settings of the daemon."""
        return self.settings.serve


def of_no_use(settings: Settings) -> str:
    """Return what a person should know of keys that a daemon does not go by; empty if there are none."""
    ways = {"metrics.textfile": settings.metrics.textfile, "metrics.pushgateway": settings.metrics.pushgateway}
    given = [key for key, value in ways.items() if value is not None]
    if not given:
        return ""
    return (
        f"{' and '.join(given)}: for single runs; a daemon has /metrics and sends nothing. What was sent there before "
        "stays until somebody deletes it, and alerts go by it"
    )


def token(serve: Serve) -> str | None:
    """Return the bearer token of `POST /audit`, as it is now; None where none is configured. Raises ConfigError."""
    if serve.token_file is not None:
        where = f"serve.tokenFile {serve.token_file}"
        try:
            with serve.token_file.open("rb") as file:
                found = file.read(LONGEST_TOKEN).decode("ascii").strip()
        except OSError as error:
            raise ConfigError(f"{where} cannot be read: {error.strerror}; correct the path or its rights") from None
        except UnicodeDecodeError:
            found = ""
    elif serve.token_variable is not None:
        where = f"serve.tokenVariable {serve.token_variable}"
        found = os.environ.get(serve.token_variable, "").strip()
    else:
        return None
    if not found or not found.isascii() or not found.isprintable():
        raise ConfigError(f"{where} holds no token of one line; put the token there, and nothing else")
    return found
