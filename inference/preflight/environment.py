"""`env`: variables that a stack gives to its servers, against those that the program sets."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from inference.catalog.facts import HUGGING_FACE_VARIABLES, OWN_KEYS, PROXY_VARIABLES
from inference.config import Finding, Settings
from inference.config.finding import remove_command
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.weights import WeightsSource, downloads_model, on_hub, weights_source
from inference.preflight.registry import own_rule, refusal, warning

ENV_OWNED: Final = own_rule(
    id="env.owned",
    cause="`env` has a variable that this program sets, or that would break a server behind the "
    "Gateway: its port, token, caches, GPUs or keys.",
    consequence="It silently overrides what was checked and what the rest of the stack expects.",
    fix="Remove the variable, and set the key shown instead.",
)
ENV_OFFLINE: Final = refusal(
    id="env.offline",
    cause="HF_HUB_OFFLINE is set, but the model or an adapter is a Hugging Face repository.",
    consequence="A new Pod has an empty cache: the server exits, and restarts indefinitely.",
    fix="Take weights and adapters from a bucket, an image or a volume, or set a mirror in "
    "HF_ENDPOINT.",
    source=HUGGING_FACE_VARIABLES,
)
ENV_ENDPOINT: Final = refusal(
    id="env.endpoint",
    cause="HF_ENDPOINT is not a URL.",
    consequence="Downloads fail at once, and the server restarts indefinitely.",
    fix="Write it with https:// before the host, as in https://hf-mirror.example.com.",
    source=HUGGING_FACE_VARIABLES,
)
ENV_SECRET_IN_CLEAR_TEXT: Final = warning(
    id="env.secret-in-clear-text",
    cause="A variable that is named like a secret, or a proxy with a password, is set in plain "
    "text.",
    consequence="Everyone who may read the stack file, its state or the Pods can read it.",
    fix="Put it into a Secret, and write `{secret: NAME, key: KEY}`.",
    source=OWN_KEYS,
)
ENV_PROXY_BEFORE_METADATA: Final = warning(
    id="env.proxy-before-metadata",
    cause="Weights are streamed from a bucket, and HTTP_PROXY is set without a NO_PROXY that "
    "lists the metadata server.",
    consequence="The server asks the proxy for its credentials, cannot read the bucket, and "
    "restarts indefinitely.",
    fix="Add metadata.google.internal and 169.254.169.254 to NO_PROXY.",
    source=PROXY_VARIABLES,
)

_TOKEN: Final = ("would use a different token from the one checked", "huggingFaceToken")
_CACHE: Final = ("would write weights where no disk was sized for them", None)
_GPUS: Final = ("would use other GPUs than those of its Pod", "gpu.count")
_OWNED: Final[Mapping[str, tuple[str, str | None]]] = {
    **dict.fromkeys(("HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN"), _TOKEN),
    **dict.fromkeys(
        ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"), _CACHE
    ),
    **dict.fromkeys(("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"), _GPUS),
    "PORT": ("would not answer where probes and the load balancer call it", "port"),
    "LD_LIBRARY_PATH": ("may find no GPU driver on GKE", None),
    "VLLM_API_KEY": ("would answer 401 to the syncer and to requests of the Gateway", None),
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": ("would load adapters for any caller", "lora"),
}
"""What a server would do with another value, and the key that sets it."""
_OF_THE_STACK: Final = "huggingFace"
_OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE: Final = frozenset({"1", "on", "true", "yes"})
_URL: Final = re.compile(r"https?://[^/\s]+\S*")
_SECRET: Final = re.compile(r"(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"://[^/@\s]+:[^/@\s]+@")
_PROXIES: Final = ("HTTP_PROXY", "ALL_PROXY")
_METADATA: Final = ("metadata.google.internal", "169.254.169.254")


def _owned(path: str, model: Model, name: str) -> Iterator[Finding]:
    server = server_of(model)
    if name not in _OWNED and name not in {**server.variables(model), **server.pod_fields}:
        return
    effect, key = _OWNED.get(name, ("would not run as this program expects", None))
    place = (
        key
        if key is None or key.startswith(_OF_THE_STACK)
        else f"{path.split('.', maxsplit=1)[0]}.{key}"
    )
    removal = remove_command(f"{path}.{name}")
    yield ENV_OWNED.finding(
        f"{path}.{name}",
        f"{name} belongs to this program{f', which sets it from {place}' if place else ''}: the "
        f"server {effect}",
        removal + f"; `{place}` sets it" if place else removal,
    )


def _offline(path: str, model: Model, texts: Mapping[str, str]) -> Iterator[Finding]:
    name = next((one for one in _OFFLINE if texts.get(one, "").lower() in _TRUE), None)
    adapters = model.lora.adapters if model.lora else ()
    downloads = [model.model] if downloads_model(model) else []
    downloads += [adapter.source for adapter in adapters if on_hub(adapter.source)]
    if name is not None and downloads and not model.engine.is_simulated:
        yield ENV_OFFLINE.finding(
            f"{path}.{name}",
            f"forbids downloads, but {', '.join(downloads[:3])} would be downloaded: "
            f"{model.engine.label} would restart indefinitely",
            remove_command(f"{path}.{name}") + ", or take them from `weights` or a volume",
        )


def _model(path: str, model: Model) -> Iterator[Finding]:
    texts = {name: given.value for name, given in model.env.items() if given.value is not None}
    for name in model.env:
        yield from _owned(path, model, name)
    yield from _offline(path, model, texts)
    endpoint = texts.get("HF_ENDPOINT")
    if endpoint is not None and not _URL.fullmatch(endpoint):
        yield ENV_ENDPOINT.to_set(
            f"{path}.HF_ENDPOINT",
            f"{endpoint!r} is not a URL: every download would fail",
            f"https://{endpoint.strip() or 'HOST'}",
        )
    for name, text in texts.items():
        if name not in _OWNED and (_SECRET.search(name) or _PASSWORD.search(text)):
            yield ENV_SECRET_IN_CLEAR_TEXT.finding(
                f"{path}.{name}",
                "is in plain text in the stack file, the state and the Pods",
                f"put it into a Secret, and write `{name}: {{secret: NAME, key: KEY}}`",
            )
    upper = {name.upper(): text for name, text in texts.items()}
    unproxied = upper.get("NO_PROXY", "")
    if (
        weights_source(model) is WeightsSource.STREAM
        and any(name in upper for name in _PROXIES)
        and not all(host in unproxied for host in _METADATA)
    ):
        yield ENV_PROXY_BEFORE_METADATA.to_set(
            f"{path}.NO_PROXY",
            f"does not list {' and '.join(_METADATA)}: the server would ask the proxy for its "
            "credentials, and could not read the bucket",
            ",".join(filter(None, (unproxied, *_METADATA))),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the variables of each model's servers."""
    for index, model in enumerate(settings.models):
        yield from _model(f"models[{index}].env", model)
