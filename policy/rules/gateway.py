"""No Gateway on the internet without TLS, but in a stack for development."""

from collections.abc import Iterator
from typing import Final

from rules.rule import (
    TEXTS,
    UNKNOWN,
    Config,
    Resource,
    ResourceRule,
    is_environment,
    mappings,
    part,
)

_ENCRYPTED: Final = frozenset({"HTTPS", "TLS", UNKNOWN})


def no_public_http(resource: Resource, config: Config) -> Iterator[str]:
    """Listeners in clear text, of classes that GKE puts on the internet."""
    class_name = part(resource.inputs, "spec", "gatewayClassName")
    if (
        not resource.is_kubernetes
        or resource.kind != "Gateway"
        or "-external-" not in str(class_name)
    ):
        return
    if is_environment(resource, "development", config["developmentStacks"]):
        return
    listeners = list(mappings(part(resource.inputs, "spec", "listeners")))
    # One in clear text beside an encrypted one is there to send clients to it.
    if any(listener.get("protocol") in _ENCRYPTED for listener in listeners):
        return
    for listener in listeners:
        if listener.get("protocol") not in _ENCRYPTED:
            yield (
                f"listener {listener.get('name')} speaks {listener.get('protocol')} on the "
                "internet: prompts, answers and keys can be read on the way. Give it HTTPS, choose "
                "class gke-l7-rilb, or say that the stack is for development: pulumi stack tag set "
                "environment development"
            )


NO_PUBLIC_HTTP: Final = ResourceRule(
    name="no-public-http",
    description="A Gateway on the internet has TLS, but in stacks for development.",
    check=no_public_http,
    schema={
        "developmentStacks": {
            **TEXTS,
            "description": "Patterns of names of stacks that have no tag `environment`",
            "default": ["dev", "dev-*", "local"],
        }
    },
)
