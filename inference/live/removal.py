"""The wait of `pulumi destroy` until GKE has removed what is left of a stack's load balancers.

A Gateway is gone when its forwarding rules are. Network endpoint groups (NEGs) and the firewall
rule of the proxies follow minutes later: GKE's controller collects NEGs every two minutes (flag
neg-gc-period of kubernetes/ingress-gce).
"""

from dataclasses import dataclass
from typing import Final, final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.catalog.durations import LOAD_BALANCER_REMOVAL_LIMIT
from inference.live.endpoints import COMPUTE
from inference.live.errors import ApiError
from inference.live.google import DISABLED, Google, GoogleModel
from inference.live.waiting import WaitError, wait

_GROUPS: Final = "networkEndpointGroups"
_FIREWALL_PREFIX: Final = "gkegw1-"
"""Of the firewall rule that GKE makes for the proxies of a regional Gateway."""


@final
@dataclass(frozen=True, kw_only=True)
class LoadBalancers:
    """Whose they are."""

    project: str
    cluster_uid: str
    """UID of the namespace kube-system."""
    cluster: str | None
    """The cluster's name where it is the stack's own."""
    network: str | None
    """The VPC network's name where it is the stack's own."""
    namespace: str
    services: tuple[str, ...]
    """What the stack's Services there begin with; looked at in a cluster of others alone."""


@final
class _Description(BaseModel):
    """What GKE's controller writes into a NEG: negdescription.go of kubernetes/ingress-gce."""

    model_config = ConfigDict(frozen=True)

    cluster: str = Field(default="", alias="cluster-uid")
    namespace: str = ""
    service: str = Field(default="", alias="service-name")


@final
class _Group(GoogleModel):
    name: str
    description: str = ""
    zone: str = ""


@final
class _Firewall(GoogleModel):
    name: str
    network: str = ""
    target_tags: tuple[str, ...] = ()


def _is_ours(group: _Group, of: LoadBalancers) -> bool:
    try:
        found = _Description.model_validate_json(group.description)
    except ValidationError:
        # Not made by GKE's controller.
        return False
    ours = found.namespace == of.namespace and found.service.startswith(of.services)
    return found.cluster == of.cluster_uid and (of.cluster is not None or ours)


def _is_of_the_proxies(rule: _Firewall, of: LoadBalancers) -> bool:
    nodes = (f"gke-{of.cluster}-", f"gk3-{of.cluster}-")
    tagged = of.cluster is not None and any(tag.startswith(nodes) for tag in rule.target_tags)
    in_network = of.network is not None and rule.network.endswith(f"/networks/{of.network}")
    return rule.name.startswith(_FIREWALL_PREFIX) and (tagged or in_network)


def remains(google: Google, of: LoadBalancers) -> dict[str, str]:
    """What is left: for each name the words after `gcloud compute` that delete it.

    Raises:
        ServiceError: when that cannot be seen.
    """
    path = f"projects/{of.project}"
    try:
        groups, _ = google.read_everywhere(COMPUTE, f"{path}/aggregated/{_GROUPS}", _GROUPS, _Group)
        rules = list(google.read_all(COMPUTE, f"{path}/global/firewalls", "items", _Firewall))
    except ApiError as error:
        if error.reason == DISABLED:
            return {}
        raise
    found = {
        group.name: f"network-endpoint-groups delete {group.name} "
        f"--zone {group.zone.rpartition('/')[2]}"
        for group in groups
        if _is_ours(group, of)
    }
    proxies = [rule.name for rule in rules if _is_of_the_proxies(rule, of)]
    return found | {name: f"firewall-rules delete {name}" for name in proxies}


def await_removal(of: LoadBalancers) -> None:
    """Return when nothing is left, or when that cannot be seen, which is said.

    Raises:
        WaitError: when something is left at the end of the time.
    """
    left = wait(
        of.project,
        LOAD_BALANCER_REMOVAL_LIMIT,
        lambda google: remains(google, of),
        task="Waiting until GKE removes",
        done="GKE has removed its load balancers",
        unseen="if something is still in use, run pulumi destroy again in a few minutes; whether "
        "GKE has removed its load balancers could not be checked",
    )
    if left:
        by_hand = "\n".join(
            f"  gcloud compute {command} --project {of.project}" for command in left.values()
        )
        message = (
            f"after {LOAD_BALANCER_REMOVAL_LIMIT:g} minutes, GKE has not removed "
            f"{', '.join(left)}. Network, subnets and policies cannot be deleted while they "
            "exist. `pulumi destroy` waits again; if the cluster is gone, nothing else deletes "
            f"them:\n{by_hand}"
        )
        raise WaitError(message)
