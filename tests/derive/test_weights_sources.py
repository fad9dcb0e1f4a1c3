"""Where weights come from, what engines are told, and what it takes: time, disk and a sidecar."""

import json
from typing import Any, Final

import pytest

from inference.catalog.machines import MACHINES
from inference.catalog.weights import READ_OPTIONS
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.engines import server_of
from inference.derive.needs import needs
from inference.derive.pod import pod_size
from inference.derive.sidecar import pod_annotations, sidecar
from inference.derive.summary import derived
from inference.derive.timing import deployment_times, download_minutes, startup_budget
from inference.derive.weights import (
    cache_path,
    downloads_model,
    folder,
    location,
    mounts_any,
    needs_token,
    reading_options,
    reads_hugging_face,
    started,
    uses_buckets,
)

_LLAMA: Final = "meta-llama/Llama-3.1-8B-Instruct"
_IMAGE: Final = {"image": "registry/weights@sha256:" + "a" * 64}
_MOUNT: Final = {"load": "mount"}


def _settings(
    weights: Any,  # noqa: ANN401 any keys, or none
    bucket: dict[str, Any] | None = None,
    cluster: dict[str, Any] | None = None,
    **model: Any,  # noqa: ANN401 any setting
) -> Settings:
    sections = {
        "weights": {"bucket": "mine", **(bucket or {})},
        "cluster": cluster or {},
        "models": [{**model, **({} if weights is None else {"weights": weights})}],
        "gcp": {"project": "my-project"},
    }
    return Settings.model_validate_json(json.dumps(sections), strict=True)


def _arguments(settings: Settings) -> list[str]:
    model = settings.models[0]
    return server_of(model).arguments(started(settings, model))


@pytest.mark.parametrize(
    ("weights", "where"),
    [
        (None, _LLAMA),
        ({}, f"gs://mine/{_LLAMA}"),
        ({"path": "llama/v2"}, "gs://mine/llama/v2"),
        (_MOUNT, "/weights"),
        ({**_MOUNT, "path": "llama/v2"}, "/weights"),
        (_IMAGE, "/weights"),
        ({**_IMAGE, "path": "models/llama"}, "/weights/models/llama"),
    ],
)
def test_the_engine_loads_from_where_weights_are_and_serves_under_the_same_name(
    weights: dict[str, Any] | None, where: str
) -> None:
    settings = _settings(weights)
    arguments = _arguments(settings)

    assert location(settings, settings.models[0]) == where
    assert arguments[:3] == ["serve", where, f"--served-model-name={_LLAMA}"]


@pytest.mark.parametrize(
    ("weights", "gpus", "added"),
    [
        (None, 1, []),
        ({}, 1, ["--load-format=runai_streamer"]),
        (
            {},
            2,
            [
                "--load-format=runai_streamer",
                '--model-loader-extra-config={"distributed": true}',
            ],
        ),
        (_MOUNT, 2, []),
        (_IMAGE, 1, []),
    ],
)
def test_only_streaming_takes_arguments_and_those_of_the_stack_come_last(
    weights: dict[str, Any] | None, gpus: int, added: list[str]
) -> None:
    arguments = _arguments(_settings(weights, gpu={"count": gpus}, extraArgs=["--seed=1"]))
    assert arguments[-len(added) - 1 :] == [*added, "--seed=1"]
    assert ("--load-format=runai_streamer" in arguments) == bool(added)


def test_a_simulated_model_is_started_as_without_weights() -> None:
    settings, plain = _settings({}, engine="simulator"), _settings(None, engine="simulator")
    assert _arguments(settings) == _arguments(plain)


@pytest.mark.parametrize(
    ("values", "reads", "downloads", "gated"),
    [
        ({}, True, True, True),
        ({"model": "Qwen/Qwen3-8B"}, True, True, False),
        ({"model": "owner/unknown"}, True, True, False),
        ({"engine": "sglang"}, True, True, True),
        ({"weights": {}}, False, False, False),
        ({"weights": {"load": "mount"}}, False, False, False),
        ({"weights": _IMAGE}, False, False, False),
        # The setting, not the number: the first adapter restarts no Pod.
        ({"weights": {}, "lora": {}}, True, False, False),
        ({"engine": "simulator"}, False, False, False),
        ({"engine": "simulator", "lora": {}}, False, False, False),
    ],
)
def test_a_token_is_for_servers_that_download(
    values: dict[str, Any], *, reads: bool, downloads: bool, gated: bool
) -> None:
    model = Model.model_validate(values)

    assert reads_hugging_face(model) is reads
    assert downloads_model(model) is downloads
    assert needs_token(model) is gated


@pytest.mark.parametrize(
    ("weights", "seconds"),
    [
        # Twice 1.5 min to start and 2.7 min to warm up, and twice 16.06 GB at 6, 60 and 20 GB/min.
        (None, 826),
        ({}, 537),
        (_MOUNT, 601),
        # An image is there before the container starts.
        (_IMAGE, 504),
    ],
)
def test_a_start_takes_as_long_as_its_way(weights: dict[str, Any] | None, seconds: int) -> None:
    (model,) = _settings(weights).models
    assert startup_budget(model) == seconds


def test_an_image_of_weights_is_waited_for_as_an_image() -> None:
    streamed, packed = _settings({}).models[0], _settings(_IMAGE).models[0]
    longer = deployment_times(packed).progress_deadline - startup_budget(packed)
    shorter = deployment_times(streamed).progress_deadline - startup_budget(streamed)

    # 16.06 GB at 2.6 a minute, twice.
    assert longer - shorter == 742
    assert download_minutes(packed) > download_minutes(streamed)


