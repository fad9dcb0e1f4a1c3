"""GPU and host memory: whether the model, its adapters and its longest request fit."""

from collections.abc import Iterator
from math import floor
from typing import Final

from inference.catalog.facts import (
    VLLM_MEMORY,
    VLLM_PARALLEL,
    VLLM_STARTS,
)
from inference.catalog.machines import ACCELERATORS, GPU
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import edit, set_command
from inference.config.models import Model
from inference.derive.engines.vllm import pipeline_parallel, tensor_parallel
from inference.derive.memory import GpuMemory, gpu_memory
from inference.derive.placement import largest_with, machine_for
from inference.derive.size import least_memory_gib, memory_share_gib
from inference.preflight.fitting import divides_heads, enough_gpus, larger_than_node
from inference.preflight.memory_fixes import enough_memory, given_cache, more_cache
from inference.preflight.places import billions_by_name, nearest_model
from inference.preflight.registry import error, info, warning

WEIGHTS: Final = error(
    id="memory.weights",
    cause="Weights and LoRA slots need more memory than the server may use on each GPU; a warning "
    "if they fit, but not with the estimated activations.",
    consequence="The server runs out of memory while loading, and restarts indefinitely.",
    fix="Use more GPUs per replica, GPUs with more memory, or a smaller or quantised model.",
    source=VLLM_STARTS,
)
LARGER_THAN_NODE: Final = error(
    id="memory.larger-than-node",
    cause="The weights need more memory than all GPUs of the largest machine type with the "
    "model's GPU have. A replica runs on one node; multi-node servers are not supported.",
    consequence="With any number of these GPUs, the server runs out of memory while loading.",
    fix="Use a machine type whose GPUs hold the model, or a smaller or quantised model.",
    source=VLLM_STARTS,
)
CONTEXT: Final = error(
    id="memory.context",
    cause="The memory left for the KV cache does not hold one request of the longest context; a "
    "warning if it would without the estimated activations.",
    consequence="vLLM refuses to start, after it has downloaded and loaded the model; SGLang "
    "starts, but rejects such requests.",
    fix="Lower maxModelLen, or give the replica more GPU memory.",
    source=VLLM_STARTS,
)
CONCURRENCY: Final = warning(
    id="memory.concurrency",
    cause="The memory left for the KV cache holds one request of the longest context, but not as "
    "many as `concurrency` sets.",
    consequence="With that many long requests at once, the server preempts some and recomputes "
    "them: responses slow down.",
    fix="Lower maxModelLen or concurrency, or give the replica more GPU memory.",
    source=VLLM_MEMORY,
)
UNKNOWN: Final = info(
    id="memory.unknown",
    cause="The catalog does not know the model, and the stack does not say how large it is.",
    consequence="Whether it fits is not checked; disk and memory are sized by what the GPUs can "
    "hold. A warning if, by the size in its name, the weights alone do not fit.",
    fix="Set parametersBillion.",
    source=VLLM_MEMORY,
    follows=("models.nearly-known",),
)
TENSOR_PARALLEL: Final = error(
    id="memory.tensor-parallel",
    cause="The number of attention heads is not divisible by the number of GPUs that share each "
    "layer.",
    consequence="The server refuses to start.",
    fix="Choose a GPU count that divides the number of heads.",
    source=VLLM_PARALLEL,
)
UTILIZATION: Final = error(
    id="memory.utilization",
    cause="gpuMemoryUtilization takes more of a GPU than is free once CUDA has started: 0.5 GiB "
    "less than all on an H100; a warning on other GPUs.",
    consequence="vLLM refuses to start.",
    fix="Lower gpuMemoryUtilization.",
    source=VLLM_STARTS,
)
HOST: Final = warning(
    id="memory.host",
    cause="A replica's share of the node's memory is less than the server, its cached adapters "
    "and what is offloaded to host memory need.",
    consequence="The memory request is capped at that share, and the server may be OOM-killed.",
    fix="Choose a machine type with more memory per GPU.",
    source=VLLM_MEMORY,
)
_CUDA_GIB: Final = 0.5
"""What CUDA takes before vLLM measures what is free: 79.18 - 78.66 on one H100."""
_MEASURED: Final = "nvidia-h100-80gb"


def _sum(model: Model, memory: GpuMemory) -> str:
    if given_cache(model, memory):
        return f"--kv-cache-memory-bytes gives each GPU's KV cache {memory.cache:.1f} GiB"
    lora = f" - {memory.lora:.1f} LoRA" if memory.lora else ""
    return (
        f"each GPU has {memory.usable:.1f} GiB for {model.engine.label} - {memory.weights:.1f} "
        f"weights{lora} - {memory.activations:.1f} activations = {memory.cache:.1f} for the KV "
        "cache"
    )


def _certain(model: Model, memory: GpuMemory) -> float:
    """GiB that a server surely needs; SGLang starts with a cache of less than one request."""
    request = memory.request if model.engine is Engine.VLLM else None
    return memory.weights + memory.lora + (request.gib if request else 0)


