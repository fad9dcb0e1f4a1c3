"""Names, the proxy-only subnet, the reach of the endpoint, and the release: by table."""

from typing import Final

import pytest
from conftest import make_settings
from preflight_cases import Table, Values

from inference.config import Settings, Severity
from inference.preflight import names, network, versions

_FIRST: Final = {"gatewayRelease": "v1.0.0"}
_POOL_CRD: Final = "inferencepools.inference.networking.k8s.io"
_EXISTING: Final = {"mode": "existing", "context": "kind"}
_EXISTING_AUTOPILOT: Final = {**_EXISTING, "autopilot": True}
_AUTOPILOT: Final = {"mode": "autopilot"}
_ISTIO: Final = {"className": "istio"}
_INTERNAL: Final = {"className": "gke-l7-rilb"}
_WITH_RULES: Final = {"className": "istio", "provider": "istio"}


def _named(*model_names: str) -> Values:
    return {"models": [{"name": name, "servedName": name} for name in model_names]}


def _subnet(cidr: str = "192.168.254.0/23", name: str = "mine", **values: object) -> Values:
    return {"network": {"name": name, "proxyOnlySubnet": {"cidr": cidr, **values}}}


_NO_SUBNET: Final = {"network": {"proxyOnlySubnet": {"create": False}}}


def _gateway_of(length: int, routing: str = "body", models: int = 2) -> Values:
    names = [{"name": f"m{index}", "servedName": f"m{index}"} for index in range(models)]
    return {"models": names, "gateway": {"name": "g" * length, "routing": routing}}


_TRIPS: Final[list[tuple[str, Values, str]]] = [
    ("names.not-a-label", _named("llama3.1-8b"), "models[0].name"),
    ("names.not-a-label", _named("llama", "qwen3.0"), "models[1].name"),
    ("names.not-a-label", _named("a..b"), "models[0].name"),
    ("names.begins-with-digit", _named("8b-llama"), "models[0].name"),
    ("names.begins-with-digit", _named("llama", "3"), "models[1].name"),
    (
        "names.cluster-scoped",
        {"cluster": _EXISTING, "gateway": _ISTIO, **_FIRST},
        "gatewayRelease",
    ),
    ("names.cluster-scoped", {"cluster": _EXISTING_AUTOPILOT, **_FIRST}, "gatewayRelease"),
    ("names.gateway-too-long", _gateway_of(60), "gateway.name"),
    ("names.gateway-too-long", _gateway_of(63), "gateway.name"),
    ("network.no-proxy-subnet", _NO_SUBNET, "network.proxyOnlySubnet.create"),
    (
        "network.no-proxy-subnet",
        {**_NO_SUBNET, "gateway": _INTERNAL},
        "network.proxyOnlySubnet.create",
    ),
    (
        "network.no-proxy-subnet",
        _subnet("10.128.0.0/24", "default", create=False),
        "network.proxyOnlySubnet.create",
    ),
    ("network.small-proxy-subnet", _subnet("192.168.254.0/24"), "network.proxyOnlySubnet.cidr"),
    ("network.small-proxy-subnet", _subnet("192.168.254.0/26"), "network.proxyOnlySubnet.cidr"),
    (
        "network.auto-mode-range",
        _subnet("10.128.0.0/23", "default"),
        "network.proxyOnlySubnet.cidr",
    ),
    (
        "network.auto-mode-range",
        _subnet("10.255.254.0/23", "default"),
        "network.proxyOnlySubnet.cidr",
    ),
    ("network.auto-mode-range", _subnet("10.0.0.0/8", "default"), "network.proxyOnlySubnet.cidr"),
    ("network.public-http", {}, "gateway.className"),
    ("network.public-http", {"cluster": _AUTOPILOT}, "gateway.className"),
    ("network.public-http", {"cluster": _EXISTING}, "gateway.className"),
    (
        "network.gateway-class",
        {"gateway": {"className": "gke-l7-global-external-managed"}},
        "gateway.className",
    ),
    (
        "network.gateway-class",
        {"cluster": _EXISTING, "gateway": {"className": "gke-l7-rilb-mc"}},
        "gateway.className",
    ),
    (
        "network.no-subnetwork",
        {"gateway": _INTERNAL, "network": {"name": "mine"}},
        "network.subnetwork",
    ),
    (
        "network.no-subnetwork",
        {"cluster": _EXISTING, "gateway": _INTERNAL, "network": {"name": "mine"}},
        "network.subnetwork",
    ),
    ("release.provider-ignored", {"gateway": _WITH_RULES, **_FIRST}, "gateway.provider"),
    (
        "release.provider-ignored",
        {"cluster": _EXISTING, "gateway": _WITH_RULES, **_FIRST},
        "gateway.provider",
    ),
    ("release.crds-owned-by-gke", {"cluster": _EXISTING}, "crds.preinstalled"),
    (
        "release.crds-owned-by-gke",
        {
            "cluster": _EXISTING_AUTOPILOT,
            "gateway": _INTERNAL,
            "crds": {"source": "./mirror"},
            "gatewayRelease": "v1.5.0",
        },
        "crds.preinstalled",
    ),
]

