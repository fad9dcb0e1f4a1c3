"""The models of the configuration: what each rule refuses and what it lets pass, and defaults.

Everything goes through `Settings` as strict JSON, as the loader does it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from inference.catalog.releases import CRD_RELEASE
from inference.config import Settings
from inference.config.problems import findings
from inference.config.section import Section

Sections = Mapping[str, Any]


def settings(sections: Sections) -> Settings:
    """The settings that a stack file with these sections gives."""
    return Settings.model_validate_json(json.dumps(sections), strict=True)


def problems(sections: Sections) -> dict[str, str]:
    """What a user is told about these sections: path to message."""
    with pytest.raises(ValidationError) as caught:
        settings(sections)
    return {finding.path: finding.message for finding in findings(caught.value)}


def model(**keys: object) -> Sections:
    return {"models": [keys]}


def lora(**keys: object) -> Sections:
    return model(lora=keys)


def pool(**keys: object) -> Sections:
    return {"nodePools": [keys]}


def cluster(**keys: object) -> Sections:
    return {"cluster": keys}


def autopilot(**keys: object) -> Sections:
    """A model on a new Autopilot cluster."""
    return {**model(**keys), **cluster(mode="autopilot")}


def health(**values: object) -> Sections:
    return gateway(healthCheck=values)


def gateway(**keys: object) -> Sections:
    return {"gateway": keys}


def proxies(cidr: str) -> Sections:
    return {"network": {"proxyOnlySubnet": {"cidr": cidr}}}


def adapters(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "source": "owner/adapter"} for name in names]


def paths(count: int) -> list[dict[str, str]]:
    return [{"path": f"/{number}"} for number in range(count)]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule, where it reports what, and configurations on both sides of it."""

    name: str
    at: str
    says: str
    bad: tuple[Sections, ...]
    good: tuple[Sections, ...]


_EXISTING: Final = {"mode": "existing", "context": "kind"}
_PATTERN: Final = "must be "
_PYTHON: Final = re.compile(r"Tuple|Input|String|Value error|Extra inputs|after validation")
_LONGEST_NAME: Final = "a" * 40

