"""What extra arguments, values, places, taken names and Google's rules find and let pass."""

import re
from typing import Any, Final

import pytest
from preflight_cases import Table, Values

from inference.preflight import (
    argument_needs,
    argument_values,
    arguments,
    google_rules,
    node_pools,
    placeholders,
    places,
    taken,
    unique_names,
    values,
    versions,
    vllm_together,
    vpc,
)


def _model(**keys: object) -> Values:
    return {"models": [keys]}


def _extra(*given: str, **keys: object) -> Values:
    return _model(extraArgs=list(given), **keys)


def _pool(**keys: object) -> Values:
    return {"nodePools": [keys], "models": [{}]}


def _gateway(**keys: object) -> Values:
    return {"gateway": keys, "models": [{}]}


def _vpc(**ranges: str) -> Values:
    return {"network": {"vpc": ranges}, "models": [{}]}


def _exclusion(start: str, end: str, scope: str) -> Values:
    one = {"name": "e", "start": f"{start}T00:00:00Z", "end": f"{end}T00:00:00Z", "scope": scope}
    return {"cluster": {"maintenance": {"exclusions": [one]}}, "models": [{}]}


def _exclusions(number: int) -> Values:
    """Each of all upgrades, for a day."""
    day = {"start": "2027-01-01T00:00:00Z", "end": "2027-01-02T00:00:00Z", "scope": "noUpgrades"}
    exclusions = [{"name": f"e{index}", **day} for index in range(number)]
    return {"cluster": {"maintenance": {"exclusions": exclusions}}, "models": [{}]}


def _window(days: list[str], hours: int) -> Values:
    window = {"days": days, "hours": hours}
    return {"cluster": {"maintenance": {"window": window}}, "models": [{}]}


def _topic(name: str) -> Values:
    topic = f"projects/my-project/topics/{name}"
    return {"cluster": {"notifications": {"topic": topic}}, "models": [{}]}


def _classes(*names: str) -> Values:
    return {"priorityClasses": [{"name": name, "value": 1} for name in names], "models": [{}]}


def _served(aliases: int, hosts: int = 1) -> Values:
    names = [f"name-of-a-model-{n}" for n in range(aliases)]
    gateway = {"hostnames": [f"{n}.example.com" for n in range(hosts)], "tls": {}}
    return {"gateway": gateway, "models": [{"aliases": names}, {"servedName": "other"}]}


