"""How large a model and its adapters are: weights in GB, host memory and disk in GiB."""

from inference.catalog.machines import ACCELERATORS, Machine
from inference.catalog.system_machines import (
    SYSTEM_PODS_MEMORY_GIB,
    allocatable_memory_gib,
)
from inference.config.models import Model
from inference.derive.engines.sizing import offloaded_cache_gib, offloaded_weights_gib

GIB_PER_GB = 1e9 / 2**30
_ADAPTER_SHARE = 0.005
"""Size of a rank-16 adapter as a share of its base model's weights (inferred from 8B models)."""
_ADAPTER_RANK = 16
CACHE_GB = 10
"""Compile caches, tokenizer and configuration files below /data."""
WRITABLE_GIB = 10
"""Logs, /tmp and the container's own layer."""
_PROCESS_GIB = 8
"""Python, CUDA and the API server in host memory."""
_SHM_GIB_PER_GPU = 4
"""Shared memory between the workers of one replica."""


def weights_gb(model: Model) -> float:
    """Size of the weights, 0 without; where it is not known, as much as the GPUs could hold."""
    if model.engine.is_simulated:
        return 0
    if model.facts is not None:
        return model.facts.weights_gb
    return ACCELERATORS[model.gpu.accelerator].memory_gib / GIB_PER_GB * model.gpu.count


def longest_context(model: Model) -> int | None:
    """Tokens of the longest request that a server takes; None where they are not known."""
    attention = model.facts.attention if model.facts else None
    return model.max_model_len or (attention.context if attention else None)


def adapter_gb(model: Model) -> float:
    """Size of one adapter of the highest rank allowed; 0 without LoRA."""
    if model.lora is None:
        return 0
    return weights_gb(model) * _ADAPTER_SHARE * model.lora.max_rank / _ADAPTER_RANK


def shm_gib(model: Model) -> int:
    """Shared memory of one replica, between the workers of its GPUs."""
    return _SHM_GIB_PER_GPU * model.gpu.count


def memory_gib(model: Model) -> float:
    """Host memory of one replica: the weights while they are read, shared memory and adapters."""
    waiting = model.lora.max_cpu_loras if model.lora else 0
    held = (weights_gb(model) + waiting * adapter_gb(model)) * GIB_PER_GB
    return _PROCESS_GIB + shm_gib(model) + held + offloaded_gib(model)


def offloaded_gib(model: Model) -> float:
    """Weights and cache of all GPUs of a replica that are in host memory."""
    return offloaded_cache_gib(model) + offloaded_weights_gib(model) * model.gpu.count


def least_memory_gib(model: Model) -> float:
    """Host memory without which a replica is killed: weights are read by pages that can go."""
    waiting = model.lora.max_cpu_loras if model.lora else 0
    return _PROCESS_GIB + waiting * adapter_gb(model) * GIB_PER_GB + offloaded_gib(model)


def gpu_share(model: Model, machine: Machine) -> float:
    """One replica's part of a machine's GPUs."""
    return model.gpu.count / machine.gpus


def memory_share_gib(model: Model, machine: Machine) -> float:
    """One replica's part of a machine's memory, by its part of the GPUs."""
    memory = allocatable_memory_gib(machine.memory_gb * GIB_PER_GB)
    return (memory - SYSTEM_PODS_MEMORY_GIB) * gpu_share(model, machine)


def kept_adapters(model: Model) -> int:
    """Adapters that the disk must hold; those of the setting, so that one more changes no Pod."""
    return max(model.lora.max_cpu_loras, len(model.lora.adapters)) if model.lora else 0