_NEAR_MISSES: Final[list[tuple[str, Values]]] = [
    ("names.gateway-too-long", _gateway_of(59)),
    ("names.gateway-too-long", _gateway_of(63, "header")),
    ("names.gateway-too-long", _gateway_of(63, models=1)),
    ("names.not-a-label", _named("llama3-1-8b")),
    ("names.not-a-label", _named("a", "a1", "a" * 40)),
    ("names.not-a-label", {"models": [{"name": "llama", "servedName": "Llama 3.1/8B"}]}),
    ("names.begins-with-digit", _named("llama3-8b")),
    # Refused for its dot already.
    ("names.begins-with-digit", _named("3.1-llama")),
    ("names.cluster-scoped", {"cluster": _EXISTING, "gatewayRelease": "v1.5.0"}),
    ("names.cluster-scoped", {"cluster": _EXISTING, "gatewayRelease": "llm-d-v0.10.0"}),
    ("names.cluster-scoped", _FIRST),
    ("names.cluster-scoped", {"cluster": _AUTOPILOT, **_FIRST}),
    ("network.no-proxy-subnet", {}),
    ("network.no-proxy-subnet", {**_NO_SUBNET, "cluster": _EXISTING, "gateway": _ISTIO}),
    ("network.small-proxy-subnet", _subnet("192.168.254.0/23")),
    ("network.small-proxy-subnet", _subnet("192.168.252.0/22")),
    ("network.small-proxy-subnet", _subnet("192.168.254.0/26", create=False)),
    ("network.small-proxy-subnet", {**_subnet("192.168.254.0/26"), "gateway": _ISTIO}),
    ("network.auto-mode-range", _subnet("10.127.254.0/23", "default")),
    ("network.auto-mode-range", _subnet("10.0.0.0/9", "default")),
    ("network.auto-mode-range", _subnet("11.0.0.0/23", "default")),
    ("network.auto-mode-range", _subnet("10.128.0.0/23", "mine")),
    ("network.auto-mode-range", _subnet("10.128.0.0/23", "default", create=False)),
    ("network.auto-mode-range", {**_subnet("10.128.0.0/23", "default"), "gateway": _ISTIO}),
    ("network.public-http", {"gateway": _INTERNAL}),
    ("network.public-http", {"cluster": _EXISTING, "gateway": _ISTIO}),
    ("network.gateway-class", {}),
    ("network.gateway-class", {"gateway": _INTERNAL}),
    ("network.gateway-class", {"gateway": _ISTIO}),
    ("network.gateway-class", {"gateway": {"className": "gke-l7"}}),
    ("network.no-subnetwork", {"gateway": _INTERNAL}),
    ("network.no-subnetwork", {"network": {"name": "mine"}}),
    (
        "network.no-subnetwork",
        {"gateway": _INTERNAL, "network": {"name": "mine", "subnetwork": "nodes"}},
    ),
    (
        "network.no-subnetwork",
        # Nothing is reserved where an address is named.
        {"gateway": _INTERNAL, "network": {"name": "mine", "address": "reserved"}},
    ),
    ("release.provider-ignored", {"gateway": _ISTIO}),
    ("release.provider-ignored", {"gateway": _WITH_RULES, "gatewayRelease": "v1.5.0"}),
    ("release.provider-ignored", {"gateway": _WITH_RULES, "gatewayRelease": "llm-d-v0.10.0"}),
    ("release.crds-owned-by-gke", {"cluster": _EXISTING, "crds": {"preinstalled": [_POOL_CRD]}}),
    ("release.crds-owned-by-gke", {"cluster": _EXISTING, "crds": {"preinstalled": []}}),
    ("release.crds-owned-by-gke", {"cluster": _EXISTING, "gateway": _ISTIO}),
    ("release.crds-owned-by-gke", {}),
    ("release.crds-owned-by-gke", {"cluster": _AUTOPILOT}),
]

