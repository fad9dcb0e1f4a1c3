"""Names by which something is found: no two the same, and none that the program takes itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from inference.catalog.limits import KUBERNETES_NAMES, LABELS
from inference.catalog.releases import CRD_RELEASE
from inference.config import Finding, Settings, Severity
from inference.config.finding import set_command
from inference.config.models import Model
from inference.derive.names import (
    STACK_LABELS,
    gateway_address,
    internal_address,
    picker_name,
)
from inference.preflight.registry import Check

REPEATED: Final = Check(
    id="names.repeated",
    severity=Severity.ERROR,
    cause="Two models, node pools, priority classes, objectives, adapters or volumes of a model, "
    "maintenance exclusions, addresses or served names have the same name.",
    consequence="One would replace the other, or the API rejects the second.",
    fix="Give each a unique name.",
    source=KUBERNETES_NAMES,
    acceptable=False,
)
TAKEN: Final = Check(
    id="names.taken",
    severity=Severity.ERROR,
    cause="A model has the name of another Helm release or Deployment in the stack: that of the "
    "CRDs, or of another model's endpoint picker.",
    consequence="Helm rejects the second release, or the two overwrite each other's objects.",
    fix="Give the model another name.",
    source=KUBERNETES_NAMES,
    acceptable=False,
)
LABEL: Final = Check(
    id="names.reserved-label",
    severity=Severity.ERROR,
    cause="`labels` has a key that Google sets, or that identifies the stack's resources.",
    consequence="Google rejects it, or `inference leftovers` no longer finds what the stack left "
    "behind.",
    fix="Give the label another key.",
    source=LABELS,
    acceptable=False,
)
CHECKS: Final = (REPEATED, TAKEN, LABEL)
_GOOGLES_LABELS: Final = "goog"


def _named(settings: Settings) -> Iterator[tuple[str, str, list[str]]]:
    """Key below which things are named, what they are, and their names."""
    models = settings.models
    split = {one.served_name for one in settings.gateway.splits}
    exclusions = settings.cluster.maintenance.exclusions
    yield "models", "model names", [model.name for model in models]
    yield "nodePools", "node pool names", [pool.name for pool in settings.node_pools]
    yield "priorityClasses", "priority class names", [c.name for c in settings.priority_classes]
    yield "models", "objective names", [o.name for m in models for o in m.objectives]
    # An adapter named twice in one model is told below, where it stands.
    served = [
        name
        for model in models
        for name in (model.served_model_name, *model.aliases, *_adapters(model))
    ]
    yield "models", "served names", [name for name in served if name not in split]
    if settings.gateway.internal:
        cluster = settings.cluster.name
        first = settings.network.address or gateway_address(cluster)
        second = settings.gateway.internal_address or internal_address(cluster)
        yield "gateway.internalAddress", "names of the Gateways' addresses", [first, second]
    yield "cluster.maintenance.exclusions", "exclusion names", [e.name for e in exclusions]
    for index, model in enumerate(models):
        adapters = model.lora.adapters if model.lora else ()
        yield f"models[{index}].lora.adapters", "adapter names", [a.name for a in adapters]
        yield f"models[{index}].volumes", "volume names", [v.name for v in model.volumes]


def _adapters(model: Model) -> Iterable[str]:
    """Names of a model's adapters, each once."""
    return dict.fromkeys(model.served_names[1 + len(model.aliases) :])


def _repeated(settings: Settings) -> Iterator[Finding]:
    for path, what, names in _named(settings):
        repeated = sorted(name for name, count in Counter(names).items() if count > 1)
        if repeated:
            yield REPEATED.finding(
                path,
                f"{what} must be unique, but {', '.join(repeated)} is repeated",
                f"give each a unique name in `{path}` in the stack file",
            )


def _taken(settings: Settings) -> Iterator[Finding]:
    pickers = {picker_name(model.name) for model in settings.models}
    for index, model in enumerate(settings.models):
        path = f"models[{index}].name"
        if model.name == CRD_RELEASE:
            message = f"{model.name} is the name of the CRDs' Helm release"
            yield TAKEN.finding(path, message, set_command(path, "NAME"))
        if model.name in pickers:
            message = f"{model.name} is the name of another model's picker"
            yield TAKEN.finding(path, message, set_command(path, "NAME"))


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about names and label keys."""
    yield from _repeated(settings)
    yield from _taken(settings)
    taken = sorted(
        key for key in settings.labels if key in STACK_LABELS or key.startswith(_GOOGLES_LABELS)
    )
    if taken:
        yield LABEL.finding(
            "labels",
            f"{', '.join(taken)}: labels with that name are set by Google, or identify the "
            "stack's resources",
            "use another name in `labels` in the stack file",
        )