@pytest.mark.parametrize(
    ("weights", "bucket", "requested", "volume"),
    [
        # 16.06 GB of weights and 10 of caches are 24.3 GiB, and 10 GiB are for logs.
        (None, {}, 35, 25),
        # Nothing of streamed weights.
        ({}, {}, 20, 10),
        # In the sidecar's cache, whose 5 GiB are requested there.
        (_MOUNT, {}, 30, 10),
        (_IMAGE, {}, 35, 10),
        (None, {"compileCache": True}, 30, 25),
    ],
)
def test_the_disk_holds_what_is_on_it(
    weights: dict[str, Any] | None, bucket: dict[str, Any], requested: int, volume: int
) -> None:
    settings = _settings(weights, bucket)
    size = pod_size(settings, settings.models[0])
    assert (size.ephemeral_storage, size.data_volume) == (requested, volume)


@pytest.mark.parametrize(("autopilot", "cpu", "memory"), [(False, 0.25, 0.25), (True, 1, 2)])
def test_the_sidecar_takes_its_part_of_a_small_machine(
    *, autopilot: bool, cpu: float, memory: float
) -> None:
    machine = MACHINES["g2-standard-4"]
    mode = {"mode": "autopilot"} if autopilot else {}
    gpu = {"accelerator": "nvidia-l4"}
    settings = _settings(_MOUNT, cluster=mode, gpu=gpu)
    (model,) = settings.models
    beside = sidecar(settings, model)
    downloading = _settings(None, cluster=mode, gpu=gpu)
    plain = pod_size(downloading, downloading.models[0], machine)
    least = pod_size(settings, model, machine)

    assert (beside.cpu, beside.memory) == (cpu, memory)
    assert plain.cpu - least.cpu == pytest.approx(cpu, abs=0.1)
    assert 0 <= plain.memory - least.memory <= memory + 1
    # Together they have the disk that the files take, whoever requests it.
    assert least.node_storage == plain.node_storage == 35
    assert least.ephemeral_storage + beside.storage == least.node_storage
    # Its cache fits into its own limit.
    assert beside.storage == (20 if autopilot else 5)


@pytest.mark.parametrize(
    ("weights", "bucket", "mounts", "uses"),
    [
        (None, {}, False, False),
        (None, {"compileCache": True}, True, True),
        ({}, {}, False, True),
        (_MOUNT, {}, True, True),
        (_IMAGE, {}, False, False),
    ],
)
def test_a_bucket_is_mounted_only_where_files_are_read_or_written(
    weights: dict[str, Any] | None, bucket: dict[str, Any], *, mounts: bool, uses: bool
) -> None:
    settings = _settings(weights, bucket)
    (model,) = settings.models

    assert mounts_any(settings) is mounts
    assert uses_buckets(settings, model) is uses
    assert bool(pod_annotations(settings, model)) is mounts


@pytest.mark.parametrize(
    ("cluster", "limits"),
    [
        ({}, {"cpu": "0", "memory": "0", "ephemeral-storage": "0"}),
        # Autopilot takes no Pod without limits.
        ({"mode": "autopilot"}, {"cpu": "1", "memory": "2Gi", "ephemeral-storage": "20Gi"}),
    ],
)
def test_the_sidecar_is_asked_for_with_its_limits(
    cluster: dict[str, Any], limits: dict[str, str]
) -> None:
    settings = _settings(_MOUNT, cluster=cluster)
    assert pod_annotations(settings, settings.models[0]) == {
        "gke-gcsfuse/volumes": "true",
        **{f"gke-gcsfuse/{key}-limit": value for key, value in limits.items()},
    }


def test_the_mount_shows_the_models_folder_with_what_google_recommends() -> None:
    (model,) = _settings({**_MOUNT, "path": "llama/v2"}).models
    assert reading_options(folder(model)) == ",".join((*READ_OPTIONS, "only-dir=llama/v2"))


def test_caches_of_models_images_and_gpus_lie_apart() -> None:
    def of(**values: object) -> str:
        return cache_path(Model.model_validate(values))

    assert of() == "/compile-cache/llama3-8b/vllm-openai-v0.32.0-nvidia-h100-80gb-1"
    others = [
        of(name="qwen"),
        of(image="vllm/vllm-openai:v0.32.0@sha256:" + "b" * 64),
        of(gpu={"accelerator": "nvidia-l4"}),
        of(gpu={"count": 2}),
    ]
    assert len({of(), *others}) == 5


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({}, f"stream of gs://mine/{_LLAMA}, 0.3 min"),
        ({**_MOUNT, "path": "llama"}, "mount of gs://mine/llama, 0.8 min"),
        (_IMAGE, f"image of {_IMAGE['image']}, 6.2 min"),
        (None, None),
    ],
)
def test_the_plan_says_where_weights_come_from(
    weights: dict[str, Any] | None, said: str | None
) -> None:
    settings = _settings(weights)
    assert dict(derived(settings, settings.models[0])).get("weights") == said


def test_service_and_role_are_needed_only_with_a_bucket() -> None:
    def of(settings: Settings) -> tuple[bool, bool]:
        found = needs(settings)
        return "storage.googleapis.com" in found.apis, "roles/storage.admin" in found.roles

    assert of(_settings(None)) == (True, True)
    assert of(Settings.model_validate({"gcp": {"project": "my-project"}})) == (False, False)