_SET: Final = "pulumi config set --path 'gke-inference-gateway:"
_WORDS: Final[list[tuple[str, Values, str, str]]] = [
    (
        "names.gateway-too-long",
        _gateway_of(60),
        (
            f"has 60 characters, but the router's Service {'g' * 60}-bbr may have at most 63: the "
            "Helm release would fail"
        ),
        f"{_SET}gateway.name' {'g' * 59}",
    ),
    (
        "names.not-a-label",
        _named("llama3.1-8b"),
        (
            "llama3.1-8b cannot name the Service llama3.1-8b-epp, which allows only letters, "
            "digits and hyphens: the Helm release would fail"
        ),
        f"{_SET}models[0].name' llama3-1-8b",
    ),
    (
        "names.begins-with-digit",
        _named("8b-llama"),
        (
            "8b-llama starts with a digit: Kubernetes before 1.36 would reject the Service "
            "8b-llama-epp"
        ),
        f"{_SET}models[0].name' m-8b-llama",
    ),
    (
        "names.cluster-scoped",
        {**_named("llama", "qwen"), "cluster": _EXISTING, **_FIRST},
        (
            "chart v1.0.0 creates ClusterRoles named llama-epp, qwen-epp, whatever the namespace: "
            "a second stack in this cluster with a model of the same name would fail"
        ),
        "give models different names in each stack, or use v1.5.0 or later",
    ),
    (
        "network.no-proxy-subnet",
        {"network": {"name": "mine", "proxyOnlySubnet": {"create": False}}},
        (
            "false, so network mine must have an active proxy-only subnet in us-central1: without "
            "one, the Gateway is never programmed"
        ),
        f"{_SET}network.proxyOnlySubnet.create' true, or accept this finding if there is one",
    ),
    (
        "network.small-proxy-subnet",
        _subnet("192.168.254.0/24"),
        "192.168.254.0/24 has 256 addresses; Google recommends 512, a /23",
        f"{_SET}network.proxyOnlySubnet.cidr' 192.168.254.0/23",
    ),
    (
        "network.auto-mode-range",
        _subnet("10.128.0.0/23", "default"),
        (
            "10.128.0.0/23 overlaps 10.128.0.0/9, which an auto mode network such as default "
            "reserves: Google would reject the subnet"
        ),
        f"{_SET}network.proxyOnlySubnet.cidr' 192.168.254.0/23",
    ),
    (
        "network.public-http",
        {},
        (
            "the endpoint is on the internet over HTTP, without authentication: anyone who finds "
            "it can use the GPUs"
        ),
        f"{_SET}gateway.className' gke-l7-rilb",
    ),
    (
        "network.gateway-class",
        {"gateway": {"className": "gke-l7-gxlb"}},
        (
            "the Inference Gateway supports gke-l7-regional-external-managed and gke-l7-rilb, not "
            "gke-l7-gxlb: the Gateway would never be programmed"
        ),
        f"{_SET}gateway.className' gke-l7-regional-external-managed",
    ),
    (
        "network.no-subnetwork",
        {"gateway": _INTERNAL, "network": {"name": "mine"}},
        (
            "not set, so the address would be reserved in subnet mine, which network mine has "
            "only in auto mode"
        ),
        f"{_SET}network.subnetwork' SUBNET",
    ),
    (
        "release.provider-ignored",
        {"gateway": _WITH_RULES, **_FIRST},
        (
            "chart v1.0.0 does not support provider istio, so no DestinationRule is created and "
            "the gateway may not reach the picker"
        ),
        "pulumi config set gke-inference-gateway:gatewayRelease v1.5.0",
    ),
    (
        "release.crds-owned-by-gke",
        {"cluster": _EXISTING},
        (
            f"GKE 1.34.0-gke.1626000 and later come with {_POOL_CRD}; in such a cluster, Helm "
            "would refuse to adopt it and the CRD release would fail"
        ),
        f"{_SET}crds.preinstalled[0]' {_POOL_CRD}",
    ),
]
_SEVERITIES: Final = {
    "names.not-a-label": Severity.ERROR,
    "names.cluster-scoped": Severity.INFO,
    "network.no-proxy-subnet": Severity.WARNING,
    "network.small-proxy-subnet": Severity.INFO,
    "network.auto-mode-range": Severity.WARNING,
    "network.public-http": Severity.WARNING,
    "network.gateway-class": Severity.ERROR,
    "network.no-subnetwork": Severity.WARNING,
    "release.provider-ignored": Severity.WARNING,
    "release.crds-owned-by-gke": Severity.WARNING,
}


