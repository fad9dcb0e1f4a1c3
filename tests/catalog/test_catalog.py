"""The catalog against what Google, vLLM and the gateway's projects publish, copied by hand."""

import re
from typing import Final

import pytest

from inference.catalog.images import LORA_SYNCER, SIMULATOR, VLLM, VLLM_TPU, Artifact
from inference.catalog.machines import ACCELERATORS, MACHINES, Capacity
from inference.catalog.releases import RELEASES, GatewayRelease
from inference.catalog.system_machines import (
    SYSTEM_MACHINES,
    allocatable_cpu,
    allocatable_memory_gib,
)
from inference.derive.placement import machines_with
from inference.derive.versions import image_version, is_unpinned

Row = tuple[str, int, int, int, int]

_ON_DEMAND: Final = frozenset({"onDemand"})
_TEMPORARY: Final = frozenset({"spot", "flexStart"})
_RESERVED: Final = frozenset({"reservation"})
_EVERY_WAY: Final = _ON_DEMAND | _TEMPORARY | _RESERVED

_EXTENSION: Final = "kubernetes-sigs/gateway-api-inference-extension"
_EXTENSION_CHART: Final = (
    "registry.k8s.io/gateway-api-inference-extension/charts/inferencepool:{tag}"
)
_EXTENSION_PICKER: Final = "registry.k8s.io/gateway-api-inference-extension/epp:{tag}"

# Label, capacities, and rows of (machine, GPUs, GiB a GPU, vCPU, memory GB).
_FAMILIES: Final[list[tuple[str, frozenset[str], list[Row]]]] = [
    (
        "nvidia-h100-80gb",
        _TEMPORARY,
        [
            ("a3-highgpu-1g", 1, 80, 26, 234),
            ("a3-highgpu-2g", 2, 80, 52, 468),
            ("a3-highgpu-4g", 4, 80, 104, 936),
        ],
    ),
    ("nvidia-h100-80gb", _EVERY_WAY, [("a3-highgpu-8g", 8, 80, 208, 1872)]),
    ("nvidia-h100-mega-80gb", _EVERY_WAY, [("a3-megagpu-8g", 8, 80, 208, 1872)]),
    ("nvidia-h200-141gb", _TEMPORARY | _RESERVED, [("a3-ultragpu-8g", 8, 141, 224, 2952)]),
    ("nvidia-b200", _TEMPORARY | _RESERVED, [("a4-highgpu-8g", 8, 180, 224, 3968)]),
    (
        "tpu-v6e-slice",
        _EVERY_WAY,
        [
            ("ct6e-standard-1t", 1, 32, 44, 176),
            ("ct6e-standard-4t", 4, 32, 180, 720),
            ("ct6e-standard-8t", 8, 32, 180, 1440),
        ],
    ),
    (
        "nvidia-tesla-a100",
        _EVERY_WAY,
        [
            ("a2-highgpu-1g", 1, 40, 12, 85),
            ("a2-highgpu-2g", 2, 40, 24, 170),
            ("a2-highgpu-4g", 4, 40, 48, 340),
            ("a2-highgpu-8g", 8, 40, 96, 680),
        ],
    ),
    (
        "nvidia-a100-80gb",
        _EVERY_WAY,
        [
            ("a2-ultragpu-1g", 1, 80, 12, 170),
            ("a2-ultragpu-2g", 2, 80, 24, 340),
            ("a2-ultragpu-4g", 4, 80, 48, 680),
            ("a2-ultragpu-8g", 8, 80, 96, 1360),
        ],
    ),
    (
        "nvidia-l4",
        _EVERY_WAY,
        [
            ("g2-standard-4", 1, 24, 4, 16),
            ("g2-standard-8", 1, 24, 8, 32),
            ("g2-standard-12", 1, 24, 12, 48),
            ("g2-standard-16", 1, 24, 16, 64),
            ("g2-standard-32", 1, 24, 32, 128),
            ("g2-standard-24", 2, 24, 24, 96),
            ("g2-standard-48", 4, 24, 48, 192),
            ("g2-standard-96", 8, 24, 96, 384),
        ],
    ),
    (
        "nvidia-rtx-pro-6000",
        _EVERY_WAY,
        [
            ("g4-standard-48", 1, 96, 48, 180),
            ("g4-standard-96", 2, 96, 96, 360),
            ("g4-standard-192", 4, 96, 192, 720),
            ("g4-standard-384", 8, 96, 384, 1440),
        ],
    ),
]
_ROWS: Final = [(label, capacities, row) for label, capacities, rows in _FAMILIES for row in rows]

