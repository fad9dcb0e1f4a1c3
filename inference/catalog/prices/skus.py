"""What the Billing Catalog calls the parts of machines. Descriptions end in "in REGION'S NAME"."""

from collections.abc import Mapping
from typing import Final

from inference.catalog.source import high, medium

CATALOG_SOURCE: Final = high(
    "Cloud Billing Catalog API, SKUs of Compute Engine",
    "https://cloud.google.com/billing/v1/how-tos/catalog-api",
)
SKU_NAMES_SOURCE: Final = medium(
    "Cyclenerd/google-cloud-pricing-cost-calculator, build/mapping.csv; of A3 Mega "
    "doitintl/gcpinstances.info, tests of its parser",
    "https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator",
)
COMPUTE_ENGINE: Final = "services/6F81-5844-456A/skus"
"""The service's list of SKUs, below the API's version."""

INSTANCES: Final[Mapping[str, str]] = {
    "a3-highgpu": "A3",
    "a3-megagpu": "A3Plus",
    "a2-highgpu": "A2",
    "a2-ultragpu": "A2",
    "g2-standard": "G2",
    "g4-standard": "G4",
    "e2-standard": "E2",
    "n2-standard": "N2",
}
"""Names before "Instance Core" and "Instance Ram", by family. Of A3 Ultra and A4 none was read."""
GPUS: Final[Mapping[str, tuple[str, ...]]] = {
    "a3-highgpu": ("Nvidia H100 80GB GPU",),
    "a3-megagpu": ("Nvidia H100 80GB Plus GPU", "Nvidia H100 80GB Mega GPU"),
    "a2-highgpu": ("Nvidia Tesla A100 GPU",),
    "a2-ultragpu": ("Nvidia Tesla A100 80GB GPU",),
    "g2-standard": ("Nvidia L4 GPU",),
    "g4-standard": ("RTX 6000 96GB", "Nvidia RTX 6000 96GB"),
}
DISKS: Final[Mapping[str, str]] = {
    "pd-balanced": "Balanced PD Capacity",
    "pd-ssd": "SSD backed PD Capacity",
    "hyperdisk-balanced": "Hyperdisk Balanced Capacity",
}
LOCAL_SSD: Final = "SSD backed Local Storage"
LOCAL_SSD_GIB: Final = 375
"""Of one local SSD, as it is billed."""
