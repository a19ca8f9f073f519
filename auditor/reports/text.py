"""The text report: for a person at a terminal, or for a log.

A line is at most as wide as asked, except where breaking it would spoil what a person pastes: commands and ids.
Whatever comes from Git, the cluster or Azure goes through `safe` first.
"""

from collections.abc import Iterable
from datetime import UTC

from auditor.model import ids
from auditor.model.finding import Confidence, Finding, InventoryEntry, Report, State
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap, GitSource
from auditor.reports.options import Options
from auditor.reports.safe import neutral, painted, plural, wrapped
from auditor.reports.sides import side_lines
from auditor.reports.story import Block, Story, blocks
from auditor.reports.summary import counted, headline, listed, summarise
from auditor.reports.unseen import Unseen, completeness, subject, unseen

NAME = "text"
MOST_GAPS = 20
MOST_RULES = 8
NAME_WIDTH = 22


def render(report: Report, options: Options) -> str:
    """Write the report as text."""
    findings = [f for f in listed(report, options.min_severity) if f.suppressed is None]
    elsewhere = {f.id: f for f in report.findings}
    titles = _titles(report)
    lines = [*_header(report, options.width), ""]
    for block in blocks(findings):
        lines += [*_title(block, titles, options.width), *_block(block, elsewhere, options), ""]
    lines += wrapped(headline(report, summarise(report, options.min_severity)), options.width, "", hang="  ")
    lines += _gaps(unseen(report), options.width)
    lines.append(f"{report.verdict}    {completeness(report)}".rstrip())
    return "\n".join(lines) + "\n"


def _header(report: Report, width: int) -> list[str]:
    time = report.finished_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [f"{report.cluster}  {time}", *map(_commit, report.git), counted(report)]
    line = neutral("   ".join(parts))
    return [line] if len(line) <= width else wrapped(line, width, "", hang="  ")


def _commit(source: GitSource) -> str:
    return f"{source.name}@{source.commit[:7]}" if source.commit else source.name


def _titles(report: Report) -> dict[ServiceKey, list[str]]:
    """Return what is said of each Service of the inventory beside its name."""
    asked = any(c.source == "kubernetes" for c in report.coverage)
    return {entry.service: list(_facts(entry, asked=asked)) for entry in report.services}


def _facts(entry: InventoryEntry, *, asked: bool) -> Iterable[str]:
    """Say what it is, where it answers and what is on it; of a cluster that was not asked say nothing."""
    kind = "internal" if entry.internal else "public"
    nowhere = "no address" if entry.uid else "not in the cluster"
    yield neutral(f"{kind} {' '.join(entry.ips)}" if entry.ips else f"{kind}, {nowhere}" if asked else kind)
    if entry.pls:
        users = "" if entry.connections is None else f", {plural(entry.connections, 'connection')}"
        yield neutral(f"PLS {ids.last(entry.pls)}{users}")


def _title(block: Block, titles: dict[ServiceKey, list[str]], width: int) -> list[str]:
    if block.service is None:
        return ["no Service"]
    name = neutral(str(block.service))
    facts = titles.get(block.service, [])
    for line in (f"{name:<{NAME_WIDTH}}  {'    '.join(facts)}".rstrip(), "  ".join([name, *facts])):
        if len(line) <= width:
            return [line]
    return [name, *(f"  {fact}" for fact in facts)]


def _block(block: Block, elsewhere: dict[str, Finding], options: Options) -> Iterable[str]:
    for story in block.stories:
        yield from _told(story, elsewhere, options)


def _told(story: Story, elsewhere: dict[str, Finding], options: Options) -> Iterable[str]:
    finding, width = story.finding, options.width
    yield from _head(finding, _marks(story, elsewhere), "  ", options)
    yield from wrapped(finding.message, width, "    ")
    if finding.resource:
        yield from wrapped(_resource(finding.resource), width, "      ", hang="  ")
    yield from side_lines(finding, width)
    yield from _fix(finding, width)
    for consequence in story.explains:
        yield from _head(consequence, _notes(consequence), "    ", options)
        yield from wrapped(consequence.message, width, "      ")


def _head(finding: Finding, notes: list[str], indent: str, options: Options) -> Iterable[str]:
    """Severity, rule and notes in one line; notes that do not fit go below."""
    plain = f"{indent}{finding.severity.word:<8}  {finding.rule}"
    line = f"{indent}{painted(finding.severity, colour=options.colour)}  {finding.rule}"
    below: list[str] = []
    for note in map(neutral, notes):
        if below or len(plain) + 4 + len(note) > options.width:
            below.append(f"{indent}  {note}")
        else:
            plain, line = f"{plain}    {note}", f"{line}    {note}"
    return [line, *below]


def _notes(finding: Finding) -> list[str]:
    """What is said of a finding beside its rule; the field, the longest, last."""
    notes = [_pending(finding)] if finding.state is State.PENDING else []
    if finding.confidence is not Confidence.HIGH:
        notes.append(f"{finding.confidence} confidence")
    return [*notes, finding.field] if finding.field else notes


def _pending(finding: Finding) -> str:
    """Say why it is only not done yet, where the GitOps tool says it."""
    delays = (e.details.get("delay") for e in finding.evidence if e.source == "git")
    delay = next(filter(None, delays), "")
    return f"pending: {delay}" if delay and finding.family == "sync" else "pending"


def _marks(story: Story, elsewhere: dict[str, Finding]) -> list[str]:
    """Notes of a finding that stands first: what it explains, and what explains it in another place."""
    notes = [f"explains {len(story.explains)} more below"] if story.explains else []
    cause = elsewhere.get(story.finding.caused_by or "")
    if cause:
        notes.append(f"because of {cause.rule}{_whose(cause, story.finding)}")
    return [*notes, *_notes(story.finding)]


def _whose(cause: Finding, finding: Finding) -> str:
    return "" if cause.service in {None, finding.service} else f" of {cause.service}"


def _resource(resource: str) -> str:
    """Shorten a resource id to its path below the provider and its resource group."""
    start = resource.lower().rfind("/providers/")
    path = resource[start:].split("/", 3)[-1] if start >= 0 else resource
    groups = resource.split("/")
    group = next((groups[i + 1] for i, s in enumerate(groups[:-1]) if s.lower() == "resourcegroups"), "")
    return f"{path} in {group}" if group else path


def _fix(finding: Finding, width: int) -> Iterable[str]:
    if finding.summary:
        yield from wrapped(f"fix: {finding.summary}", width, "    ", hang="     ")
    elif finding.commands:
        yield "    fix:"
    yield from (f"      {neutral(command)}" for command in finding.commands)


def _gaps(found: list[Unseen], width: int) -> Iterable[str]:
    if not found:
        return
    yield "not seen:"
    for entry in found[:MOST_GAPS]:
        yield from wrapped(_gap(entry.gap), width, "  ", hang="  ")
        if entry.rules:
            yield from wrapped(f"not judged because of it: {_some(entry.rules)}", width, "      ", hang="  ")
    if len(found) > MOST_GAPS:
        yield f"  and {len(found) - MOST_GAPS} more; the JSON report has them all"


def _gap(gap: Gap) -> str:
    return f"{gap.source}  {subject(gap)}: {gap.reason}"


def _some(rules: tuple[str, ...]) -> str:
    more = f" and {len(rules) - MOST_RULES} more rules" if len(rules) > MOST_RULES else ""
    return ", ".join(rules[:MOST_RULES]) + more