def _context(settings: Settings, index: int, model: Model, memory: GpuMemory) -> Iterator[Finding]:
    request, path, severity = memory.request, f"models[{index}]", Severity.WARNING
    if request is None or memory.cache >= model.concurrency * request.gib:
        return
    given = given_cache(model, memory)
    if memory.cache < request.gib:
        check, place, many = CONTEXT, f"{path}.maxModelLen", 1
        sglang = model.engine is Engine.SGLANG
        consequence = "it would be rejected" if sglang else "vLLM would refuse to start"
        needed = f"one request of {request.context} tokens needs"
        if given or _certain(model, memory) > memory.usable:
            severity = Severity.ERROR
    else:
        check, place, many = CONCURRENCY, f"{path}.concurrency", model.concurrency
        consequence = "some would be preempted"
        needed = f"{many} requests of {request.context} tokens need"
    yield check.finding(
        f"{path}.extraArgs[{given[-1].position}]" if given else place,
        f"{_sum(model, memory)}, but {needed} {many * request.gib:.1f}: {consequence}",
        more_cache(settings, index, model, memory, many),
        severity,
    )


def _gpu(settings: Settings, index: int, model: Model) -> Iterator[Finding]:
    memory = gpu_memory(model)
    if memory is None:
        if model.facts is None:
            yield _unknown(index, model)
        return
    gpu = f"models[{index}].gpu.count"
    if memory.cache <= 0:
        yield _too_large(settings, index, model, memory)
    else:
        yield from _context(settings, index, model, memory)
    yield from _utilization(index, model)
    attention = model.facts.attention if model.facts else None
    if attention is not None and not divides_heads(model):
        yield TENSOR_PARALLEL.finding(
            gpu,
            f"{attention.heads} attention heads of {model.name} are not divisible by "
            f"{tensor_parallel(model)} GPUs: {model.engine.label} would refuse to start",
            enough_gpus(settings, index, model),
        )


def _unknown(index: int, model: Model) -> Finding:
    near, billions = nearest_model(model.model), billions_by_name(model.model)
    nearest = f" (nearest: {near})" if near else ""
    message = f"{model.model} is not in the catalog{nearest}, so whether it fits is not checked"
    named = model.model_copy(update={"parameters_billion": billions or None})
    memory, size, severity = gpu_memory(named), "BILLIONS", None
    if memory is not None and memory.weights > memory.usable:
        size, severity = f"{billions:g}", Severity.WARNING
        message = (
            f"{model.model} is not in the catalog{nearest}, but its name says {size} billion "
            f"parameters: {memory.weights:.0f} GiB of weights for each GPU, which has "
            f"{memory.usable:.0f} for {model.engine.label}"
        )
    path = f"models[{index}]"
    fix = set_command(f"{path}.parametersBillion", size)
    return UNKNOWN.finding(f"{path}.model", message, fix, severity)


def _utilization(index: int, model: Model) -> Iterator[Finding]:
    accelerator, share = ACCELERATORS[model.gpu.accelerator], model.gpu_memory_utilization
    free = accelerator.visible_gib - _CUDA_GIB
    if share is None or model.engine is not Engine.VLLM or accelerator.kind is not GPU:
        return
    if share * accelerator.visible_gib > free:
        path = f"models[{index}].gpuMemoryUtilization"
        yield UTILIZATION.finding(
            path,
            f"{share:g} of each {accelerator.name} is {share * accelerator.visible_gib:.1f} GiB, "
            f"but about {free:.1f} are free once CUDA has started: vLLM would refuse to start",
            edit({path: floor(free / accelerator.visible_gib * 100) / 100}),
            None if accelerator.name == _MEASURED else Severity.WARNING,
        )


def _too_large(settings: Settings, index: int, model: Model, memory: GpuMemory) -> Finding:
    gpu, name = model.gpu, model.gpu.accelerator
    path, fix = f"models[{index}].gpu.count", enough_memory(settings, index, model, memory)
    if larger_than_node(index, model):
        largest, gpus = largest_with(name), tensor_parallel(model) * pipeline_parallel(model)
        return LARGER_THAN_NODE.finding(
            path,
            f"{model.name} does not fit on one node: the largest, {largest.name} with "
            f"{largest.gpus} {name}, has at most {largest.gpus * memory.usable:.0f} GiB for "
            f"{model.engine.label}, but the weights take {gpus * memory.weights:.0f}",
            fix,
        )
    return WEIGHTS.finding(
        path,
        f"{model.name} does not fit on {gpu.count} {name}: {_sum(model, memory)}",
        fix,
        Severity.ERROR if _certain(model, memory) > memory.usable else Severity.WARNING,
    )


def _host(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    need, share = least_memory_gib(model), memory_share_gib(model, machine)
    if model.facts is not None and need > share:
        yield HOST.finding(
            f"models[{index}].gpu",
            f"{model.name} needs {need:.0f} GiB of host memory, but its share of one "
            f"{machine.name} is {share:.0f}",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the memory of each model's replicas."""
    for index, model in enumerate(settings.models):
        if not model.engine.is_simulated:
            yield from _gpu(settings, index, model)
            yield from _host(index, settings, model)
