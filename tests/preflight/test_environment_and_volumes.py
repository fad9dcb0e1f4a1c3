"""Variables and files of servers that cannot work, by table."""

from typing import Any, Final

from preflight_cases import Table, Values

from inference.preflight import environment, volumes

_OWN: Final[Values] = {"image": "mine/vllm:v0.32.0"}
_CLAIM: Final[Values] = {"persistentVolumeClaim": {"claimName": "weights"}}
_TEMPLATES: Final[Values] = {"configMap": {"name": "templates"}}
_FOOD: Final[Values] = {"adapters": [{"name": "food", "source": "owner/food"}]}


def _env(model: Values | None = None, **variables: Any) -> Values:  # noqa: ANN401 any value
    return {"weights": {}, "models": [{**(model or {}), "env": variables}]}


def _volume(name: str = "mine", path: str = "/mnt/mine", source: Values = _TEMPLATES) -> Values:
    return {"name": name, "mountPath": path, **source}


def _volumes(*given: Values, **model: Any) -> Values:  # noqa: ANN401 any setting
    return {"models": [{"volumes": given, **model}]}


def _lora(source: str, *given: Values, **sections: Any) -> Values:  # noqa: ANN401 any setting
    adapters = [{"name": "food", "source": source}]
    return {**_volumes(*given, lora={"adapters": adapters}), **sections}


_PORT: Final = (
    (
        "PORT belongs to this program, which sets it from models[0].port: the server would not "
        "answer where probes and the load balancer call it"
    ),
    "pulumi config rm --path 'gke-inference-gateway:models[0].env.PORT'; `models[0].port` sets it",
)
_ACCESS: Final = (
    (
        "weights is mounted by up to 2 servers at once: with access mode ReadWriteOnce, those on "
        "a second node stay Pending"
    ),
    (
        "kubectl get pvc weights --namespace default; accept this finding if it has ReadOnlyMany "
        "or ReadWriteMany"
    ),
)
_ADDRESS: Final = (
    (
        "gs://mine/food is not in the bucket of `weights`, the only one that servers mount: the "
        "adapter could not be loaded"
    ),
    (
        "set `weights: {bucket: mine, create: false}`, or mount a volume and set the adapter's "
        "path in it"
    ),
)

