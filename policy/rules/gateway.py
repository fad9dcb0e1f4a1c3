"""Nothing on the internet without TLS, but in a stack for development."""

import re
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
_INTERNAL: Final = (
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
)
"""Annotations of a Service that make its load balancer internal."""
_EXTERNAL_CLASSES: Final = (None, "networking.gke.io/l4-regional-external")
_SAYS_TLS: Final = re.compile("https|tls|wss|grpcs")
_SAYS_HTTP: Final = re.compile(r"http|h2c|\bws\b")
_HTTP_PORTS: Final = (80, 8000, 8080)
"""Ports that serve HTTP where neither name nor appProtocol says what they serve."""


def no_public_http(resource: Resource, config: Config) -> Iterator[str]:
    """What GKE puts on the internet in clear text: listeners, ports of Services, and Ingresses."""
    found = _IN_CLEAR_TEXT.get(resource.kind)
    if found is None or not _is_judged(resource, config):
        return
    for what, encrypt in found(resource):
        yield (
            f"{what} on the internet: prompts, responses and keys can be read in transit. "
            f"{encrypt}, or mark the stack as development: pulumi stack tag set environment "
            "development"
        )


def _listeners(gateway: Resource) -> Iterator[tuple[str, str]]:
    listeners = list(mappings(part(gateway.inputs, "spec", "listeners")))
    # `redirect_only` judges those that are beside an encrypted one.
    if not _is_external(gateway) or any(one.get("protocol") in _ENCRYPTED for one in listeners):
        return
    for one in listeners:
        what = f"listener {one.get('name')} uses {one.get('protocol')}"
        yield what, "Use HTTPS or class gke-l7-rilb"


def _ports(service: Resource) -> Iterator[tuple[str, str]]:
    """Ports for HTTP, which a load balancer of GKE passes on as they are."""
    spec = part(service.inputs, "spec")
    types = (part(service.inputs, "metadata", "annotations", key) for key in _INTERNAL)
    internal = any(str(one).lower() in {"internal", UNKNOWN} for one in types)
    external = part(spec, "loadBalancerClass") in _EXTERNAL_CLASSES
    if part(spec, "type") != "LoadBalancer" or internal or not external:
        return
    for port in mappings(part(spec, "ports")):
        said = [port.get(key) for key in ("name", "appProtocol", "protocol")]
        words = " ".join(map(str, said)).lower()
        http = _SAYS_HTTP.search(words) or port.get("port") in _HTTP_PORTS
        if http and not _SAYS_TLS.search(words) and UNKNOWN not in said:
            yield (
                f"port {port.get('port')} of the Service serves HTTP without TLS",
                f"Serve HTTPS, or set annotation {_INTERNAL[0]}: Internal",
            )


def _ingress(ingress: Resource) -> Iterator[tuple[str, str]]:
    """An Ingress of GKE's own class, which by default listens on port 80 too."""

    def annotation(key: str) -> object:
        return part(ingress.inputs, "metadata", "annotations", key)

    external = annotation("kubernetes.io/ingress.class") in {None, "gce"}
    if not external or part(ingress.inputs, "spec", "ingressClassName"):
        return
    # What it refers to may redirect, and is another object.
    redirects = annotation("networking.gke.io/v1beta1.FrontendConfig") is not None
    if annotation("kubernetes.io/ingress.allow-http") not in {"false", UNKNOWN} and not redirects:
        encrypt = "Set a certificate and annotation kubernetes.io/ingress.allow-http: 'false'"
        yield "the Ingress listens on HTTP", encrypt


_IN_CLEAR_TEXT: Final = {"Gateway": _listeners, "Ingress": _ingress, "Service": _ports}


def redirect_only(resources: Sequence[Resource], config: Config) -> Iterator[tuple[str, str]]:
    """Routes that answer in clear text at a Gateway whose plain listener may only redirect.

    A route that names no listener is attached to all of them.
    """
    routes = [one for one in resources if one.is_kubernetes and one.kind == "HTTPRoute"]
    for gateway in resources:
        judged = gateway.kind == "Gateway" and _is_judged(gateway, config)
        if not judged or not _is_external(gateway):
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
    """Whether it is an object of Kubernetes, of a stack that is not for development."""
    return resource.is_kubernetes and not is_environment(
        resource, "development", config["developmentStacks"]
    )


def _is_external(gateway: Resource) -> bool:
    class_name = str(part(gateway.inputs, "spec", "gatewayClassName"))
    return "-external-" in class_name or "-gxlb" in class_name


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
    description="What faces the internet uses TLS, except in development stacks.",
    check=no_public_http,
    schema=_SCHEMA,
)
REDIRECT_ONLY: Final = StackRule(
    name="redirect-only",
    description="Beside HTTPS, an unencrypted listener on the internet only redirects.",
    check=redirect_only,
    schema=_SCHEMA,
)
