"""Small reports made by hand, so that the formats are tested without sources, controller or rules."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from auditor.model.finding import (
    Confidence,
    Coverage,
    Evidence,
    Finding,
    InventoryEntry,
    NotJudged,
    Report,
    Severity,
    State,
    Suppressed,
    Verdict,
)
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap, GitSource

NOW = datetime(2026, 11, 22, 10, 50, tzinfo=UTC)
LEDGER = ServiceKey("payments", "ledger-api")
SHOP = ServiceKey("web", "shop")
INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"
NETWORK = "/subscriptions/0a1b2c3d-0000-4000-8000-000000000001/resourceGroups/MC_prod-weu/providers/Microsoft.Network"
GIT = Evidence(
    source="git",
    details={
        "repository": "https://git.example/fleet.git",
        "commit": "3f2c1aa9c0ffee3f2c1aa9c0ffee3f2c1aa9c0ff",
        "path": "clusters/weu/ledger.yaml",
        "line": 14,
    },
)
CLUSTER = Evidence(
    source="kubernetes",
    details={
        "resourceVersion": "8812",
        "changedBy": "kubectl-edit",
        "changedAt": datetime(2026, 11, 20, 9, 12, tzinfo=UTC),
        "readAt": NOW,
    },
)
AZURE = Evidence(
    source="azure",
    details={"id": f"{NETWORK}/privateLinkServices/pls-ledger", "etag": 'W/"8e1f0a52-77"', "readAt": NOW},
)
FORBIDDEN = Gap(
    source="azure",
    scope="resource group rg-pls",
    kind="privateLinkServices",
    reason="403 AuthorizationFailed: the identity may not read Microsoft.Network/privateLinkServices there",
)


def finding(rule: str = "frontend-missing", severity: Severity = Severity.HIGH, **changes: Any) -> Finding:
    """Return a confirmed finding about payments/ledger-api, with `changes`."""
    settings: dict[str, Any] = {
        "family": "azure",
        "confidence": Confidence.HIGH,
        "state": State.DRIFT,
        "service": LEDGER,
        "uid": "11111111-2222-4333-8444-555555555555",
        "resource": None,
        "field": None,
        "values": {},
        "message": "No frontend of a managed load balancer belongs to this Service.",
        "evidence": (),
        "summary": "",
        "commands": (),
    }
    settings |= changes
    subject = f"{rule} {settings['service']} {settings['resource']} {settings['field']}"
    return Finding(
        id=settings.pop("id", hashlib.sha256(subject.encode()).hexdigest()[:16]),
        rule=rule,
        severity=severity,
        **settings,
    )


def entry(service: ServiceKey = LEDGER, state: str = "ok", **changes: Any) -> InventoryEntry:
    """Return an entry of the inventory."""
    settings: dict[str, Any] = {"uid": None, "internal": True, "ips": ("10.241.2.10",)}
    return InventoryEntry(service=service, state=state, **(settings | changes))


def covered(gaps: tuple[Gap, ...] = ()) -> tuple[Coverage, ...]:
    """Return coverage of all three sources, but for the gaps."""
    whole = [("git", "main", "manifests"), ("kubernetes", "", "services"), ("azure", "MC_prod-weu", "loadBalancers")]
    return (
        *(Coverage(source=s, scope=c, kind=k, complete=True, objects=44, read_at=NOW) for s, c, k in whole),
        *(Coverage(source=g.source, scope=g.scope, kind=g.kind, complete=False, reason=g.reason) for g in gaps),
    )


def report(*findings: Finding, gaps: tuple[Gap, ...] = (), **changes: Any) -> Report:
    """Return a report of prod-weu with these findings."""
    verdict = Verdict.DRIFT if findings else Verdict.INCOMPLETE if gaps else Verdict.CLEAN
    settings: dict[str, Any] = {
        "cluster": "prod-weu",
        "run_id": "0c7f1c3e-1111-5222-8333-444455556666",
        "started_at": NOW,
        "finished_at": NOW,
        "git": (GitSource(name="main", url="https://git.example/fleet.git", ref="main", commit="3f2c1aa" + "0" * 33),),
        "endpoints": {"azure": "https://management.azure.com", "kubernetes": "https://prod-weu.example"},
        "counts": {"services": 44, "declared": 43},
        "coverage": covered(gaps),
        "verdict": verdict,
        "not_judged": (),
        "services": tuple(entry(ServiceKey("apps", f"app-{i}")) for i in range(3)),
    }
    return Report(findings=findings, **(settings | changes))


def drifted() -> Report:
    """Return the report of the design: an exposed PLS, a public Service with what follows from it, an orphan."""
    cause = finding(
        "internal-not-exactly-true",
        Severity.CRITICAL,
        family="manifest",
        service=SHOP,
        field=INTERNAL,
        values={"git": "True", "cluster": "True"},
        evidence=(Evidence(source="git", details={"path": "clusters/weu/shop.yaml", "line": 9}),),
        message='"True" is not "true": Azure gave this Service a public address.',
        summary='write the value in lower case: "true"',
        commands=(f"kubectl annotate service -n web shop {INTERNAL}=true --overwrite",),
    )
    failed = finding(
        "sync-failed",
        family="sync",
        service=SHOP,
        caused_by=cause.id,
        message="The controller gave up on this Service: SubnetNotFound, since a public Service has no subnet to name.",
    )
    findings = (
        exposed(),
        cause,
        orphan(),
        failed,
        finding("frontend-subnet-drifted", service=SHOP, caused_by=failed.id, message="The frontend is in no subnet."),
        finding(
            "lb-rule-drifted",
            Severity.MEDIUM,
            state=State.PENDING,
            confidence=Confidence.MEDIUM,
            resource=f"{NETWORK}/loadBalancers/kubernetes-internal/loadBalancingRules/a1111-TCP-443",
            field="idleTimeoutInMinutes",
            values={"expected": 30, "azure": 4},
            message="The rule for TCP 443 has another idle timeout than the Service asks for.",
        ),
        finding(
            "subnet-name-truncated", Severity.LOW, family="manifest", suppressed=Suppressed(reason="known", owner="net")
        ),
    )
    services = (
        entry(LEDGER, "drift", pls="pls-ledger", connections=2, alias="pls-ledger.guid.westeurope.azure.pls"),
        entry(SHOP, "drift", internal=False, ips=("20.61.7.9",)),
        *(entry(ServiceKey("apps", f"app-{i}")) for i in range(42)),
    )
    return report(*findings, services=services)


def exposed() -> Finding:
    """Return a finding with values and evidence on all sides."""
    declared = ["0a1b2c3d-0000-4000-8000-00000000000a"]
    return finding(
        "pls-visibility-drifted",
        Severity.CRITICAL,
        resource=f"{NETWORK}/privateLinkServices/pls-ledger",
        field="visibility.subscriptions",
        values={
            "git": declared,
            "cluster": declared,
            "expected": declared,
            "azure": [*declared, "7f6e5d4c-0000-4000-8000-00000000000b"],
        },
        evidence=(GIT, CLUSTER, AZURE),
        message="Azure shows pls-ledger to a subscription that nobody declares.",
        summary="touch the Service, the controller then writes the declared list",
        commands=("kubectl annotate service -n payments ledger-api touched=1 --overwrite",),
    )


def orphan() -> Finding:
    """Return a finding of no Service."""
    return finding(
        "orphaned-frontend",
        family="orphans",
        service=None,
        uid=None,
        resource=f"{NETWORK}/loadBalancers/kubernetes-internal/frontendIPConfigurations/a4f0c1d2e3a4b5c6d7e8f90a1b2c3d4e",
        values={"azure": "10.241.0.9"},
        evidence=(AZURE,),
        message="Nobody asks for the frontend with 10.241.0.9; the Service it was made for is gone.",
    )


def clean() -> Report:
    """Return a report without findings."""
    return report()


def blind() -> Report:
    """Return a report without findings, but with something that could not be seen."""
    rules = ("orphaned-pls", "pls-missing", "pls-misnamed", "pls-fqdns-drifted", "pls-hijacked", "pls-lingering",
             "pls-nat-ips-drifted", "pls-owner-stale", "pls-proxy-protocol-drifted")  # fmt: skip
    return report(
        gaps=(FORBIDDEN,),
        not_judged=tuple(NotJudged(rule=rule, subject="*", because=FORBIDDEN) for rule in rules),
        services=(entry(LEDGER, "unknown"), entry(SHOP)),
    )
