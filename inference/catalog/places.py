"""Regions and zones of Google Cloud."""

from collections.abc import Mapping
from typing import Final

from inference.catalog.source import high

PLACES_SOURCE: Final = high(
    "Google Cloud: regions and zones", "https://cloud.google.com/compute/docs/regions-zones"
)
_USUAL: Final = "abc"
_OTHERS: Final = {"europe-west1": "bcd", "us-central1": "abcf", "us-east1": "bcd"}
"""Letters of the zones of regions that have not a, b and c alone."""
_REGIONS: Final = """
    africa-south1
    asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
    asia-southeast1 asia-southeast2
    australia-southeast1 australia-southeast2
    europe-central2 europe-north1 europe-north2 europe-southwest1 europe-west1 europe-west2
    europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 europe-west10 europe-west12
    me-central1 me-central2 me-west1
    northamerica-northeast1 northamerica-northeast2 northamerica-south1
    southamerica-east1 southamerica-west1
    us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4
"""
REGIONS: Final[Mapping[str, frozenset[str]]] = {
    region: frozenset(f"{region}-{zone}" for zone in _OTHERS.get(region, _USUAL))
    for region in _REGIONS.split()
}
"""Zones of each region."""
