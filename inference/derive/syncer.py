"""Configuration of the LoRA syncer sidecar, in its own schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from inference.catalog.images import LORA_SYNCER

CONFIG_FILE: Final = "configmap.yaml"
CONFIG_FOLDER: Final = "/config"
READY_FILE: Final = "ready.py"
"""Beside the configuration: what the kubelet asks whether the adapters are there."""
STATE_FOLDER: Final = "/state"
ADAPTERS_SECONDS: Final = 180
"""After a server's first answer it serves without the adapters that it still lacks. Three times
what twelve adapters of 0.5 GB take from Hugging Face; it must not depend on their number, or Pods
would be replaced with each."""
SYNCER_PORT: Final = 8080
"""Where the syncer serves its own metrics, whatever the server's port."""
SYNCER_CPU: Final = 0.1
SYNCER_MEMORY_MIB: Final = 128


@final
@dataclass(frozen=True, kw_only=True)
class LoraAdapters:
    """Adapters that the syncer loads into running vLLM servers, and those that it unloads."""

    base_model: str
    """Name under which the base model is served."""
    sources: Mapping[str, str]
    """Hugging Face repository or path of each adapter, by the name that requests give."""
    retired: Sequence[str] = ()
    """Names of adapters to unload: the syncer forgets one that is merely taken out."""
    image: str = LORA_SYNCER.reference
    """The syncer's image."""


def adapters_config(name: str, port: int, adapters: LoraAdapters) -> dict[str, Any]:
    """`vLLMLoRAConfig` of the server `name` that listens on `port`.

    The schema asks for a `source` of adapters that are to be unloaded too.
    """
    config: dict[str, Any] = {
        "name": name,
        "port": port,
        "defaultBaseModel": adapters.base_model,
        "ensureExist": {
            "models": [
                {"id": adapter, "source": source} for adapter, source in adapters.sources.items()
            ]
        },
    }
    if adapters.retired:
        config["ensureNotExist"] = {
            "models": [{"id": adapter, "source": ""} for adapter in adapters.retired]
        }
    return {"vLLMLoRAConfig": config}
