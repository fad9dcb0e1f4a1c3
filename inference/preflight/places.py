"""Regions and zones that there are, and names of models that are nearly known ones."""

import difflib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from math import inf
from typing import Final

from inference.catalog.machines import ZONES
from inference.catalog.models import MODELS, MODELS_SOURCE
from inference.catalog.places import PLACES_SOURCE, REGIONS
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import Fix, edit, set_command
from inference.config.nearest import nearest
from inference.derive.offers import offered
from inference.preflight.registry import error, info, warning

NO_SUCH_REGION: Final = error(
    id="places.no-such-region",
    cause="gcp:region is not among Google's regions.",
    consequence="Every Google Cloud resource is rejected.",
    fix="Use one from the list; accept the finding if the region is newer than the list.",
    source=PLACES_SOURCE,
)
NO_SUCH_ZONE: Final = error(
    id="places.no-such-zone",
    cause="A zone does not exist in its region.",
    consequence="GKE rejects the cluster or the pool.",
    fix="Use one of the region's zones; accept the finding if the zone is newer than the list.",
    source=PLACES_SOURCE,
)
MACHINE_UNCHECKED: Final = info(
    id="places.machine-unchecked",
    cause="The catalog does not know which zones offer a machine type.",
    consequence="GKE may reject the pool if its zone has no such machines.",
    fix="Ask Google: gcloud compute machine-types list --filter=name=MACHINE",
    source=PLACES_SOURCE,
)
MODELS_NEARLY_KNOWN: Final = warning(
    id="models.nearly-known",
    cause="A model's repository differs from one in the catalog only in case, by a letter or two, "
    "or by a size that is nearly the same.",
    consequence="Hugging Face answers 404 to a misspelt name, and the server restarts "
    "indefinitely; sizes are not checked.",
    fix="Correct the name, or accept the finding if both exist.",
    source=MODELS_SOURCE,
)

_MOST_LETTERS: Final = 2
"""By which one name may be longer than the other."""
_LEAST_SAME: Final = 0.84
"""Share of letters: of a name of thirteen two may be others."""
_SIZE: Final = re.compile(r"\d+(?:\.\d+)?(?=b\b)", re.IGNORECASE)
_EXPERTS: Final = re.compile(r"\d+x\d", re.IGNORECASE)
"""Billions of parameters in a model's name, as in 32B."""
_SAME_SIZE: Final = 0.1
"""Share by which sizes of a family differ at least."""
_DATE: Final = PLACES_SOURCE.date


def _near(word: str, known: list[str]) -> str:
    return nearest(word, known) or known[0]


def _zones(settings: Settings) -> Iterator[tuple[str, Sequence[str]]]:
    """Zones that are named, by the key that names them."""
    location = settings.cluster.location
    if location is not None and location != settings.gcp.region:
        yield "cluster.location", (location,)
    if settings.cluster.mode is ClusterMode.STANDARD:
        for index, pool in enumerate(settings.node_pools):
            yield f"nodePools[{index}].zones", pool.zones


def _there(settings: Settings, path: str, zones: Sequence[str], known: list[str]) -> Fix:
    """The nearest zone of the region; of a pool, of those that have its machine."""
    if path == "cluster.location":
        return set_command(path, _near(zones[0], known))
    having = _of_pool(settings, path, known)
    named = dict.fromkeys(zone if zone in known else _near(zone, having) for zone in zones)
    return edit({path: list(named)}) + f", or others of {', '.join(known)}"


def _moved(settings: Settings, near: str) -> Fix:
    """Another region, and its zones where those of the stack are of the same that is not there."""
    there = sorted(REGIONS[near])
    zones = {
        path: near if path == "cluster.location" else _of_pool(settings, path, there)[:1]
        for path, named in _zones(settings)
        if all(zone.startswith(f"{settings.gcp.region}-") for zone in named)
    }
    return edit({"gcp:region": near, **zones}) if zones else set_command("gcp:region", near)


def _of_pool(settings: Settings, path: str, zones: list[str]) -> list[str]:
    """Those of some zones that have a pool's machine; all where that is not known."""
    pool = settings.node_pools[int(path.partition("[")[2].partition("]")[0])]
    return [zone for zone in zones if zone in offered(pool.machine).zones] or zones


def _places(settings: Settings) -> Iterator[Finding]:
    region = settings.gcp.region
    known = REGIONS.get(region)
    if known is None:
        near = _near(region, sorted(REGIONS))
        yield NO_SUCH_REGION.finding(
            "gcp:region",
            f"{region} is not among Google's regions of {_DATE}: every resource would be rejected",
            _moved(settings, near),
        )
        return
    for path, zones in _zones(settings):
        # A zone of another region has a finding of its own.
        unknown = [zone for zone in zones if zone not in known and zone.startswith(f"{region}-")]
        if unknown:
            yield NO_SUCH_ZONE.finding(
                path,
                f"{', '.join(unknown)} is not among the zones of {region} ({_DATE}): GKE would "
                "reject it",
                _there(settings, path, zones, sorted(known)),
            )


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _sizes_apart(name: str, known: str) -> float:
    """Largest share by which sizes in two names differ; infinite where more than these does."""
    if _SIZE.sub("", name.lower()) != _SIZE.sub("", known.lower()):
        return inf
    sizes = zip(_SIZE.findall(name), _SIZE.findall(known), strict=False)
    return max((abs(float(one) / float(other) - 1) for one, other in sizes), default=0)


def billions_by_name(name: str) -> float:
    """The most parameters that a model's name says, as in 235B-A22B; 0 where it says none.

    Of experts, as in 8x7B, it says how many there are and not what they share.
    """
    return 0 if _EXPERTS.search(name) else max(map(float, _SIZE.findall(name)), default=0)


@cache
def nearest_model(name: str) -> str | None:
    """The model of the catalog whose name is most like another; None where none nearly is."""
    near: list[tuple[float, float, str]] = []
    for known in MODELS:
        against = known if "/" in name else known.rpartition("/")[2]
        pair = difflib.SequenceMatcher(None, name.lower(), against.lower())
        long = abs(len(name) - len(against)) > _MOST_LETTERS
        # The quick one is an upper bound.
        if not long and pair.quick_ratio() >= _LEAST_SAME <= pair.ratio():
            near.append((-pair.ratio(), _sizes_apart(name, against), known))
    return min(near)[2] if near else None


def _models(settings: Settings) -> Iterator[Finding]:
    for index, model in enumerate(settings.models):
        if model.model in MODELS or model.engine.is_simulated:
            continue
        near = nearest_model(model.model)
        # Other numbers tell real models apart, but for sizes that no publisher has beside these.
        same = near is not None and _digits(model.model) == _digits(near)
        if near and (same or _sizes_apart(model.model, near) <= _SAME_SIZE):
            yield MODELS_NEARLY_KNOWN.to_set(
                f"models[{index}].model",
                f"{model.model} is not in the catalog: did you mean {near}?",
                near,
            )


def _unchecked(settings: Settings) -> Iterator[Finding]:
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    for index, pool in enumerate(settings.node_pools):
        if pool.machine_type not in ZONES:
            yield MACHINE_UNCHECKED.finding(
                f"nodePools[{index}].zones",
                f"the catalog does not know whether {', '.join(pool.zones)} offers "
                f"{pool.machine_type}, so it was not checked",
                f"gcloud compute machine-types list --filter=name={pool.machine_type}",
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about regions, zones and names of models."""
    if settings.on_gke:
        yield from _places(settings)
    yield from _unchecked(settings)
    yield from _models(settings)
