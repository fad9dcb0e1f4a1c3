"""Stand-in for GKE's Gateway controller: a process of its own.

It puts a finalizer on each Gateway, makes its load balancer (a forwarding rule of the stand-in
cloud), programmes it, accepts routes whose backends exist, and lets a deleted Gateway go only after
its load balancer is gone. Each step is recorded with its time.

The load balancer's network endpoint group and firewall rule are collected later, and never where
the cluster is gone: so does GKE (kubernetes/ingress-gce collects NEGs every two minutes, and
modelplaneai/modelplane#230 has the firewall rule that outlived its cluster).
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, final

from harness.api import Api, ApiError, Object
from harness.cloud import ENDPOINT_GROUP, FIREWALL, FORWARDING_RULE, Cloud
from harness.nodes import connect
from harness.run_folder import RunFolder

FINALIZER: Final = "gateway.finalizer.networking.gke.io"
_CONTROLLER: Final = "networking.gke.io/gateway"
_API: Final = "gateway.networking.k8s.io/v1"
_GKE_API: Final = "networking.gke.io/v1"
_CERTIFICATE: Final = "networking.gke.io/cert-manager-certs"
_POLL: Final = 0.2
PROGRAMMING: Final = "program Gateway"
ACCEPTING: Final = "accept HTTPRoute"
RELEASING: Final = "release Gateway"
COLLECTING: Final = "collect NEGs"
"""Keys of the run's latencies."""
_COLLECTED_AFTER: Final = 2.0
"""Seconds, where the run does not say."""
_CLUSTER_TYPE: Final = "gcp:container/cluster:Cluster"
_GKE_CLASS: Final = "gke-"
_TRANSITION: Final = "2026-01-01T00:00:00Z"


def _condition(kind: str, live: Object, *, holds: bool = True) -> dict[str, Any]:
    return {
        "type": kind,
        "status": "True" if holds else "False",
        "reason": kind if holds else "BackendNotFound",
        "message": "",
        "observedGeneration": live["metadata"]["generation"],
        "lastTransitionTime": _TRANSITION,
    }