_RULES: Final = (
    Rule(
        name="namespace is a DNS label",
        at="namespace",
        says="must ",
        bad=({"namespace": "Serving"}, {"namespace": "1st"}, {"namespace": "a" * 64}),
        good=({"namespace": "serving-1"}, {"namespace": "a" * 63}),
    ),
    Rule(
        name="cluster names end at 40 characters",
        at="cluster.name",
        says="at most 40 characters",
        bad=(cluster(name="a" * 41), cluster(name="a" * 63)),
        good=(cluster(name=_LONGEST_NAME), cluster(name="a")),
    ),
    Rule(
        name="cluster mode is one of three",
        at="cluster.mode",
        says="'standard', 'autopilot' or 'existing'",
        bad=(cluster(mode="Standard"), cluster(mode="gke")),
        good=(cluster(mode="standard"), cluster(mode="autopilot")),
    ),
    Rule(
        name="keys of an existing cluster apply to no other",
        at="cluster",
        says="not for mode",
        bad=(
            cluster(context="kind"),
            cluster(kubeconfig="/kube/config"),
            cluster(autopilot=True),
            cluster(mode="autopilot", autopilot=True),
        ),
        good=(
            cluster(**_EXISTING, kubeconfig="/kube/config", autopilot=True),
            cluster(mode="autopilot"),
        ),
    ),
    Rule(
        name="keys of a new cluster do not apply to an existing one",
        at="cluster",
        says="not for mode existing",
        bad=(
            cluster(**_EXISTING, location="us-central1"),
            cluster(**_EXISTING, releaseChannel="rapid"),
            cluster(**_EXISTING, deletionProtection=False),
        ),
        good=(
            cluster(**_EXISTING),
            cluster(
                name="mine",
                location="us-central1",
                releaseChannel="stable",
                deletionProtection=True,
            ),
        ),
    ),
    Rule(
        name="an existing cluster needs its context",
        at="cluster",
        says="needs `context`",
        bad=(cluster(mode="existing"), cluster(mode="existing", context="")),
        good=(cluster(**_EXISTING), cluster(mode="existing", context="gke_p_r_c")),
    ),
    Rule(
        name="a machine type comes from the catalog",
        at="nodePools[0]",
        says="is not in the catalog;",
        bad=(pool(machineType="e2-standard-4"), pool(machineType="a3-highgpu-3g")),
        good=(pool(machineType="a3-highgpu-1g"), pool(machineType="g2-standard-48")),
    ),
    Rule(
        name="a pool has a fixed size or bounds",
        at="nodePools[0]",
        says="`nodes` or `autoscaling`, not both",
        bad=(
            pool(nodes=1, autoscaling={"max": 1}),
            pool(nodes=2, autoscaling={"min": 2, "max": 2}),
        ),
        good=(pool(nodes=1), pool(autoscaling={"max": 1})),
    ),
    Rule(
        name="flexStart needs autoscaling",
        at="nodePools[0]",
        says="flexStart needs `autoscaling`",
        bad=(pool(capacity="flexStart"), pool(capacity="flexStart", nodes=1)),
        good=(pool(capacity="flexStart", autoscaling={"max": 2}), pool(capacity="spot", nodes=1)),
    ),
    Rule(
        name="a reservation is named exactly where it is used",
        at="nodePools[0]",
        says="go together",
        bad=(
            pool(reservation="mine"),
            pool(machineType="a3-highgpu-8g", capacity="reservation"),
        ),
        good=(
            pool(machineType="a3-highgpu-8g", capacity="reservation", reservation="mine"),
            pool(machineType="a3-highgpu-8g", capacity="onDemand"),
        ),
    ),
    Rule(
        name="autoscaling bounds are ordered",
        at="nodePools[0].autoscaling",
        says="is above max",
        bad=(pool(autoscaling={"min": 2, "max": 1}), pool(autoscaling={"min": 9, "max": 8})),
        good=(pool(autoscaling={"min": 2, "max": 2}), pool(autoscaling={"min": 0, "max": 1})),
    ),
    Rule(
        name="autoscaling reaches at least one node",
        at="nodePools[0].autoscaling.max",
        says="greater than or equal to 1",
        bad=(pool(autoscaling={"max": 0}), pool(autoscaling={"max": -1})),
        good=(pool(autoscaling={"max": 1}), pool(autoscaling={"min": 1, "max": 100})),
    ),
    Rule(
        name="a fixed pool has at least one node",
        at="nodePools[0].nodes",
        says="greater than or equal to 1",
        bad=(pool(nodes=0), pool(nodes=-1)),
        good=(pool(nodes=1), pool(nodes=1000)),
    ),
    Rule(
        name="a pool has zones",
        at="nodePools[0].zones",
        says="",
        bad=(pool(zones=[]), pool(name="other", zones=[])),
        good=(pool(zones=["us-central1-a"]), pool(zones=["us-central1-a", "us-central1-c"])),
    ),
    Rule(
        name="a zone is a region and a letter",
        at="nodePools[0].zones[0]",
        says=_PATTERN,
        bad=(pool(zones=["us-central1"]), pool(zones=["us-central1-ab"])),
        good=(pool(zones=["us-central1-f"]), pool(zones=["us-central1-a"])),
    ),
    Rule(
        name="a boot disk holds at least 50 GB",
        at="nodePools[0].diskSizeGb",
        says="greater than or equal to 50",
        bad=(pool(diskSizeGb=49), pool(diskSizeGb=0)),
        good=(pool(diskSizeGb=50), pool(diskSizeGb=2000)),
    ),
    Rule(
        name="a boot disk has a type that GKE has",
        at="nodePools[0].diskType",
        says="'pd-balanced', 'pd-ssd' or 'hyperdisk-balanced'",
        bad=(pool(diskType="pd-standard"), pool(diskType="PD-SSD")),
        good=(pool(diskType="pd-balanced"), pool(diskType="hyperdisk-balanced")),
    ),
    Rule(
        name="an accelerator comes from the catalog",
        at="models[0].gpu",
        says="is not in the catalog, which has",
        bad=(model(gpu={"accelerator": "nvidia-h100"}), model(gpu={"accelerator": "tpu"})),
        good=(model(gpu={"accelerator": "nvidia-l4"}), model(gpu={"accelerator": "nvidia-b200"})),
    ),
    Rule(
        name="one machine holds the GPUs of a replica",
        at="models[0].gpu",
        says="the Pod would stay Pending",
        bad=(
            model(gpu={"accelerator": "nvidia-h100-80gb", "count": 9}),
            model(gpu={"accelerator": "nvidia-l4", "count": 16}),
        ),
        good=(
            model(gpu={"accelerator": "nvidia-h100-80gb", "count": 8}),
            model(gpu={"accelerator": "nvidia-l4", "count": 8}),
        ),
    ),
    Rule(
        name="a replica has a GPU",
        at="models[0].gpu.count",
        says="greater than or equal to 1",
        bad=(model(gpu={"count": 0}), model(gpu={"count": -1})),
        good=(model(gpu={"count": 1}), model(gpu={"count": 2})),
    ),
    Rule(
        name="adapter names are unique in a model",
        at="models[0].lora",
        says="adapter names must be unique",
        bad=(
            lora(adapters=adapters("food", "food")),
            lora(adapters=adapters("food", "cad", "food")),
        ),
        good=(lora(adapters=adapters("food", "Food")), lora(adapters=adapters("food", "cad"))),
    ),
    Rule(
        name="a retired adapter is not served",
        at="models[0].lora",
        says="cannot be served and retired at once",
        bad=(
            lora(adapters=adapters("food"), retired=["food"]),
            lora(adapters=adapters("food", "cad"), retired=["old", "cad"]),
        ),
        good=(
            lora(adapters=adapters("food"), retired=["old"]),
            lora(adapters=[], retired=["food"]),
        ),
    ),
    Rule(
        name="host memory holds as many adapters as a batch",
        at="models[0].lora",
        says="maxCpuLoras must not be below maxLoras",
        bad=(lora(maxLoras=3, maxCpuLoras=2), lora(maxLoras=13)),
        good=(lora(maxLoras=3, maxCpuLoras=3), lora(maxLoras=12)),
    ),
    Rule(
        name="adapter names can stand in a request and a path",
        at="models[0].lora.adapters[0].name",
        says=_PATTERN,
        bad=(
            lora(adapters=adapters("a/")),
            lora(adapters=adapters("-a")),
            lora(adapters=adapters("a.")),
        ),
        good=(lora(adapters=adapters("A_b.c-1")), lora(adapters=adapters("a/b"))),
    ),
    Rule(
        name="an adapter has a source",
        at="models[0].lora.adapters[0].source",
        says="",
        bad=(
            lora(adapters=[{"name": "food", "source": ""}]),
            lora(adapters=[{"name": "food"}]),
        ),
        good=(
            lora(adapters=[{"name": "food", "source": "a"}]),
            lora(adapters=[{"name": "food", "source": "/models/food"}]),
        ),
    ),
    Rule(
        name="model names leave room for the picker's suffix",
        at="models[0].name",
        says="must ",
        bad=(model(name="a" * 41), model(name="Llama"), model(name="llama-")),
        good=(model(name=_LONGEST_NAME), model(name="llama3-8b")),
    ),
    Rule(
        name="a model has a repository",
        at="models[0].model",
        says="",
        bad=(model(model=""), model(model=None)),
        good=(model(model="a"), model(model="openai/gpt-oss-20b")),
    ),
    Rule(
        name="a model has servers",
        at="models[0].replicas",
        says="greater than or equal to 1",
        bad=(model(replicas=0), model(replicas=-3)),
        good=(model(replicas=1), model(replicas=30)),
    ),
    Rule(
        name="an error rate is a share below all",
        at="slo.errorRate",
        says="must be",
        bad=({"slo": {"errorRate": -0.1}}, {"slo": {"errorRate": 1}}),
        good=({"slo": {"errorRate": 0}}, {"slo": {"errorRate": 0.99}}),
    ),
    Rule(
        name="a time of an objective is above nothing",
        at="slo.timeToFirstTokenP95Ms",
        says="must be",
        bad=({"slo": {"timeToFirstTokenP95Ms": 0}}, {"slo": {"timeToFirstTokenP95Ms": -1}}),
        good=({"slo": {"timeToFirstTokenP95Ms": 0.5}}, {"slo": {"timeToFirstTokenP95Ms": 500}}),
    ),
    Rule(
        name="a throughput is above nothing",
        at="slo.tokensPerSecond",
        says="must be",
        bad=({"slo": {"tokensPerSecond": 0}}, {"slo": {"tokensPerSecond": -5}}),
        good=({"slo": {"tokensPerSecond": 0.1}}, {"slo": {"tokensPerSecond": 1000}}),
    ),
    Rule(
        name="GPU memory is used by a share of at most all",
        at="models[0].gpuMemoryUtilization",
        says="must be ",
        bad=(model(gpuMemoryUtilization=0), model(gpuMemoryUtilization=1.01)),
        good=(model(gpuMemoryUtilization=0.01), model(gpuMemoryUtilization=1)),
    ),
    Rule(
        name="a model server's port is not a privileged one",
        at="models[0].port",
        says="must be ",
        bad=(model(port=1023), model(port=65536)),
        good=(model(port=1024), model(port=65535)),
    ),
    Rule(
        name="a model has a size",
        at="models[0].parametersBillion",
        says="greater than 0",
        bad=(model(parametersBillion=0), model(parametersBillion=-8)),
        good=(model(parametersBillion=0.1), model(parametersBillion=405)),
    ),
    Rule(
        name="the wait before a stop is no negative time",
        at="models[0].drain.preStopSeconds",
        says="greater than or equal to 0",
        bad=(model(drain={"preStopSeconds": -1}), model(drain={"preStopSeconds": -30})),
        good=(model(drain={"preStopSeconds": 0}), model(drain={"preStopSeconds": 300})),
    ),
    Rule(
        name="generation has a speed",
        at="models[0].drain.tokensPerSecond",
        says="greater than or equal to 1",
        bad=(model(drain={"tokensPerSecond": 0}), model(drain={"tokensPerSecond": -1})),
        good=(model(drain={"tokensPerSecond": 1}), model(drain={"tokensPerSecond": 500})),
    ),
    Rule(
        name="an objective has a name that is a DNS label",
        at="models[0].objectives[0].name",
        says="",
        bad=(model(objectives=[{"name": "a_b"}]), model(objectives=[{"priority": 1}])),
        good=(
            model(objectives=[{"name": "a-b"}]),
            model(objectives=[{"name": "a", "priority": -1}]),
        ),
    ),
    Rule(
        name="a path begins with a slash",
        at="gateway.paths[0].path",
        says=_PATTERN,
        bad=(gateway(paths=[{"path": "v1"}]), gateway(paths=[{"path": ""}])),
        good=(gateway(paths=[{"path": "/"}]), gateway(paths=[{"path": "/v1/models"}])),
    ),
    Rule(
        name="paths are compared exactly or by prefix",
        at="gateway.paths[0].match",
        says="'Exact' or 'PathPrefix'",
        bad=(
            gateway(paths=[{"path": "/", "match": "Prefix"}]),
            gateway(paths=[{"path": "/", "match": "exact"}]),
        ),
        good=(
            gateway(paths=[{"path": "/", "match": "PathPrefix"}]),
            gateway(paths=[{"path": "/", "match": "Exact"}]),
        ),
    ),
    Rule(
        name="the endpoint answers between 1 and 64 paths",
        at="gateway.paths",
        says="",
        bad=(gateway(paths=[]), gateway(paths=paths(65))),
        good=(gateway(paths=paths(1)), gateway(paths=paths(64))),
    ),
    Rule(
        name="a sample is at most every request",
        at="gateway.requestLog.sampleRate",
        says="must be ",
        bad=(
            gateway(requestLog={"sampleRate": -1}),
            gateway(requestLog={"sampleRate": 1_000_001}),
        ),
        good=(
            gateway(requestLog={"sampleRate": 0}),
            gateway(requestLog={"sampleRate": 1_000_000}),
        ),
    ),
    Rule(
        name="a request has time",
        at="gateway.timeoutSeconds",
        says="greater than or equal to 1",
        bad=(gateway(timeoutSeconds=0), gateway(timeoutSeconds=-1)),
        good=(gateway(timeoutSeconds=1), gateway(timeoutSeconds=86400)),
    ),
    Rule(
        name="connections drain for at most an hour",
        at="gateway.drainingSeconds",
        says="must be ",
        bad=(gateway(drainingSeconds=-1), gateway(drainingSeconds=3601)),
        good=(gateway(drainingSeconds=0), gateway(drainingSeconds=3600)),
    ),
    Rule(
        name="health is checked every 1 to 300 seconds",
        at="gateway.healthCheck.intervalSeconds",
        says="must be ",
        bad=(health(intervalSeconds=0), health(intervalSeconds=301)),
        good=(health(intervalSeconds=1, timeoutSeconds=1), health(intervalSeconds=300)),
    ),
    Rule(
        name="a health check ends before the next begins",
        at="gateway.healthCheck",
        says="GKE would refuse the policy",
        bad=(health(timeoutSeconds=6), health(intervalSeconds=2, timeoutSeconds=3)),
        good=(health(timeoutSeconds=5), health(intervalSeconds=10, timeoutSeconds=10)),
    ),
    Rule(
        name="a gateway class is a DNS label",
        at="gateway.className",
        says=_PATTERN,
        bad=(gateway(className="GKE"), gateway(className="gke_l7")),
        good=(gateway(className="istio"), gateway(className="gke-l7-rilb")),
    ),
    Rule(
        name="several models are told apart by header, path or body",
        at="gateway.routing",
        says="'header', 'path' or 'body'",
        bad=(gateway(routing="host"), gateway(routing="Header")),
        good=(gateway(routing="header"), gateway(routing="path")),
    ),
    Rule(
        name="a second Gateway stands beside an external one",
        at="gateway.internal",
        says="internal already",
        bad=(gateway(internal=True, className="gke-l7-rilb"),),
        good=(gateway(internal=True), gateway(className="gke-l7-rilb")),
    ),
    Rule(
        name="global access is an internal Gateway's",
        at="gateway.globalAccess",
        says="would be ignored",
        bad=(gateway(globalAccess=True),),
        good=(
            gateway(globalAccess=True, internal=True),
            gateway(globalAccess=True, className="gke-l7-rilb"),
        ),
    ),
    Rule(
        name="the default model is one of the stack",
        at="gateway.defaultModel",
        says="is no model of this stack",
        bad=(gateway(defaultModel="other"),),
        good=(gateway(defaultModel="llama3-8b"),),
    ),
    Rule(
        name="a division names models that serve the name",
        at="gateway.splits[0].models",
        says="answered 404",
        bad=(
            gateway(
                splits=[
                    {
                        "servedName": "llama",
                        "models": [{"model": "a", "weight": 1}, {"model": "b", "weight": 1}],
                    }
                ]
            ),
        ),
        good=(gateway(splits=[]),),
    ),
    Rule(
        name="a proxy range is at least a /26",
        at="network.proxyOnlySubnet.cidr",
        says="is too small for a proxy-only subnet",
        bad=(proxies("10.0.0.0/27"), proxies("10.0.0.0")),
        good=(proxies("10.0.0.0/26"), proxies("10.0.0.0/23")),
    ),
    Rule(
        name="a proxy range is written as a network",
        at="network.proxyOnlySubnet.cidr",
        says="not an IPv4 range",
        bad=(
            proxies("192.168.254.1/23"),
            proxies("192.168.255.0/23"),
            proxies("fd00::/23"),
            proxies("proxies"),
        ),
        good=(proxies("192.168.254.0/23"), proxies("192.168.255.0/24")),
    ),
    Rule(
        name="Google knows prefix lengths, no masks",
        at="network.proxyOnlySubnet.cidr",
        says="",
        bad=(proxies("192.168.254.0/255.255.254.0"), proxies("192.168.254.0/0.0.1.255")),
        good=(proxies("192.168.254.0/23"), proxies("192.168.254.0/24")),
    ),
    Rule(
        name="an address has a resource's name",
        at="network.address",
        says=_PATTERN,
        bad=({"network": {"address": "10.0.0.1"}}, {"network": {"address": ""}}),
        good=({"network": {"address": "entry"}}, {"network": {"address": None}}),
    ),
    Rule(
        name="a source of CRDs is not empty",
        at="crds.source",
        says="",
        bad=({"crds": {"source": ""}}, {"crds": {"source": []}}),
        good=({"crds": {"source": "crds"}}, {"crds": {"source": None}}),
    ),
    Rule(
        name="an existing Secret has a name",
        at="huggingFaceSecret.name",
        says="",
        bad=({"huggingFaceSecret": {}}, {"huggingFaceSecret": {"name": "Token"}}),
        good=(
            {"huggingFaceSecret": {"name": "token"}},
            {"huggingFaceSecret": {"name": "token", "key": "HF_TOKEN"}},
        ),
    ),
    Rule(
        name="a key of a Secret is one that Kubernetes takes",
        at="huggingFaceSecret.key",
        says=_PATTERN,
        bad=(
            {"huggingFaceSecret": {"name": "token", "key": ""}},
            {"huggingFaceSecret": {"name": "token", "key": "a b"}},
        ),
        good=(
            {"huggingFaceSecret": {"name": "token", "key": "a.b"}},
            {"huggingFaceSecret": {"name": "token", "key": "HF-token_1"}},
        ),
    ),
    Rule(
        name="a gateway release comes from the catalog",
        at="gatewayRelease",
        says="'v1.0.0'",
        bad=({"gatewayRelease": "1.0.0"}, {"gatewayRelease": "latest"}),
        good=({"gatewayRelease": "v1.5.0"}, {"gatewayRelease": "llm-d-v0.10.0"}),
    ),
    Rule(
        name="a region is no zone",
        at="gcp:region",
        says=_PATTERN,
        bad=({"gcp": {"region": "us-central1-a"}}, {"gcp": {"region": "US"}}),
        good=({"gcp": {"region": "us-central1"}}, {"gcp": {"region": "europe-west4"}}),
    ),
    Rule(
        name="node pools belong to a Standard cluster",
        at="nodePools",
        says="does not apply to cluster mode",
        bad=({**pool(), **cluster(mode="autopilot")}, {**pool(), **cluster(**_EXISTING)}),
        good=({**pool(), **cluster(mode="standard")}, {"nodePools": [], **cluster(**_EXISTING)}),
    ),
    Rule(
        name="zones lie in the region",
        at="nodePools[0].zones",
        says="outside region",
        bad=(
            pool(zones=["us-east4-a"]),
            pool(zones=["us-central1-a", "us-central2-a"]),
            pool(zones=["us-central10-a"]),
            {**pool(), "gcp": {"region": "us-east4"}},
        ),
        good=(
            pool(zones=["us-central1-c"]),
            {**pool(zones=["us-east4-a"]), "gcp": {"region": "us-east4"}},
        ),
    ),
    Rule(
        name="the cluster lies in the region of the Gateway",
        at="cluster.location",
        says="is not in gcp:region",
        bad=(
            cluster(location="europe-west4"),
            cluster(location="us-central10-a"),
            {**cluster(location="us-central1"), "gcp": {"region": "us-east4"}},
        ),
        good=(cluster(location="us-central1"), cluster(location="us-central1-c")),
    ),
    Rule(
        name="a Pod asks for a capacity on Autopilot only",
        at="models[0].gpu.capacity",
        says="would be ignored",
        bad=(
            model(gpu={"capacity": "spot"}),
            {**model(gpu={"capacity": "onDemand"}), **cluster(**_EXISTING)},
        ),
        good=(
            autopilot(gpu={"capacity": "spot"}),
            {**model(gpu={"capacity": "spot"}), **cluster(**_EXISTING, autopilot=True)},
        ),
    ),
    Rule(
        name="a Pod asks Autopilot for a capacity that its machine has there",
        at="models[0].gpu.capacity",
        says="can be had on Autopilot only as",
        bad=(
            autopilot(gpu={"capacity": "flexStart"}),
            autopilot(gpu={"capacity": "reservation"}),
            autopilot(gpu={"accelerator": "nvidia-h200-141gb", "capacity": "onDemand"}),
        ),
        good=(
            autopilot(gpu={"count": 8, "capacity": "onDemand"}),
            autopilot(gpu={"accelerator": "nvidia-l4", "capacity": "onDemand"}),
            autopilot(gpu={"count": 2}),
        ),
    ),
    Rule(
        name="no model has the name of the release of the CRDs",
        at="models[0].name",
        says="is the name of the Helm release of the CRDs",
        bad=(
            model(name=CRD_RELEASE),
            {"models": [{"name": CRD_RELEASE}, {"name": "a", "model": "b"}]},
        ),
        good=(model(name=f"{CRD_RELEASE}-a"), model(name=CRD_RELEASE[:-1])),
    ),
    Rule(
        name="model names are unique",
        at="models",
        says="model names must be unique",
        bad=(
            {"models": [{}, {"model": "Qwen/Qwen3-8B"}]},
            {"models": [{"name": "a"}, {"name": "b", "model": "b"}, {"name": "a", "model": "c"}]},
        ),
        good=(
            {"models": [{}, {"name": "qwen", "model": "Qwen/Qwen3-8B"}]},
            {"models": [{"name": "a"}, {"name": "aa", "model": "b"}]},
        ),
    ),
    Rule(
        name="no model has the name of another's picker",
        at="models[0].name",
        says="is the name of another model's picker",
        bad=(
            {"models": [{"name": "a-epp"}, {"name": "a", "model": "b"}]},
            {"models": [{"name": "a-epp-epp"}, {"name": "a-epp", "model": "b"}]},
        ),
        good=(
            {"models": [{"name": "a"}, {"name": "b-epp", "model": "b"}]},
            {"models": [{"name": "a-epp"}]},
        ),
    ),
    Rule(
        name="node pool names are unique",
        at="nodePools",
        says="node pool names must be unique",
        bad=(
            {"nodePools": [{}, {}]},
            {"nodePools": [{"name": "a"}, {"name": "b"}, {"name": "a", "nodes": 2}]},
        ),
        good=(
            {"nodePools": [{}, {"name": "other"}]},
            {"nodePools": [{"name": "a"}, {"name": "b"}]},
        ),
    ),
    Rule(
        name="objective names are unique in the namespace",
        at="models",
        says="objective names must be unique",
        bad=(
            model(objectives=[{"name": "a"}, {"name": "a", "priority": 1}]),
            {
                "models": [
                    {"objectives": [{"name": "a"}]},
                    {"name": "b", "model": "b", "objectives": [{"name": "a"}]},
                ]
            },
        ),
        good=(
            model(objectives=[{"name": "a"}, {"name": "b"}]),
            model(name="a", objectives=[{"name": "a"}]),
        ),
    ),
    Rule(
        name="served names are unique",
        at="models",
        says="served names must be unique",
        bad=(
            {"models": [{}, {"name": "again"}]},
            {"models": [{"servedName": "a"}, {"name": "b", "servedName": "a"}]},
            model(servedName="food", lora={"adapters": adapters("food")}),
        ),
        good=(
            {"models": [{}, {"name": "again", "servedName": "again"}]},
            model(name="food", lora={"adapters": adapters("food")}),
        ),
    ),
    Rule(
        name="something is served",
        at="models",
        says="is empty",
        bad=({"models": []}, {"models": [], "namespace": "serving"}),
        good=({"models": [{}]}, {}),
    ),
)

