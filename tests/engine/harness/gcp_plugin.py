"""Stand-in for the gcp provider and the cloud behind it.

Objects are files of the run folder, made when a call begins: an engine that is killed while a
cluster is being made leaves a cluster behind. The cluster's endpoint is the test's control plane,
and node pools put their nodes there.
"""

import base64
import re
import string
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, final

import yaml

from harness import gcp_rules
from harness.cloud import ENDPOINT_GROUP, FIREWALL, FORWARDING_RULE, Cloud
from harness.gcp_kinds import KINDS, SERIAL, Kind
from harness.known_metrics import check_metrics
from harness.nodes import add_nodes, connect, machine_shape, remove_nodes
from harness.plugin import Change, Plugin, ProviderError, Resource, State, changed_keys, serve
from harness.run_folder import RunFolder

_SYSTEM_POOL: Final = "default-pool"
_ZONES_OF_A_REGION: Final = 3
_ZONE_PARTS: Final = 3
_CLUSTER: Final = "gcp:container/cluster:Cluster"
_POOL: Final = "gcp:container/nodePool:NodePool"
_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
_ADDRESS: Final = "gcp:compute/address:Address"
_NETWORK: Final = "gcp:compute/network:Network"
_ROUTER: Final = "gcp:compute/router:Router"
_NAT: Final = "gcp:compute/routerNat:RouterNat"
_TOPIC: Final = "gcp:pubsub/topic:Topic"
_NAT_PLACE: Final = re.compile("projects/([^/]+)/regions/([^/]+)/routers/([^/]+)/([^/]+)")
_DEFAULT_NETWORK: Final = "default"
_PART: Final = {_NETWORK: "network", _ROUTER: "router"}
"""How what is in a resource names it."""
_USERS: Final = {
    _NETWORK: (_SUBNETWORK, _ROUTER, _CLUSTER, ENDPOINT_GROUP, FIREWALL),
    _ROUTER: (_NAT,),
}
"""What is in a resource, and must be gone before it."""
_GET_PROJECT: Final = "gcp:organizations/getProject:getProject"
_PROJECT_NUMBER: Final = "123456789012"
_SERVICE: Final = "gcp:projects/service:Service"
_ON_METRICS: Final = frozenset({"gcp:monitoring/slo:Slo", "gcp:monitoring/alertPolicy:AlertPolicy"})
_SSL_POLICY: Final = "gcp:compute/regionSslPolicy:RegionSslPolicy"
_SECURITY_POLICY: Final = "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy"
_AUTHORIZATION: Final = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
_CERTIFICATE: Final = "gcp:certificatemanager/certificate:Certificate"


