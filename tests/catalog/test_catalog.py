"""The catalog is consistent, and what is computed from it holds."""

import re
from typing import Final

import pytest

from inference.catalog.images import LORA_SYNCER, SIMULATOR, VLLM, VLLM_TPU, Artifact
from inference.catalog.machines import ACCELERATORS, MACHINES
from inference.catalog.releases import RELEASES, GatewayRelease
from inference.catalog.system_machines import (
    SYSTEM_MACHINES,
    allocatable_cpu,
    allocatable_memory_gib,
)
from inference.derive.placement import machines_with
from inference.derive.versions import image_version, is_unpinned, released_version


def test_accelerators_have_a_machine_and_a_quota_of_their_own() -> None:
    assert {machine.accelerator.name for machine in MACHINES.values()} == set(ACCELERATORS)
    assert len({each.quota for each in ACCELERATORS.values()}) == len(ACCELERATORS)


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


@pytest.mark.parametrize("artifact", _ARTIFACTS, ids=lambda artifact: artifact.tagged)
def test_every_image_and_chart_is_a_released_version(artifact: Artifact) -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+", artifact.tag)
    assert not is_unpinned(artifact.reference)
    assert artifact.reference.startswith(artifact.tagged)


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
    ("reference", "version", "released"),
    [
        ("docker.io/vllm/vllm-openai:v0.32.0", (0, 32, 0), True),
        ("vllm/vllm-openai:0.9.2", (0, 9, 2), True),
        ("vllm/vllm-openai:v0.32.0-cu129", (0, 32, 0), True),
        ("vllm/vllm-openai:v0.6.3.post1", (0, 6, 3), False),
        ("lmsysorg/sglang:v0.5.23.post1-cu130", (0, 5, 23), False),
        ("lmsysorg/sglang:v0.5.23rc1", (0, 5, 23), False),
        ("lmsysorg/sglang:v0.5.23-rc1", (0, 5, 23), False),
        ("localhost:5000/vllm:v0.12.10", (0, 12, 10), True),
        (f"vllm/vllm-openai:v0.32.0@sha256:{'0' * 64}", (0, 32, 0), True),
        (f"vllm/vllm-openai@sha256:{'0' * 64}", None, False),
        ("vllm/vllm-openai:latest", None, False),
        ("vllm/vllm-openai", None, False),
        ("localhost:5000/vllm", None, False),
        ("10.0.0.1:5000/vllm", None, False),
        ("registry.example/v1.2.3/vllm:nightly", None, False),
    ],
)
def test_vllm_version_is_read_from_the_tag_alone(
    *, reference: str, version: tuple[int, int, int] | None, released: bool
) -> None:
    assert image_version(reference) == version
    assert released_version(reference) == (version if released else None)


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
