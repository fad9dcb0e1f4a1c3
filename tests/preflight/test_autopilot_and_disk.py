"""What Autopilot may not give, and boot disks of a given size, by table."""

from typing import Final

import pytest
from conftest import make_settings
from preflight_cases import Case, Values, the_only

from inference.config import Finding, Severity
from inference.preflight import autopilot, disk

_A100: Final = "nvidia-tesla-a100"
_B200: Final = "nvidia-b200"
_RTX: Final = "nvidia-rtx-pro-6000"
_SET: Final = "pulumi config set --path 'gke-inference-gateway:"


def _autopilot(accelerator: str = "nvidia-h100-80gb", count: int = 1, **cluster: object) -> Values:
    mode = {} if "mode" in cluster else {"mode": "autopilot"}
    gpu = {"accelerator": accelerator, "count": count}
    return {"cluster": {**mode, **cluster}, "models": [{"gpu": gpu}]}


def _existing(accelerator: str, count: int = 1) -> Values:
    return _autopilot(accelerator, count, mode="existing", context="mine", autopilot=True)


def _pool(size: int | None, machine: str = "a2-highgpu-2g", **model: object) -> Values:
    """One model on a pool without local SSD, whose boot disks have so many GB."""
    pool = {"machineType": machine, "capacity": "onDemand"}
    given = {} if size is None else {"diskSizeGb": size}
    return {
        "nodePools": [{**pool, **given}],
        "models": [{"gpu": {"accelerator": _A100}, **model}],
    }


# 8.03 × 2 + 10 = 26.06 GB = 24.3 GiB of data, 25 rounded up, and 10 to write: 35 a replica.
# Two: 70 GiB, of which GKE's share makes (70 + 6) / 0.55 = 138.2 GiB = 148.4 GB.
_MANY: Final = {"maxRank": 512, "maxCpuLoras": 100}
AUTOPILOT_CASES: Final = (
    Case(
        id="autopilot.version",
        trips={
            "RTX PRO 6000 in a cluster that is there": _existing(_RTX),
            "two of them": _existing(_RTX, 2),
        },
        passes={
            "RTX PRO 6000 on rapid": _autopilot(_RTX, releaseChannel="rapid"),
            "RTX PRO 6000 on regular": _autopilot(_RTX, 2),
            "RTX PRO 6000 on stable": _autopilot(_RTX, releaseChannel="stable"),
            "H100 on stable": _autopilot(releaseChannel="stable"),
            # The gateway itself needs 1.32.3, B200 1.32.2.
            "B200 on stable": _autopilot(_B200, 8, releaseChannel="stable"),
            "H100 in a cluster that is there": _existing("nvidia-h100-80gb"),
            "RTX PRO 6000 on a Standard cluster": _autopilot(
                _RTX, mode="standard", releaseChannel="stable"
            ),
        },
    ),
    Case(
        id="autopilot.gpus-a-pod",
        trips={"three H100": _autopilot(count=3), "five H100": _autopilot(count=5)},
        passes={
            "two H100": _autopilot(count=2),
            "eight H100": _autopilot(count=8),
            "three A100, of which nothing is known": _autopilot(_A100, 3),
            "three H100 on a Standard cluster": _autopilot(count=3, mode="standard"),
        },
    ),
)
DISK_CASES: Final = (
    Case(
        id="disk.boot",
        trips={
            "two replicas, a GB too few": _pool(148, replicas=2),
            "the least that a pool takes": _pool(50),
            "adapters of a high rank": _pool(600, replicas=2, lora=_MANY),
            "one replica, and one more in a roll-out": _pool(148),
        },
        passes={
            "two replicas that just fit": _pool(149, replicas=2),
            "derived": _pool(None, replicas=2),
            "local SSDs hold image and weights": {
                "nodePools": [{"diskSizeGb": 50, "nodes": 2}],
                "models": [{"replicas": 2}],
            },
            "no model on the pool": {
                "nodePools": [
                    {"name": "small", "machineType": "g2-standard-24", "diskSizeGb": 50},
                    {"name": "large"},
                ],
            },
            "one replica on one GPU": _pool(100, "a2-highgpu-1g"),
        },
    ),
)


def _one(raw: Values, identifier: str) -> Finding:
    settings = make_settings(raw)
    found = [*autopilot.findings(settings), *disk.findings(settings)]
    return the_only(found, identifier)


def test_a_version_that_an_existing_cluster_may_not_have() -> None:
    assert _one(_existing(_RTX), "autopilot.version") == Finding(
        id="autopilot.version",
        severity=Severity.WARNING,
        path="models[0].gpu.accelerator",
        message="Autopilot offers nvidia-rtx-pro-6000 from GKE 1.34.1-gke.1829001, but an "
        "existing cluster's version is unknown: Pods may stay Pending",
        fix="check the cluster's version, and accept this finding",
    )


def test_a_number_of_gpus_that_a_pod_cannot_have() -> None:
    assert _one(_autopilot(count=3), "autopilot.gpus-a-pod") == Finding(
        id="autopilot.gpus-a-pod",
        severity=Severity.WARNING,
        path="models[0].gpu.count",
        message="Autopilot allows 1, 2, 4, 8 nvidia-h100-80gb per Pod, not 3: Pods would stay "
        "Pending",
        fix=f"{_SET}models[0].gpu.count' 4",
    )


# A rank of 512 makes each of 12 waiting adapters 2.6 GB: a replica requests 67 GiB.
_ADAPTERS: Final = {"name": "adapters", "gpu": {"accelerator": _A100}, "lora": {"maxRank": 512}}
_FOUR: Final = {"name": "four", "gpu": {"accelerator": _A100}, "replicas": 4}


@pytest.mark.parametrize(
    "models", [[_ADAPTERS], [_FOUR, _ADAPTERS]], ids=["alone", "beside four that request more"]
)
def test_a_boot_disk_that_does_not_hold_what_one_replica_requests_is_an_error(
    models: list[Values],
) -> None:
    raw = {**_pool(60, "a2-highgpu-8g"), "models": models}

    assert _one(raw, "disk.boot").severity is Severity.ERROR


def test_a_boot_disk_that_is_too_small() -> None:
    assert _one(_pool(148, replicas=2), "disk.boot") == Finding(
        id="disk.boot",
        severity=Severity.WARNING,
        path="nodePools[0].diskSizeGb",
        message="2 × llama3-8b request 70 GiB of ephemeral storage on one a2-highgpu-2g. With "
        "GKE's share and an image of 40 GB that needs a boot disk of 149 GB, but it has 148: the "
        "last replica would stay Pending or be evicted",
        fix=f"{_SET}nodePools[0].diskSizeGb' 149",
    )