# Checksum and file of every CRD document, by release.
_POOL: Final = "inference.networking.k8s.io_inferencepools"
_FOLDER: Final = f"{_EXTENSION}/{{tag}}/config/crd/bases/{{file}}.yaml"
_ROUTER: Final = "llm-d/llm-d-router/v0.10.0/config/crd/bases/{file}.yaml"


def _first(file: str) -> str:
    return _FOLDER.format(tag="v1.0.0", file=file)


def _last(file: str) -> str:
    return _FOLDER.format(tag="v1.5.0", file=file)


_CRDS: Final = {
    "v1.0.0": [
        ("b37cbcbc1cadb0211fec066051ee6f14296ad4712041c5fe9530f2a1a2b97084", _first(_POOL)),
        (
            "f2b5f50c7c86f48efe046ecc553e89b467d655405e3620757a238be1c8687d3d",
            _first("inference.networking.x-k8s.io_inferenceobjectives"),
        ),
        (
            "36a5b20e9815265bc0deef3c0ebfb983b0cb22bc359b6bdd5e1312b8cbe40628",
            _first("inference.networking.x-k8s.io_inferencepools"),
        ),
    ],
    "v1.5.0": [
        ("0bc3ddd94db6f588a5cecc627c39e3d12b4343d51c48d47ffa68c50fa73c290c", _last(_POOL)),
        (
            "e06a3e13e91f7a3a71a9d4146fb56076a247f43ad72b6401f8039ccf9cfa3700",
            _last("inference.networking.x-k8s.io_inferenceobjectives"),
        ),
        (
            "887abbc047e7e36633f2f28ee47dc59cae5293ebef110e57cc286ab4605d8a97",
            _last("inference.networking.x-k8s.io_inferencemodelrewrites"),
        ),
        (
            "45b32d60ca88057723f1e67bc732cf13745bea0fe0b755ccedec88c58e1228cc",
            _last("inference.networking.x-k8s.io_inferencepoolimports"),
        ),
    ],
    "llm-d-v0.10.0": [
        ("0bc3ddd94db6f588a5cecc627c39e3d12b4343d51c48d47ffa68c50fa73c290c", _last(_POOL)),
        (
            "c1e763412fcbe2b55e9282850156269a10053be2d052547cb80a2ca639c09990",
            _ROUTER.format(file="llm-d.ai_inferenceobjectives"),
        ),
        (
            "62a07fff40e10e919c245d895457a9c15be22947b45f06815552ae8fffaab405",
            _ROUTER.format(file="llm-d.ai_inferencemodelrewrites"),
        ),
    ],
}
_EVERY_RELEASE: Final = list(RELEASES.values())
_ARTIFACTS: Final = [
    VLLM,
    VLLM_TPU,
    LORA_SYNCER,
    SIMULATOR,
    *(artifact for release in _EVERY_RELEASE for artifact in (release.chart, release.picker_image)),
]


def _release_name(release: GatewayRelease) -> str:
    return release.name


@pytest.mark.parametrize(("label", "capacities", "row"), _ROWS, ids=[row[0] for _, _, row in _ROWS])
def test_machine_is_as_google_publishes_it(
    label: str, capacities: frozenset[str], row: Row
) -> None:
    name, gpus, gib, vcpu, memory = row
    machine = MACHINES[name]
    assert (machine.name, machine.gpus, machine.vcpu, machine.memory_gb) == (
        name,
        gpus,
        vcpu,
        memory,
    )
    assert (machine.accelerator.name, machine.accelerator.memory_gib) == (label, gib)
    assert {capacity.value for capacity in machine.capacities} == capacities


def test_catalog_holds_the_published_machines_and_no_other() -> None:
    assert sorted(MACHINES) == sorted(row[0] for _, _, row in _ROWS)


def test_accelerator_labels_and_quotas_are_unique() -> None:
    labels = {label for label, _, _ in _ROWS}
    assert set(ACCELERATORS) == labels
    assert len({accelerator.quota for accelerator in ACCELERATORS.values()}) == len(labels)


@pytest.mark.parametrize(
    ("name", "disks"),
    [("a3-highgpu-1g", 2), ("a3-highgpu-8g", 16), ("a2-highgpu-1g", 0), ("g2-standard-96", 0)],
)
def test_bundled_local_ssds_are_as_google_publishes_them(name: str, disks: int) -> None:
    assert MACHINES[name].local_ssds == disks


def test_small_a3_machines_cannot_be_had_on_demand() -> None:
    for name in ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g"):
        assert Capacity.ON_DEMAND not in MACHINES[name].capacities


