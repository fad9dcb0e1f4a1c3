"""Stand-in for GKE's Gateway controller: a process of its own.

It puts a finalizer on each Gateway, makes its load balancer (a forwarding rule of the stand-in
cloud), programmes it, accepts routes whose backends exist, and lets a deleted Gateway go only after
its load balancer is gone. Each step is recorded with its time.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, final

from harness.api import Api, ApiError, Object
from harness.cloud import FORWARDING_RULE, Cloud
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
"""Keys of the run's latencies."""
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
        elif not _is_programmed(live) and self._waited(live, PROGRAMMING):
            conditions = [_condition(kind, live) for kind in ("Accepted", "Programmed")]
            address = {"type": "IPAddress", "value": "203.0.113.10"}
            listening = [_listening(listener, live) for listener in live["spec"]["listeners"]]
            status = {"addresses": [address], "conditions": conditions, "listeners": listening}
            self._record("programmed", "Gateway", live)
            self._api.patch(live, {"status": status}, status=True)

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
