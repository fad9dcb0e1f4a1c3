"""GPU and host memory: whether the model, its adapters and its longest request fit."""

from collections.abc import Iterator
from math import floor
from typing import Final

from inference.catalog.facts import (
    NODE_SIZES,
    VLLM_CONTEXT,
    VLLM_MEMORY,
    VLLM_PARALLEL,
    VLLM_STARTS,
)
from inference.catalog.machines import ACCELERATORS, GPU
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import edit, set_command
from inference.config.models import Lora, Model
from inference.derive.boot_disk import local_ssd_gib
from inference.derive.capacity import traffic_of
from inference.derive.engines import server_of
from inference.derive.engines.given import value
from inference.derive.engines.sizing import CACHE_SIZE, given_cache_gib
from inference.derive.engines.vllm import pipeline_parallel, tensor_parallel
from inference.derive.memory import GpuMemory, gpu_memory
from inference.derive.placement import largest_with, machine_for, rollout
from inference.derive.pod import pod_size
from inference.derive.size import least_memory_gib, longest_context, memory_share_gib
from inference.preflight.arguments import named, removed
from inference.preflight.fitting import divides_heads, enough_gpus, larger_than_node
from inference.preflight.places import nearest_model
from inference.preflight.registry import error, info, warning

WEIGHTS: Final = error(
    id="memory.weights",
    cause="Weights and LoRA slots need more memory than the server may use on each GPU; a warning "
    "if they fit, but not with the estimated activations.",
    consequence="The server runs out of memory while loading, and restarts indefinitely.",
    fix="Use more GPUs per replica, GPUs with more memory, or a smaller or quantised model.",
    source=VLLM_STARTS,
)
NODE: Final = error(
    id="memory.larger-than-node",
    cause="The weights need more memory than all GPUs of the largest machine type with the "
    "model's GPU have. A replica runs on one node; multi-node servers are not supported.",
    consequence="With any number of these GPUs, the server runs out of memory while loading.",
    fix="Use a machine type whose GPUs hold the model, or a smaller or quantised model.",
    source=VLLM_STARTS,
)
POSITIONS: Final = error(
    id="memory.beyond-positions",
    cause="maxModelLen exceeds the position limit in the model's config.json; a warning with "
    "VLLM_ALLOW_LONG_MAX_MODEL_LEN=1.",
    consequence="vLLM refuses to start, or answers noise beyond those positions.",
    fix="Lower maxModelLen, or raise the limit with --hf-overrides.",
    source=VLLM_CONTEXT,
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
    "hold.",
    fix="Set parametersBillion.",
    source=VLLM_MEMORY,
    follows=("models.nearly-known",),
)
PARALLEL: Final = error(
    id="memory.tensor-parallel",
    cause="The number of attention heads is not divisible by the number of GPUs that share each "
    "layer.",
    consequence="The server refuses to start.",
    fix="Choose a GPU count that divides the number of heads.",
    source=VLLM_PARALLEL,
)
LONGER: Final = warning(
    id="memory.traffic-beyond-context",
    cause="The requests of `traffic` are longer than the context of a model.",
    consequence="The server answers 400 to them.",
    fix="Raise maxModelLen, or declare the lengths that are expected.",
    source=VLLM_MEMORY,
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
    fix="Use a machine type with more memory per GPU.",
    source=VLLM_MEMORY,
)
DISK: Final = warning(
    id="memory.local-ssd",
    cause="The replicas on a node request more ephemeral storage than its local SSDs provide.",
    consequence="The last replica stays Pending.",
    fix="Lower maxCpuLoras, or put fewer replicas on a node.",
    source=NODE_SIZES,
)

_OVERRIDES: Final = "--hf-overrides"
"""vLLM's argument that changes what config.json says, its positions among it."""
_ALLOWED_LONGER: Final = "VLLM_ALLOW_LONG_MAX_MODEL_LEN"
"""With this variable vLLM warns of such a context, and starts."""
_CUDA_GIB: Final = 0.5
"""What CUDA takes before vLLM measures what is free: 79.18 - 78.66 on one H100."""
_MEASURED: Final = "nvidia-h100-80gb"
_SSD_USABLE: Final = 0.85
"""Share of local SSDs that is left after formatting and GKE's reservations (inferred)."""


