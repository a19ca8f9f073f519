"""Errors in Azure Resource Manager's form and words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from auditor.lab.exchange import Answer, as_json

CLIENT = "5c1e0f4e-2b8a-4f3a-9d53-0a6d2f7c9b10"
"""Whom the lab takes the caller for: the object id of its identity."""


def stamped() -> dict[str, str]:
    """The headers that ARM gives to each answer."""
    number = str(uuid.uuid4())
    return {
        "x-ms-request-id": number,
        "x-ms-correlation-request-id": number,
        "x-ms-ratelimit-remaining-subscription-reads": "249",
    }


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error body."""
    return as_json(status, {"error": {"code": code, "message": message}}, stamped() | dict(headers or {}))


def not_authenticated(*, given: bool) -> Answer:
    """401, with a wrong token or without one."""
    challenge = 'Bearer authorization_uri="https://login.example/lab", error="invalid_token"'
    if given:
        return error(401, "InvalidAuthenticationToken", "The access token is invalid.", {"WWW-Authenticate": challenge})
    text = "Authentication failed. The 'Authorization' header is missing."
    return error(401, "AuthenticationFailed", text, {"WWW-Authenticate": challenge})


def forbidden(action: str, scope: str) -> Answer:
    """403."""
    return error(
        403,
        "AuthorizationFailed",
        f"The client '{CLIENT}' with object id '{CLIENT}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
        "please refresh your credentials.",
    )


def no_group(group: str) -> Answer:
    """404 for a resource group."""
    return error(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def no_resource(what: str, group: str) -> Answer:
    """404 for a resource; `what` is its type and name."""
    return error(
        404,
        "ResourceNotFound",
        f"The Resource '{what}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def no_child(resource_id: str) -> Answer:
    """404 for a part of a resource."""
    return error(404, "NotFound", f"Resource {resource_id} not found.")


def throttled(subscription: str) -> Answer:
    """429."""
    text = (
        f"The request is being throttled as the limit has been reached for operation type - Read. "
        f"Number of requests for subscription '{subscription}' exceeded the limit. Please try again after '1' seconds."
    )
    return error(429, "TooManyRequests", text, {"Retry-After": "1"})
