"""What an interrupted update made but did not record, and how the stack's state takes it up.

Pure functions of an exported deployment (`pulumi stack export`): its `pending_operations` name what
was being created, with inputs that determine the id the provider would have given. Nothing is
looked up: a refresh afterwards drops what was never made.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast, final

_CREATING: Final = "creating"
_KUBERNETES: Final = "kubernetes:"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
CLUSTER_PROVIDER: Final = "pulumi:providers:kubernetes"
_PLAINTEXT: Final = "plaintext"
"""Key of a secret's JSON in `pulumi stack export --show-secrets`."""
GCP_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gcp:projects/service:Service": "{project}/{service}",
        "gcp:projects/iAMMember:IAMMember": "{project} {role} {member}",
        "gcp:serviceaccount/account:Account": (
            "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
        ),
        "gcp:compute/subnetwork:Subnetwork": (
            "projects/{project}/regions/{region}/subnetworks/{name}"
        ),
        "gcp:compute/address:Address": "projects/{project}/regions/{region}/addresses/{name}",
        "gcp:compute/regionSslPolicy:RegionSslPolicy": (
            "projects/{project}/regions/{region}/sslPolicies/{name}"
        ),
        "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": (
            "projects/{project}/regions/{region}/securityPolicies/{name}"
        ),
        "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": (
            "projects/{project}/locations/{location}/dnsAuthorizations/{name}"
        ),
        "gcp:certificatemanager/certificate:Certificate": (
            "projects/{project}/locations/{location}/certificates/{name}"
        ),
        "gcp:storage/bucket:Bucket": "{name}",
        "gcp:storage/bucketIAMMember:BucketIAMMember": "b/{bucket} {role} {member}",
        "gcp:container/cluster:Cluster": "projects/{project}/locations/{location}/clusters/{name}",
        "gcp:container/nodePool:NodePool": "{cluster}/nodePools/{name}",
    }
)
"""Ids as pulumi-gcp takes them for an import, over the inputs of a resource and its provider."""


@final
@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """An operation that the engine began and whose end it did not record.

    Attributes:
        urn: of the resource.
        operation: `creating`, `updating`, `deleting`, `reading` or `importing`.
        id: under which a created resource is adopted; "" where none can be derived, or where
            the state has the resource already.

    """

    urn: str
    operation: str
    id: str = ""

    @property
    def type(self) -> str:
        """Type of the resource, without those of its parents."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """Name of the resource in the program."""
        return self.urn.rpartition("::")[2]


def _provider_inputs(deployment: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    urn = str(resource.get("provider", "")).rpartition("::")[0]
    for candidate in cast("list[Mapping[str, Any]]", deployment.get("resources") or []):
        if candidate["urn"] == urn:
            return dict(candidate.get("inputs") or {})
    return {}


def _shown(value: Any) -> Any:  # noqa: ANN401 any JSON
    if isinstance(value, dict):
        secret = cast("dict[str, str]", value)
        return json.loads(secret[_PLAINTEXT]) if _PLAINTEXT in secret else secret
    return value


def inputs_of_provider(deployment: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """Inputs of the first provider of a type, of a decrypted deployment; None without one."""
    for resource in cast("list[Mapping[str, Any]]", deployment.get("resources") or []):
        if resource["type"] == kind:
            inputs = cast("Mapping[str, Any]", resource.get("inputs") or {})
            return {key: _shown(value) for key, value in inputs.items()}
    return None


def ids_of(deployment: Mapping[str, Any], kind: str) -> frozenset[str]:
    """Ids of the resources of a type that the state has."""
    resources = cast("list[Mapping[str, Any]]", deployment.get("resources") or [])
    return frozenset(str(one["id"]) for one in resources if one["type"] == kind and one.get("id"))


def _kubernetes_id(inputs: Mapping[str, Any], *, release: bool) -> str:
    place = inputs if release else cast("Mapping[str, Any]", inputs.get("metadata") or {})
    name, namespace = place.get("name"), place.get("namespace")
    if not name:
        return ""
    return f"{namespace}/{name}" if namespace else str(name)


def derived_id(deployment: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """The id that a resource gets from its inputs; "" where they do not determine it."""
    kind, inputs = str(resource["type"]), dict(resource.get("inputs") or {})
    if kind.startswith(_KUBERNETES):
        return _kubernetes_id(inputs, release=kind == RELEASE)
    pattern = GCP_IDS.get(kind)
    if pattern is None:
        return ""
    try:
        return pattern.format_map(_provider_inputs(deployment, resource) | inputs)
    except KeyError:
        return ""


def interrupted(deployment: Mapping[str, Any]) -> list[Interrupted]:
    """The operations that have no recorded end, in the order in which they began."""
    found: list[Interrupted] = []
    for operation in cast("list[Mapping[str, Any]]", deployment.get("pending_operations") or []):
        resource = cast("Mapping[str, Any]", operation["resource"])
        creating = operation["type"] == _CREATING
        found.append(
            Interrupted(
                urn=str(resource["urn"]),
                operation=str(operation["type"]),
                id=derived_id(deployment, resource) if creating else "",
            )
        )
    return found


def adopted(deployment: Mapping[str, Any], adopt: Sequence[Interrupted]) -> dict[str, Any]:
    """The deployment with the named creations among its resources, and no pending operation.

    Outputs stay empty: the refresh that must follow fills them, or drops the resource.
    """
    ids = {one.urn: one.id for one in adopt if one.id}
    result = copy.deepcopy(dict(deployment))
    pending = cast("list[dict[str, Any]]", result.pop("pending_operations", None) or [])
    resources = cast("list[dict[str, Any]]", result.setdefault("resources", []))
    known = {resource["urn"] for resource in resources if not resource.get("delete")}
    for operation in pending:
        resource = operation["resource"]
        if operation["type"] == _CREATING and resource["urn"] in ids.keys() - known:
            resources.append({**resource, "id": ids[resource["urn"]], "outputs": {}})
    return result
