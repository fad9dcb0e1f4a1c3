"""No Gateway on the internet without TLS, but in a stack for development."""

from collections.abc import Iterator, Sequence
from typing import Final

from rules.rule import (
    TEXTS,
    UNKNOWN,
    Config,
    Resource,
    ResourceRule,
    StackRule,
    is_environment,
    mappings,
    part,
)

_ENCRYPTED: Final = frozenset({"HTTPS", "TLS", UNKNOWN})


def no_public_http(resource: Resource, config: Config) -> Iterator[str]:
    """Listeners in clear text, of classes that GKE puts on the internet."""
    if not _is_judged(resource, config):
        return
    listeners = list(mappings(part(resource.inputs, "spec", "listeners")))
    # Of one beside an encrypted one the rule below says what may be there.
    if any(listener.get("protocol") in _ENCRYPTED for listener in listeners):
        return
    for listener in listeners:
        if listener.get("protocol") not in _ENCRYPTED:
            yield (
                f"listener {listener.get('name')} uses {listener.get('protocol')} on the "
                "internet: prompts, responses and keys can be read in transit. Use HTTPS or class "
                "gke-l7-rilb, or mark the stack as development: pulumi stack tag set environment "
                "development"
            )


def redirect_only(resources: Sequence[Resource], config: Config) -> Iterator[tuple[str, str]]:
    """Routes that answer in clear text at a Gateway whose plain listener may only redirect.

    A route that names no listener is attached to all of them.
    """
    routes = [one for one in resources if one.is_kubernetes and one.kind == "HTTPRoute"]
    for gateway in resources:
        if not _is_judged(gateway, config):
            continue
        listeners = mappings(part(gateway.inputs, "spec", "listeners"))
        plain = {one.get("name") for one in listeners if one.get("protocol") not in _ENCRYPTED}
        if not plain or len(plain) == len(listeners):
            continue
        name = part(gateway.inputs, "metadata", "name")
        for route in routes:
            sections = {
                parent.get("sectionName")
                for parent in mappings(part(route.inputs, "spec", "parentRefs"))
                if name not in {None, UNKNOWN} and parent.get("name") == name
            }
            if sections & {*plain, None} and not _redirects(route):
                message = (
                    f"is served at listener {', '.join(sorted(map(str, plain)))} of {name}, which "
                    "is unencrypted on the internet and may only redirect to HTTPS: set the "
                    "encrypted listener in parentRefs[].sectionName"
                )
                yield route.urn, message


def _is_judged(resource: Resource, config: Config) -> bool:
    """Whether it is a Gateway on the internet, of a stack that is not for development."""
    class_name = part(resource.inputs, "spec", "gatewayClassName")
    return (
        resource.is_kubernetes
        and resource.kind == "Gateway"
        and "-external-" in str(class_name)
        and not is_environment(resource, "development", config["developmentStacks"])
    )


def _redirects(route: Resource) -> bool:
    """Whether every rule of a route sends clients elsewhere; one without rules answers nothing."""
    return all(
        any(one.get("type") == "RequestRedirect" for one in mappings(part(rule, "filters")))
        for rule in mappings(part(route.inputs, "spec", "rules"))
    )


_SCHEMA: Final = {
    "developmentStacks": {
        **TEXTS,
        "description": "Name patterns for stacks without a tag `environment`",
        "default": ["dev", "dev-*", "local"],
    }
}
NO_PUBLIC_HTTP: Final = ResourceRule(
    name="no-public-http",
    description="Gateways on the internet use TLS, except in development stacks.",
    check=no_public_http,
    schema=_SCHEMA,
)
REDIRECT_ONLY: Final = StackRule(
    name="redirect-only",
    description="Beside HTTPS, an unencrypted listener on the internet only redirects.",
    check=redirect_only,
    schema=_SCHEMA,
)