@final
class GatewayController:
    """One pass over all Gateways and routes at a time."""

    def __init__(self, run: RunFolder, api: Api) -> None:
        self._run = run
        self._api = api
        self._cloud = Cloud(run.cloud)
        self._due: dict[tuple[str, str], float] = {}

    def reconcile(self) -> None:
        """Bring every Gateway and HTTPRoute one step further."""
        gateways = self._api.find_all(_API, "Gateway")
        for gateway in gateways:
            self._gateway(gateway)
        programmed = {
            gateway["metadata"]["name"]: {one["name"] for one in gateway["spec"]["listeners"]}
            for gateway in gateways
            if "deletionTimestamp" not in gateway["metadata"] and _is_programmed(gateway)
        }
        pools = {
            pool["metadata"]["name"]
            for pool in self._api.find_all("inference.networking.k8s.io/v1", "InferencePool")
        }
        for route in self._api.find_all(_API, "HTTPRoute"):
            self._route(route, programmed, pools)
        self._collect({gateway["metadata"]["name"] for gateway in gateways})

    def _collect(self, gateways: set[str]) -> None:
        """Remove what is left of load balancers whose Gateways are gone."""
        if not any(self._cloud.of_kind(_CLUSTER_TYPE)):
            return
        for kind in (ENDPOINT_GROUP, FIREWALL):
            for identity, held in list(self._cloud.items(kind)):
                if held["gateway"] in gateways:
                    continue
                seconds = self._run.latency.get(COLLECTING, _COLLECTED_AFTER)
                due = self._due.setdefault((identity, COLLECTING), time.monotonic() + seconds)
                if time.monotonic() >= due:
                    self._cloud.remove(identity)
                    del self._due[identity, COLLECTING]
                    with self._run.recorded("gateway", "collected", f"{kind}/{held['name']}"):
                        pass

    def _leave_later(self, gateway: Object, uses: list[str]) -> None:
        """Make what outlives the Gateway, of which the backend services' policies are a part."""
        if not gateway["spec"]["gatewayClassName"].startswith(_GKE_CLASS):
            return
        system = self._api.get("v1", "Namespace", "kube-system")
        cluster = next(iter(self._cloud.of_kind(_CLUSTER_TYPE)), None)
        if system is None or cluster is None:
            return
        name, network = gateway["metadata"]["name"], cluster.get("network") or "default"
        place = {"network": network, "gateway": name, "uses": uses}
        description = {
            "cluster-uid": system["metadata"]["uid"],
            "namespace": gateway["metadata"]["namespace"],
            "service-name": f"{name}-service",
        }
        for kind, own, more in (
            (ENDPOINT_GROUP, f"k8s1-0123abcd-{name}", {"description": json.dumps(description)}),
            (FIREWALL, f"gkegw1-ab12-l7-{network}-{name}", {}),
        ):
            self._cloud.store(f"{kind}/{own}", kind, {"name": own, **place, **more})

    def _waited(self, live: Object, step: str) -> bool:
        """Whether a step's time has passed since it was first asked for."""
        key = (str(live["metadata"]["uid"]), step)
        due = self._due.setdefault(key, time.monotonic() + self._run.latency.get(step, 0))
        return time.monotonic() >= due

    def _record(self, what: str, kind: str, live: Object) -> None:
        with self._run.recorded("gateway", what, f"{kind}/{live['metadata']['name']}"):
            pass

    def _gateway(self, live: Object) -> None:
        metadata = live["metadata"]
        rule = f"forwarding-rules/{metadata['name']}"
        if "deletionTimestamp" in metadata:
            if FINALIZER in metadata.get("finalizers", []) and self._waited(live, RELEASING):
                kept = [name for name in metadata["finalizers"] if name != FINALIZER]
                # When another finalizer went meanwhile the server refuses the patch: then again.
                if self._cloud.get(rule) is not None:
                    self._cloud.remove(rule)
                    self._record("released", "Gateway", live)
                self._api.patch(live, {"metadata": {"finalizers": kept}})
            return
        if FINALIZER not in metadata.get("finalizers", []):
            finalizers = [*metadata.get("finalizers", []), FINALIZER]
            self._api.patch(live, {"metadata": {"finalizers": finalizers}})
            addresses = [one["value"] for one in live["spec"].get("addresses", [])]
            made = {
                "name": metadata["name"],
                "addresses": addresses,
                "uses": self._used(live),
            }
            self._cloud.store(rule, FORWARDING_RULE, made)
            self._leave_later(live, made["uses"])
        elif (
            not _is_programmed(live)
            and not self._address_in_use(metadata["name"])
            and self._waited(live, PROGRAMMING)
        ):
            conditions = [_condition(kind, live) for kind in ("Accepted", "Programmed")]
            address = {"type": "IPAddress", "value": "203.0.113.10"}
            listening = [_listening(listener, live) for listener in live["spec"]["listeners"]]
            status = {"addresses": [address], "conditions": conditions, "listeners": listening}
            self._record("programmed", "Gateway", live)
            self._api.patch(live, {"status": status}, status=True)

    def _address_in_use(self, name: str) -> bool:
        """Whether another Gateway's forwarding rule has the address: one at a port, and no other.

        "Forwarding rules overview" of Cloud Load Balancing: rules share an internal address with
        different ports alone. GKE asks again until the other one is gone.
        """
        wanted = (self._cloud.get(f"forwarding-rules/{name}") or {}).get("addresses", [])
        return any(
            {*wanted} & {*rule["addresses"]}
            for rule in self._cloud.of_kind(FORWARDING_RULE)
            if rule["name"] != name
        )

    def _used(self, live: Object) -> list[str]:
        """Names of certificates and policies that the load balancer holds on to."""
        name = live["metadata"]["name"]
        certificates = [
            listener.get("tls", {}).get("options", {}).get(_CERTIFICATE, "")
            for listener in live["spec"]["listeners"]
        ]
        ssl = [
            policy["spec"]["default"].get("sslPolicy", "")
            for policy in self._api.find_all(_GKE_API, "GCPGatewayPolicy")
            if policy["spec"]["targetRef"]["name"] == name
        ]
        armor = [
            policy["spec"]["default"].get("securityPolicy", "")
            for policy in self._api.find_all(_GKE_API, "GCPBackendPolicy")
        ]
        return [used for used in (*certificates, *ssl, *armor) if used]

    def _route(self, live: Object, gateways: Mapping[str, set[str]], pools: set[str]) -> None:
        parents = live["spec"]["parentRefs"]
        if "deletionTimestamp" in live["metadata"]:
            return
        if not {parent["name"] for parent in parents} <= set(gateways):
            return
        backends = {
            backend["name"]
            for rule in live["spec"]["rules"]
            for backend in rule.get("backendRefs", [])
        }
        attached = all(
            parent.get("sectionName") in {None, *gateways[parent["name"]]} for parent in parents
        )
        found = backends <= pools and attached
        generation = live["metadata"]["generation"]
        told = {
            condition["type"]: condition["status"]
            for parent_status in live.get("status", {}).get("parents", [])[:1]
            for condition in parent_status.get("conditions", [])
            if condition["observedGeneration"] == generation
        }
        if told.get("ResolvedRefs") == str(found) or not self._waited(live, ACCEPTING):
            return
        conditions = [
            _condition("Accepted", live, holds=attached),
            _condition("ResolvedRefs", live, holds=found),
            _condition("Reconciled", live, holds=found),
        ]
        statuses = [
            {
                "parentRef": {key: parent[key] for key in ("name", "sectionName") if key in parent},
                "controllerName": _CONTROLLER,
                "conditions": conditions,
            }
            for parent in parents
        ]
        self._record("accepted" if found else "waiting for backends", "HTTPRoute", live)
        self._api.patch(live, {"status": {"parents": statuses}}, status=True)


def _listening(listener: Mapping[str, Any], live: Object) -> dict[str, Any]:
    return {
        "name": listener["name"],
        "attachedRoutes": 0,
        "supportedKinds": [{"kind": "HTTPRoute"}],
        "conditions": [_condition(kind, live) for kind in ("Accepted", "Programmed")],
    }


def _is_programmed(live: Object) -> bool:
    generation = live["metadata"]["generation"]
    return any(
        condition["type"] == "Programmed"
        and condition["status"] == "True"
        and condition["observedGeneration"] == generation
        for condition in live.get("status", {}).get("conditions", [])
    )


def main() -> None:
    """Reconcile until the process is ended, through restarts of the API server."""
    run = RunFolder.from_environment()
    controller = GatewayController(run, connect(run))
    while True:
        with suppress(ApiError):
            controller.reconcile()
        time.sleep(_POLL)


if __name__ == "__main__":
    main()
