"""Findings about a Gateway of another team."""

from typing import Final

from preflight_cases import Table, Values

from inference.config import Severity
from inference.preflight import existing_gateway

_CLUSTER: Final = {"mode": "existing", "context": "x"}
_THEIRS: Final = {"name": "shared", "namespace": "gateways"}
_HOST: Final = ["llm.example.com"]


def _at(section: str = "gateway", **keys: object) -> Values:
    """A stack at a shared Gateway, with more keys of a section."""
    gateway: Values = {"existing": _THEIRS, "hostnames": _HOST}
    sections: dict[str, Values] = {"cluster": _CLUSTER, "gateway": gateway}
    return {**sections, section: {**sections.get(section, {}), **keys}}


TABLE: Final = Table(
    modules=(existing_gateway,),
    trips=(
        ("gateway.existing-key", _at(tls={}), "gateway.tls"),
        ("gateway.existing-key", _at(internal=True), "gateway.internal"),
        ("gateway.existing-key", _at(internalAddress="a"), "gateway.internalAddress"),
        ("gateway.existing-key", _at(globalAccess=True), "gateway.globalAccess"),
        ("gateway.existing-key", _at(modelArmor={"template": "t"}), "gateway.modelArmor"),
        ("gateway.existing-key", _at(routing="body"), "gateway.routing"),
        ("gateway.existing-key", _at("network", address="a"), "network.address"),
        (
            "gateway.existing-key",
            _at("network", proxyOnlySubnet={"create": True}),
            "network.proxyOnlySubnet.create",
        ),
        ("gateway.existing-in-new-cluster", {"gateway": {"existing": _THEIRS}}, "gateway.existing"),
        (
            "gateway.existing-in-new-cluster",
            {**_at(), "cluster": {"mode": "autopilot"}},
            "gateway.existing",
        ),
        ("gateway.existing-any-host", _at(hostnames=[]), "gateway.hostnames"),
        (
            "gateway.existing-any-host",
            _at(hostnames=[], className="gke-l7-rilb"),
            "gateway.hostnames",
        ),
        ("gateway.existing-admits", _at(), "gateway.existing"),
        ("gateway.existing-admits", {**_at(), "namespace": "llm"}, "gateway.existing"),
    ),
    passes=(
        ("gateway.existing-key", _at(timeoutSeconds=90, iap={"clientId": "i", "secret": "s"})),
        ("gateway.existing-key", _at(cloudArmor={"allow": ["203.0.113.0/24"]})),
        ("gateway.existing-key", _at("network", proxyOnlySubnet={"cidr": "10.0.0.0/23"})),
        ("gateway.existing-key", {"gateway": {"tls": {}}}),
        ("gateway.existing-in-new-cluster", _at()),
        ("gateway.existing-in-new-cluster", {"gateway": {"existing": _THEIRS, "wait": False}}),
        ("gateway.existing-any-host", _at()),
        ("gateway.existing-any-host", {"cluster": _CLUSTER}),
        ("gateway.existing-admits", {**_at(), "namespace": "gateways"}),
        ("gateway.existing-admits", {"cluster": _CLUSTER}),
    ),
    words=(
        (
            "gateway.existing-key",
            _at(routing="body"),
            "belongs to its team: this stack does not manage gateways/shared",
            "pulumi config set --path 'gke-inference-gateway:gateway.routing' header",
        ),
        (
            "gateway.existing-admits",
            _at(),
            "the listener of gateways/shared must admit HTTPRoutes from namespace default",
            "ask its team to set allowedRoutes.namespaces; `inference doctor` checks it",
        ),
    ),
    severities={
        "gateway.existing-key": Severity.ERROR,
        "gateway.existing-in-new-cluster": Severity.ERROR,
        "gateway.existing-any-host": Severity.WARNING,
        "gateway.existing-admits": Severity.INFO,
    },
)
