"""The command line of SGLang, word for word, and what pickers, autoscaler and charts are told."""

from typing import Any

import pytest
from conftest import make_settings
from promql import metrics_of

from inference.catalog.metric import Shape
from inference.catalog.server_metrics import SGLANG_METRICS, VLLM_METRICS
from inference.config.engine import Engine
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.dashboard import dashboard
from inference.derive.engines import SERVERS, has_syncer, image, server_of
from inference.derive.expected import ScaleOut, gauges
from inference.derive.memory import gpu_memory
from inference.derive.slos import Below, objectives

_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
_DEFAULT = [
    f"--model-path={_MODEL}",
    f"--served-model-name={_MODEL}",
    "--host=0.0.0.0",
    "--port=8000",
    "--tp-size=1",
    "--enable-metrics",
]
_ADAPTERS = [{"name": "food", "source": "owner/food"}, {"name": "cad", "source": "owner/cad"}]
_THREE = [*_ADAPTERS, {"name": "law", "source": "owner/law"}]


def _model(**values: object) -> Model:
    return Model.model_validate({"engine": "sglang", **values})


def _settings(*models: dict[str, Any], **sections: object) -> Settings:
    return make_settings({"models": models, **sections})


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({}, []),
        (
            {"lora": {"adapters": _ADAPTERS, "maxRank": 64}},
            [
                "--enable-lora",
                "--max-loras-per-batch=3",
                "--max-loaded-loras=12",
                "--max-lora-rank=64",
                "--lora-paths",
                "food=owner/food",
                "cad=owner/cad",
            ],
        ),
        # Nor fewer than it is given at its start.
        (
            {"lora": {"adapters": _ADAPTERS, "maxLoras": 1, "maxCpuLoras": 1}},
            [
                "--enable-lora",
                "--max-loras-per-batch=2",
                "--max-loaded-loras=2",
                "--max-lora-rank=16",
                "--lora-paths",
                "food=owner/food",
                "cad=owner/cad",
            ],
        ),
        (
            {"lora": {"adapters": _THREE, "maxLoras": 1, "maxCpuLoras": 1}},
            [
                "--enable-lora",
                "--max-loras-per-batch=2",
                "--max-loaded-loras=3",
                "--max-lora-rank=16",
                "--lora-paths",
                "food=owner/food",
                "cad=owner/cad",
                "law=owner/law",
            ],
        ),
        # It must not keep fewer than a batch has.
        (
            {"lora": {"adapters": _ADAPTERS[:1], "maxLoras": 2, "maxCpuLoras": 2}},
            [
                "--enable-lora",
                "--max-loras-per-batch=3",
                "--max-loaded-loras=3",
                "--max-lora-rank=16",
                "--lora-paths",
                "food=owner/food",
            ],
        ),
        ({"lora": {}}, []),
        (
            {
                "maxModelLen": 8192,
                "gpuMemoryUtilization": 0.85,
                "extraArgs": ["--log-level=warn"],
            },
            ["--context-length=8192", "--mem-fraction-static=0.85", "--log-level=warn"],
        ),
    ],
)
def test_every_setting_has_its_argument(values: dict[str, object], more: list[str]) -> None:
    model = _model(**values)
    assert server_of(model).arguments(model) == [*_DEFAULT, *more]


def test_name_port_and_gpus_are_the_models() -> None:
    model = _model(servedName="mine", port=9000, gpu={"count": 2})
    found = server_of(model).arguments(model)
    assert {"--served-model-name=mine", "--port=9000", "--tp-size=2"} < set(found)


def test_it_is_started_as_a_module_from_a_released_image_and_answers_probes_at_once() -> None:
    model = _model()
    server = server_of(model)

    assert server.command == ("python3", "-m", "sglang.launch_server")
    assert image(model) == "docker.io/lmsysorg/sglang:v0.5.23"
    assert dict(server.variables(model)) == {
        "HF_HOME": "/data",
        "SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION": "false",
    }


def test_adapters_have_no_syncer_and_are_named_after_the_base_model() -> None:
    model = _model(servedName="llama", lora={"adapters": _ADAPTERS})

    assert not has_syncer(model)
    assert model.served_names == ("llama", "llama:food", "llama:cad")
    vllm = model.model_copy(update={"engine": Engine.VLLM})
    assert vllm.served_names == ("llama", "food", "cad")


def test_later_pickers_know_it_by_the_labels_of_its_pods() -> None:
    assert SERVERS[Engine.SGLANG].labels == {
        "inference.networking.k8s.io/engine-type": "sglang",
        "llm-d.ai/engine-type": "sglang",
    }
    assert not SERVERS[Engine.VLLM].labels


def test_it_is_scaled_by_its_own_metrics() -> None:
    model = _model(autoscaling={"max": 2})
    assert model.autoscaling
    targets = ScaleOut(queue_depth=5, kv_cache_usage=0.8)
    found = gauges(targets, server_of(model).metrics)
    assert [(one.metric, one.target) for one in found] == [
        ("sglang:num_queue_reqs", "5"),
        ("sglang:token_usage", "800m"),
    ]


def _server_metrics(*engines: str) -> set[str]:
    models = [
        {"name": engine, "servedName": engine, "engine": engine, "lora": {"adapters": _ADAPTERS}}
        for engine in engines
    ]
    if len(models) > 1:
        models[1]["lora"] = {}
    charts = dashboard(_settings(*models))["mosaicLayout"]["tiles"]
    queries = [
        data["timeSeriesQuery"]["prometheusQuery"]
        for chart in charts
        for data in chart["widget"]["xyChart"]["dataSets"]
    ]
    names = {name for query in queries for name in metrics_of(query)}
    return {name for name in names if name.startswith(("vllm:", "sglang:"))}


@pytest.mark.parametrize(
    ("engines", "prefixes"),
    [
        (["vllm"], {"vllm"}),
        (["simulator"], {"vllm"}),
        (["sglang"], {"sglang"}),
        (["sglang", "vllm"], {"sglang", "vllm"}),
    ],
)
def test_charts_name_the_metrics_of_the_engines_that_serve(
    engines: list[str], prefixes: set[str]
) -> None:
    assert {name.partition(":")[0] for name in _server_metrics(*engines)} == prefixes


def test_every_chart_of_vllm_has_its_like_for_sglang() -> None:
    kinds = {field for field in vars(VLLM_METRICS) if not field.startswith("lora")}
    for kind in kinds:
        one, other = getattr(VLLM_METRICS, kind), getattr(SGLANG_METRICS, kind)
        assert (one.shape, other.shape) in {(shape, shape) for shape in Shape}, kind


def test_objectives_are_of_the_engines_own_histograms() -> None:
    settings = _settings(
        {"engine": "sglang"},
        observability={"sloDays": 28},
        slo={"timeToFirstTokenP95Ms": 500, "interTokenP95Ms": 50},
    )
    filters = [
        one.indicator.filter for one in objectives(settings) if isinstance(one.indicator, Below)
    ]
    assert [text.partition("/histogram")[0].rpartition("/")[2] for text in filters] == [
        "sglang:time_to_first_token_seconds",
        "sglang:request_time_per_output_token_seconds",
    ]


def test_a_share_of_memory_leaves_out_what_a_forward_pass_needs() -> None:
    shared, own = gpu_memory(_model(gpuMemoryUtilization=0.5)), gpu_memory(_model())
    assert shared
    assert own
    assert shared.activations == 0
    # Its versions are not those of vLLM, of which the early ones needed more.
    assert own.activations == 2.5
