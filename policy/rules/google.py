"""Where and on what may be built, and what may not be deleted by mistake."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from rules.rule import (
    TEXTS,
    UNKNOWN,
    Config,
    Resource,
    ResourceRule,
    is_environment,
    is_named,
    mappings,
    part,
    texts,
)

_CLUSTER: Final = "gcp:container/cluster:Cluster"
_PLACES: Final = ("region", "location", "zone")
_DASHES_OF_A_REGION: Final = 1


def deletion_protection(resource: Resource, config: Config) -> Iterator[str]:
    """A cluster in production that GKE would delete."""
    if resource.type != _CLUSTER:
        return
    # A tag makes a stack one of production, and takes none away that is named as one.
    patterns = config["productionStacks"]
    if not (is_environment(resource, "production", patterns) or is_named(resource, patterns)):
        return
    if resource.inputs.get("deletionProtection") not in {True, UNKNOWN}:
        yield (
            "the cluster of a production stack has no deletion protection: one `pulumi destroy` "
            "in the wrong stack deletes it. pulumi config set --path "
            "'gke-inference-gateway:cluster.deletionProtection' true"
        )


def _region(place: str) -> str:
    """Region of a zone or region; Cloud Storage writes them in capitals."""
    place = place.lower()
    return place.rpartition("-")[0] if place.count("-") > _DASHES_OF_A_REGION else place


def allowed_regions(resource: Resource, config: Config) -> Iterator[str]:
    """Google Cloud resources outside of `regions`; none when it names none."""
    allowed: list[str] = config["regions"]
    if not allowed or not resource.type.startswith(("gcp:", "pulumi:providers:gcp")):
        return
    places = [str(resource.inputs[key]) for key in _PLACES if resource.inputs.get(key)]
    places += [zone for _, zone in texts(resource.inputs.get("nodeLocations"))]
    for place in dict.fromkeys(places):
        if place not in {UNKNOWN, "global"} and _region(place) not in allowed:
            yield f"{place} is not in an allowed region: {', '.join(allowed)}"


def allowed_machine_types(resource: Resource, config: Config) -> Iterator[str]:
    """Nodes of machine types or accelerators that no pattern allows; a list that is empty does."""
    for what, key, asked in (
        ("machine type", "machineTypes", _machines(resource)),
        ("accelerator", "accelerators", _accelerators(resource)),
    ):
        allowed: list[str] = config[key]
        for one in dict.fromkeys(asked):
            known = one not in {None, UNKNOWN}
            if allowed and known and not any(fnmatchcase(str(one), each) for each in allowed):
                yield f"{what} {one} is not allowed: {', '.join(allowed)}"


def _asked(resource: Resource, label: str, *path: str) -> Iterator[Any]:
    """What a Pod selects its nodes by, and what a ComputeClass has GKE make."""
    if resource.is_kubernetes:
        spec = part(resource.inputs, "spec", "template", "spec") or part(resource.inputs, "spec")
        yield part(spec, "nodeSelector", label)
        for priority in mappings(part(resource.inputs, "spec", "priorities")):
            yield part(priority, *path)


def _machines(resource: Resource) -> Iterator[Any]:
    if resource.type.startswith("gcp:container/"):
        yield part(resource.inputs, "nodeConfig", "machineType")
    yield from _asked(resource, "node.kubernetes.io/instance-type", "machineType")


def _accelerators(resource: Resource) -> Iterator[Any]:
    if resource.type.startswith("gcp:container/"):
        for accelerator in mappings(part(resource.inputs, "nodeConfig", "guestAccelerators")):
            yield accelerator.get("type")
    yield from _asked(resource, "cloud.google.com/gke-accelerator", "gpu", "type")
    yield from _asked(resource, "cloud.google.com/gke-tpu-accelerator", "tpu", "type")


DELETION_PROTECTION: Final = ResourceRule(
    name="deletion-protection",
    description="Clusters of production stacks have deletion protection.",
    check=deletion_protection,
    schema={
        "productionStacks": {
            **TEXTS,
            "description": "Name patterns for stacks without a tag `environment`",
            "default": ["prod", "prod-*", "production"],
        }
    },
)
ALLOWED_REGIONS: Final = ResourceRule(
    name="allowed-regions",
    description="Google Cloud resources are in allowed regions.",
    check=allowed_regions,
    schema={"regions": {**TEXTS, "description": "Allowed regions; all when empty", "default": []}},
)
ALLOWED_MACHINE_TYPES: Final = ResourceRule(
    name="allowed-machine-types",
    description="Nodes use allowed machine types and accelerators, also on Autopilot.",
    check=allowed_machine_types,
    schema={
        "machineTypes": {
            **TEXTS,
            "description": "Patterns of allowed machine types, such as a3-*; all when empty",
            "default": [],
        },
        "accelerators": {
            **TEXTS,
            "description": "Patterns of allowed accelerators, such as nvidia-l4; all when empty",
            "default": [],
        },
    },
)