def _is_given(model: Model, memory: GpuMemory) -> bool:
    """Whether the cache is as large as an argument says, whatever the GPUs have."""
    return memory.cache == given_cache_gib(model)


def _sum(model: Model, memory: GpuMemory) -> str:
    if _is_given(model, memory):
        return f"--kv-cache-memory-bytes gives each GPU's KV cache {memory.cache:.1f} GiB"
    lora = f" - {memory.lora:.1f} LoRA" if memory.lora else ""
    return (
        f"each GPU has {memory.usable:.1f} GiB for {model.engine.label} - {memory.weights:.1f} "
        f"weights{lora} - {memory.activations:.1f} activations = {memory.cache:.1f} for the KV "
        "cache"
    )


def _needed(model: Model, memory: GpuMemory) -> float:
    """GiB of cache without which vLLM does not start; SGLang starts with less."""
    return memory.request.gib if memory.request and model.engine is Engine.VLLM else 0


def _context(settings: Settings, index: int, model: Model, memory: GpuMemory) -> Iterator[Finding]:
    request, many = memory.request, 1
    if request is None or memory.cache >= model.concurrency * request.gib:
        return
    path = f"models[{index}]"
    key, severity = f"{path}.maxModelLen", Severity.WARNING
    if memory.cache < request.gib:
        check, place = CONTEXT, key
        sglang = model.engine is Engine.SGLANG
        consequence = "it would be rejected" if sglang else "vLLM would refuse to start"
        needed = f"one request of {request.context} tokens needs"
        least = memory.weights + memory.lora + _needed(model, memory)
        if _is_given(model, memory) or least > memory.usable:
            severity = Severity.ERROR
    else:
        check, place, many = CONCURRENCY, f"{path}.concurrency", model.concurrency
        consequence = "some would be preempted"
        needed = f"{many} requests of {request.context} tokens need"
    possible, more = _possible_context(model, memory, many), ", or give the replica more GPU memory"
    given = named(model, CACHE_SIZE) if _is_given(model, memory) else []
    freed, removal = removed(index, model, given)
    if given:
        place, more = f"{path}.extraArgs[{given[-1].position}]", ""
    if _holds(freed, many):
        fix = removal
    elif possible:
        fix = set_command(key, str(possible)) + more
    elif check is CONCURRENCY:
        fix = set_command(f"{path}.concurrency", str(floor(memory.cache / request.gib))) + more
    else:
        fix = enough_gpus(settings, index, model)
    yield check.finding(
        place,
        f"{_sum(model, memory)}, but {needed} {many * request.gib:.1f}: {consequence}",
        fix,
        severity,
    )


def _holds(model: Model, many: int) -> bool:
    """Whether the KV cache holds so many requests of the longest context."""
    memory = gpu_memory(model)
    return memory is not None and (memory.requests or 0) >= many


