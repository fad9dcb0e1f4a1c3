"""Keys that contradict each other or name nothing, and configurations that come close to it."""

from collections.abc import Mapping
from typing import Any, Final

from preflight_cases import Table

from inference.config import Severity
from inference.derive.names import CRD_RELEASE
from inference.preflight import (
    autoscaling,
    cluster_keys,
    engine,
    gateway,
    lora,
    node_pools,
    offers,
    picker,
    unique_names,
    vpc,
    weights,
)

Values = Mapping[str, Any]
_EXISTING: Final = {"mode": "existing", "context": "kind"}
_EXCLUSIONS: Final = "cluster.maintenance.exclusions"
_SALE: Final = {"name": "sale", "start": "2026-11-20T00:00:00Z", "end": "2026-12-02T00:00:00Z"}
_IMAGE: Final = {"image": "registry/weights@sha256:" + "a" * 64}
_BUCKET: Final = {"weights": {"create": True}}
_RESERVED: Final = {
    "machineType": "a3-highgpu-8g",
    "capacity": "reservation",
    "reservation": "mine",
}
_NO_GKE: Final = {"cluster": _EXISTING, "gateway": {"className": "other"}}


def _cluster(**keys: object) -> Values:
    return {"cluster": keys}


def _existing(**keys: object) -> Values:
    return _cluster(**_EXISTING, **keys)


def _model(**keys: object) -> Values:
    return {"models": [keys]}


def _gpu(**keys: object) -> Values:
    return _model(gpu=keys)


_RILB: Final[Values] = {"gateway": {"className": "gke-l7-rilb"}}
_FALLBACK: Final[Values] = _gpu(capacity="spot", fallback=["flexStart"])


def _autopilot(**gpu: object) -> Values:
    return {**_gpu(**gpu), **_cluster(mode="autopilot")}


def _old_driver(**keys: object) -> Values:
    """Autopilot's own choice, as no Pod selects one."""
    cluster = _existing(autopilot=True)
    return {**cluster, "models": [{"gpu": {"selectNodes": False}, **keys}]}


def _pool(**keys: object) -> Values:
    return {"nodePools": [keys]}


def _scaled(**bounds: object) -> Values:
    return _pool(autoscaling=bounds)


def _gateway(**keys: object) -> Values:
    return {"gateway": keys}


def _addresses(internal: str, external: str | None = None) -> Values:
    """Two Gateways with these addresses."""
    gateway = _gateway(internal=True, internalAddress=internal)
    return {**gateway, "network": {"address": external}} if external else gateway


def _lora(**keys: object) -> Values:
    return _model(lora=keys)


def _adapters(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "source": "owner/adapter"} for name in names]


def _models(*names: str, **keys: object) -> list[dict[str, object]]:
    return [{"name": name, "servedName": name, **keys} for name in names]


def _split(weights: Mapping[str, int], served: str = "llama", **keys: object) -> Values:
    """Two models that serve one name, and how requests for it are divided."""
    shares = [{"model": name, "weight": weight} for name, weight in weights.items()]
    return {
        "models": [{"name": "a", "servedName": served}, {"name": "b", "servedName": served}],
        "gateway": {"splits": [{"servedName": served, "models": shares}], **keys},
    }


def _exclusions(*exclusions: object) -> Values:
    return _cluster(maintenance={"exclusions": exclusions})


def _servers(**keys: object) -> Values:
    return _model(autoscaling=keys)


def _scorers(**weights: int) -> Values:
    return {"picker": {"scorers": weights}}


def _network(**keys: object) -> Values:
    return {"network": keys}


_NO_LOAD: Final = {"queueDepth": None, "kvCacheUsage": None}
_TWICE: Final = {"model": "a", "weight": 1}