def _part(inputs: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 any JSON
    value: Any = inputs
    for key in path.split("."):
        value = value.get(key) if value is not None else None
    return value


@final
class GcpPlugin(Plugin):
    """The provider."""

    who = "gcp"
    version = "10.2.0"

    def __init__(self, run: RunFolder) -> None:
        super().__init__(run)
        self._cloud = Cloud(run.cloud)
        self._defaults: dict[str, Any] = {}

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Take project, region and default labels."""
        self._defaults = dict(configuration)

    def check(self, resource: Resource) -> Mapping[str, Any]:
        """Fill in project and region, and refuse what the API would refuse at once."""
        kind = self._kind(resource)
        fields = {name for _, name, _, _ in string.Formatter().parse(kind.id) if name}
        wanted = {key: self._defaults[key] for key in fields & {"project", "region"}}
        inputs = {**wanted, **resource.inputs}
        if resource.type == _CLUSTER:
            gcp_rules.check_cluster(inputs)
        return inputs

    def previewed(self, resource: Resource) -> Mapping[str, Any]:
        """What an update leaves as it is, such as a cluster's endpoint, is known before it."""
        if not resource.id:
            return resource.inputs
        return {**resource.outputs, **self._outputs(resource, resource.inputs, resource.id)}

    def diff(self, resource: Resource) -> Change:
        """Compare inputs; what replaces is in the table of kinds."""
        keys = changed_keys(resource.old_inputs, resource.inputs)
        replaces = tuple(
            path
            for path in sorted(self._kind(resource).replaces)
            if _part(resource.old_inputs, path) != _part(resource.inputs, path)
        )
        # As the provider does with all that has a name in the program, unless that says otherwise.
        return Change(keys=keys, replaces=replaces, delete_first=True)

    def create(self, resource: Resource) -> State:
        """Make the object.

        Raises:
            ProviderError: as the API would put it.

        """
        kind, identity = self._kind(resource), self._id(resource, resource.inputs)
        if kind.api:
            self._enabled(kind.api, resource.inputs.get("project"))
        if resource.type == _SUBNETWORK:
            gcp_rules.check_subnetwork(resource.inputs, self._cloud.of_kind(resource.type))
            gcp_rules.check_ranges(resource.inputs, self._cloud.of_kind(resource.type))
        if resource.type == _CLUSTER:
            gcp_rules.check_place(resource.inputs, self._cloud.of_kind(_SUBNETWORK))
        self._require_parts(resource)
        self._check_traffic(resource)
        if resource.type in _ON_METRICS:
            check_metrics(self.run, resource.inputs)
        if resource.type == _POOL:
            self._require_cluster(identity)
            gcp_rules.check_node_pool(resource.inputs)
        if self._cloud.get(identity) is not None and not kind.shared:
            message = f"googleapi: Error 409: {identity} already exists., alreadyExists"
            raise ProviderError(message)
        self._cloud.store(identity, resource.type, resource.inputs)
        return State(id=identity, outputs=self._outputs(resource, resource.inputs, identity))

    def read(self, resource: Resource) -> State | None:
        """The object, by its id alone: a resource that is imported has no inputs yet."""
        identity = resource.id
        if resource.type == _NAT:
            # `projects/P/regions/R/routers/ROUTER/NAT` is how an import gives it.
            identity = _NAT_PLACE.sub(r"\1/\2/\3/\4", identity)
        kind = self._kind(resource)
        if kind.api:
            # The API that makes an object is the one that reads it.
            self._enabled(kind.api, resource.inputs.get("project"))
        held = self._cloud.get(identity)
        if held is None:
            return None
        # A program's inputs stay as it wrote them where the object agrees with them.
        inputs = {key: held[key] for key in resource.inputs if key in held} or held
        return State(id=identity, outputs=self._outputs(resource, held, identity), inputs=inputs)

    def update(self, resource: Resource) -> State:
        """Change the object in place."""
        self._check_traffic(resource)
        if resource.type == _POOL:
            gcp_rules.check_node_pool(resource.inputs)
        self._cloud.store(resource.id, resource.type, resource.inputs)
        outputs = self._outputs(resource, resource.inputs, resource.id)
        return State(id=resource.id, outputs=outputs)

    def delete(self, resource: Resource) -> None:
        """Remove the object, unless something still needs it."""
        kept = resource.type == _SERVICE and resource.inputs.get("disableOnDestroy") is False
        if kept or self._cloud.get(resource.id) is None:
            return
        users = self._users(resource)
        gcp_rules.check_unused(f"{resource.kind.lower()} resource", users)
        if resource.type == _CLUSTER:
            gcp_rules.check_deletion(resource.inputs)
            remove_nodes(connect(self.run))
            for pool in list(self._cloud.of_kind(_POOL)):
                self._remove_pool(pool)
        elif resource.type == _POOL:
            self._remove_pool(resource.inputs)
        self._cloud.remove(resource.id)

    def _users(self, resource: Resource) -> list[str]:
        """Names of what Google refuses to delete a resource for, resourceInUseByAnotherResource.

        The provider does not ask again: resource_compute_network.go and its like in
        terraform-provider-google. A backend service, and with it its policies, is in use as long
        as its network endpoint group is there.
        """
        name: str = resource.inputs.get("name", "")
        rules = list(self._cloud.of_kind(FORWARDING_RULE))
        groups = list(self._cloud.of_kind(ENDPOINT_GROUP))
        found: list[dict[str, Any]] = []
        if resource.type == _SUBNETWORK:
            found = [*rules, *self._named(resource, "subnetwork", _CLUSTER)]
            if resource.inputs.get("purpose") is None:
                # Endpoints of a group have addresses of the nodes' subnet.
                found += [one for one in groups if one["network"] == resource.inputs["network"]]
        elif resource.type in _USERS:
            for kind in _USERS[resource.type]:
                found += self._named(resource, _PART[resource.type], kind)
        elif resource.type in {_SSL_POLICY, _SECURITY_POLICY, _CERTIFICATE}:
            found = [one for one in (*rules, *groups) if name in one.get("uses", [])]
        elif resource.type == _ADDRESS:
            found = [rule for rule in rules if name in rule["addresses"]]
        return [one["name"] for one in found]

    def invoke(self, function: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The project's number, once the API that knows it is enabled."""
        if function != _GET_PROJECT:
            return super().invoke(function, arguments)
        self._enabled("cloudresourcemanager.googleapis.com", arguments["projectId"])
        return {**arguments, "number": _PROJECT_NUMBER}

    def _kind(self, resource: Resource) -> Kind:
        if resource.type not in KINDS:
            message = f"the stand-in does not know {resource.type}"
            raise ProviderError(message)
        return KINDS[resource.type]

    def _id(self, resource: Resource, inputs: Mapping[str, Any]) -> str:
        """The id, with a number of its own for each object where Google makes one up."""
        pattern = self._kind(resource).id
        number = int(sha256(resource.name.encode()).hexdigest()[:12], 16)
        while True:
            identity = pattern.format(**inputs, serial=number)
            if SERIAL not in pattern or self._cloud.get(identity) is None:
                return identity
            number += 1

    def _enabled(self, api: str, project: str | None) -> None:
        """Refuse what needs an API that is not enabled.

        Raises:
            ProviderError: as the API puts it.

        """
        if api not in [service["service"] for service in self._cloud.of_kind(_SERVICE)]:
            message = (
                f"googleapi: Error 403: {api} has not been used in project "
                f"{project} before or it is disabled., accessNotConfigured"
            )
            raise ProviderError(message)

    def _named(self, resource: Resource, key: str, kind: str) -> list[dict[str, Any]]:
        """Objects of a kind that name a resource."""
        name = resource.inputs["name"]
        return [found for found in self._cloud.of_kind(kind) if found.get(key) == name]

    def _require_parts(self, resource: Resource) -> None:
        """What a part of a network is in must be there; the network `default` always is."""
        for whole, kinds in _USERS.items():
            key = _PART[whole]
            name = resource.inputs.get(key)
            if resource.type not in kinds or name in {None, _DEFAULT_NETWORK} or "/" in str(name):
                continue
            if not any(found["name"] == name for found in self._cloud.of_kind(whole)):
                message = f"googleapi: Error 404: The resource {key} '{name}' was not found"
                raise ProviderError(message)

    def _check_traffic(self, resource: Resource) -> None:
        if resource.type == _SSL_POLICY:
            gcp_rules.check_ssl_policy(resource.inputs)
        elif resource.type == _SECURITY_POLICY:
            gcp_rules.check_security_policy(resource.inputs)
        elif resource.type == _CERTIFICATE:
            held = self._cloud.of_kind(_AUTHORIZATION)
            ids = [KINDS[_AUTHORIZATION].id.format(**one) for one in held]
            gcp_rules.check_certificate(resource.inputs, ids)

    def _require_cluster(self, pool: str) -> None:
        cluster = pool.partition("/nodePools/")[0]
        if self._cloud.get(cluster) is None:
            message = f"googleapi: Error 404: Not found: {cluster}., notFound"
            raise ProviderError(message)

    def finish(self, what: str, resource: Resource) -> None:
        """Bring the nodes of a cluster's own pool, or of a GPU pool, to their number."""
        inputs = resource.inputs
        if what == "delete":
            return
        if resource.type == _CLUSTER and not inputs.get("enableAutopilot"):
            regional = len(inputs["location"].split("-")) < _ZONE_PARTS
            count = inputs["initialNodeCount"] * (_ZONES_OF_A_REGION if regional else 1)
            shape = machine_shape(_SYSTEM_POOL, inputs["nodeConfig"]["machineType"], {})
            add_nodes(connect(self.run), shape, count)
        if resource.type == _POOL:
            node = inputs["nodeConfig"]
            labels = dict(node.get("labels", {}))
            if node.get("spot"):
                labels["cloud.google.com/gke-spot"] = "true"
            bounds: Mapping[str, int] = inputs.get("autoscaling", {})
            # An autoscaler is not stood in for: the pool has the most nodes at once.
            count = bounds.get("totalMaxNodeCount") or (
                inputs.get("nodeCount", 0) * len(inputs["nodeLocations"])
            )
            shape = machine_shape(inputs["name"], node["machineType"], labels)
            add_nodes(connect(self.run), shape, count)

    def _remove_pool(self, inputs: Mapping[str, Any]) -> None:
        remove_nodes(connect(self.run), inputs["name"])
        self._cloud.remove(KINDS[_POOL].id.format(**inputs))

    def _outputs(
        self, resource: Resource, inputs: Mapping[str, Any], identity: str
    ) -> dict[str, Any]:
        """Inputs and what the API computes."""
        kind = resource.type
        outputs = dict(inputs) | dict.fromkeys(self._kind(resource).named_by_id, identity)
        if kind == "gcp:serviceaccount/account:Account":
            email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
            outputs |= {"email": email, "member": f"serviceAccount:{email}"}
        elif kind == _ADDRESS:
            internal = inputs.get("addressType") == "INTERNAL"
            outputs["address"] = "10.128.0.100" if internal else "203.0.113.10"
        elif kind == _AUTHORIZATION:
            record = {"name": f"_acme-challenge.{inputs['domain']}.", "type": "CNAME"}
            outputs["dnsResourceRecords"] = [{**record, "data": "id.authorize.example."}]
        elif kind == _CLUSTER:
            outputs |= self._endpoint(inputs)
            # Known at the next preview, as all that only the API gives.
            outputs["selfLink"] = f"https://container.googleapis.com/v1/{identity}"
        return outputs

    def _endpoint(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Endpoint and CA of the control plane, without the scheme, as GKE gives them."""
        admin = yaml.safe_load(self.run.admin_kubeconfig.read_text(encoding="utf-8"))
        cluster = admin["clusters"][0]["cluster"]
        authority = Path(cluster["certificate-authority"]).read_bytes()
        endpoint = cluster["server"].removeprefix("https://")
        access = inputs.get("controlPlaneEndpointsConfig")
        named = {"endpoint": endpoint, **access["dnsEndpointConfig"]} if access else {}
        return {
            # With the address switched off there is none to reach the control plane by.
            "endpoint": "" if access else endpoint,
            "masterAuth": {"clusterCaCertificate": base64.b64encode(authority).decode()},
            **(
                {"controlPlaneEndpointsConfig": {**access, "dnsEndpointConfig": named}}
                if access
                else {}
            ),
        }


if __name__ == "__main__":
    serve(GcpPlugin(RunFolder.from_environment()))