TABLE: Final = Table(
    modules=(names, network, versions),
    trips=_TRIPS,
    passes=_NEAR_MISSES,
    words=_WORDS,
    severities=_SEVERITIES,
)


def _settings(sections: Values) -> Settings:
    return make_settings(sections)


def test_each_model_with_a_bad_name_is_found() -> None:
    paths = [finding.path for finding in TABLE.of("names.not-a-label", _named("a.b", "c", "d.e"))]

    assert paths == ["models[0].name", "models[2].name"]


def test_a_subnet_may_be_too_small_and_in_the_wrong_place() -> None:
    found = {finding.id for finding in TABLE.findings(_subnet("10.128.0.0/24", "default"))}

    assert {"network.auto-mode-range", "network.small-proxy-subnet"} <= found


@pytest.mark.parametrize("name", ["llama3.1-8b", "a..b", "a.-b", "a.b.c"])
def test_the_name_that_is_advised_is_accepted(name: str) -> None:
    (finding,) = TABLE.of("names.not-a-label", _named(name))

    advised = finding.fix.rpartition(" ")[2]
    assert TABLE.of("names.not-a-label", _named(advised)) == []


@pytest.mark.parametrize("name", ["8b", "1" * 40, "8.b", "1" + "." * 38 + "a"])
def test_a_name_advised_for_one_that_begins_with_a_digit_is_accepted(name: str) -> None:
    found = [f for f in names.findings(_settings(_named(name))) if f.path == "models[0].name"]

    (finding,) = found
    advised = finding.fix.rpartition(" ")[2]
    left = [f for f in names.findings(_settings(_named(advised))) if f.path == "models[0].name"]
    assert left == []


def test_a_name_that_begins_with_a_digit_is_no_error() -> None:
    """API servers of 1.36 take it for a Service, older ones do not: nothing sure enough."""
    (finding,) = TABLE.of("names.begins-with-digit", _named("8b-llama"))

    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("cidr", "advised"),
    [
        ("192.168.254.0/24", "192.168.254.0/23"),
        ("192.168.255.0/24", "192.168.254.0/23"),
        ("172.16.1.64/26", "172.16.0.0/23"),
    ],
)
def test_the_larger_subnet_that_is_advised_is_a_range(cidr: str, advised: str) -> None:
    (finding,) = TABLE.of("network.small-proxy-subnet", _subnet(cidr))

    assert finding.fix.rpartition(" ")[2] == advised
    assert TABLE.of("network.small-proxy-subnet", _subnet(advised)) == []


def test_a_range_around_that_of_auto_mode_is_not_said_to_lie_in_it() -> None:
    (finding,) = TABLE.of("network.auto-mode-range", _subnet("10.0.0.0/8", "default"))

    assert finding.message.startswith("10.0.0.0/8 overlaps 10.128.0.0/9, ")
