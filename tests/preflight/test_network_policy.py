"""Network policies that would not hold, or shut out the load balancer: by table."""

from typing import Final

from preflight_cases import Table, Values

from inference.preflight import network

_ASKED: Final[Values] = {"security": {"networkPolicy": True}}
_EXISTING: Final[Values] = {"mode": "existing", "context": "gke"}
_V2: Final[Values] = {"cluster": {"dataplaneV2": True}}
_SUBNET: Final[Values] = {"network": {"proxyOnlySubnet": {"create": False}}}
_PATH: Final = "security.networkPolicy"
_RANGE: Final = "network.proxyOnlySubnet.cidr"
_OTHER_CLASS: Final[Values] = {**_ASKED, "cluster": _EXISTING, "gateway": {"className": "istio"}}

TABLE: Final = Table(
    modules=(network,),
    trips=[
        ("network-policy.not-enforced", _ASKED, _PATH),
        ("network-policy.not-enforced", {**_ASKED, "cluster": _EXISTING}, _PATH),
        ("network-policy.no-proxy-range", {**_ASKED, **_V2, **_SUBNET}, _RANGE),
        (
            "network-policy.no-proxy-range",
            {**_ASKED, **_SUBNET, "cluster": {"mode": "autopilot"}},
            _RANGE,
        ),
        ("network-policy.ignored", _OTHER_CLASS, _PATH),
        (
            "network-policy.ignored",
            {**_OTHER_CLASS, "gateway": {"className": "kgateway"}},
            _PATH,
        ),
    ],
    passes=[
        ("network-policy.not-enforced", {**_ASKED, **_V2}),
        ("network-policy.not-enforced", {**_ASKED, "cluster": {"mode": "autopilot"}}),
        ("network-policy.not-enforced", {**_ASKED, "cluster": {**_EXISTING, "autopilot": True}}),
        ("network-policy.no-proxy-range", {**_ASKED, **_V2}),
        (
            "network-policy.no-proxy-range",
            {
                **_ASKED,
                **_V2,
                "network": {"proxyOnlySubnet": {"create": False, "cidr": "10.9.0.0/23"}},
            },
        ),
        ("network-policy.ignored", _ASKED),
        ("network-policy.ignored", {**_OTHER_CLASS, "security": {}}),
    ],
    words=[
        (
            "network-policy.not-enforced",
            _ASKED,
            (
                "without Dataplane V2, a Standard cluster enforces no policy: every Pod can still "
                "reach the servers"
            ),
            "pulumi config set --path 'gke-inference-gateway:cluster.dataplaneV2' true",
        ),
        (
            "network-policy.no-proxy-range",
            {**_ASKED, **_V2, **_SUBNET},
            (
                "not set for the existing subnet, so policies admit 192.168.254.0/23: if it has "
                "another range, no request reaches a server"
            ),
            ("pulumi config set --path 'gke-inference-gateway:network.proxyOnlySubnet.cidr' RANGE"),
        ),
        (
            "network-policy.ignored",
            _OTHER_CLASS,
            "no policy is created: it is unknown where requests of class istio come from",
            "pulumi config set --path 'gke-inference-gateway:security.networkPolicy' false",
        ),
    ],
)
