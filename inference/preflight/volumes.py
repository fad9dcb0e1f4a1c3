"""`volumes`, claims of weights, and adapters in files: what cannot be mounted or found."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from inference.catalog.facts import OWN_KEYS
from inference.catalog.kubernetes import ACCESS_MODES, VOLUME_MOUNTS
from inference.config import Finding, Settings
from inference.config.models import Model
from inference.config.pod import Claim
from inference.derive.names import bucket_name
from inference.derive.placement import rollout
from inference.derive.weights import (
    ADAPTERS_FOLDER,
    CACHE_FOLDER,
    WEIGHTS_FOLDER,
    WeightsSource,
    in_volume,
    on_hub,
    weights_source,
)
from inference.preflight.registry import own_rule, refusal, warning

TAKEN: Final = refusal(
    id="volumes.taken",
    cause="A volume has the name or mount path of one that the program mounts, a mount path "
    "inside or above another volume's, or one that the image uses.",
    consequence="The API server rejects the Pod, or the server does not find its own files.",
    fix="Choose another name or mount path.",
    source=VOLUME_MOUNTS,
)
WRITABLE: Final = own_rule(
    id="volumes.writable",
    cause="A claim has `readOnly: false`.",
    consequence="All volumes in a stack file are mounted read-only: the key would be ignored.",
    fix="Remove the key.",
)
ONE_SOURCE: Final = refusal(
    id="volumes.one-source",
    cause="A volume has neither `persistentVolumeClaim` nor `configMap`, or both.",
    consequence="The API server rejects the Pod.",
    fix="Set one of the two.",
    source=VOLUME_MOUNTS,
)
ACCESS_MODE: Final = warning(
    id="volumes.access-mode",
    cause="Several servers mount a claim, including the extra one during a roll-out.",
    consequence="With access mode ReadWriteOnce, all of them must be on one node; with "
    "ReadWriteOncePod, there can be only one: the others stay Pending. A zonal disk keeps them in "
    "its zone.",
    fix="Use a claim with ReadOnlyMany, such as on Hyperdisk ML, or ReadWriteMany, and accept the "
    "finding.",
    source=ACCESS_MODES,
)
PATH_NOT_MOUNTED: Final = warning(
    id="volumes.path-not-mounted",
    cause="A model or adapter is a path outside the server's volumes, and the image is the "
    "engine's default.",
    consequence="Such images hold no models: the server restarts indefinitely, or lacks the "
    "adapter.",
    fix="Mount a volume there, or use an image that has it.",
    source=OWN_KEYS,
)
ADAPTER_ADDRESS: Final = own_rule(
    id="volumes.adapter-address",
    cause="An adapter's source is a URL in a bucket other than that of `weights`.",
    consequence="vLLM and SGLang read adapters only from Hugging Face and from directories, and "
    "only the bucket of `weights` is mounted and readable.",
    fix="Set the bucket in `weights.bucket`, or mount a volume and use its path.",
)

_NAMES: Final = frozenset(
    {
        "adapter-bucket",
        "adapters",
        "compile-cache",
        "config-volume",
        "data",
        "hugging-face-token",
        "shm",
        "weights",
    }
)
"""Volumes that the program mounts in some stack or other."""
_FOLDERS: Final = (
    "/adapters",
    "/data",
    "/dev",
    "/proc",
    "/sys",
    "/var/run",
    ADAPTERS_FOLDER,
    CACHE_FOLDER,
    WEIGHTS_FOLDER,
)
_OF_THE_IMAGE: Final = frozenset(
    f"/{name}"
    for name in (
        *("", "bin", "etc", "home", "lib", "lib64", "opt", "root", "run", "sbin", "tmp", "usr"),
        *("usr/local", "var", "vllm-workspace", "workspace"),
    )
)


def _within(inner: str, outer: str) -> bool:
    return f"{inner.rstrip('/')}/".startswith(f"{outer.rstrip('/')}/")


def _why_not(path: str) -> str | None:
    """What speaks against a folder, with a verb."""
    if ":" in path or "/../" in f"{path}/":
        return "is not a valid mount path"
    taken = next((one for one in _FOLDERS if _within(path, one) or _within(one, path)), None)
    if (path.rstrip("/") or "/") in _OF_THE_IMAGE:
        return "would hide the image's own files"
    return f"conflicts with {taken}, which the program mounts" if taken else None


def _places(path: str, model: Model) -> Iterator[Finding]:
    for position, volume in enumerate(model.volumes):
        key = f"{path}.volumes[{position}]"
        if (volume.persistent_volume_claim is None) is (volume.config_map is None):
            yield ONE_SOURCE.finding(
                key,
                f"needs one source, but has {'none' if volume.config_map is None else 'two'}: the "
                "API server would reject the Pod",
                f"set `persistentVolumeClaim` or `configMap` in `{key}`",
            )
        if volume.name in _NAMES:
            yield TAKEN.to_set(
                f"{key}.name",
                f"{volume.name} is the name of a volume that the program mounts",
                f"my-{volume.name}",
            )
        against = _why_not(volume.mount_path)
        if against is not None:
            yield TAKEN.to_set(
                f"{key}.mountPath",
                f"{volume.mount_path} {against}",
                f"/mnt/{volume.name}",
            )
    for (_, first), (position, second) in combinations(enumerate(model.volumes), 2):
        one, other = first.mount_path, second.mount_path
        if _within(one, other) or _within(other, one):
            yield TAKEN.to_set(
                f"{path}.volumes[{position}].mountPath",
                f"{other} and {one} of volume {first.name} conflict: both are read-only",
                f"/{second.name}-{position}",
            )


def _claims(path: str, model: Model) -> Iterator[tuple[str, Claim]]:
    if model.weights is not None and model.weights.persistent_volume_claim is not None:
        yield f"{path}.weights.persistentVolumeClaim", model.weights.persistent_volume_claim
    for position, volume in enumerate(model.volumes):
        if volume.persistent_volume_claim is not None:
            yield (
                f"{path}.volumes[{position}].persistentVolumeClaim",
                volume.persistent_volume_claim,
            )


def _access(settings: Settings, path: str, model: Model) -> Iterator[Finding]:
    servers = model.most_replicas + rollout(settings, model).max_surge
    for key, claim in _claims(path, model):
        if not claim.read_only:
            yield WRITABLE.to_remove(
                f"{key}.readOnly",
                "is false, but servers share the files, and none may write to them",
            )
        if servers > 1:
            yield ACCESS_MODE.finding(
                key,
                f"{claim.claim_name} is mounted by up to {servers} servers at once: with access "
                "mode ReadWriteOnce, those on a second node stay Pending",
                f"kubectl get pvc {claim.claim_name} --namespace {settings.namespace}; accept "
                "this finding if it has ReadOnlyMany or ReadWriteMany",
            )


def _files(settings: Settings, path: str, model: Model) -> Iterator[Finding]:
    files = {WeightsSource.CLAIM, WeightsSource.IMAGE, WeightsSource.MOUNT}
    stored = weights_source(model) in files
    adapters = model.lora.adapters if model.lora else ()
    named = [] if model.weights else [(f"{path}.model", model.model)]
    named += [(f"{path}.lora.adapters[{n}].source", a.source) for n, a in enumerate(adapters)]
    for key, source in named:
        there = in_volume(model, source) or (stored and _within(source, WEIGHTS_FOLDER))
        if source.startswith("/") and not there and model.image is None:
            yield PATH_NOT_MOUNTED.finding(
                key,
                f"{source} is in no volume of the server, and its image holds no models",
                f"mount a volume there with `{path}.volumes`, or use an image that has it",
            )
    bucket = f"gs://{bucket_name(settings)}/" if settings.weights else None
    for position, adapter in enumerate(adapters):
        address = not on_hub(adapter.source) and "://" in adapter.source
        if address and (bucket is None or not adapter.source.startswith(bucket)):
            name = adapter.source.partition("://")[2].partition("/")[0]
            google = adapter.source.startswith("gs://")
            other = f"set `weights: {{bucket: {name}, create: false}}`, or " if google else ""
            yield ADAPTER_ADDRESS.finding(
                f"{path}.lora.adapters[{position}].source",
                f"{adapter.source} is not in the bucket of `weights`, the only one that servers "
                "mount: the adapter could not be loaded",
                f"{other}mount a volume and set the adapter's path in it",
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the files that servers read from volumes."""
    for index, model in enumerate(settings.models):
        path = f"models[{index}]"
        if model.engine.is_simulated:
            continue
        yield from _places(path, model)
        yield from _access(settings, path, model)
        yield from _files(settings, path, model)
