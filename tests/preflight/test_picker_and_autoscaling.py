"""Pickers and autoscaled servers: by table."""

from typing import Final

from conftest import make_settings
from preflight_cases import Table, Values

from inference.config import Severity
from inference.preflight import autoscaling, capacity, picker

_EXISTING: Final[Values] = {"mode": "existing", "context": "gke"}
_ELSEWHERE: Final[Values] = {"cluster": _EXISTING, "gateway": {"className": "istio"}}
_FIXED: Final[Values] = {"nodePools": [{"nodes": 2}]}
_GROWING: Final[Values] = {"nodePools": [{"autoscaling": {"min": 0, "max": 2}}]}


def _picker(release: str, **values: object) -> Values:
    return {"gatewayRelease": release, "picker": values}


def _scaled(least: int = 1, most: int = 4, others: Values = _FIXED) -> Values:
    return {"models": [{"autoscaling": {"min": least, "max": most}}], **_FIXED, **others}


def _adapter(adapter: str) -> Values:
    return {"autoscaling": {"adapter": adapter}}


def _scorers(release: str = "v1.5.0", **scorers: object) -> Values:
    return _picker(release, scorers=scorers)


def _held(release: str = "v1.5.0", *, scaled: object = None, **flow: object) -> Values:
    models: list[Values] = [{"autoscaling": scaled} if scaled else {}]
    return {**_picker(release, flowControl=flow), "models": models}


def _origin(metrics: str = "managed", **cluster: object) -> Values:
    return {**_scaled(others={"autoscaling": {"metrics": metrics}}), "cluster": cluster}


_RAPID: Final = {"releaseChannel": "rapid"}
_OLD: Final = {**_RAPID, "version": "1.35.1-gke.1395999"}


def _many(models: int, **more: object) -> Values:
    scaled = {"autoscaling": {"max": 2, **more}}
    named = [{"name": f"m{n}", "servedName": f"m{n}", **scaled} for n in range(models)]
    return {"models": named, "cluster": _RAPID}