_CLASSIC: Final[Values] = {"className": "gke-l7-gxlb"}
_OWNED: Final = "vllm.argument-owned"
_TOGETHER: Final = "vllm.arguments-together"
_ADAPTER: Final[Values] = {"lora": {"adapters": [{"name": "a", "source": "owner/a"}]}}
_UNKNOWN: Final = "vllm.argument-unknown"
_STRAY: Final = "vllm.argument-stray"
_CACHE: Final = "vllm.cache-beyond-gpu"
_OFFLOADED: Final = "vllm.offloaded-beyond-node"
_NO_FILE: Final = "vllm.file-not-mounted"
_TEMPLATES: Final[Values] = {
    "name": "templates",
    "mountPath": "/templates",
    "configMap": {"name": "chat"},
}
_TLS: Final[Values] = {"tls": {}}
_ELSEWHERE: Final[Values] = {"cluster": {"mode": "existing", "context": "kind"}}
_SECOND_HOST: Final = "gateway.hostnames[1]"
_LONG: Final = "a" * 40
_BODY: Final[list[Values]] = [
    {"name": "public-bbr", "servedName": "one"},
    {"name": "two", "servedName": "two"},
]
_TRIPS: Final[list[tuple[str, Values, str | None]]] = [
    *(
        (_OWNED, _extra(*given, **keys), f"models[0].extraArgs[{position}]")
        for given, position, keys in (
            (("--port=9000",), 0, {}),
            (("--enforce-eager", "--port", "9000"), 1, {}),
            (("--por", "9000"), 0, {}),
            (("--tensor_parallel_size=2",), 0, {}),
            (("-tp", "2"), 0, {}),
            (("-tp=2",), 0, {}),
            (("--device-memory-utilization=0.5",), 0, {}),
            (("--disable-log-stats",), 0, {}),
            (("--ssl-key=a",), 0, {}),
            (("--max-l=4",), 0, {}),
            (("--no-enable-lora",), 0, {}),
            (("-h",), 0, {}),
            (("--api-key", "secret"), 0, {}),
            (("--hf-token=hf_a",), 0, {}),
            (("--port=9000",), 0, {"engine": "simulator"}),
            (("--tp", "2"), 0, {"engine": "sglang"}),
            (("--mem-frac=0.5",), 0, {"engine": "sglang"}),
            (("--pipeline-parallel-size=2",), 0, {"engine": "sglang"}),
            (("--model=a/b",), 0, {"engine": "sglang"}),
            (("--smg-grpc-mode",), 0, {"engine": "sglang"}),
            (("--encoder-only",), 0, {"engine": "sglang"}),
            (("--lora-paths", "a=b/c", "d=e/f"), 0, {"engine": "sglang"}),
        )
    ),
    *(
        (_UNKNOWN, _extra(*given, **keys), f"models[0].extraArgs[{position}]")
        for given, position, keys in (
            (("--enable-prefix-cashing",), 0, {}),
            (("--log-requests", "--max-num-seqs=64"), 1, {"engine": "sglang"}),
            (("--gpu-memory-utilization", "0.5"), 0, {"engine": "sglang"}),
            (("--no-enable-prefix-caching",), 0, {"engine": "sglang"}),
            (("--chunked_prefill_size=512",), 0, {"engine": "sglang"}),
            (("-tp", "2"), 0, {"engine": "sglang"}),
            (("--swap-space=1",), 0, {"engine": "sglang"}),
            (("--disable-radix-cache",), 0, {}),
            (("--context-length=8192",), 0, {}),
            (("--no_disable_log_stats",), 0, {}),
            (("--no-trust-remote-code",), 0, {"engine": "sglang"}),
            (("--tokenizer", "owner/other"), 0, {"engine": "sglang"}),
        )
    ),
    (_STRAY, _extra("--seed 1"), "models[0].extraArgs[0]"),
    (_STRAY, _extra("--port 9000"), "models[0].extraArgs[0]"),
    (_STRAY, _extra("\u2014max-num-seqs=64"), "models[0].extraArgs[0]"),
    (_TOGETHER, _extra("--max-num-seqs=8", "--max-num-active-seqs=9"), "models[0].extraArgs[1]"),
    (_TOGETHER, _extra("--long-prefill-token-threshold=8193", maxModelLen=8192), None),
    (_TOGETHER, _extra("-q=compressed-tensors", model="Qwen/Qwen3-8B"), None),
    (_CACHE, _extra("--kv-cache-memory-bytes=70G"), "models[0].extraArgs[0]"),
    (_CACHE, _extra("--kv-cache-mem", "65G", lora={"maxRank": 64}), "models[0].extraArgs[0]"),
    (_OFFLOADED, _extra("--kv-offloading-size=500"), "models[0].extraArgs[0]"),
    (
        _OFFLOADED,
        _extra("--kv-offloading-size=10", "--cpu-offload-gb=5000"),
        "models[0].extraArgs[1]",
    ),
    (
        _OFFLOADED,
        _extra("--kv-offloading-size=6000", "--cpu-offload-gb", "5000"),
        "models[0].extraArgs[0]",
    ),
    (_OFFLOADED, _extra("--seed=1", "--cpu-offload-gb", "470"), "models[0].extraArgs[1]"),
    (_NO_FILE, _extra("--chat-template=/templates/chat.jinja"), "models[0].extraArgs[0]"),
    (_NO_FILE, _extra("--tool-parser-plugin", "/p.py", volumes=[_TEMPLATES]), None),
    (_UNKNOWN, _extra("--enable-e"), "models[0].extraArgs[0]"),
    ("vllm.parallel-gpus", _extra("-pp=2", gpu={"count": 1}), "models[0].gpu.count"),
    ("vllm.parallel-gpus", _extra("-pcp=2", gpu={"count": 1}), "models[0].gpu.count"),
    ("vllm.parallel-gpus", _extra("-pp=2", "-dp", "4", gpu={"count": 4}), "models[0].gpu.count"),
    (_OWNED, _extra("--config", "a.yaml"), "models[0].extraArgs[0]"),
    (_OWNED, _extra("--nnodes", "2"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--max-num-seqs=0"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--max-num-batched-tokens", "many"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("-dp", "two"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("-pp=" + "9" * 5000), "models[0].extraArgs[0]"),
    (
        "vllm.argument-value",
        _extra("--max-num-batched-tokens=" + "9" * 400),
        "models[0].extraArgs[0]",
    ),
    (
        "vllm.argument-value",
        _extra("--kv-transfer-config=" + "[" * 100_000),
        "models[0].extraArgs[0]",
    ),
    ("vllm.argument-value", _extra("--kv-transfer-config=5"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--seed=1", "--compilation_config=3"), "models[0].extraArgs[1]"),
    ("vllm.argument-value", _extra("--enforce-eager="), "models[0].extraArgs[0]"),
    (
        "vllm.argument-needed",
        _extra("--enable-eplb", "--no-enable-expert-parallel"),
        "models[0].extraArgs[0]",
    ),
    ("vllm.argument-value", _extra("-pp=1k"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("-q", "fp9"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--kv-cache-dtype=FP8"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--tool-call-parser=llama3"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--runner"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--enable-prefix-caching=true"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--trust-remote-code=0", engine="sglang"), None),
    ("vllm.argument-value", _extra("--seed=0.5"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--cpu-offload-gb=4GiB"), "models[0].extraArgs[0]"),
    ("vllm.argument-value", _extra("--speculative-config={'a': 1}"), "models[0].extraArgs[0]"),
    ("vllm.argument-needed", _extra("--enable-auto-tool-choice"), "models[0].extraArgs[0]"),
    ("vllm.argument-needed", _extra("--enable-log-outputs"), "models[0].extraArgs[0]"),
    ("vllm.argument-needed", _extra("--enable-eplb"), "models[0].extraArgs[0]"),
    ("vllm.argument-needed", _extra("--numa-bind-nodes=0"), "models[0].extraArgs[0]"),
    *(
        (_TOGETHER, _extra(*given, **keys), f"models[0].extraArgs[{position}]")
        for given, position, keys in (
            (("-dp=2",), 0, {"gpu": {"count": 2}, **_ADAPTER}),
            (("--seed=1", "--api-server-count", "2"), 1, _ADAPTER),
            (("--max-num-seqs=10000",), 0, {}),
            (("--max-num-seqs=4096", "--max-num-batched-tokens=2k"), 0, {}),
            (("--max-num-seqs=4096",), 0, {"gpu": {"accelerator": "nvidia-l4", "count": 2}}),
            (("--max-num-batched-tokens=4k", "--no-enable-chunked-prefill"), 0, {}),
            (("--enable-expert-parallel",), 0, {}),
            (("-dcp=2",), 0, {"gpu": {"count": 8}}),
            (("-q", "awq"), 0, {}),
            (('--kv-transfer-config={"kv_connector": "LMCacheConnectorV1"}',), 0, {}),
            (("--speculative-config", '{"method": "ngram"}'), 0, {}),
            (("--quantization=fp8",), 0, {"model": "openai/gpt-oss-20b"}),
            (("--quantization=fbgemm_fp8",), 0, {}),
            (("--dtype=half",), 0, {"model": "google/gemma-3-12b-it"}),
            (("-dcp", "3"), 0, {"model": "owner/unknown", "gpu": {"count": 4}}),
        )
    ),
    ("vllm.random-weights", _extra("--load-format", "dummy"), "models[0].extraArgs[0]"),
    ("vllm.random-weights", _extra("--load-for=dummy"), "models[0].extraArgs[0]"),
    ("values.control-character", _model(env={"A": {"value": "\0"}}), "models[0].env.A.value"),
    ("values.control-character", _extra("--seed=\x7f"), "models[0].extraArgs[0]"),
    (
        "values.control-character",
        _gateway(iap={"clientId": "a\x1b[31m", "secret": "s"}),
        "gateway.iap.clientId",
    ),
    (_STRAY, _extra("owner/model"), "models[0].extraArgs[0]"),
    (_STRAY, _extra("--enforce-eager", "true"), "models[0].extraArgs[1]"),
    (_STRAY, _extra("--seed=1", "2"), "models[0].extraArgs[1]"),
    (_STRAY, _extra("--enforce-eager", "1", image="vllm/vllm-openai:v0.32.0-cu129"), None),
    ("vllm.argument-too-long", _extra("a" * 131_073), "models[0].extraArgs[0]"),
    ("vllm.argument-too-long", _extra("--seed", "ä" * 70_000), "models[0].extraArgs[1]"),
    ("values.image", _model(image="vllm/vllm-openai:v0.32.0 "), "models[0].image"),
    ("values.image", _model(image="Vllm/vllm-openai"), "models[0].image"),
    ("values.image", _model(image="a@sha256:12345678901234567890123456789012"), "models[0].image"),
    ("values.repository", _model(model="https://huggingface.co/a/b"), "models[0].model"),
    ("values.repository", _model(model="a/b/c"), "models[0].model"),
    (
        "values.repository",
        _model(lora={"adapters": [{"name": "a", "source": "b c/d"}]}),
        "models[0].lora.adapters[0].source",
    ),
    ("values.served-name", _model(servedName="a b"), "models[0].servedName"),
    ("values.served-name", _model(servedName="a\n"), "models[0].servedName"),
    ("values.served-name", _model(aliases=["b", "a b"]), "models[0].aliases[1]"),
    ("values.path", _gateway(paths=[{"path": "/v1/../a"}]), "gateway.paths[0].path"),
    ("values.path", _gateway(paths=[{"path": "/a//b"}]), "gateway.paths[0].path"),
    ("values.path", _gateway(paths=[{"path": "/a?b"}]), "gateway.paths[0].path"),
    ("values.hostname", _gateway(hostnames=[f"{'a' * 64}.example.com"]), "gateway.hostnames[0]"),
    ("values.hostname", _gateway(hostnames=[f"a.{'b' * 64}.com"]), "gateway.hostnames[0]"),
    ("places.no-such-region", {"gcp": {"region": "us-central9"}, "models": [{}]}, "gcp:region"),
    ("places.no-such-region", {"gcp": {"region": "europe-west7"}, "models": [{}]}, "gcp:region"),
    ("places.no-such-zone", _pool(zones=["us-central1-d"]), "nodePools[0].zones"),
    (
        "places.no-such-zone",
        {"cluster": {"location": "us-central1-z"}, "models": [{}]},
        "cluster.location",
    ),
    ("places.machine-unchecked", _pool(machineType="g4-standard-48"), "nodePools[0].zones"),
    ("places.machine-unchecked", _pool(machineType="g4-standard-96"), "nodePools[0].zones"),
    ("models.nearly-known", _model(model="qwen/qwen3-8b"), "models[0].model"),
    ("models.nearly-known", _model(model="google/gema-3-4b-it"), "models[0].model"),
    (
        "values.documentation-range",
        {"gateway": {"cloudArmor": {"allow": ["8.8.8.0/24", "2001:db8:1::/48"]}}},
        "gateway.cloudArmor.allow[1]",
    ),
    (
        "values.documentation-range",
        {"cluster": {"authorizedNetworks": [{"name": "a", "cidr": "203.0.113.0/25"}]}},
        "cluster.authorizedNetworks[0].cidr",
    ),
    *(
        ("values.reserved-domain", _gateway(hostnames=["llm.acme.com", name]), _SECOND_HOST)
        for name in ("example.org", "*.llm.example.com", "llm.test", "a.invalid", "a.b.localhost")
    ),
    ("values.reserved-domain", {"crds": {"source": "https://example.net:8/crds"}}, "crds.source"),
    ("values.reserved-domain", {"registry": {"prefix": "a.example/b"}}, "registry.prefix"),
    (
        "values.reserved-domain",
        {"observability": {"alerts": {"email": "on-call@example.com"}}},
        "observability.alerts.email",
    ),
    ("models.nearly-known", _model(model="Qwen/Qwen3-33B"), "models[0].model"),
    ("models.nearly-known", _model(model="qwen/qwen3-30b-a3B"), "models[0].model"),
    ("names.system-namespace", {"namespace": "kube-system", "models": [{}]}, "namespace"),
    ("names.system-namespace", {"namespace": "gmp-public", "models": [{}]}, "namespace"),
    (
        "names.model-is-router",
        {"models": _BODY, "gateway": {"name": "public", "routing": "body"}},
        "models[0].name",
    ),
    (
        "names.model-is-router",
        {"models": _BODY[::-1], "gateway": {"name": "public", "routing": "body"}},
        "models[1].name",
    ),
    ("names.default-pool", _pool(name="default-pool"), "nodePools[0].name"),
    (
        "names.default-pool",
        {"nodePools": [{}, {"name": "default-pool"}], "models": [{}]},
        "nodePools[1].name",
    ),
    ("names.syncer-port", _model(port=8080, lora={}), "models[0].port"),
    ("names.syncer-port", _model(port=8080, lora={"maxLoras": 1}), "models[0].port"),
    ("gateway.no-controller", _gateway(className="istio"), "gateway.className"),
    ("gateway.no-controller", _gateway(className="istio", wait=False), "gateway.className"),
    ("names.no-priority-class", _model(priorityClass="gold"), "models[0].priorityClass"),
    (
        "names.no-priority-class",
        {**_model(priorityClass="gold"), "priorityClasses": [{"name": "silver", "value": 1}]},
        "models[0].priorityClass",
    ),
    ("names.no-priority-class", _model(priorityClass="system-mine"), "models[0].priorityClass"),
    # GKE's quota keeps it to kube-system.
    (
        "names.no-priority-class",
        _model(priorityClass="system-cluster-critical"),
        "models[0].priorityClass",
    ),
    ("names.system-priority-class", _classes("system-mine"), "priorityClasses[0].name"),
    (
        "names.system-priority-class",
        _classes("a", "system-node-critical"),
        "priorityClasses[1].name",
    ),
    (
        "gateway.secret-is-token",
        _gateway(iap={"clientId": "id", "secret": "hf-secret"}),
        "gateway.iap.secret",
    ),
    (
        "gateway.secret-is-token",
        {
            "huggingFaceSecret": {"name": "inference-gateway-sa-metrics-reader-secret"},
            "models": [{}],
        },
        "huggingFaceSecret.name",
    ),
    ("gateway.secret-is-token", _gateway(tls={"secret": "hf-secret"}), "gateway.tls.secret"),
    (
        "gateway.secret-is-token",
        {"huggingFaceSecret": {"name": "mine"}, **_model(imagePullSecrets=["mine"])},
        "models[0].imagePullSecrets[0]",
    ),
    (
        "gateway.secret-is-token",
        _gateway(tls={"secret": "one"}, iap={"clientId": "id", "secret": "one"}),
        "gateway.iap.secret",
    ),
    (
        "gateway.secret-is-token",
        {**_gateway(tls={"secret": "mine"}), "huggingFaceSecret": {"name": "mine"}},
        "gateway.tls.secret",
    ),
    ("release.crds-not-left-out", {"crds": {"preinstalled": []}, "models": [{}]}, None),
    (
        "release.crds-not-left-out",
        {
            "crds": {"preinstalled": ["another"]},
            "cluster": {"releaseChannel": "stable"},
            "models": [{}],
        },
        None,
    ),
    (
        "names.same-authorization",
        {
            **_gateway(**_TLS, hostnames=[f"{_LONG}-{n}.example.com" for n in (1, 2)]),
            "cluster": {"name": "a" * 30},
        },
        "gateway.hostnames[1]",
    ),
    (
        "names.same-authorization",
        _gateway(**_TLS, hostnames=["a-b.example.com", "a.b.example.com"]),
        "gateway.hostnames[1]",
    ),
    ("google.prohibited-range", _vpc(nodes="169.254.0.0/20"), "network.vpc.nodes"),
    ("google.prohibited-range", _vpc(pods="224.0.0.0/14"), "network.vpc.pods"),
    (
        "google.prohibited-range",
        {"network": {"proxyOnlySubnet": {"cidr": "0.0.0.0/0"}}, "models": [{}]},
        "network.proxyOnlySubnet.cidr",
    ),
    ("google.few-service-addresses", _vpc(services="10.8.0.0/29"), "network.vpc.services"),
    ("google.few-service-addresses", _vpc(services="172.16.0.8/29"), "network.vpc.services"),
    (
        "google.too-many-nodes",
        {"nodePools": [{"name": f"p{n}", "nodes": 1000} for n in range(16)], "models": [{}]},
        "nodePools",
    ),
    (
        "google.too-many-nodes",
        {
            "nodePools": [
                {"name": f"p{n}", "nodes": 1000, "zones": [f"us-central1-{z}" for z in "abcf"]}
                for n in range(4)
            ],
            "models": [{}],
        },
        "nodePools",
    ),
    ("google.too-many-labels", {"labels": {f"l{n}": "" for n in range(63)}, "models": [{}]}, None),
    ("google.too-many-labels", {"labels": {f"l{n}": "" for n in range(99)}, "models": [{}]}, None),
    ("google.reserved-name", {"weights": {"bucket": "goog-a"}, "models": [{}]}, "weights.bucket"),
    ("google.reserved-name", {"weights": {"bucket": "my-google"}, "models": [{}]}, None),
    ("google.reserved-name", _topic("goog-a"), "cluster.notifications.topic"),
    (
        "google.reserved-name",
        {"cluster": {"name": "goog", "notifications": {}}, "models": [{}]},
        "cluster.name",
    ),
    ("values.resource-name", {"network": {"name": "My Network"}, "models": [{}]}, "network.name"),
    ("values.resource-name", {"network": {"subnetwork": "a/b"}, "models": [{}]}, None),
    ("values.resource-name", _pool(reservation="my reservation"), "nodePools[0].reservation"),
    ("google.exclusion-too-long", _exclusions(4), "cluster.maintenance.exclusions"),
    ("google.maintenance-window-short", _window(["MO"], 11), "cluster.maintenance.window.hours"),
    ("google.maintenance-window-short", _window(["SA", "SU"], 5), None),
    ("google.exclusion-too-long", _exclusion("2027-01-01", "2027-02-01", "noUpgrades"), None),
    ("google.exclusion-too-long", _exclusion("2027-01-01", "2027-07-01", "noMinorUpgrades"), None),
    ("google.url-map-size", _served(90, hosts=16), "gateway"),
    ("google.url-map-size", _served(1400), "gateway"),
    ("google.url-map-size", {**_served(300), "gateway": _CLASSIC}, "gateway"),
    (
        "google.unknown-rule-set",
        _gateway(cloudArmor={"waf": {"rules": ["sqly-v33-stable"]}}),
        "gateway.cloudArmor.waf.rules[0]",
    ),
    (
        "google.unknown-rule-set",
        _gateway(cloudArmor={"waf": {"rules": ["xss-v33-stable", "of-tomorrow-stable"]}}),
        "gateway.cloudArmor.waf.rules[1]",
    ),
    ("google.disk-type", _pool(machineType="a4-highgpu-8g", diskType="pd-ssd"), None),
    ("google.disk-type", _pool(machineType="g2-standard-4", diskType="hyperdisk-balanced"), None),
    ("google.disk-type", _pool(machineType="g4-standard-48", diskType="pd-balanced"), None),
]
_PASSES: Final[list[tuple[str, Values]]] = [
    (_OWNED, _extra("--quantization=fp8", "--kv-cache-dtype", "fp8", "--runner=pooling")),
    (_OWNED, _extra("--max-num-batched-tokens=8k", "--kv-offloading-size", "8")),
    ("vllm.argument-value", _extra("--max-num-batched-tokens=1.5k", "-dp", "1", "-pp=01")),
    # vLLM's parser turns -O into a level of optimization before it reads it.
    ("vllm.argument-value", _extra('--compilation-config={"level": 3}', "-O3", "-O=3", "-O", "3")),
    ("vllm.argument-value", _extra("--max-num-seqs", "64", "--max-num-partial-prefills=0")),
    ("vllm.argument-value", _extra("--quantization=None", "--load-format=AUTO", "-q", "gptq")),
    ("vllm.argument-value", _extra("-q=bitsandbytes", image="vllm/vllm-openai:v0.10.0")),
    ("vllm.argument-value", _extra("--tool-call-parser=a", "--tool-parser-plugin=/a.py")),
    ("vllm.argument-value", _extra("--spec.method=mtp", '--limit-mm-per-prompt={"image": 2k}')),
    ("vllm.argument-value", _extra("--no-enable-prefix-caching", "--max-num-seqs", "8")),
    (
        "vllm.argument-needed",
        _extra("--enable-auto-tool-choice", "--tool-call-parser", "llama3_json"),
    ),
    ("vllm.argument-needed", _extra("--no-enable-log-outputs")),
    (_STRAY, _extra("--enforce-eager", "--cudagraph-capture-sizes", "1", "2")),
    (_STRAY, _extra("--enforce-eager", "1", image="vllm/vllm-openai:v0.31.0")),
    (_STRAY, _extra("--log-requests", "1", engine="sglang", image="own/sglang:v0.5.23.post1")),
    (_UNKNOWN, _extra("--schedule-conservativeness", "-.5", engine="sglang")),
    (_UNKNOWN, _extra("--no-enable-fused-qk-norm-rope", engine="sglang")),
    (_UNKNOWN, _extra("-cc.pass_config.fuse_norm_quant=true", "-sc.method", "ngram")),
    (_OFFLOADED, _extra("--kv-offloading-size=400")),
    (_OFFLOADED, _extra()),
    (_NO_FILE, _extra("--chat-template=/templates/chat.jinja", volumes=[_TEMPLATES])),
    (_NO_FILE, _extra("--chat-template=/vllm-workspace/examples/a.jinja")),
    (_NO_FILE, _extra("--chat-template", "{{ messages }}")),
    (_NO_FILE, _extra("--chat-template=/templates/chat.jinja", image="own/vllm:v0.32.0")),
    (_TOGETHER, _extra("-dp=2", "--api-server-count=1", gpu={"count": 2}, **_ADAPTER)),
    (_TOGETHER, _extra("-dp=2", "--api-server-count=4", gpu={"count": 2})),
    (_TOGETHER, _extra("--max-num-seqs=8192")),
    (_TOGETHER, _extra("--no_enable_expert_parallel", "--no_enable-log_requests")),
    (
        _TOGETHER,
        _extra(
            '--kv-transfer-config={"kv_connector": "A", "kv_role": "kv_both"}',
            '--speculative-config={"method": "ngram", "num_speculative_tokens": 4}',
        ),
    ),
    (_TOGETHER, _extra('--speculative-config={"model": "owner/eagle", "method": "eagle3"}')),
    (_TOGETHER, _extra("-q=awq", model="Qwen/Qwen3-32B-AWQ")),
    (_TOGETHER, _extra("-q", "fp8", "--dtype", "float16")),
    (_TOGETHER, _extra("-q=fbgemm_fp8", "--allow-deprecated-quantization")),
    (_TOGETHER, _extra("-q=mxfp4", model="openai/gpt-oss-20b")),
    (_TOGETHER, _extra("--dtype=bfloat16", model="google/gemma-3-12b-it")),
    (_TOGETHER, _extra("--max-num-batched-tokens=512", "--enable-chunked-prefill")),
    (_TOGETHER, _extra("--no-enable-chunked-prefill", "--no-enable-expert-parallel")),
    (_TOGETHER, _extra("--enable-expert-parallel", model="Qwen/Qwen3-30B-A3B")),
    (_TOGETHER, _extra("--enable-expert-parallel", model="owner/unknown")),
    (_TOGETHER, _extra("-dcp=2", model="owner/unknown", gpu={"count": 4})),
    (_TOGETHER, _extra("-q=awq", weights={"path": "llama-awq"})),
    (_TOGETHER, _extra("--max-num-active-seqs=8", "--max-num-seqs=8")),
    ("vllm.random-weights", _extra("--load-format=auto", "--tokenizer=dummy")),
    ("vllm.random-weights", _extra("--load-format=safetensors")),
    ("values.control-character", _model(env={"A": {"value": "two\r\n\tlines"}})),
    (
        "values.control-character",
        {"preflight": {"allow": [{"id": "a.b", "reason": "agreed \x1b[31m"}]}, "models": [{}]},
    ),
    # `port` and `help` begin no word here, and a value is no argument.
    (_OWNED, _extra("--chat-template", "port", "--seed", "1", "--portable=1")),
    (_OWNED, _extra("--tool-call-parser=hermes", "--max-num-seqs", "4")),
    (_OWNED, _extra("--time-to-first-token=10", engine="simulator")),
    (_OWNED, _extra("--tp-of-mine", engine="sglang")),
    (_UNKNOWN, _extra("--data-parallel=2", "--no-dllm-fdfo", engine="sglang")),
    (_UNKNOWN, _extra("--max-num-seqs=8", engine="sglang", image="lmsysorg/sglang:v0.5.24")),
    (_UNKNOWN, _extra("--tool-call-parser=qwen25", "--cuda-graph-bs-d", "1", engine="sglang")),
    (_OWNED, _extra("--no-disable-log-stats", "--no-headless")),
    (_CACHE, _extra("--kv-cache-memory-bytes=60G")),
    (_CACHE, _extra("--kv-cache-memory-bytes=99G", model="owner/unknown")),
    (_OWNED, _extra("--disable-radix-cache", "--max-running-requests=8", engine="sglang")),
    (_UNKNOWN, _extra("--enable-prefix-caching", "--no-enable-chunked-prefill", "-O3")),
    (_UNKNOWN, _extra("--compilation-config.level=3", "--enforce_eager", "--swap-space=1")),
    (_UNKNOWN, _extra("--of-tomorrow", image="vllm/vllm-openai:v0.33.0")),
    (_STRAY, _extra("--max-logprobs", "-1", "--cudagraph-capture-sizes", "1", "2")),
    (_STRAY, _extra("--generation-config", "")),
    (_UNKNOWN, _extra("--max-logprobs", "-1")),
    ("vllm.parallel-gpus", _extra("-pp=2", "-dp", "2", gpu={"count": 4})),
    ("vllm.parallel-gpus", _extra(gpu={"count": 3})),
    ("vllm.argument-too-long", _extra("a" * 131_072)),
    ("vllm.argument-too-long", _extra()),
    ("values.image", _model(image="vllm/vllm-openai")),
    ("values.image", _model(image=f"registry:5000/a/b_c.d:V1.0-x@sha256:{'a' * 64}")),
    ("values.image", _model(image="localhost/a")),
    ("values.repository", _model(model="gpt2")),
    ("values.repository", _model(model="/models/my model")),
    ("values.repository", _model(model="gs://bucket/model")),
    ("values.served-name", _model(servedName="team[/]x:ü", aliases=["gpt-4o"])),
    ("values.served-name", _model(model="/models/my model")),
    ("values.path", _gateway(paths=[{"path": "/"}, {"path": "/a..b/%20/c:d@e"}])),
    ("values.path", _gateway(paths=[{"path": "/v1/models/"}])),
    ("values.hostname", _gateway(hostnames=[f"{'a' * 63}.example.com"])),
    ("values.hostname", _gateway(hostnames=["*.example.com"])),
    ("places.no-such-region", {"gcp": {"region": "northamerica-south1"}, "models": [{}]}),
    (
        "places.no-such-region",
        {
            "gcp": {"region": "us-central9"},
            "cluster": {"mode": "existing", "context": "kind"},
            "gateway": {"className": "istio"},
            "models": [{}],
        },
    ),
    ("places.no-such-zone", _pool(zones=["us-central1-f"])),
    ("places.no-such-zone", {"cluster": {"location": "us-central1"}, "models": [{}]}),
    ("places.machine-unchecked", _pool(machineType="g2-standard-12")),
    ("places.machine-unchecked", {"models": [{}]}),
    ("models.nearly-known", _model(model="Qwen/Qwen2-8B")),
    ("values.documentation-range", {"gateway": {"cloudArmor": {"allow": ["8.8.8.0/24"]}}}),
    # All addresses are more than those, and Google takes them for subnets.
    (
        "values.documentation-range",
        {
            "gateway": {"cloudArmor": {"allow": ["0.0.0.0/0", "203.0.112.0/22"]}},
            "network": {"proxyOnlySubnet": {"cidr": "203.0.113.0/24"}},
        },
    ),
    (
        "values.reserved-domain",
        _gateway(
            hostnames=["example.com.acme.com", "an-example.com", "test.acme.com", "latest.io"]
        ),
    ),
    ("values.reserved-domain", {**_ELSEWHERE, **_gateway(className="c", hostnames=["llm.test"])}),
    # In a VPC network's own zone.
    ("values.reserved-domain", _gateway(className="gke-l7-rilb", hostnames=["llm.corp.test"])),
    (
        "values.reserved-domain",
        _model(servedName="llama.test", env={"A": "load.test"}, extraArgs=["--seed-file=a.test"]),
    ),
    ("models.nearly-known", _model(model="Qwen/Qwen3-9B")),
    ("models.nearly-known", _model(model="meta-llama/Llama-3.2-8B-Instruct")),
    ("models.nearly-known", _model(model="mistralai/Mistral-7B-Instruct-v0.2")),
    ("models.nearly-known", _model(model="Qwen/Qwen3-8B-Base")),
    ("models.nearly-known", _model(model="qwen/qwen3-8b", engine="simulator")),
    ("names.system-namespace", {"namespace": "default", "models": [{}]}),
    ("names.system-namespace", {"namespace": "kubernetes", "models": [{}]}),
    ("names.model-is-router", {"models": _BODY, "gateway": {"name": "public"}}),
    ("names.model-is-router", {"models": _BODY, "gateway": {"name": "a", "routing": "body"}}),
    ("names.default-pool", _pool(name="default")),
    ("names.default-pool", {"models": [{}]}),
    ("names.syncer-port", _model(port=8080)),
    ("names.syncer-port", _model(port=8081, lora={})),
    ("gateway.no-controller", _gateway(className="gke-l7-rilb")),
    (
        "gateway.no-controller",
        {**_gateway(className="istio"), "cluster": {"mode": "existing", "context": "kind"}},
    ),
    (
        "names.no-priority-class",
        {
            **_model(priorityClass="system-cluster-critical"),
            "cluster": {"mode": "existing", "context": "kind"},
        },
    ),
    ("names.system-priority-class", _classes("systems", "my-system-class")),
    ("names.system-priority-class", {"models": [{}]}),
    (
        "names.no-priority-class",
        {**_model(priorityClass="gold"), "priorityClasses": [{"name": "gold", "value": 1}]},
    ),
    (
        "names.no-priority-class",
        {**_model(priorityClass="gold"), "cluster": {"mode": "existing", "context": "gke"}},
    ),
    ("gateway.secret-is-token", _gateway(tls={"secret": "certificate"})),
    ("gateway.secret-is-token", {"huggingFaceSecret": {"name": "hf-secret"}, "models": [{}]}),
    ("gateway.secret-is-token", _gateway(tls={"certificate": "hf-secret"})),
    ("release.crds-not-left-out", {"models": [{}]}),
    (
        "release.crds-not-left-out",
        {
            "crds": {"preinstalled": []},
            "cluster": {"mode": "existing", "context": "kind"},
            "models": [{}],
        },
    ),
    ("names.same-authorization", _gateway(**_TLS, hostnames=["a.example.com", "*.a.example.com"])),
    (
        "names.same-authorization",
        _gateway(tls={"secret": "s"}, hostnames=["a-b.example.com", "a.b.example.com"]),
    ),
    ("values.resource-name", {"network": {"name": "a-1", "subnetwork": "b"}, "models": [{}]}),
    (
        "values.resource-name",
        _pool(reservation="projects/p/reservations/r/reservationBlocks/b"),
    ),
    ("google.exclusion-too-long", _exclusions(3)),
    ("google.maintenance-window-short", _window(["MO"], 12)),
    ("google.maintenance-window-short", _window(["MO", "TU", "WE"], 4)),
    ("google.prohibited-range", _vpc(nodes="240.0.0.0/20")),
    ("google.prohibited-range", _vpc(nodes="169.253.0.0/16", pods="169.255.0.0/16")),
    ("google.few-service-addresses", _vpc(services="10.8.0.0/28")),
    ("google.few-service-addresses", _vpc(nodes="10.8.0.0/29")),
    (
        "google.too-many-nodes",
        {"nodePools": [{"name": f"p{n}", "nodes": 1000} for n in range(15)], "models": [{}]},
    ),
    ("google.too-many-nodes", {"models": [{}]}),
    ("google.too-many-labels", {"labels": {f"l{n}": "" for n in range(62)}, "models": [{}]}),
    ("google.too-many-labels", {"models": [{}]}),
    ("google.reserved-name", {"weights": {"bucket": "gogle", "create": True}, "models": [{}]}),
    ("google.reserved-name", _topic("a-goog")),
    ("google.reserved-name", {"weights": {"bucket": "a-google", "create": False}, "models": [{}]}),
    ("google.exclusion-too-long", _exclusion("2027-01-01", "2027-01-31", "noUpgrades")),
    ("google.exclusion-too-long", _exclusion("2027-01-01", "2027-06-30", "noMinorUpgrades")),
    ("google.url-map-size", _served(90, hosts=12)),
    ("google.url-map-size", _served(300)),
    ("google.url-map-size", {**_served(60), "gateway": _CLASSIC}),
    ("google.url-map-size", {**_served(90, hosts=16), "gateway": {"className": "istio"}}),
    ("google.unknown-rule-set", _gateway(cloudArmor={"waf": {}})),
    ("google.unknown-rule-set", _gateway(cloudArmor={"waf": {"rules": ["cve-canary"]}})),
    ("google.disk-type", _pool(machineType="a4-highgpu-8g", diskType="hyperdisk-balanced")),
    ("google.disk-type", _pool(machineType="g2-standard-4", diskType="pd-balanced")),
]
TABLE: Final = Table(
    modules=(
        argument_needs,
        argument_values,
        arguments,
        google_rules,
        node_pools,
        placeholders,
        places,
        taken,
        unique_names,
        values,
        versions,
        vllm_together,
        vpc,
    ),
    trips=_TRIPS,
    passes=_PASSES,
)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("--port=1", "port"),
        ("--max-model-len=1", "maxModelLen"),
        ("--lora-modules=a", "lora.adapters"),
        ("--shutdown-timeout=0", "drain"),
        ("--uds=/a", None),
    ],
)
def test_an_argument_of_the_programs_names_the_key_that_sets_it(
    given: str, key: str | None
) -> None:
    (found,) = TABLE.of(_OWNED, _extra(given))

    assert found.fix.startswith(f"remove {given.partition('=')[0]} and its value")
    assert (f"`models[0].{key}` sets it" in found.fix) is (key is not None)


def test_only_an_argument_that_another_engine_has_is_called_its_own() -> None:
    (ours,) = TABLE.of(_UNKNOWN, _extra("--max-num=3", engine="sglang"))
    (theirs,) = TABLE.of(_UNKNOWN, _extra("--max-num-seqs=3", engine="sglang"))

    assert "but of vLLM" not in ours.message
    assert "but of vLLM" in theirs.message


def test_a_key_in_an_argument_is_not_repeated_in_the_finding() -> None:
    for given in ("--api-key=sk-secret", "--api-key sk-secret"):
        (found,) = TABLE.findings(_extra(given))

        assert "sk-secret" not in str(found)


@pytest.mark.parametrize(
    ("sections", "identifier", "near"),
    [
        (_extra("--enable-prefix-cashing"), _UNKNOWN, "--enable-prefix-caching"),
        (_extra("--max_num_seqs=8", engine="sglang"), _UNKNOWN, "write --max-running-requests, or"),
        (_extra("--max-model-len=9", engine="sglang"), _UNKNOWN, "`models[0].maxModelLen` sets it"),
        (_extra("-tp", "2", engine="sglang"), _UNKNOWN, "`models[0].gpu.count` sets it"),
        (_extra("--runner=pooling", engine="sglang"), _UNKNOWN, "remove --runner and its value"),
        (_extra("--disable-radix-cache"), _UNKNOWN, "write --no-enable-prefix-caching, or"),
        (_extra("--lora-paths", "a", "b"), _UNKNOWN, "remove --lora-paths and its values"),
        (_extra("--tp-size=2"), _UNKNOWN, "`models[0].gpu.count` sets it"),
        (_extra("--model-path", "a/b"), _UNKNOWN, "`models[0].model` sets it"),
        (_extra("--pp-size=2"), _UNKNOWN, "write --pipeline-parallel-size, or"),
        (_extra("--no-disable-log-stats"), _UNKNOWN, "remove --no-disable-log-stats from"),
        (_extra("--tokenizer=a/b", engine="sglang"), _UNKNOWN, "write --tokenizer-path, or"),
        (
            _extra("--enable-ep"),
            _UNKNOWN,
            "write one of --enable-ep-weight-filter, --enable-eplb, or",
        ),
        (
            _extra("--enable_prefix_caching=0"),
            "vllm.argument-value",
            "to --no-enable-prefix-caching in",
        ),
        (
            _extra("--trust-remote-code=0", engine="sglang"),
            "vllm.argument-value",
            "remove --trust-remote-code and its value",
        ),
        (_model(model="qwen/qwen3-8b"), "models.nearly-known", "Qwen/Qwen3-8B"),
        (_model(model="Qwen3-8B"), "models.nearly-known", "Qwen/Qwen3-8B"),
        (_extra("--max-num-seqs 64"), _STRAY, "--max-num-seqs=64"),
        (_extra("\u2013\u2013seed=1"), _STRAY, "--seed=1"),
        ({"gcp": {"region": "us-centrl1"}}, "places.no-such-region", "us-central1"),
    ],
)
def test_a_misspelling_names_what_was_meant(
    sections: dict[str, Any], identifier: str, near: str
) -> None:
    (found,) = TABLE.of(identifier, sections)

    assert near in found.fix


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        (
            _served(90, hosts=16),
            r"\d+ rules for each of 16 host names are about .*1,000 kB",
        ),
        (_served(1400), r"[\d,]+ rules are about [\d,]+ kB: Google may reject .*1,000 kB"),
        ({**_served(300), "gateway": _CLASSIC}, r"\d+ rules are about [\d,]+ kB: .*64 kB"),
    ],
)
def test_a_url_map_is_said_to_be_as_large_as_its_class_allows(sections: Values, said: str) -> None:
    (found,) = TABLE.of("google.url-map-size", sections)

    assert re.fullmatch(said, found.message)
    assert "`aliases`" in found.fix