_DEFAULTS: Final = (
    ("namespace", "default"),
    ("cluster.mode", "standard"),
    ("cluster.release_channel", "rapid"),
    ("gateway_release", "v1.0.0"),
    ("gateway.name", "inference-gateway"),
    ("gateway.class_name", "gke-l7-regional-external-managed"),
    ("gateway.provider", "none"),
    ("gateway.wait", True),
    ("gateway.routing", "header"),
    ("gcp.project", None),
    ("gcp.region", "us-central1"),
    ("hugging_face_secret", None),
    ("models.0.name", "llama3-8b"),
    ("models.0.model", "meta-llama/Llama-3.1-8B-Instruct"),
    ("models.0.served_model_name", "meta-llama/Llama-3.1-8B-Instruct"),
    ("models.0.gpu.accelerator", "nvidia-h100-80gb"),
    ("models.0.gpu.count", 1),
    ("models.0.lora.max_loras", 2),
    ("models.0.lora.max_cpu_loras", 12),
    ("models.0.port", 8000),
    ("models.0.drain.max_output_tokens", 4096),
    ("models.0.drain.tokens_per_second", 100),
    ("models.0.drain.pre_stop_seconds", 30),
    ("network.name", "default"),
    ("network.proxy_only_subnet.create", True),
    ("network.proxy_only_subnet.cidr", "192.168.254.0/23"),
    ("pools.0.name", "gpupool"),
    ("pools.0.machine_type", "a3-highgpu-2g"),
    ("pools.0.capacity", "spot"),
    ("pools.0.zones", ("us-central1-a",)),
    ("preinstalled_crds", ("inferencepools.inference.networking.k8s.io",)),
)


