"""A Gateway of another team: nothing of it is the stack's, and what it must let in."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import OWN_KEYS
from inference.catalog.limits import GATEWAY_API
from inference.config import Finding, Settings
from inference.config.finding import remove_command, set_command
from inference.config.gateway import Routing
from inference.preflight.registry import error, info, own_rule, warning

GATEWAY_EXISTING_KEY: Final = own_rule(
    id="gateway.existing-key",
    cause="A key for a Gateway that the stack creates is set beside `gateway.existing`.",
    consequence="Listener, certificate, address, proxies and filters for all requests belong to "
    "that Gateway's team: the key would be ignored, or change what others rely on.",
    fix="Remove the key. Cloud Armor, Identity-Aware Proxy, timeouts, health checks and the "
    "request log belong to the stack's backends, and work behind any Gateway.",
)
GATEWAY_EXISTING_IN_NEW_CLUSTER: Final = error(
    id="gateway.existing-in-new-cluster",
    cause="`gateway.existing` is set, but the stack creates the cluster.",
    consequence="A new cluster has no Gateway: `pulumi up` waits for the routes in vain.",
    fix="Remove `gateway.existing`, or deploy to an existing cluster. Accept the finding if the "
    "other team creates its Gateway while the update waits.",
    source=OWN_KEYS,
)
GATEWAY_EXISTING_ANY_HOST: Final = warning(
    id="gateway.existing-any-host",
    cause="Routes are attached to a shared Gateway, but `gateway.hostnames` is empty.",
    consequence="Requests for the API's paths under any hostname of the listener go to this "
    "stack, including those meant for other teams' services.",
    fix="Set the stack's hostname.",
    source=GATEWAY_API,
)
GATEWAY_EXISTING_ADMITS: Final = info(
    id="gateway.existing-admits",
    cause="The Gateway is in another namespace than the stack's routes.",
    consequence="A listener admits only routes from its own namespace unless `allowedRoutes` says "
    "otherwise: `pulumi up` then waits for the routes in vain. No ReferenceGrant is needed, as "
    "routes and pools share a namespace.",
    fix="Ask the Gateway's team to admit the namespace; `inference doctor` shows whether it does.",
    source=GATEWAY_API,
)


def _of_an_own_gateway(settings: Settings) -> Iterator[tuple[str, str]]:
    """Keys that say something of a Gateway that the stack makes, and how each is undone."""
    gateway, network = settings.gateway, settings.network
    subnet = network.proxy_only_subnet
    given = {
        "gateway.tls": gateway.tls is not None,
        "gateway.internal": gateway.internal,
        "gateway.internalAddress": gateway.internal_address is not None,
        "gateway.globalAccess": gateway.global_access,
        "gateway.modelArmor": gateway.model_armor is not None,
        "network.address": network.address is not None,
        "network.proxyOnlySubnet.create": subnet.create and "create" in subnet.model_fields_set,
    }
    yield from ((path, remove_command(path)) for path, is_given in given.items() if is_given)
    if gateway.routing is Routing.BODY:
        # The router reads every request of the Gateway, and sets a header in it.
        yield "gateway.routing", set_command("gateway.routing", Routing.HEADER.value)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about a Gateway that the stack does not make; nothing where it makes one."""
    existing, path = settings.gateway.existing, "gateway.existing"
    if existing is None:
        return
    where = f"{existing.namespace}/{existing.name}"
    for key, fix in _of_an_own_gateway(settings):
        yield GATEWAY_EXISTING_KEY.finding(
            key, f"belongs to its team: this stack does not manage {where}", fix
        )
    if settings.cluster.is_created and settings.gateway.wait:
        yield GATEWAY_EXISTING_IN_NEW_CLUSTER.finding(
            path,
            f"the cluster that the stack creates has no Gateway {where}: routes would wait for it",
            remove_command(path) + ", or deploy to an existing cluster",
        )
    if not settings.gateway.hostnames:
        yield GATEWAY_EXISTING_ANY_HOST.finding(
            "gateway.hostnames",
            f"is empty, so the stack claims the API's paths under every hostname of {where}",
            set_command("gateway.hostnames[0]", "llm.example.com"),
        )
    if existing.namespace != settings.namespace:
        yield GATEWAY_EXISTING_ADMITS.finding(
            path,
            f"the listener of {where} must admit HTTPRoutes from namespace {settings.namespace}",
            "ask its team to set allowedRoutes.namespaces; `inference doctor` checks it",
        )
