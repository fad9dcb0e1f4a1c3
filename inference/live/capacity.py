"""Doctor's look at quota and machine types. Quota is permission, not stock: see `pulumi up`."""

from collections.abc import Iterator, Sequence
from typing import Final, final

from pydantic import AliasPath, Field

from inference.derive.needs import MachineNeed, Needs, Quota
from inference.live.checks import Check
from inference.live.endpoints import CLOUD_QUOTAS, COMPUTE
from inference.live.errors import ApiError
from inference.live.google import Google, GoogleModel
from inference.live.report import Line, ok, problem, unknown

_FAMILY_METRICS: Final = {
    "compute.googleapis.com/gpus_per_gpu_family": "gpu_family",
    "compute.googleapis.com/tpus_per_tpu_family": "tpu_family",
}
"""Quotas with a value for each family of accelerators, by the name of that dimension."""
_ALL_REGIONS: Final = "GPUS_ALL_REGIONS"
_UNLIMITED: Final = -1


@final
class _Metric(GoogleModel):
    metric: str
    limit: float
    usage: float = 0


@final
class _Quotas(GoogleModel):
    """The part of a project or region that names its quotas."""

    quotas: tuple[_Metric, ...] = ()


@final
class _Dimensions(GoogleModel):
    dimensions: dict[str, str] = {}  # noqa: RUF012 pydantic copies it
    value: int = Field(0, validation_alias=AliasPath("details", "value"))
    """An int64, which JSON carries as text."""
    applicable_locations: tuple[str, ...] = ()


@final
class _QuotaInfo(GoogleModel):
    metric: str = ""
    dimensions_infos: tuple[_Dimensions, ...] = ()


@final
class _MachineType(GoogleModel):
    name: str
    zone: str


def _increase(google: Google, quota: str) -> str:
    return (
        f"request more of {quota} at "
        f"https://console.cloud.google.com/iam-admin/quotas?project={google.project}"
    )


def _compared(google: Google, name: str, needed: int, found: _Metric) -> Line:
    free = found.limit - found.usage
    known = f"{needed} needed, {free:g} free (limit {found.limit:g}, {found.usage:g} in use)"
    if free >= needed:
        return ok(name, known)
    message = (
        f"{known}: nodes would not be created; if the stack is up, its own GPUs count as in use"
    )
    return problem(name, message, _increase(google, found.metric))


def _counts(info: _QuotaInfo, part: _Dimensions, quota: Quota) -> bool:
    """Whether a part of a quota is what the stack's GPUs are counted by."""
    if quota.region not in part.applicable_locations:
        return False
    dimension = _FAMILY_METRICS.get(info.metric)
    if dimension is not None:
        return quota.family == (dimension, part.dimensions.get(dimension))
    return info.metric == f"compute.googleapis.com/{quota.name.lower()}"


def _newer_limit(google: Google, quota: Quota) -> int | None:
    """The limit in Cloud Quotas, where the newest GPUs are; None where it is not there either."""
    path = f"projects/{google.project}/locations/global/services/compute.googleapis.com/quotaInfos"
    infos = google.read_all(CLOUD_QUOTAS, path, "quotaInfos", _QuotaInfo, pageSize="500")
    limits = [
        part.value for info in infos for part in info.dimensions_infos if _counts(info, part, quota)
    ]
    bounded = [limit for limit in limits if limit != _UNLIMITED]
    # Where a project has more than one, each must be kept.
    return min(bounded or limits, default=None)


def _by_cloud_quotas(google: Google, name: str, quota: Quota) -> Line:
    look = _increase(google, quota.name)
    try:
        limit = _newer_limit(google, quota)
    except ApiError as error:
        message = f"{quota.amount} needed; the region does not list it, and {error}"
        return unknown(name, message, error.fix)
    if limit is None:
        message = f"{quota.amount} needed; neither the region nor Cloud Quotas lists it"
        return unknown(name, message, look)
    if limit == _UNLIMITED:
        return ok(name, f"{quota.amount} needed, unlimited")
    if limit >= quota.amount:
        return ok(name, f"{quota.amount} needed, limit {limit}; usage unknown")
    return problem(name, f"{quota.amount} needed, limit {limit}: nodes would not be created", look)


def _quota(google: Google, quota: Quota, regional: Sequence[_Metric]) -> Line:
    name = f"quota {quota.name} in {quota.region}"
    found = next((metric for metric in regional if metric.metric == quota.name), None)
    if found is None:
        return _by_cloud_quotas(google, name, quota)
    return _compared(google, name, quota.amount, found)


def _quotas(google: Google, needs: Needs) -> Iterator[Line]:
    for region in dict.fromkeys(quota.region for quota in needs.quotas):
        answer = google.read(COMPUTE, f"projects/{google.project}/regions/{region}", _Quotas)
        for quota in needs.quotas:
            if quota.region == region:
                yield _quota(google, quota, answer.quotas)


def _all_regions(google: Google, needed: int) -> Iterator[Line]:
    """The project's GPUs in all regions. Which GPUs count is not documented for all kinds."""
    name = f"quota {_ALL_REGIONS}"
    answer = google.read(COMPUTE, f"projects/{google.project}", _Quotas)
    found = next((metric for metric in answer.quotas if metric.metric == _ALL_REGIONS), None)
    if found is None:
        return
    line = _compared(google, name, needed, found)
    yield line if not line.fix else unknown(name, f"{line.message}, if they count", line.fix)


def _machine(google: Google, need: MachineNeed, region: str) -> Iterator[Line]:
    name = f"machine {need.machine_type}"
    offered, silent = google.read_everywhere(
        COMPUTE,
        f"projects/{google.project}/aggregated/machineTypes",
        "machineTypes",
        _MachineType,
        filter=f'name = "{need.machine_type}"',
    )
    # The filter is a request: what else an answer holds is not this machine type.
    zones = sorted({m.zone.rpartition("/")[2] for m in offered if m.name == need.machine_type})
    here = [zone for zone in zones if zone.startswith(f"{region}-")]
    missing = [zone for zone in need.zones if zone not in zones]
    if not need.zones and not here:
        missing = [region]
    where = f"offered in {', '.join(here)}" if here else f"offered in no zone of {region}"
    if not missing:
        yield ok(name, f"{where}; whether it is in stock shows only when a node is created")
    elif any(scope.rpartition("/")[2].startswith(region) for scope in silent):
        yield unknown(name, f"{where}, but not every zone responded", "try again later")
    else:
        yield problem(
            name,
            f"not offered in {', '.join(missing)}: GKE would reject the nodes; {where}",
            f"choose a zone from {', '.join(zones)}" if zones else "choose another machine type",
        )


def capacity_checks(
    google: Google, needs: Needs, machines: Sequence[MachineNeed], region: str
) -> Iterator[Check]:
    """What is looked at for the GPU nodes."""
    if needs.quotas:
        yield Check(name="GPU quota", look=lambda: _quotas(google, needs))
        total = sum(quota.amount for quota in needs.quotas if "GPU" in quota.name)
        if total:
            yield Check(name=f"quota {_ALL_REGIONS}", look=lambda: _all_regions(google, total))
    for need in machines:
        yield Check(
            name=f"machine {need.machine_type}",
            look=lambda need=need: _machine(google, need, region),
        )