_TRIPS: Final[list[tuple[str, Values, str]]] = [
    ("autoscaling.no-server", _scaled(least=0), "models[0].autoscaling.min"),
    ("autoscaling.no-server", {**_held(), **_scaled(least=0)}, "models[0].autoscaling.min"),
    ("autoscaling.managed-too-old", _origin(), "autoscaling.metrics"),
    ("autoscaling.managed-too-old", _origin(**_OLD), "autoscaling.metrics"),
    ("autoscaling.managed-elsewhere", _origin(**_EXISTING), "autoscaling.metrics"),
    (
        "autoscaling.managed-elsewhere",
        _origin(**_EXISTING, autopilot=True),
        "autoscaling.metrics",
    ),
    ("autoscaling.managed-limit", _many(11), "autoscaling.metrics"),
    ("autoscaling.managed-limit", _many(21, kvCacheUsage=None), "autoscaling.metrics"),
    (
        "autoscaling.adapter-unused",
        {"autoscaling": {"metrics": "managed"}},
        "autoscaling.metrics",
    ),
    (
        "autoscaling.adapter-unused",
        {
            **_scaled(others={"autoscaling": {"metrics": "managed", "adapter": "install"}}),
            "cluster": _RAPID,
        },
        "autoscaling.adapter",
    ),
    (
        "picker.not-in-release",
        _scorers("v1.0.0", runningRequests=1),
        "picker.scorers.runningRequests",
    ),
    ("picker.not-in-release", _scorers(loadAware={"weight": 1}), "picker.scorers.loadAware"),
    ("picker.not-in-release", _scorers(tokenLoad=1), "picker.scorers.tokenLoad"),
    ("picker.not-in-release", _held("v1.0.0"), "picker.flowControl"),
    (
        "picker.parameters-without-weight",
        _scorers(prefixCache={"weight": 0, "blockSize": 64}),
        "picker.scorers.prefixCache",
    ),
    (
        "picker.parameters-without-weight",
        _scorers(tokenLoad={"queueThresholdTokens": 9}),
        "picker.scorers.tokenLoad",
    ),
    (
        "picker.block-raised",
        _scorers("llm-d-v0.10.0", prefixCache={"blockSize": 63}),
        "picker.scorers.prefixCache.blockSize",
    ),
    (
        "picker.block-raised",
        _scorers("llm-d-v0.10.0", prefixCache={"weight": 1, "blockSize": 16}),
        "picker.scorers.prefixCache.blockSize",
    ),
    ("picker.flow-control-hides-load", _held(scaled={"max": 2}), "picker.flowControl"),
    (
        "picker.flow-control-hides-load",
        _held(scaled={"max": 2, "queueDepth": None}, queueDepth=9),
        "picker.flowControl",
    ),
    ("picker.update-sticks", _picker("v1.0.0", replicas=2), "picker.replicas"),
    ("picker.update-sticks", _picker("v1.0.0", replicas=3), "picker.replicas"),
    ("picker.setting-ignored", _picker("v1.0.0", failureMode="FailOpen"), "picker.failureMode"),
    (
        "picker.setting-ignored",
        _picker("v1.0.0", requests={"cpu": 1, "memoryGib": 1}),
        "picker.requests",
    ),
    ("picker.more-than-nodes", _picker("v1.5.0", replicas=4), "picker.replicas"),
    (
        "picker.more-than-nodes",
        {**_picker("v1.5.0", replicas=2), "cluster": {"location": "us-central1-a"}},
        "picker.replicas",
    ),
    (
        "autoscaling.no-metrics",
        {"models": [{"autoscaling": {"max": 2}}], **_ELSEWHERE},
        "models[0].autoscaling",
    ),
    (
        "autoscaling.no-metrics",
        {"models": [{"autoscaling": {"max": 2}, "engine": "simulator"}], **_ELSEWHERE},
        "models[0].autoscaling",
    ),
    ("autoscaling.adapter-unused", _adapter("install"), "autoscaling.adapter"),
    ("autoscaling.adapter-unused", _adapter("present"), "autoscaling.adapter"),
    (
        "autoscaling.adapter-elsewhere",
        _scaled(others=_adapter("present")),
        "autoscaling.adapter",
    ),
    (
        "autoscaling.adapter-elsewhere",
        {"models": [{"autoscaling": {"max": 2}}], "cluster": _EXISTING},
        "autoscaling.adapter",
    ),
    ("autoscaling.fixed-nodes", _scaled(), "models[0].autoscaling"),
    ("autoscaling.fixed-nodes", _scaled(least=4), "models[0].autoscaling"),
    ("autoscaling.switch", _scaled(), "models[0].autoscaling"),
    ("autoscaling.switch", _scaled(others=_GROWING), "models[0].autoscaling"),
]
_NEAR_MISSES: Final[list[tuple[str, Values]]] = [
    ("autoscaling.no-server", _scaled()),
    ("autoscaling.no-server", {"models": [{"replicas": 1}]}),
    ("autoscaling.managed-too-old", _origin(**_RAPID)),
    ("autoscaling.managed-too-old", _origin(**_RAPID, version="1.35.1-gke.1396000")),
    ("autoscaling.managed-too-old", _origin("stackdriver")),
    ("autoscaling.managed-elsewhere", _origin(**_RAPID)),
    ("autoscaling.managed-elsewhere", _origin("stackdriver", **_EXISTING)),
    ("autoscaling.managed-limit", _many(10)),
    ("autoscaling.managed-limit", {**_many(11), "autoscaling": {"metrics": "stackdriver"}}),
    ("autoscaling.adapter-unused", _origin(**_RAPID)),
    ("autoscaling.adapter-elsewhere", _origin(**_EXISTING)),
    ("picker.not-in-release", _scorers(runningRequests=1)),
    ("picker.not-in-release", _scorers("v1.0.0", runningRequests=0, prefixCache={"blockSize": 8})),
    ("picker.not-in-release", _scorers("llm-d-v0.10.0", loadAware=1, tokenLoad=1)),
    ("picker.not-in-release", _held()),
    ("picker.parameters-without-weight", _scorers(prefixCache={"blockSize": 64})),
    ("picker.parameters-without-weight", _scorers(prefixCache=0)),
    ("picker.block-raised", _scorers("llm-d-v0.10.0", prefixCache={"blockSize": 64})),
    ("picker.block-raised", _scorers(prefixCache={"blockSize": 16})),
    ("picker.flow-control-hides-load", _held(scaled={"max": 2}, queueDepth=6)),
    ("picker.flow-control-hides-load", _held(scaled={"max": 2}, kvCacheUsage=0.9)),
    ("picker.flow-control-hides-load", _held()),
    ("picker.update-sticks", _picker("v1.0.0")),
    ("picker.update-sticks", _picker("v1.5.0", replicas=2)),
    ("picker.setting-ignored", _picker("v1.5.0", failureMode="FailOpen")),
    ("picker.setting-ignored", _picker("v1.0.0", scorers={"queue": 1})),
    ("picker.more-than-nodes", _picker("v1.5.0", replicas=3)),
    (
        "picker.more-than-nodes",
        {**_picker("v1.5.0", replicas=4), "cluster": {"mode": "autopilot"}},
    ),
    ("autoscaling.no-metrics", _scaled()),
    ("autoscaling.no-metrics", {"models": [{"replicas": 2}], **_ELSEWHERE}),
    ("autoscaling.adapter-unused", _scaled(others=_adapter("install"))),
    ("autoscaling.adapter-unused", {}),
    ("autoscaling.adapter-elsewhere", _scaled()),
    (
        "autoscaling.adapter-elsewhere",
        {
            "models": [{"autoscaling": {"max": 2}}],
            "cluster": _EXISTING,
            **_adapter("install"),
        },
    ),
    ("autoscaling.fixed-nodes", _scaled(others=_GROWING)),
    ("autoscaling.fixed-nodes", {"models": [{"replicas": 2}]}),
    ("autoscaling.switch", {"models": [{"replicas": 2}]}),
    ("autoscaling.switch", {"models": [{"autoscaling": {"max": 2}}], **_ELSEWHERE}),
]
_WORDS: Final[list[tuple[str, Values, str, str]]] = [
    (
        "picker.not-in-release",
        _scorers("v1.0.0", loadAware=1),
        "the picker of v1.0.0 has no load-aware-scorer, and would not start with it",
        (
            "pulumi config set gke-inference-gateway:gatewayRelease llm-d-v0.10.0, or pulumi "
            "config rm --path 'gke-inference-gateway:picker.scorers.loadAware'"
        ),
    ),
    (
        "picker.flow-control-hides-load",
        _held(scaled={"max": 2}),
        (
            "queues requests for llama3-8b before its autoscaler would add a server, at 5 waiting "
            "or 80% of the KV cache: their number would not grow"
        ),
        "pulumi config set --path 'gke-inference-gateway:picker.flowControl.queueDepth' 10",
    ),
    (
        "picker.update-sticks",
        _picker("v1.0.0", replicas=2),
        (
            "2 pickers of release v1.0.0 could not be updated: a new one is ready only once it "
            "leads, and the old leader stays until then"
        ),
        (
            "pulumi config set gke-inference-gateway:gatewayRelease v1.5.0, or pulumi config set "
            "--path 'gke-inference-gateway:picker.replicas' 1"
        ),
    ),
    (
        "picker.setting-ignored",
        _picker("v1.0.0", failureMode="FailOpen"),
        "chart v1.0.0 has no value for it, so it has no effect on the picker",
        (
            "pulumi config set gke-inference-gateway:gatewayRelease v1.5.0, or pulumi config rm "
            "--path 'gke-inference-gateway:picker.failureMode'"
        ),
    ),
    (
        "picker.more-than-nodes",
        _picker("v1.5.0", replicas=4),
        "4 pickers on 3 CPU nodes: two of a model share a node, and are lost together with it",
        "pulumi config set --path 'gke-inference-gateway:picker.replicas' 3",
    ),
    (
        "autoscaling.no-metrics",
        {"models": [{"autoscaling": {"max": 2}}], **_ELSEWHERE},
        (
            "outside GKE nothing collects the servers' metrics for an autoscaler: the number of "
            "servers would never change"
        ),
        "set `models[0].replicas` to 1 and remove `models[0].autoscaling` in the stack file",
    ),
    (
        "autoscaling.adapter-unused",
        _adapter("install"),
        "is set, but no model is autoscaled, so it has no effect",
        "pulumi config rm --path 'gke-inference-gateway:autoscaling.adapter'",
    ),
    (
        "autoscaling.adapter-elsewhere",
        _scaled(others=_adapter("present")),
        (
            "this stack installs no custom metrics adapter: without one in the cluster, the "
            "number of servers never changes"
        ),
        (
            "pulumi config set --path 'gke-inference-gateway:autoscaling.adapter' install, or "
            "accept this finding if there is one"
        ),
    ),
    (
        "autoscaling.fixed-nodes",
        _scaled(),
        "the node count of gpupool is fixed: fewer servers cost the same",
        "set `autoscaling` on the node pool instead of `nodes`",
    ),
    (
        "autoscaling.switch",
        _scaled(),
        (
            "running servers keep their count until the autoscaler changes it; a new model starts "
            "with one and scales up to min"
        ),
        "set min to what the load needs from the start",
    ),
]
_SEVERITIES: Final = {
    "autoscaling.no-server": Severity.ERROR,
    "autoscaling.managed-too-old": Severity.ERROR,
    "autoscaling.managed-elsewhere": Severity.WARNING,
    "autoscaling.managed-limit": Severity.ERROR,
    "picker.not-in-release": Severity.ERROR,
    "picker.parameters-without-weight": Severity.WARNING,
    "picker.block-raised": Severity.WARNING,
    "picker.flow-control-hides-load": Severity.WARNING,
    "picker.update-sticks": Severity.ERROR,
    "picker.setting-ignored": Severity.WARNING,
    "picker.more-than-nodes": Severity.WARNING,
    "autoscaling.no-metrics": Severity.ERROR,
    "autoscaling.adapter-unused": Severity.WARNING,
    "autoscaling.adapter-elsewhere": Severity.WARNING,
    "autoscaling.fixed-nodes": Severity.INFO,
    "autoscaling.switch": Severity.INFO,
}


TABLE: Final = Table(
    modules=(autoscaling, picker),
    trips=_TRIPS,
    passes=_NEAR_MISSES,
    words=_WORDS,
    severities=_SEVERITIES,
)


def test_gpus_are_counted_for_the_most_servers_and_interruptions_for_the_fewest() -> None:
    def of(identifier: str, sections: Values) -> list[tuple[str, str]]:
        found = capacity.findings(make_settings(sections))
        return [(one.path, one.fix) for one in found if one.id == identifier]

    lower = "nodePools[0].{}' 3, or lower `autoscaling.max`"
    for nodes, key in ((_FIXED, "nodes"), (_GROWING, "autoscaling.max")):
        assert of("capacity.gpus", _scaled(most=4, others=nodes)) == []
        ((path, fix),) = of("capacity.gpus", _scaled(most=5, others=nodes))
        assert path == "models[0].autoscaling.max"
        assert fix.endswith(lower.format(key))
    assert of("capacity.spot-single", _scaled(least=2)) == []
    assert [path for path, _ in of("capacity.spot-single", _scaled())] == [
        "models[0].autoscaling.min"
    ]
