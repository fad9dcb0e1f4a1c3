"""Regions and zones that there are, and names of models that are nearly known ones."""

import difflib
import re
from collections import Counter
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
from inference.derive.offers import offered
from inference.preflight.registry import error, info, warning

REGION: Final = error(
    id="places.no-such-region",
    cause="gcp:region is not among Google's regions.",
    consequence="Every Google Cloud resource is rejected.",
    fix="Use one from the list; accept the finding if the region is newer than the list.",
    source=PLACES_SOURCE,
)
ZONE: Final = error(
    id="places.no-such-zone",
    cause="A zone does not exist in its region.",
    consequence="GKE rejects the cluster or the pool.",
    fix="Use one of the region's zones; accept the finding if the zone is newer than the list.",
    source=PLACES_SOURCE,
)
UNCHECKED: Final = info(
    id="places.machine-unchecked",
    cause="The catalog does not know which zones offer a machine type.",
    consequence="GKE may reject the pool if its zone has no such machines.",
    fix="Ask Google: gcloud compute machine-types list --filter=name=MACHINE",
    source=PLACES_SOURCE,
)
NEARLY: Final = warning(
    id="models.nearly-known",
    cause="A model's repository differs from one in the catalog only in case, by a letter or two, "
    "or by a size that is nearly the same.",
    consequence="Hugging Face answers 404 to a misspelt name, and the server restarts "
    "indefinitely; sizes are not checked.",
    fix="Correct the name, or accept the finding if both exist.",
    source=MODELS_SOURCE,
)

_MOST_LETTERS: Final = 2
_SIZE: Final = re.compile(r"\d+(?:\.\d+)?(?=b\b)", re.IGNORECASE)
"""Billions of parameters in a model's name, as in 32B."""
_SAME_SIZE: Final = 0.1
"""Share by which sizes of a family differ at least."""
_DATE: Final = PLACES_SOURCE.date


def _near(word: str, known: list[str]) -> str:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.5)), known[0])


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
        yield REGION.finding(
            "gcp:region",
            f"{region} is not among Google's regions of {_DATE}: every resource would be rejected",
            _moved(settings, near),
        )
        return
    for path, zones in _zones(settings):
        # A zone of another region has a finding of its own.
        unknown = [zone for zone in zones if zone not in known and zone.startswith(f"{region}-")]
        if unknown:
            yield ZONE.finding(
                path,
                f"{', '.join(unknown)} is not among the zones of {region} ({_DATE}): GKE would "
                "reject it",
                _there(settings, path, zones, sorted(known)),
            )


def _letters(one: str, other: str) -> int:
    """Letters by which two words differ: inserted, left out or replaced."""
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            current.append(
                min(
                    previous[column] + 1,
                    current[-1] + 1,
                    previous[column - 1] + (letter != against),
                )
            )
        previous = current
    return previous[-1]


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _sizes_apart(name: str, known: str) -> float:
    """Largest share by which sizes in two names differ; infinite where more than these does."""
    if _SIZE.sub("", name.lower()) != _SIZE.sub("", known.lower()):
        return inf
    sizes = zip(_SIZE.findall(name), _SIZE.findall(known), strict=False)
    return max((abs(float(one) / float(other) - 1) for one, other in sizes), default=0)


@cache
def nearest_model(name: str) -> str | None:
    """The model of the catalog whose name differs the least, by at most two letters or digits."""
    lower = name.lower()
    # Of a name without its owner the owner is no part of what is compared.
    names = {known: known if "/" in name else known.rpartition("/")[2] for known in MODELS}
    # Counting letters takes a tenth of the time, and leaves few to compare.
    close = (
        (_letters(lower, short.lower()), _sizes_apart(name, short), known)
        for known, short in names.items()
        if (Counter(lower) - Counter(short.lower())).total() <= _MOST_LETTERS
    )
    return next((known for letters, _, known in sorted(close) if letters <= _MOST_LETTERS), None)


def _models(settings: Settings) -> Iterator[Finding]:
    for index, model in enumerate(settings.models):
        if model.model in MODELS or model.engine.is_simulated:
            continue
        near = nearest_model(model.model)
        # Other numbers tell real models apart.
        same = near and _digits(model.model) == _digits(near)
        if near and (same or _sizes_apart(model.model, near) <= _SAME_SIZE):
            path = f"models[{index}].model"
            yield NEARLY.finding(
                path,
                f"{model.model} is not in the catalog: did you mean {near}?",
                set_command(path, near),
            )


def _unchecked(settings: Settings) -> Iterator[Finding]:
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    for index, pool in enumerate(settings.node_pools):
        if pool.machine_type not in ZONES:
            yield UNCHECKED.finding(
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
