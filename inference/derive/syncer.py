"""Configuration of the LoRA syncer sidecar, in its own schema."""

from typing import Any, Final

from inference.config.models import Model

CONFIG_FILE: Final = "configmap.yaml"
CONFIG_FOLDER: Final = "/config"
SYNCER_PORT: Final = 8080
"""Where the syncer serves its own metrics, whatever the server's port."""
SYNCER_CPU: Final = 0.1
SYNCER_MEMORY_MIB: Final = 128


def adapters_config(model: Model) -> dict[str, Any]:
    """`vLLMLoRAConfig`: adapters to load, and those that running servers are to unload.

    The syncer forgets an adapter that is merely taken out; it unloads only what
    `ensureNotExist` names, and its schema asks for a `source` there too.
    """
    lora = model.lora
    config: dict[str, Any] = {
        "name": model.name,
        "port": model.port,
        "defaultBaseModel": model.served_model_name,
        "ensureExist": {
            "models": [
                {"id": adapter.name, "source": adapter.source}
                for adapter in (lora.adapters if lora else ())
            ]
        },
    }
    if lora and lora.retired:
        config["ensureNotExist"] = {"models": [{"id": name, "source": ""} for name in lora.retired]}
    return {"vLLMLoRAConfig": config}
