"""The rules, as plain functions of resources and configuration. They import nothing of Pulumi."""

from typing import Final

from rules.gateway import NO_PUBLIC_HTTP, REDIRECT_ONLY
from rules.google import ALLOWED_MACHINE_TYPES, ALLOWED_REGIONS, DELETION_PROTECTION
from rules.images import PINNED_IMAGES
from rules.labels import LABELS
from rules.rule import ResourceRule, StackRule
from rules.secrets import NO_PLAINTEXT_SECRET
from rules.workloads import GPU_DISRUPTION_BUDGET, GPU_GRACE_PERIOD

RESOURCE_RULES: Final[tuple[ResourceRule, ...]] = (
    NO_PUBLIC_HTTP,
    PINNED_IMAGES,
    NO_PLAINTEXT_SECRET,
    DELETION_PROTECTION,
    LABELS,
    ALLOWED_REGIONS,
    ALLOWED_MACHINE_TYPES,
    GPU_GRACE_PERIOD,
)
STACK_RULES: Final[tuple[StackRule, ...]] = (GPU_DISRUPTION_BUDGET, REDIRECT_ONLY)