def value_at(root: object, path: str) -> object:
    """The value at a dotted path of attributes and indexes."""
    value: Any = root
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value


def section_types(root: type[BaseModel] = Section) -> Iterator[type[BaseModel]]:
    """Every section of the configuration."""
    for section in root.__subclasses__():
        yield section
        yield from section_types(section)


@pytest.mark.parametrize(
    ("rule", "sections"),
    [
        pytest.param(rule, sections, id=f"{rule.name} {number}")
        for rule in _RULES
        for number, sections in enumerate(rule.bad)
    ],
)
def test_a_rule_refuses_what_breaks_it(rule: Rule, sections: Sections) -> None:
    found = problems(sections)

    assert list(found) == [rule.at]
    assert rule.says in found[rule.at]
    assert not _PYTHON.search(found[rule.at]), "the message presumes Python"


@pytest.mark.parametrize(
    "sections",
    [
        pytest.param(sections, id=f"{rule.name} {number}")
        for rule in _RULES
        for number, sections in enumerate(rule.good)
    ],
)
def test_a_rule_lets_near_misses_pass(sections: Sections) -> None:
    written = settings(sections).model_dump(mode="json", by_alias=True, exclude_unset=True)

    written_in_full = {key: value for key, value in sections.items() if key != "gcp"}
    assert written == written_in_full


