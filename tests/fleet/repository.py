"""The repository of the fleet: two environments of two clusters each, that differ in patches over what the teams keep."""

from collections.abc import Iterable
from pathlib import Path

PREFIX = "service.beta.kubernetes.io/azure-load-balancer-"
INTERNAL, SUBNET, ADDRESS, TIMEOUT = (
    PREFIX + name for name in ("internal", "internal-subnet", "ipv4", "tcp-idle-timeout")
)
ENVIRONMENTS, NUMBERS = ("test", "prod"), ("00", "01")
CLUSTERS = tuple(f"{env}/{number}" for env in ENVIRONMENTS for number in NUMBERS)
Files = dict[str, str]


def _kustomization(resources: Iterable[str], *more: str) -> str:
    lines = ["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization", "resources:"]
    return "\n".join([*lines, *(f"  - {one}" for one in resources), *more, ""])


SHOP = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
  namespace: payments
spec:
  interval: 10m
  values:
    replicas: 2
    service:
      type: LoadBalancer
      annotations:
        {INTERNAL}: "true"
        {TIMEOUT}: "10"
"""
PINNED = {"test": "10.240.3.50", "prod": "10.241.0.50"}
PIN = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
  namespace: payments
spec:
  values:
    service:
"""
PINS = {
    "test": f"{PIN}      loadBalancerIP: {PINNED['test']}\n",
    "prod": f"{PIN}      annotations:\n        {ADDRESS}: {PINNED['prod']}\n",
}
"""In the field that is deprecated, and in the annotation."""
SUBNETTED = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
  namespace: payments
spec:
  values:
    service:
      annotations:
        {SUBNET}: snet-ilb
"""
INGRESS = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: ingress
  namespace: ingress
spec:
  valuesFrom:
    - kind: ConfigMap
      name: ingress-values
  values:
    controller:
      service:
        externalTrafficPolicy: Local
"""
INGRESS_VALUES = f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: ingress-values
  namespace: ingress
data:
  values.yaml: |
    controller:
      service:
        annotations:
          {INTERNAL}: "true"
          {SUBNET}: snet-ilb
"""
GATEWAY = f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: web
spec:
  gatewayClassName: istio
  infrastructure:
    annotations:
      {INTERNAL}: "true"
      {SUBNET}: snet-ilb
  listeners:
    - name: http
      port: 80
      protocol: HTTP
"""
ROUTING = f"""\
apiVersion: approuting.kubernetes.azure.com/v1alpha1
kind: NginxIngressController
metadata:
  name: inside
spec:
  controllerNamePrefix: nginx-inside
  ingressClassName: inside
  loadBalancerAnnotations:
    {INTERNAL}: "true"
"""
LEDGER = f"""\
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: ledger
  annotations:
    {INTERNAL}: "true"
    {PREFIX.replace("load-balancer-", "pls-")}create: "true"
    {PREFIX.replace("load-balancer-", "pls-")}name: ledger
spec:
  type: LoadBalancer
  ports:
    - name: http
      port: 80
      targetPort: 8080
"""
PLAIN = f"""\
apiVersion: v1
kind: Service
metadata:
  name: bastion
  namespace: ops
  annotations:
    {INTERNAL}: "true"
spec:
  type: LoadBalancer
  ports:
    - name: http
      port: 80
      targetPort: 8080
"""
CHART = {
    "charts/metrics/Chart.yaml": "apiVersion: v2\nname: metrics\nversion: 1.0.0\n",
    "charts/metrics/values.yaml": "subnet: snet-nodes\n",
    "charts/values-prod.yaml": "subnet: snet-ilb\n",
    "charts/metrics/templates/service.yaml": f"""\
apiVersion: v1
kind: Service
metadata:
  name: {{{{ .Release.Name }}}}
  namespace: {{{{ .Release.Namespace }}}}
  annotations:
    {INTERNAL}: "true"
    {SUBNET}: {{{{ .Values.subnet }}}}
spec:
  type: LoadBalancer
  ports:
    - name: http
      port: 80
      targetPort: 8080
""",
}
APPS = {
    "payments/shop": {"release.yaml": SHOP},
    "payments/ledger": {"service.yaml": LEDGER},
    "platform/ingress": {"release.yaml": INGRESS, "values.yaml": INGRESS_VALUES},
    "platform/gateway": {"gateway.yaml": GATEWAY},
    "platform/routing": {"controller.yaml": ROUTING},
}


def files() -> Files:
    """The whole repository, by path."""
    made: Files = dict(CHART)
    for app, own in APPS.items():
        made[f"apps/{app}/kustomization.yaml"] = _kustomization(own)
        made |= {f"apps/{app}/{name}": text for name, text in own.items()}
    for env in ENVIRONMENTS:
        made[f"clusters/{env}/base/kustomization.yaml"] = _kustomization(
            (f"../../../apps/{app}" for app in APPS), *(["patches:", "  - path: shop.yaml"] if env == "prod" else [])
        )
        for number in NUMBERS:
            pinned = ["patches:", "  - path: shop-address.yaml"] if number == "00" else []
            made[f"clusters/{env}/{number}/kustomization.yaml"] = _kustomization(["../base"], *pinned)
            if pinned:
                made[f"clusters/{env}/{number}/shop-address.yaml"] = PINS[env]
    made["clusters/prod/base/shop.yaml"] = SUBNETTED
    for env in ENVIRONMENTS:
        made[f"plain/{env}/bastion.yaml"] = PLAIN
    return made


def line_of(text: str, part: str) -> int:
    """The line on which a part of a text stands, counting from 1."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def write(folder: Path, made: Files) -> None:
    """Write files below a folder."""
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