TABLE: Final = Table(
    modules=(
        autoscaling,
        cluster_keys,
        engine,
        gateway,
        lora,
        node_pools,
        offers,
        picker,
        unique_names,
        vpc,
        weights,
    ),
    trips=(
        ("autoscaling.min-above-max", _servers(min=3, max=2), "models[0].autoscaling"),
        ("autoscaling.min-above-max", _servers(min=9, max=1), "models[0].autoscaling"),
        ("autoscaling.nothing-to-scale-by", _servers(max=2, **_NO_LOAD), "models[0].autoscaling"),
        (
            "autoscaling.nothing-to-scale-by",
            {**_servers(max=2, **_NO_LOAD), **_NO_GKE},
            "models[0].autoscaling",
        ),
        ("picker.no-weights", _scorers(queue=0, kvCache=0, prefixCache=0), "picker.scorers"),
        (
            "picker.no-weights",
            _scorers(queue=0, kvCache=0, prefixCache=0, loraAffinity=0),
            "picker.scorers",
        ),
        ("network.ranges-incomplete", _network(podRange="pods"), "network.serviceRange"),
        ("network.ranges-incomplete", _network(serviceRange="services"), "network.podRange"),
        ("network.ranges-incomplete", _network(hostProject="host-project"), "network.subnetwork"),
        ("names.repeated", {"models": [{}, {"servedName": "other"}]}, "models[1].name"),
        (
            "names.repeated",
            {"models": [{"servedName": "a", "aliases": ["a"]}]},
            "models[0].aliases[0]",
        ),
        ("names.repeated", {"models": _models("a", "b", "a")}, None),
        (
            "names.repeated",
            {"nodePools": [{"name": "a"}, {"name": "b"}, {"name": "a"}]},
            "nodePools[2].name",
        ),
        (
            "names.repeated",
            {"priorityClasses": [{"name": "a", "value": 1}, {"name": "a", "value": 2}]},
            "priorityClasses[1].name",
        ),
        ("names.repeated", _model(objectives=[{"name": "a"}] * 2), "models[0].objectives[1].name"),
        (
            "names.repeated",
            {"models": [{**one, "objectives": [{"name": "a"}]} for one in _models("a", "b")]},
            "models[1].objectives[0].name",
        ),
        ("names.repeated", _addresses("one", "one"), "gateway.internalAddress"),
        ("names.repeated", _addresses("inference-gateway-gateway"), "gateway.internalAddress"),
        ("names.repeated", {"models": [{}, {"name": "again"}]}, "models[1].servedName"),
        (
            "names.repeated",
            _model(servedName="food", lora={"adapters": _adapters("food")}),
            None,
        ),
        (
            "names.repeated",
            _lora(adapters=_adapters("food", "cad", "food")),
            "models[0].lora.adapters[2].name",
        ),
        ("names.repeated", _exclusions(_SALE, _SALE), f"{_EXCLUSIONS}[1].name"),
        ("names.taken", _model(name=CRD_RELEASE), "models[0].name"),
        ("names.taken", {"models": _models("a-epp", "a")}, "models[0].name"),
        ("names.taken", {"models": _models("a-epp-epp", "a-epp")}, "models[0].name"),
        ("names.reserved-label", {"labels": {"pulumi-stack": "mine"}}, "labels"),
        ("names.reserved-label", {"labels": {"goog-x": "mine"}}, "labels"),
        (
            "lora.served-and-retired",
            _lora(adapters=_adapters("food"), retired=["food"]),
            "models[0].lora.retired",
        ),
        (
            "lora.served-and-retired",
            _lora(adapters=_adapters("food", "cad"), retired=["old", "cad"]),
            "models[0].lora.retired",
        ),
        (
            "lora.fewer-cached-than-batched",
            _lora(maxLoras=3, maxCpuLoras=2),
            "models[0].lora.maxCpuLoras",
        ),
        ("lora.fewer-cached-than-batched", _lora(maxLoras=13), "models[0].lora.maxCpuLoras"),
        ("weights.no-bucket", _model(weights={}), "models[0].weights"),
        (
            "weights.no-bucket",
            {"models": [{}, {"name": "b", "servedName": "b", "weights": {}}]},
            "models[1].weights",
        ),
        ("weights.outside-gke", {**_BUCKET, **_NO_GKE}, "weights"),
        ("weights.outside-gke", {"weights": {"bucket": "mine"}, **_NO_GKE}, "weights"),
        (
            "weights.bucket-name-too-long",
            {"weights": {"bucket": "a" * 58, "compileCache": True}},
            "weights.bucket",
        ),
        (
            "weights.bucket-name-too-long",
            {
                **_BUCKET,
                **_cluster(name="a" * 40),
                "gcp": {"project": "a-project-of-thirty-characters"},
            },
            "weights.bucket",
        ),
        ("cluster.key-of-other-mode", _cluster(context="kind"), "cluster.context"),
        ("cluster.key-of-other-mode", _cluster(mode="autopilot", autopilot=True), None),
        ("cluster.key-of-other-mode", _existing(deletionProtection=False), None),
        ("cluster.key-of-other-mode", _existing(maintenance={}), "cluster.maintenance"),
        ("cluster.key-of-other-mode", _cluster(mode="autopilot", imageStreaming=True), None),
        (
            "cluster.key-of-other-mode",
            {**_cluster(mode="autopilot"), "security": {"secureBoot": True}},
            "security.secureBoot",
        ),
        (
            "cluster.key-of-other-mode",
            {**_existing(), "security": {"secureBoot": True}},
            "security.secureBoot",
        ),
        ("cluster.key-of-other-mode", {**_existing(), "network": {"vpc": {}}}, "network.vpc"),
        (
            "cluster.key-of-other-mode",
            {**_existing(), "network": {"podRange": "a", "serviceRange": "b"}},
            None,
        ),
        ("cluster.no-context", _cluster(mode="existing"), "cluster.context"),
        ("cluster.no-context", _cluster(mode="existing", context=""), "cluster.context"),
        (
            "cluster.networks-of-no-address",
            _cluster(endpoint="dns", authorizedNetworks=[{"name": "a", "cidr": "10.0.0.0/8"}]),
            "cluster.authorizedNetworks",
        ),
        (
            "cluster.networks-of-no-address",
            _cluster(
                mode="autopilot",
                endpoint="dns",
                authorizedNetworks=[{"name": "a", "cidr": "10.0.0.0/8"}],
            ),
            "cluster.authorizedNetworks",
        ),
        ("cluster.location-outside-region", _cluster(location="europe-west4"), "cluster.location"),
        ("cluster.location-outside-region", _cluster(location="us-central10-a"), None),
        (
            "cluster.location-outside-region",
            {**_cluster(location="us-central1"), "gcp": {"region": "us-east4"}},
            "cluster.location",
        ),
        (
            "cluster.exclusion-ends-first",
            _exclusions({**_SALE, "end": _SALE["start"]}),
            "cluster.maintenance.exclusions[0].end",
        ),
        (
            "cluster.exclusion-ends-first",
            _exclusions(_SALE, {**_SALE, "name": "b", "end": "2026-01-01T00:00:00Z"}),
            "cluster.maintenance.exclusions[1].end",
        ),
        ("node-pools.not-standard", {**_pool(), **_cluster(mode="autopilot")}, "nodePools"),
        ("node-pools.not-standard", {**_pool(), **_existing()}, "nodePools"),
        ("node-pools.zone-outside-region", _pool(zones=["us-east4-a"]), "nodePools[0].zones"),
        ("node-pools.zone-outside-region", _pool(zones=["us-central1-a", "us-central2-a"]), None),
        ("node-pools.zone-outside-region", _pool(zones=["us-central10-a"]), None),
        ("node-pools.zone-outside-region", {**_pool(), "gcp": {"region": "us-east4"}}, None),
        ("node-pools.flex-start-fixed-size", _pool(capacity="flexStart"), "nodePools[0]"),
        ("node-pools.flex-start-fixed-size", _pool(capacity="flexStart", nodes=1), "nodePools[0]"),
        ("node-pools.reservation-incomplete", _pool(reservation="mine"), "nodePools[0]"),
        (
            "node-pools.reservation-incomplete",
            _pool(machineType="a3-highgpu-8g", capacity="reservation"),
            "nodePools[0]",
        ),
        (
            "node-pools.reservation-zones",
            _pool(**_RESERVED, zones=["us-central1-a", "us-central1-b"]),
            "nodePools[0].zones",
        ),
        (
            "node-pools.reservation-zones",
            _pool(**_RESERVED, zones=["us-central1-b", "us-central1-c", "us-central1-a"]),
            "nodePools[0].zones",
        ),
        ("node-pools.few-pods", _pool(maxPods=8), "nodePools[0].maxPods"),
        ("node-pools.few-pods", _pool(machineType="a3-highgpu-8g", maxPods=16), None),
        ("node-pools.min-above-max", _scaled(min=2, max=1), "nodePools[0].autoscaling"),
        ("node-pools.min-above-max", _scaled(min=9, max=8), "nodePools[0].autoscaling"),
        ("capacity.not-offered", _pool(capacity="onDemand"), "nodePools[0].capacity"),
        (
            "capacity.not-offered",
            _pool(machineType="a3-ultragpu-8g", capacity="onDemand"),
            "nodePools[0].capacity",
        ),
        ("capacity.not-offered", _autopilot(capacity="reservation"), "models[0].gpu.capacity"),
        (
            "capacity.not-offered",
            _autopilot(accelerator="nvidia-h200-141gb", capacity="onDemand"),
            "models[0].gpu.capacity",
        ),
        (
            "capacity.not-offered",
            _autopilot(capacity="spot", fallback=["reservation"]),
            "models[0].gpu.fallback",
        ),
        (
            "capacity.not-offered",
            _autopilot(capacity="spot", fallback=["onDemand"]),
            "models[0].gpu.fallback",
        ),
        ("capacity.zone", _pool(zones=["us-central1-f"]), "nodePools[0].zones"),
        (
            "capacity.zone",
            {**_pool(zones=["asia-south1-a"]), "gcp": {"region": "asia-south1"}},
            "nodePools[0].zones",
        ),
        ("capacity.no-machine", _gpu(count=9), "models[0].gpu.count"),
        # What takes memory away is left alone: more than a node has is no matter of memory.
        (
            "capacity.no-machine",
            _model(gpu={"count": 16}, gpuMemoryUtilization=0.9),
            "models[0].gpu.count",
        ),
        (
            "capacity.no-machine",
            _model(gpu={"count": 16}, extraArgs=["--data-parallel-size=2"]),
            "models[0].gpu.count",
        ),
        ("capacity.no-machine", _autopilot(count=16), "models[0].gpu.count"),
        ("capacity.no-machine", {**_gpu(count=16), **_existing()}, "models[0].gpu.count"),
        ("capacity.not-used", _gpu(capacity="spot"), "models[0].gpu.capacity"),
        ("capacity.not-used", _gpu(reservation="mine"), "models[0].gpu.reservation"),
        (
            "capacity.not-used",
            _autopilot(capacity="spot", reservation="mine"),
            "models[0].gpu.reservation",
        ),
        (
            "capacity.not-used",
            _autopilot(capacity="spot", computeClass="h100"),
            "models[0].gpu.capacity",
        ),
        (
            "capacity.class-outside-gke",
            {**_gpu(computeClass="h100"), **_existing(), **_gateway(className="istio")},
            "models[0].gpu.computeClass",
        ),
        (
            "capacity.class-outside-gke",
            {
                **_gpu(computeClass="h100", selectNodes=False),
                **_existing(),
                **_gateway(className="kgateway"),
            },
            "models[0].gpu.computeClass",
        ),
        ("capacity.not-used", {**_gpu(fallback=["spot"]), **_existing()}, "models[0].gpu.fallback"),
        ("capacity.fallback-order", _autopilot(fallback=["spot"]), "models[0].gpu.fallback"),
        ("capacity.fallback-order", _autopilot(capacity="spot", fallback=["spot"]), None),
        ("capacity.no-selector", _gpu(selectNodes=False), "models[0].gpu.selectNodes"),
        ("capacity.no-selector", _autopilot(selectNodes=False), "models[0].gpu.selectNodes"),
        (
            "gateway.internal-key-ignored",
            _gateway(internal=True, className="gke-l7-rilb"),
            "gateway.internal",
        ),
        ("gateway.internal-key-ignored", _gateway(globalAccess=True), "gateway.globalAccess"),
        ("gateway.internal-key-ignored", _gateway(internalAddress="a"), "gateway.internalAddress"),
        ("gateway.unknown-default-model", _gateway(defaultModel="other"), "gateway.defaultModel"),
        ("gateway.unknown-default-model", _gateway(defaultModel="llama3"), "gateway.defaultModel"),
        ("gateway.split-not-served", _split({"a": 1, "c": 1}), "gateway.splits[0].models"),
        (
            "gateway.split-not-served",
            {**_split({"a": 1, "b": 1}), "models": _models("a", "b")},
            "gateway.splits[0].models",
        ),
        ("gateway.split-contradicts", _split({"a": 0, "b": 0}), "gateway.splits[0].models"),
        (
            "gateway.split-contradicts",
            _gateway(splits=[{"servedName": "llama", "models": [_TWICE, _TWICE]}]),
            "gateway.splits[0].models",
        ),
        (
            "gateway.split-contradicts",
            _gateway(splits=_split({"a": 1, "b": 1})["gateway"]["splits"] * 2),
            "gateway.splits",
        ),
        ("gateway.split-by-path", _split({"a": 1, "b": 1}, routing="path"), "gateway.splits"),
        ("gateway.split-by-path", _split({"a": 9, "b": 1}, routing="path"), "gateway.splits"),
        ("gateway.timeout-too-short", _gateway(timeoutSeconds=40), "gateway.timeoutSeconds"),
        (
            "gateway.timeout-too-short",
            _model(drain={"maxOutputTokens": 131072}),
            "gateway.timeoutSeconds",
        ),
        (
            "gateway.health-check-timeout",
            _gateway(healthCheck={"timeoutSeconds": 6}),
            "gateway.healthCheck.timeoutSeconds",
        ),
        (
            "gateway.health-check-timeout",
            _gateway(healthCheck={"intervalSeconds": 2, "timeoutSeconds": 3}),
            "gateway.healthCheck.timeoutSeconds",
        ),
        (
            "gpu.driver-too-old",
            _old_driver(),
            "models[0].gpu.selectNodes",
        ),
        (
            "gpu.driver-too-old",
            _old_driver(engine="sglang"),
            "models[0].gpu.selectNodes",
        ),
        (
            "gateway.pre-stop-too-short",
            {
                **_gateway(healthCheck={"intervalSeconds": 10}),
                **_model(drain={"preStopSeconds": 30}),
            },
            "models[0].drain.preStopSeconds",
        ),
        (
            "gateway.pre-stop-too-short",
            _model(drain={"preStopSeconds": 29}),
            "models[0].drain.preStopSeconds",
        ),
        (
            "gateway.tls-profile",
            _gateway(tls={"minVersion": "1.3"}),
            "gateway.tls.profile",
        ),
        (
            "gateway.tls-profile",
            _gateway(tls={"minVersion": "1.3", "profile": "modern"}),
            "gateway.tls.profile",
        ),
    ),
    passes=(
        ("autoscaling.min-above-max", _servers(min=2, max=2)),
        ("autoscaling.min-above-max", _servers(max=1)),
        ("autoscaling.nothing-to-scale-by", _servers(max=2, queueDepth=None)),
        ("autoscaling.nothing-to-scale-by", _servers(max=2, kvCacheUsage=None)),
        ("picker.no-weights", _scorers(queue=0, kvCache=0)),
        ("picker.no-weights", _scorers(queue=0, kvCache=0, prefixCache=0, loraAffinity=1)),
        ("network.ranges-incomplete", _network(podRange="pods", serviceRange="services")),
        (
            "network.ranges-incomplete",
            _network(
                hostProject="host-project",
                subnetwork="nodes",
                podRange="pods",
                serviceRange="services",
            ),
        ),
        ("names.repeated", {"models": _models("a", "aa")}),
        ("names.repeated", _lora(adapters=_adapters("food", "Food"))),
        ("names.repeated", _model(name="a", objectives=[{"name": "a"}, {"name": "b"}])),
        ("names.repeated", _split({"a": 1, "b": 1})),
        ("names.repeated", _exclusions(_SALE, {**_SALE, "name": "another"})),
        ("names.taken", _model(name=f"{CRD_RELEASE}-a")),
        ("names.taken", {"models": _models("a", "b-epp")}),
        ("names.taken", _model(name="a-epp")),
        ("names.reserved-label", {"labels": {"team": "inference", "cost_centre": ""}}),
        ("names.reserved-label", {"labels": {"pulumi": "mine", "go": "mine"}}),
        ("lora.served-and-retired", _lora(adapters=_adapters("food"), retired=["old"])),
        ("lora.served-and-retired", _lora(adapters=[], retired=["food"])),
        ("lora.fewer-cached-than-batched", _lora(maxLoras=3, maxCpuLoras=3)),
        ("lora.fewer-cached-than-batched", _lora(maxLoras=12)),
        ("weights.no-bucket", {**_BUCKET, **_model(weights={})}),
        ("weights.no-bucket", {**_model(weights=_IMAGE), **_NO_GKE}),
        ("weights.outside-gke", {**_BUCKET, **_cluster(mode="existing", context="gke")}),
        ("weights.outside-gke", {**_model(weights=_IMAGE), **_NO_GKE}),
        ("weights.bucket-name-too-long", {"weights": {"bucket": "a" * 63}}),
        ("weights.bucket-name-too-long", {"weights": {"bucket": "a" * 57, "compileCache": True}}),
        (
            "weights.bucket-name-too-long",
            {
                "weights": {"compileCache": True},
                "gcp": {"project": "a-project-of-thirty-characters"},
            },
        ),
        ("cluster.key-of-other-mode", _existing(kubeconfig="/kube/config", autopilot=True)),
        ("cluster.key-of-other-mode", _cluster(mode="autopilot", privateNodes=True)),
        ("cluster.key-of-other-mode", _cluster(location="us-central1", dataplaneV2=True)),
        (
            "cluster.key-of-other-mode",
            {
                **_cluster(mode="autopilot"),
                "security": {"secureBoot": False},
                "network": {"vpc": {}},
            },
        ),
        ("cluster.no-context", _existing()),
        ("cluster.no-context", _cluster(mode="standard")),
        ("cluster.networks-of-no-address", _cluster(endpoint="dns")),
        (
            "cluster.networks-of-no-address",
            _cluster(authorizedNetworks=[{"name": "a", "cidr": "10.0.0.0/8"}]),
        ),
        ("cluster.location-outside-region", _cluster(location="us-central1")),
        ("cluster.location-outside-region", _cluster(location="us-central1-c")),
        ("cluster.exclusion-ends-first", _exclusions(_SALE)),
        ("cluster.exclusion-ends-first", _exclusions({**_SALE, "end": "2026-11-20T00:00:01Z"})),
        ("node-pools.not-standard", _pool()),
        ("node-pools.not-standard", {"nodePools": [], **_existing()}),
        ("node-pools.zone-outside-region", _pool(zones=["us-central1-c"])),
        (
            "node-pools.zone-outside-region",
            {**_pool(zones=["us-east4-a"]), "gcp": {"region": "us-east4"}},
        ),
        ("node-pools.flex-start-fixed-size", _pool(capacity="flexStart", autoscaling={"max": 2})),
        ("node-pools.flex-start-fixed-size", _pool(capacity="spot", nodes=1)),
        (
            "node-pools.reservation-incomplete",
            _pool(machineType="a3-highgpu-8g", capacity="reservation", reservation="mine"),
        ),
        ("node-pools.reservation-incomplete", _pool(capacity="onDemand")),
        ("node-pools.reservation-zones", _pool(**_RESERVED)),
        ("node-pools.reservation-zones", _pool(zones=["us-central1-a", "us-central1-b"])),
        ("node-pools.few-pods", _pool(maxPods=11)),
        (
            "node-pools.few-pods",
            {**_pool(machineType="a3-highgpu-8g", maxPods=10), **_gpu(count=8)},
        ),
        ("node-pools.min-above-max", _scaled(min=2, max=2)),
        ("node-pools.min-above-max", _scaled(max=1)),
        ("capacity.not-offered", _pool(capacity="flexStart")),
        ("capacity.not-offered", _pool(machineType="a3-highgpu-8g", capacity="onDemand")),
        ("capacity.not-offered", _autopilot(count=8, capacity="onDemand")),
        ("capacity.not-offered", _autopilot(accelerator="nvidia-l4", capacity="onDemand")),
        ("capacity.not-offered", _autopilot(count=2)),
        ("capacity.not-offered", _autopilot(capacity="spot", fallback=["flexStart"])),
        ("capacity.zone", _pool(zones=["us-central1-c"])),
        ("capacity.zone", _pool(machineType="g4-standard-48", zones=["us-central1-f"])),
        ("capacity.no-machine", _gpu(count=8)),
        ("capacity.no-machine", _autopilot(accelerator="nvidia-l4", count=8)),
        ("capacity.not-offered", _autopilot(capacity="flexStart")),
        ("capacity.not-offered", _autopilot(accelerator="nvidia-l4", capacity="reservation")),
        ("capacity.not-used", _autopilot(capacity="spot")),
        ("capacity.not-used", _FALLBACK),
        (
            "capacity.not-used",
            _autopilot(capacity="spot", fallback=["reservation"], reservation="mine"),
        ),
        ("capacity.class-outside-gke", {**_gpu(computeClass="h100"), **_existing(), **_RILB}),
        ("capacity.class-outside-gke", _gpu(computeClass="h100")),
        ("capacity.not-used", {**_gpu(capacity="spot"), **_existing(autopilot=True)}),
        ("capacity.fallback-order", _autopilot(capacity="spot", fallback=["flexStart"])),
        ("capacity.fallback-order", _autopilot(capacity="spot", fallback=[])),
        ("capacity.no-selector", {**_gpu(selectNodes=False), **_existing()}),
        ("capacity.no-selector", _gpu(selectNodes=True)),
        ("gateway.internal-key-ignored", _gateway(internal=True, globalAccess=True)),
        ("gateway.internal-key-ignored", _gateway(className="gke-l7-rilb", globalAccess=True)),
        ("gateway.unknown-default-model", _gateway(defaultModel="llama3-8b")),
        ("gateway.unknown-default-model", _gateway()),
        ("gateway.split-not-served", _split({"a": 1, "b": 1})),
        ("gateway.split-not-served", _gateway(splits=[])),
        ("gateway.split-contradicts", _split({"a": 1, "b": 0})),
        ("gateway.split-contradicts", _split({"a": 1, "b": 9})),
        ("gateway.split-by-path", _split({"a": 1, "b": 1}, routing="body")),
        ("gateway.split-by-path", _gateway(routing="path")),
        ("gpu.driver-too-old", _old_driver(image="vllm/vllm-openai:v0.11.0")),
        ("gpu.driver-too-old", _autopilot()),
        ("gpu.driver-too-old", {}),
        # It follows the checks where it is not given.
        ("gateway.pre-stop-too-short", _gateway(healthCheck={"intervalSeconds": 20})),
        ("gateway.pre-stop-too-short", _model(drain={"preStopSeconds": 30})),
        ("gateway.pre-stop-too-short", {**_NO_GKE, **_model(drain={"preStopSeconds": 5})}),
        # 4096 tokens at 100 a second take 41 s.
        ("gateway.timeout-too-short", _gateway(timeoutSeconds=41)),
        ("gateway.timeout-too-short", {**_NO_GKE, **_model(drain={"maxOutputTokens": 131072})}),
        ("gateway.health-check-timeout", _gateway(healthCheck={"timeoutSeconds": 5})),
        (
            "gateway.health-check-timeout",
            _gateway(healthCheck={"intervalSeconds": 10, "timeoutSeconds": 10}),
        ),
        (
            "gateway.tls-profile",
            _gateway(tls={"minVersion": "1.3", "profile": "restricted"}),
        ),
        ("gateway.tls-profile", _gateway(tls={"minVersion": "1.2"})),
    ),
)


def test_contradictions_are_told_together_wherever_they_are() -> None:
    found = TABLE.findings(
        {
            "cluster": {"location": "europe-west4"},
            "nodePools": [{"zones": ["us-east4-a"]}, {}],
            "models": [{"gpu": {"capacity": "spot"}}, {"model": "Qwen/Qwen3-8B"}],
        }
    )

    assert {finding.path for finding in found if finding.severity is Severity.ERROR} == {
        "cluster.location",
        "nodePools[0].zones",
        "nodePools[1].name",
        "models[0].gpu.capacity",
        "models[1].name",
    }
    (outside,) = (one.fix for one in found if one.id == "node-pools.zone-outside-region")
    assert outside.endswith("or pulumi config set gcp:region us-east4")