@pytest.mark.parametrize(("path", "value"), _DEFAULTS)
def test_defaults_are_those_of_the_tutorial(path: str, value: object) -> None:
    assert value_at(settings(lora()), path) == value


@pytest.mark.parametrize(
    ("release", "parsed"),
    [
        ("v1.0.0", []),
        ("v1.5.0", [("/v1/responses", "PathPrefix"), ("/v1/embeddings", "Exact")]),
        ("llm-d-v0.10.0", [("/v1/responses", "PathPrefix"), ("/v1/embeddings", "Exact")]),
    ],
)
def test_the_default_paths_are_those_that_the_releases_picker_can_parse(
    release: str, parsed: list[tuple[str, str]]
) -> None:
    paths = settings({"gatewayRelease": release}).gateway.paths
    assert [(path.path, str(path.match)) for path in paths] == [
        ("/v1/completions", "Exact"),
        ("/v1/chat/completions", "Exact"),
        *parsed,
        ("/v1/models", "Exact"),
    ]


@pytest.mark.parametrize(
    ("sections", "zones"),
    [
        ({"gcp": {"region": "us-east4"}}, [("us-east4-a",)]),
        (cluster(location="us-central1-c"), [("us-central1-a",)]),
        (pool(zones=["us-central1-c"]), [("us-central1-c",)]),
        ({"nodePools": []}, []),
        (cluster(mode="autopilot"), []),
        (cluster(**_EXISTING), []),
    ],
)
def test_a_standard_cluster_without_pools_gets_one_in_its_region(
    sections: Sections, zones: list[tuple[str, ...]]
) -> None:
    assert [pool.zones for pool in settings(sections).pools] == zones