TABLE: Final = Table(
    modules=(environment, volumes),
    trips=[
        ("env.owned", _env(HF_TOKEN=""), "models[0].env.HF_TOKEN"),
        ("env.owned", _env(HF_TOKEN={"secret": "hf", "key": "t"}), "models[0].env.HF_TOKEN"),
        ("env.owned", _env(PORT="80"), "models[0].env.PORT"),
        ("env.owned", _env(CUDA_VISIBLE_DEVICES="0"), "models[0].env.CUDA_VISIBLE_DEVICES"),
        ("env.owned", _env({"engine": "simulator"}, POD_IP="10.0.0.1"), "models[0].env.POD_IP"),
        ("env.offline", _env(HF_HUB_OFFLINE="1"), "models[0].env.HF_HUB_OFFLINE"),
        ("env.offline", _env(TRANSFORMERS_OFFLINE="yes"), "models[0].env.TRANSFORMERS_OFFLINE"),
        (
            "env.offline",
            _env({"weights": {}, "lora": _FOOD}, HF_HUB_OFFLINE="1"),
            "models[0].env.HF_HUB_OFFLINE",
        ),
        ("env.endpoint", _env(HF_ENDPOINT="mirror.example.com"), "models[0].env.HF_ENDPOINT"),
        ("env.endpoint", _env(HF_ENDPOINT=""), "models[0].env.HF_ENDPOINT"),
        (
            "env.secret-in-clear-text",
            _env(CLIENT_CREDENTIALS="x"),
            "models[0].env.CLIENT_CREDENTIALS",
        ),
        (
            "env.secret-in-clear-text",
            _env(https_proxy="http://me:word@proxy:3128"),
            "models[0].env.https_proxy",
        ),
        (
            "env.proxy-before-metadata",
            _env({"weights": {}}, HTTP_PROXY="http://proxy:3128"),
            "models[0].env.NO_PROXY",
        ),
        (
            "env.proxy-before-metadata",
            _env({"weights": {}}, all_proxy="http://proxy", no_proxy="169.254.169.254"),
            "models[0].env.NO_PROXY",
        ),
        ("volumes.taken", _volumes(_volume("data")), "models[0].volumes[0].name"),
        ("volumes.taken", _volumes(_volume(path="/data/x")), "models[0].volumes[0].mountPath"),
        ("volumes.taken", _volumes(_volume(path="/usr/")), "models[0].volumes[0].mountPath"),
        ("volumes.taken", _volumes(_volume(path="/a:b")), "models[0].volumes[0].mountPath"),
        (
            "volumes.taken",
            _volumes(_volume(path="/mnt"), _volume("other", "/mnt/other")),
            "models[0].volumes[1].mountPath",
        ),
        ("volumes.one-source", _volumes(_volume(source={})), "models[0].volumes[0]"),
        (
            "volumes.one-source",
            _volumes(_volume(source={**_CLAIM, **_TEMPLATES})),
            "models[0].volumes[0]",
        ),
        (
            "volumes.writable",
            {
                "models": [
                    {"weights": {"persistentVolumeClaim": {"claimName": "a", "readOnly": False}}}
                ]
            },
            "models[0].weights.persistentVolumeClaim.readOnly",
        ),
        (
            "volumes.writable",
            _volumes(
                _volume(source={"persistentVolumeClaim": {"claimName": "a", "readOnly": False}})
            ),
            "models[0].volumes[0].persistentVolumeClaim.readOnly",
        ),
        (
            "volumes.access-mode",
            {"models": [{"replicas": 2, "weights": _CLAIM}]},
            "models[0].weights.persistentVolumeClaim",
        ),
        (
            "volumes.access-mode",
            {**_volumes(_volume(source=_CLAIM)), "cluster": {"mode": "autopilot"}},
            "models[0].volumes[0].persistentVolumeClaim",
        ),
        ("volumes.path-not-mounted", _volumes(model="/models/llama"), "models[0].model"),
        ("volumes.path-not-mounted", _lora("/mnt/food"), "models[0].lora.adapters[0].source"),
        ("volumes.adapter-address", _lora("gs://mine/food"), "models[0].lora.adapters[0].source"),
        (
            "volumes.adapter-address",
            _lora("gs://mine/food", weights={"bucket": "mine-too"}),
            "models[0].lora.adapters[0].source",
        ),
        (
            "volumes.adapter-address",
            _lora("s3://mine/food", weights={"bucket": "mine"}),
            "models[0].lora.adapters[0].source",
        ),
    ],
    passes=[
        ("env.owned", _env(HF_ENDPOINT="https://mirror.example.com", VLLM_LOGGING_LEVEL="DEBUG")),
        ("env.owned", _env(POD_IP="10.0.0.1", HTTPS_PROXY="http://proxy:3128")),
        ("env.offline", _env({"weights": {}}, HF_HUB_OFFLINE="1")),
        ("env.offline", _env(HF_HUB_OFFLINE="0")),
        ("env.offline", _env({"engine": "simulator"}, HF_HUB_OFFLINE="1")),
        ("env.endpoint", _env(HF_ENDPOINT="http://mirror.internal:8080/hub")),
        ("env.endpoint", _env(HF_ENDPOINT={"secret": "mirror", "key": "url"})),
        ("env.secret-in-clear-text", _env(S3_SECRET_KEY={"secret": "s3", "key": "k"})),
        ("env.secret-in-clear-text", _env(TOKENIZERS_PARALLELISM="false", HTTP_PROXY="http://p")),
        (
            "env.proxy-before-metadata",
            _env(
                {"weights": {}},
                HTTP_PROXY="http://p",
                NO_PROXY="metadata.google.internal,169.254.169.254,.svc",
            ),
        ),
        ("env.proxy-before-metadata", _env({"weights": {}}, HTTPS_PROXY="http://proxy:3128")),
        ("env.proxy-before-metadata", _env(HTTP_PROXY="http://proxy:3128")),
        ("volumes.taken", _volumes(_volume(), _volume("other", "/mnt/mine-too"))),
        ("volumes.taken", _volumes(_volume(path="/database"), _volume("b", "/opt/templates"))),
        ("volumes.one-source", _volumes(_volume())),
        ("volumes.one-source", _volumes(_volume(source=_CLAIM))),
        ("volumes.writable", _volumes(_volume(source=_CLAIM))),
        ("volumes.writable", _volumes(_volume())),
        # One server that goes before its successor comes.
        (
            "volumes.access-mode",
            {**_volumes(_volume(source=_CLAIM)), "nodePools": [{"machineType": "a3-highgpu-1g"}]},
        ),
        ("volumes.access-mode", _volumes(_volume(), replicas=2)),
        ("volumes.path-not-mounted", _volumes(model="/models/llama", **_OWN)),
        ("volumes.path-not-mounted", _volumes(_volume(path="/models"), model="/models/llama")),
        ("volumes.path-not-mounted", _lora("/mnt/mine/food", _volume())),
        (
            "volumes.path-not-mounted",
            {
                "models": [
                    {
                        "weights": _CLAIM,
                        "lora": {"adapters": [{"name": "a", "source": "/weights/a"}]},
                    }
                ]
            },
        ),
        ("volumes.adapter-address", _lora("gs://mine/food", weights={"bucket": "mine"})),
        ("volumes.adapter-address", _lora("owner/food")),
    ],
    words=[
        ("env.owned", _env(PORT="80"), *_PORT),
        ("volumes.access-mode", {"models": [{"replicas": 2, "weights": _CLAIM}]}, *_ACCESS),
        ("volumes.adapter-address", _lora("gs://mine/food"), *_ADDRESS),
    ],
)