@pytest.mark.parametrize(
    ("accelerator", "gpus", "expected"),
    [
        ("nvidia-h100-80gb", 1, ["a3-highgpu-1g"]),
        ("nvidia-h100-80gb", 3, ["a3-highgpu-4g"]),
        ("nvidia-h100-80gb", 5, ["a3-highgpu-8g"]),
        ("nvidia-h100-mega-80gb", 1, ["a3-megagpu-8g"]),
        ("nvidia-l4", 1, [f"g2-standard-{vcpu}" for vcpu in (4, 8, 12, 16, 32)]),
        ("nvidia-l4", 2, ["g2-standard-24"]),
        ("nvidia-h100-80gb", 9, []),
        ("nvidia-unknown", 1, []),
    ],
)
def test_machines_have_the_fewest_gpus_that_suffice_smallest_first(
    accelerator: str, gpus: int, expected: list[str]
) -> None:
    assert [machine.name for machine in machines_with(accelerator, gpus)] == expected


def test_there_are_three_releases_under_their_own_names() -> None:
    assert list(RELEASES) == ["v1.0.0", "v1.5.0", "llm-d-v0.10.0"]
    assert [release.name for release in _EVERY_RELEASE] == list(RELEASES)


@pytest.mark.parametrize(
    ("name", "chart", "picker"),
    [
        (
            "v1.0.0",
            _EXTENSION_CHART.format(tag="v1.0.0"),
            _EXTENSION_PICKER.format(tag="v1.0.0"),
        ),
        (
            "v1.5.0",
            _EXTENSION_CHART.format(tag="v1.5.0"),
            _EXTENSION_PICKER.format(tag="v1.5.0"),
        ),
        (
            "llm-d-v0.10.0",
            "ghcr.io/llm-d/charts/llm-d-router-gateway:v0.10.0",
            "ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.10.0",
        ),
    ],
)
def test_chart_and_picker_of_a_release_are_of_one_released_tag(
    name: str, chart: str, picker: str
) -> None:
    release = RELEASES[name]
    assert release.chart.tagged == chart
    assert release.picker_image.tagged == picker


@pytest.mark.parametrize("release", _EVERY_RELEASE, ids=_release_name)
def test_crd_documents_have_upstreams_files_urls_and_checksums(release: GatewayRelease) -> None:
    expected = _CRDS[release.name]
    assert [(crd.sha256, crd.path) for crd in release.crds] == expected
    assert [crd.url for crd in release.crds] == [
        f"https://raw.githubusercontent.com/{path}" for _, path in expected
    ]
    assert [crd.file_name for crd in release.crds] == [
        path.rpartition("/")[2] for _, path in expected
    ]


@pytest.mark.parametrize("release", _EVERY_RELEASE, ids=_release_name)
def test_crd_checksums_are_well_formed_and_names_unique(release: GatewayRelease) -> None:
    for crd in release.crds:
        assert re.fullmatch(r"[0-9a-f]{64}", crd.sha256), crd.name
    assert len({crd.name for crd in release.crds}) == len(release.crds)


@pytest.mark.parametrize("release", _EVERY_RELEASE, ids=_release_name)
def test_each_release_defines_the_pool_and_the_objectives_that_it_uses(
    release: GatewayRelease,
) -> None:
    group = release.objective_api_version.partition("/")[0]
    names = {crd.name for crd in release.crds}
    assert {"inferencepools.inference.networking.k8s.io", f"inferenceobjectives.{group}"} <= names


@pytest.mark.parametrize(
    ("name", "api_version", "header"),
    [
        ("v1.0.0", "inference.networking.x-k8s.io/v1alpha2", "x-gateway-inference-objective"),
        ("v1.5.0", "inference.networking.x-k8s.io/v1alpha2", "x-gateway-inference-objective"),
        ("llm-d-v0.10.0", "llm-d.ai/v1alpha2", "x-llm-d-inference-objective"),
    ],
)
def test_objectives_have_the_api_version_and_header_of_their_release(
    name: str, api_version: str, header: str
) -> None:
    release = RELEASES[name]
    assert (release.objective_api_version, release.objective_header) == (api_version, header)


@pytest.mark.parametrize(
    ("name", "cpu", "memory_gib"),
    # The first chart has no value for requests: what its successor was measured at.
    [("v1.0.0", 4, 8), ("v1.5.0", 4, 8), ("llm-d-v0.10.0", 8, 8)],
)
def test_pickers_need_what_their_charts_request(name: str, cpu: float, memory_gib: float) -> None:
    needed = RELEASES[name].picker_requests
    assert (needed.cpu, needed.memory_gib) == (cpu, memory_gib)


