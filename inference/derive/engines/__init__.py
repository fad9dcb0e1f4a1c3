"""The engines that serve models, each in a file of its own.

A further one is a member of `config.engine.Engine`, a file with its `Server`, and a line below.
"""

from collections.abc import Mapping
from typing import Final

from inference.catalog.machines import ACCELERATORS, TPU, Accelerator
from inference.config.engine import Engine
from inference.config.models import Model
from inference.config.registry import Registry
from inference.derive.engines.server import Server
from inference.derive.engines.sglang import SGLANG_SERVER
from inference.derive.engines.simulator import SIMULATOR_SERVER
from inference.derive.engines.vllm import VLLM_SERVER, VLLM_TPU_SERVER

SERVERS: Final[Mapping[Engine, Server]] = {
    Engine.VLLM: VLLM_SERVER,
    Engine.SGLANG: SGLANG_SERVER,
    Engine.SIMULATOR: SIMULATOR_SERVER,
}


def server_of(model: Model) -> Server:
    """The engine that serves a model, as it is built for the model's accelerator."""
    if model.engine is Engine.VLLM and ACCELERATORS[model.gpu.accelerator].kind is TPU:
        return VLLM_TPU_SERVER
    return SERVERS[model.engine]


def runs_on(engine: Engine, accelerator: Accelerator) -> bool:
    """Whether there is an image of the engine for an accelerator; SGLang's has CUDA."""
    return engine is not Engine.SGLANG or accelerator.kind is not TPU


def image(model: Model) -> str:
    """The model server's image: the stack's own, else the catalog's."""
    return model.image or server_of(model).image.reference


def pulled_image(model: Model, registry: Registry) -> str:
    """The same as it is pulled: of the catalog's, from the mirror, where there is one."""
    return model.image or server_of(model).image.mirrored(registry.prefix).reference


def has_syncer(model: Model) -> bool:
    """Whether adapters are loaded by the sidecar, and not by the server's arguments."""
    return model.lora is not None and server_of(model).takes_adapters