@pytest.mark.parametrize("section", list(section_types()), ids=lambda section: section.__name__)
def test_keys_are_camel_case_in_yaml(section: type[BaseModel]) -> None:
    aliases = {name: field.alias for name, field in section.model_fields.items()}

    assert aliases == {name: to_camel(name) for name in aliases}


@pytest.mark.parametrize(
    ("sections", "at"),
    [
        (cluster(release_channel="rapid"), "cluster.release_channel"),
        (pool(machine_type="a3-highgpu-2g"), "nodePools[0].machine_type"),
        ({"gateway_release": "v1.0.0"}, "gateway_release"),
        ({"modles": []}, "modles"),
        (model(gpus=1), "models[0].gpus"),
        (lora(rank=8), "models[0].lora.rank"),
        (
            lora(adapters=[{"name": "a", "source": "a", "rank": 8}]),
            "models[0].lora.adapters[0].rank",
        ),
        (gateway(paths=[{"path": "/", "method": "GET"}]), "gateway.paths[0].method"),
        ({"network": {"proxyOnlySubnet": {"name": "a"}}}, "network.proxyOnlySubnet.name"),
        ({"crds": {"url": "a"}}, "crds.url"),
    ],
)
def test_an_unknown_key_is_refused_where_it_stands(sections: Sections, at: str) -> None:
    found = problems(sections)

    assert list(found) == [at]
    assert found[at].startswith("unknown key")


