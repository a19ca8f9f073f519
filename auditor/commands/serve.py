"""`auditor serve`: the daemon."""

from typing import TYPE_CHECKING, Any

import click

from auditor.commands.live import CLUSTER, Flags, live, settings, taken
from auditor.commands.options import option, remember

if TYPE_CHECKING:
    from auditor.serve.plan import Plan

NEEDED = "auditor serve needs starlette and uvicorn; install them with: pip install 'aks-drift-auditor[serve]'"


@click.command(short_help="Audit on a schedule, and serve metrics and the latest report.")
@live
@CLUSTER
@option("--listen", metavar="HOST:PORT", help="Where to listen; wins over serve.listen, 127.0.0.1:8080 by default.")
@option("-v", "--verbose", count=True, callback=remember, help="Tell more, and show tracebacks; -vv: the SDKs too.")
@option("-q", "--quiet", is_flag=True, help="Tell of errors only.")
def serve(cluster: tuple[str, ...], listen: str | None, verbose: int, quiet: bool, **choices: Any) -> None:  # noqa: FBT001
    """Audit at once and then on the schedule of the configuration, until a signal ends it.

    \b
    /             the latest reports, for a browser
    /metrics      for Prometheus
    /report.json  the latest report; of several clusters, ?cluster=NAME
    /healthz      200 while it is alive
    /readyz       200 while the latest success of every cluster is recent
    POST /audit   audit now; needs the bearer token of serve.tokenFile

    SIGHUP reads the configuration again; so does a change of the file.
    """  # noqa: D301  (\b is click's, for lines that stay lines)
    from auditor import logs
    from auditor.errors import AuditorError, UsageError

    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise UsageError(NEEDED) from None
    from auditor.serve import serving

    logs.configure(verbose=verbose, quiet=quiet)
    flags = taken(choices)
    try:
        serving.serve(lambda: _plan(flags, cluster), file=flags.config, address=listen)
    except AuditorError as error:
        # Why a daemon does not start is what its log is read for first; so it is said like everything else there.
        for line in str(error).splitlines():
            logs.logger().error(line)
        click.get_current_context().exit(error.exit_code)


def _plan(flags: Flags, names: tuple[str, ...]) -> "Plan":
    """Read the configuration; what all its audits share lives as long as it holds."""
    # Imported on the threads of several audits at once, the SDKs deadlock now and then.
    import auditor.sources.azure.reader
    import auditor.sources.git.source
    import auditor.sources.kubernetes.reader  # noqa: F401
    from auditor import audits
    from auditor.errors import UsageError
    from auditor.model.policy import Scope
    from auditor.serve.plan import Plan

    try:
        found, clusters = settings(flags, names)
    except click.ClickException as error:
        raise UsageError(error.format_message()) from error
    shared = audits.session(found)
    return Plan(
        settings=found.model_copy(update={"clusters": clusters}),
        clusters=tuple(one.name for one in clusters),
        audits=lambda: audits.live(found, clusters, shared, Scope()),
    )
