"""Where and on what may be built, and what may not be deleted by mistake."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from rules.rule import TEXTS, UNKNOWN, Config, Resource, ResourceRule, is_environment, part, texts

_CLUSTER: Final = "gcp:container/cluster:Cluster"
_PLACES: Final = ("region", "location", "zone")
_DASHES_OF_A_REGION: Final = 1


def deletion_protection(resource: Resource, config: Config) -> Iterator[str]:
    """A cluster in production that GKE would delete."""
    if resource.type != _CLUSTER:
        return
    if not is_environment(resource, "production", config["productionStacks"]):
        return
    if resource.inputs.get("deletionProtection") not in {True, UNKNOWN}:
        yield (
            "the cluster of a production stack has no deletion protection: one `pulumi destroy` in "
            "the wrong stack takes it away. pulumi config set --path "
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
    """Nodes of machine types that no pattern of `machineTypes` allows; none when it names none."""
    allowed: list[str] = config["machineTypes"]
    machine = part(resource.inputs, "nodeConfig", "machineType")
    if not allowed or not resource.type.startswith("gcp:container/") or machine in {None, UNKNOWN}:
        return
    if not any(fnmatchcase(str(machine), pattern) for pattern in allowed):
        yield f"machine type {machine} is not allowed: {', '.join(allowed)}"


DELETION_PROTECTION: Final = ResourceRule(
    name="deletion-protection",
    description="Clusters of production stacks are protected from deletion.",
    check=deletion_protection,
    schema={
        "productionStacks": {
            **TEXTS,
            "description": "Patterns of names of stacks that have no tag `environment`",
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
    description="Nodes are of allowed machine types.",
    check=allowed_machine_types,
    schema={
        "machineTypes": {
            **TEXTS,
            "description": "Patterns of allowed machine types, such as a3-*; all when empty",
            "default": [],
        }
    },
)