def test_only_the_first_release_demands_a_token_and_names_the_renamed_metric() -> None:
    first, *later = _EVERY_RELEASE
    assert first.metrics_token
    metric = first.picker_flags["kv-cache-usage-percentage-metric"]
    assert metric == "vllm:kv_cache_usage_perc"
    assert [(release.metrics_token, dict(release.picker_flags)) for release in later] == [
        (False, {}),
        (False, {}),
    ]


@pytest.mark.parametrize("artifact", _ARTIFACTS, ids=lambda artifact: artifact.tagged)
def test_every_image_and_chart_is_a_released_version(artifact: Artifact) -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+", artifact.tag)
    assert not is_unpinned(artifact.reference)
    assert artifact.reference.startswith(artifact.tagged)


def test_images_are_the_versions_that_were_tried() -> None:
    assert VLLM.tagged == "docker.io/vllm/vllm-openai:v0.32.0"
    assert LORA_SYNCER.tagged == (
        "registry.k8s.io/gateway-api-inference-extension/lora-syncer:v1.0.0"
    )
    assert SIMULATOR.tagged == "ghcr.io/llm-d/llm-d-inference-sim:v0.10.2"


@pytest.mark.parametrize(
    "reference",
    [
        "vllm/vllm-openai",
        "vllm/vllm-openai:latest",
        "vllm/vllm-openai:main",
        "localhost:5000/vllm",
        "localhost:5000/vllm:latest",
        "vllm",
    ],
)
def test_an_image_without_a_tag_or_with_a_floating_one_is_unpinned(reference: str) -> None:
    assert is_unpinned(reference)


@pytest.mark.parametrize(
    "reference",
    [
        "vllm/vllm-openai:v0.32.0",
        "vllm:v0.32.0",
        "localhost:5000/vllm:v0.32.0",
        "localhost:5000/team/vllm:mainline-3",
        f"vllm/vllm-openai@sha256:{'a' * 64}",
        f"vllm/vllm-openai:latest@sha256:{'a' * 64}",
        f"localhost:5000/vllm@sha256:{'a' * 64}",
    ],
)
def test_an_image_with_a_released_tag_or_a_digest_is_pinned(reference: str) -> None:
    assert not is_unpinned(reference)


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("docker.io/vllm/vllm-openai:v0.32.0", (0, 32, 0)),
        ("vllm/vllm-openai:0.9.2", (0, 9, 2)),
        ("vllm/vllm-openai:v0.6.3.post1", (0, 6, 3)),
        ("localhost:5000/vllm:v0.12.10", (0, 12, 10)),
        (f"vllm/vllm-openai:v0.32.0@sha256:{'0' * 64}", (0, 32, 0)),
        (f"vllm/vllm-openai@sha256:{'0' * 64}", None),
        ("vllm/vllm-openai:latest", None),
        ("vllm/vllm-openai", None),
        ("localhost:5000/vllm", None),
        ("10.0.0.1:5000/vllm", None),
        ("registry.example/v1.2.3/vllm:nightly", None),
    ],
)
def test_vllm_version_is_read_from_the_tag_alone(
    reference: str, version: tuple[int, int, int] | None
) -> None:
    assert image_version(reference) == version


@pytest.mark.parametrize(
    ("vcpu", "allocatable"),
    [
        # 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the others.
        (1, 0.94),
        (2, 1.93),
        (4, 3.92),
        (8, 7.91),
        (16, 15.89),
        (32, 31.85),
    ],
)
def test_allocatable_cpu_follows_gkes_reservation(vcpu: int, allocatable: float) -> None:
    assert allocatable_cpu(vcpu) == pytest.approx(allocatable)


@pytest.mark.parametrize(
    ("memory", "allocatable"),
    [
        # 25 % of the first 4 GiB, 20 % of 4, 10 % of 8, 6 % of 112, 2 % above, and 100 MiB.
        (4, 4 - 1 - 0.1),
        (8, 8 - 1.8 - 0.1),
        (16, 16 - 2.6 - 0.1),
        (32, 32 - 3.56 - 0.1),
        (128, 128 - 9.32 - 0.1),
        (256, 256 - 11.88 - 0.1),
    ],
)
def test_allocatable_memory_follows_gkes_reservation(memory: float, allocatable: float) -> None:
    assert allocatable_memory_gib(memory) == pytest.approx(allocatable, abs=0.01)


def test_system_machines_are_ordered_by_size_with_4_gib_a_vcpu() -> None:
    sizes = [machine.vcpu for machine in SYSTEM_MACHINES]
    assert sizes == sorted(set(sizes))
    for machine in SYSTEM_MACHINES:
        assert machine.name.endswith(f"-standard-{machine.vcpu}")
        assert machine.memory_gib == 4 * machine.vcpu