@pytest.mark.parametrize(
    ("sections", "at"),
    [
        (model(replicas="3"), "models[0].replicas"),
        (model(replicas=3.0), "models[0].replicas"),
        (model(replicas=True), "models[0].replicas"),
        (model(gpuMemoryUtilization="0.9"), "models[0].gpuMemoryUtilization"),
        (model(model=3), "models[0].model"),
        (model(extraArgs="--seed=1"), "models[0].extraArgs"),
        (model(extraArgs=["--seed", 1]), "models[0].extraArgs[1]"),
        (gateway(wait="false"), "gateway.wait"),
        (gateway(wait=0), "gateway.wait"),
        (cluster(deletionProtection="true"), "cluster.deletionProtection"),
        ({"models": {"name": "llama"}}, "models"),
        ({"cluster": []}, "cluster"),
    ],
)
def test_a_value_of_another_type_is_not_converted(sections: Sections, at: str) -> None:
    assert list(problems(sections)) == [at]


def test_settings_cannot_be_changed() -> None:
    frozen = settings({})

    with pytest.raises(ValidationError, match="frozen"):
        frozen.namespace = "other"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ValidationError, match="frozen"):
        frozen.models[0].gpu.count = 2  # pyright: ignore[reportAttributeAccessIssue]


def test_every_section_is_frozen_and_hides_values_in_errors() -> None:
    configs = [section.model_config for section in section_types()]

    assert len(configs) > 10
    assert all(config.get("frozen") for config in configs)
    assert all(config.get("hide_input_in_errors") for config in configs)


def test_an_error_does_not_show_the_refused_value() -> None:
    with pytest.raises(ValidationError) as caught:
        settings({"huggingFaceSecret": {"name": "hf_pasted_by_mistake"}})

    assert "hf_pasted_by_mistake" not in str(caught.value)


def test_broken_rules_between_sections_are_told_together() -> None:
    told = problems(
        {
            "cluster": {"location": "europe-west4"},
            "nodePools": [{"zones": ["us-east4-a"]}, {}],
            "models": [{"gpu": {"capacity": "spot"}}, {"model": "Qwen/Qwen3-8B"}],
        }
    )

    assert set(told) == {
        "cluster.location",
        "nodePools[0].zones",
        "nodePools",
        "models[0].gpu.capacity",
        "models",
    }