def _possible_context(model: Model, memory: GpuMemory, many: int) -> int:
    """The longest context of which the KV cache holds so many requests, by whole 1024 tokens."""
    request = memory.request
    possible = int(request.context * memory.cache / request.gib / many) if request else 0
    while (possible := possible // 1024 * 1024) > 0:
        if _holds(model.model_copy(update={"max_model_len": possible}), many):
            break
        # Layers with a window keep it however short the rest is.
        possible -= 1024
    return possible


def _gpu(settings: Settings, index: int, model: Model) -> Iterator[Finding]:
    memory = gpu_memory(model)
    if memory is None:
        if model.facts is None:
            near = nearest_model(model.model)
            nearest = f" (nearest: {near})" if near else ""
            yield UNKNOWN.finding(
                f"models[{index}].model",
                f"{model.model} is not in the catalog{nearest}, so whether it fits is not checked",
                set_command(f"models[{index}].parametersBillion", "BILLIONS"),
            )
        return
    gpu = f"models[{index}].gpu.count"
    if memory.cache <= 0:
        yield _too_large(settings, index, model, memory)
    else:
        yield from _context(settings, index, model, memory)
    yield from _utilization(index, model)
    attention = model.facts.attention if model.facts else None
    if attention is not None and not divides_heads(model):
        yield PARALLEL.finding(
            gpu,
            f"{attention.heads} attention heads of {model.name} are not divisible by "
            f"{tensor_parallel(model)} GPUs: {model.engine.label} would refuse to start",
            enough_gpus(settings, index, model),
        )


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
    path, fix = f"models[{index}].gpu.count", _smaller(settings, index, model, memory)
    if larger_than_node(index, model):
        largest, gpus = largest_with(name), tensor_parallel(model) * pipeline_parallel(model)
        return NODE.finding(
            path,
            f"{model.name} does not fit on one node: the largest, {largest.name} with "
            f"{largest.gpus} {name}, has at most {largest.gpus * memory.usable:.0f} GiB for "
            f"{model.engine.label}, but the weights take {gpus * memory.weights:.0f}",
            fix,
        )
    certain = memory.weights + memory.lora + _needed(model, memory) > memory.usable
    return WEIGHTS.finding(
        path,
        f"{model.name} does not fit on {gpu.count} {name}: {_sum(model, memory)}",
        fix,
        Severity.ERROR if certain else Severity.WARNING,
    )


def _smaller(settings: Settings, index: int, model: Model, memory: GpuMemory) -> str:
    """What makes the model fit: fewer adapters where they alone are too much, else more memory."""
    lora = model.lora
    if lora is not None and memory.weights + memory.activations < memory.usable < memory.lora:
        return set_command(f"models[{index}].lora.maxLoras", str(Lora().max_loras))
    return enough_gpus(settings, index, model)


def _positions(index: int, model: Model) -> Iterator[Finding]:
    attention = model.facts.attention if model.facts else None
    if attention is None or model.max_model_len is None or model.engine is not Engine.VLLM:
        return
    stretched = value(model.extra_args, _OVERRIDES, server_of(model).dialect) is not None
    if model.max_model_len > attention.context and not stretched:
        path = f"models[{index}].maxModelLen"
        given = model.env.get(_ALLOWED_LONGER)
        allowed = given is not None and given.value in {"1", "true"}
        yield POSITIONS.finding(
            path,
            f"{model.max_model_len} exceeds the {attention.context} positions of {model.model}: "
            + ("answers beyond them may be noise" if allowed else "vLLM would refuse to start"),
            set_command(path, str(attention.context)) + f", or raise the limit with {_OVERRIDES}",
            Severity.WARNING if allowed else None,
        )


def _traffic(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    traffic, attention = traffic_of(settings, model), model.facts and model.facts.attention
    context = longest_context(model)
    if traffic is None or context is None:
        return
    longest = traffic.input_tokens + traffic.output_tokens
    if longest > context:
        path = f"models[{index}].maxModelLen"
        yield LONGER.finding(
            path,
            f"`traffic` has requests of {traffic.input_tokens} + {traffic.output_tokens} tokens, "
            f"but {model.name} takes {context} together: it would answer 400 to them",
            "set shorter ones in `traffic`"
            if attention is not None and longest > attention.context
            else set_command(path, str(longest)) + ", or set shorter ones in `traffic`",
        )


def _node(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    need, share = least_memory_gib(model), memory_share_gib(model, machine)
    if model.facts is not None and need > share:
        yield HOST.finding(
            f"models[{index}].gpu",
            f"{model.name} needs {need:.0f} GiB of host memory, but its share of one "
            f"{machine.name} is {share:.0f}",
            "choose a machine type with more memory per GPU",
        )
    held = model.most_replicas + rollout(settings, model).max_surge
    replicas = min(machine.gpus // model.gpu.count, held)
    requested = replicas * pod_size(settings, model, machine).node_storage
    have = local_ssd_gib(machine) * _SSD_USABLE
    if machine.local_ssds and requested > have:
        yield DISK.finding(
            f"models[{index}]",
            f"{replicas} replicas of {model.name} on one {machine.name} request {requested} GiB "
            f"of ephemeral storage, but its local SSDs provide about {have:.0f}",
            "lower lora.maxCpuLoras, or put fewer replicas on a node",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the memory and disk of each model's replicas."""
    for index, model in enumerate(settings.models):
        if not model.engine.is_simulated:
            yield from _gpu(settings, index, model)
            yield from _positions(index, model)
            yield from _traffic(index, settings, model)
            yield from _node(index, settings, model)
