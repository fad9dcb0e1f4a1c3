"""Nothing on the internet without TLS, but in a stack for development."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

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
_INTERNAL_SERVICE: Final = (
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
)
_INTERNAL_CLASS: Final = "networking.gke.io/l4-regional-internal"


def no_public_http(resource: Resource, config: Config) -> Iterator[str]:
    """What GKE puts on the internet in clear text: listeners, ports of Services, and Ingresses."""
    found = _PLAIN.get(resource.kind)
    development = is_environment(resource, "development", config["developmentStacks"])
    if found is None or not resource.is_kubernetes or development:
        return
    for what, encrypt in found(resource):
        yield (
            f"{what} on the internet: prompts, responses and keys can be read in transit. "
            f"{encrypt}, or mark the stack as development: pulumi stack tag set environment "
            "development"
        )


def _listeners(gateway: Resource) -> Iterator[tuple[str, str]]:
    listeners = list(mappings(part(gateway.inputs, "spec", "listeners")))
    # Of one beside an encrypted one the rule below says what may be there.
    if not _is_external(gateway) or any(one.get("protocol") in _ENCRYPTED for one in listeners):
        return
    for one in listeners:
        what = f"listener {one.get('name')} uses {one.get('protocol')}"
        yield what, "Use HTTPS or class gke-l7-rilb"


def _ports(service: Resource) -> Iterator[tuple[str, str]]:
    """Ports that a load balancer passes on as they are, but for those that say they have TLS."""
    spec, known = part(service.inputs, "spec"), _annotations(service)
    internal = any(str(known(key)).lower() in {"internal", UNKNOWN} for key in _INTERNAL_SERVICE)
    balanced = part(spec, "type") == "LoadBalancer"
    if not balanced or internal or part(spec, "loadBalancerClass") in {_INTERNAL_CLASS, UNKNOWN}:
        return
    for port in mappings(part(spec, "ports")):
        number, words = port.get("port"), f"{port.get('name')} {port.get('appProtocol')}".lower()
        if number not in {443, UNKNOWN} and "https" not in words and port.get("protocol") != "UDP":
            yield (
                f"port {number} of the Service is served without TLS",
                f"Serve HTTPS, or set annotation {_INTERNAL_SERVICE[0]}: Internal",
            )


def _ingress(ingress: Resource) -> Iterator[tuple[str, str]]:
    """An Ingress of GKE's own class, which listens on port 80 too unless told otherwise."""
    known = _annotations(ingress)
    external = known("kubernetes.io/ingress.class") in {None, "gce"}
    if not external or part(ingress.inputs, "spec", "ingressClassName"):
        return
    # What it refers to may redirect, and is another object.
    redirects = known("networking.gke.io/v1beta1.FrontendConfig") is not None
    if known("kubernetes.io/ingress.allow-http") not in {"false", UNKNOWN} and not redirects:
        encrypt = "Set a certificate and annotation kubernetes.io/ingress.allow-http: 'false'"
        yield "the Ingress listens on HTTP", encrypt


def _annotations(resource: Resource) -> Callable[[str], Any]:
    """The value of an annotation; unknown where all are."""
    found = part(resource.inputs, "metadata", "annotations")
    return lambda key: UNKNOWN if found == UNKNOWN else part(found, key)


_PLAIN: Final = {"Gateway": _listeners, "Ingress": _ingress, "Service": _ports}


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
    return (
        resource.is_kubernetes
        and resource.kind == "Gateway"
        and _is_external(resource)
        and not is_environment(resource, "development", config["developmentStacks"])
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
