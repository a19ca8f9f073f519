"""The token endpoint of a managed identity, as a virtual machine (IMDS) and an App Service have it."""

from __future__ import annotations

import time

from auditor.lab.arm_errors import CLIENT
from auditor.lab.exchange import Answer, Request, as_json

IMDS = "/metadata/identity/oauth2/token"
APP_SERVICE = "/msi/token"
_LIFETIME = 86_399


def answer(request: Request, token: str) -> Answer:
    """A token, for any resource, to whom asks as the endpoint demands."""
    if request.method != "GET":
        return _refused(405, "method_not_allowed", "The HTTP method is not allowed")
    if request.path == IMDS:
        if request.headers.get("Metadata", "").lower() != "true":
            return _refused(400, "invalid_request", "Required metadata header not specified")
    elif request.headers.get("X-IDENTITY-HEADER") != token:
        return _refused(401, "unauthorized", "The X-IDENTITY-HEADER is missing or wrong")
    resource = request.query.get("resource")
    if not resource:
        return _refused(400, "invalid_request", "Required query variable 'resource' is missing")
    now = int(time.time())
    document = {
        "access_token": token,
        "client_id": CLIENT,
        "expires_in": str(_LIFETIME),
        "expires_on": str(now + _LIFETIME),
        "not_before": str(now),
        "resource": resource,
        "token_type": "Bearer",
    }
    return as_json(200, document)


def failure(status: int) -> Answer:
    """An error in the endpoint's form."""
    return _refused(status, "identity_failure", "The lab was told to fail")


def _refused(status: int, code: str, text: str) -> Answer:
    return as_json(status, {"error": code, "error_description": text})
