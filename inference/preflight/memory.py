"""GPU and host memory: whether the model, its adapters and its longest request fit."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import NODE_SIZES, VLLM_MEMORY, VLLM_PARALLEL
from inference.catalog.machines import machines_with
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import set_command
from inference.config.models import Model
from inference.derive.boot_disk import local_ssd_gib
from inference.derive.memory import GpuMemory, LongestRequest, gpu_memory
from inference.derive.placement import machine_for, rollout
from inference.derive.pod import pod_size
from inference.derive.size import memory_gib, memory_share_gib
from inference.preflight.registry import Check

WEIGHTS: Final = Check(
    id="memory.weights",
    severity=Severity.WARNING,
    cause="Weights, LoRA slots and activations need more memory than the server may use of each "
    "GPU.",
    consequence="The server runs out of memory while it loads, and restarts indefinitely.",
    fix="More GPUs a replica, GPUs with more memory, or a smaller or quantised model.",
    source=VLLM_MEMORY,
)
CONTEXT: Final = Check(
    id="memory.context",
    severity=Severity.WARNING,
    cause="What is left for the KV cache does not hold one request of the longest context.",
    consequence="vLLM refuses to start, after it has downloaded and loaded the model; SGLang "
    "starts, and refuses such requests.",
    fix="Lower maxModelLen, or give the replica more GPU memory.",
    source=VLLM_MEMORY,
)
CONCURRENCY: Final = Check(
    id="memory.concurrency",
    severity=Severity.WARNING,
    cause="What is left for the KV cache holds one request of the longest context, but not as many "
    "as `concurrency` states.",
    consequence="With that many long requests at once the server puts some back and computes "
    "them again: answers slow down.",
    fix="Lower maxModelLen or concurrency, or give the replica more GPU memory.",
    source=VLLM_MEMORY,
)
UNKNOWN: Final = Check(
    id="memory.unknown",
    severity=Severity.INFO,
    cause="The catalog does not know the model, and the stack does not say how large it is.",
    consequence="Whether it fits is not checked; disk and memory are sized by what GPUs can hold.",
    fix="Set parametersBillion.",
    source=VLLM_MEMORY,
)
PARALLEL: Final = Check(
    id="memory.tensor-parallel",
    severity=Severity.WARNING,
    cause="The model's attention heads do not divide by the GPUs of a replica.",
    consequence="The server refuses to start.",
    fix="Choose a number of GPUs that divides the heads.",
    source=VLLM_PARALLEL,
)
HOST: Final = Check(
    id="memory.host",
    severity=Severity.WARNING,
    cause="A replica's share of the node's memory is less than loading the model needs.",
    consequence="The request is cut to the share, and the server may be killed while it loads.",
    fix="A machine with more memory a GPU.",
    source=VLLM_MEMORY,
)
DISK: Final = Check(
    id="memory.local-ssd",
    severity=Severity.WARNING,
    cause="The replicas of a node request more ephemeral storage than its local SSDs give.",
    consequence="The last replica stays Pending.",
    fix="Lower maxCpuLoras, or put fewer replicas on a node.",
    source=NODE_SIZES,
)
CHECKS: Final = (WEIGHTS, CONTEXT, CONCURRENCY, UNKNOWN, PARALLEL, HOST, DISK)

_MOST_GPUS: Final = 8
"""GPUs of the largest machines."""
_SSD_USABLE: Final = 0.85
"""Share of local SSDs that is left after formatting and GKE's reservations (inferred)."""


def _sum(memory: GpuMemory, engine: Engine) -> str:
    lora = f" - {memory.lora:.1f} LoRA" if memory.lora else ""
    return (
        f"each GPU has {memory.usable:.1f} GiB for {engine.label} - {memory.weights:.1f} weights"
        f"{lora} - {memory.activations:.1f} activations = {memory.cache:.1f} for the KV cache"
    )


def _context(
    path: str, model: Model, memory: GpuMemory, request: LongestRequest
) -> Iterator[Finding]:
    concurrency = model.concurrency
    if memory.cache < request.gib:
        sglang = model.engine is Engine.SGLANG
        consequence = "it would be refused" if sglang else "vLLM would refuse to start"
        check, many = CONTEXT, 1
        needed = f"one request of {request.context} tokens needs"
    elif memory.cache < concurrency * request.gib:
        check, many, consequence = CONCURRENCY, concurrency, "some would be put back"
        needed = f"{concurrency} requests of {request.context} tokens need"
    else:
        return
    key = f"{path}.maxModelLen"
    possible = int(request.context * memory.cache / request.gib / many) // 1024 * 1024
    shorter = f"{set_command(key, str(possible))}, or " if possible else ""
    yield check.finding(
        key if check is CONTEXT else f"{path}.concurrency",
        f"{_sum(memory, model.engine)}, but {needed} {many * request.gib:.1f}: {consequence}",
        f"{shorter}give the replica more GPU memory",
    )


def _gpu(index: int, model: Model) -> Iterator[Finding]:
    memory = gpu_memory(model)
    if memory is None:
        if model.facts is None:
            path = f"models[{index}].parametersBillion"
            yield UNKNOWN.finding(
                path,
                f"{model.model} is not in the catalog, so whether it fits is not checked",
                set_command(path, "BILLIONS"),
            )
        return
    gpu = f"models[{index}].gpu.count"
    if memory.cache <= 0:
        yield WEIGHTS.finding(
            gpu,
            f"{model.name} does not fit on {model.gpu.count} {model.gpu.accelerator}: "
            f"{_sum(memory, model.engine)}",
            _other_count(gpu, model),
        )
    elif memory.request is not None:
        yield from _context(f"models[{index}]", model, memory, memory.request)
    attention = model.facts.attention if model.facts else None
    if attention is not None and attention.heads % model.gpu.count:
        yield PARALLEL.finding(
            gpu,
            f"{attention.heads} attention heads of {model.name} do not divide by "
            f"{model.gpu.count} GPUs: {model.engine.label} would refuse to start",
            _other_count(gpu, model),
        )


def _other_count(path: str, model: Model) -> str:
    """The command for the least number of GPUs with which the model starts, if there is one."""
    for count in range(1, _MOST_GPUS + 1):
        if not machines_with(model.gpu.accelerator, count):
            break
        gpu = model.gpu.model_copy(update={"count": count})
        memory = gpu_memory(model.model_copy(update={"gpu": gpu}))
        attention = model.facts.attention if model.facts else None
        divides = attention is None or attention.heads % count == 0
        long_enough = memory is not None and memory.cache > (
            memory.request.gib if memory.request else 0
        )
        if divides and long_enough:
            return set_command(path, str(count))
    return "choose GPUs with more memory, or a smaller or quantised model"


def _node(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    need, share = memory_gib(model), memory_share_gib(model, machine)
    if model.facts is not None and need > share:
        yield HOST.finding(
            f"models[{index}].gpu",
            f"loading {model.name} needs {need:.0f} GiB of host memory, and its share of one "
            f"{machine.name} is {share:.0f}",
            "choose a machine with more memory for each GPU",
        )
    held = model.most_replicas + rollout(settings, model).max_surge
    replicas = min(machine.gpus // model.gpu.count, held)
    requested = replicas * pod_size(settings, model, machine).node_storage
    have = local_ssd_gib(machine) * _SSD_USABLE
    if machine.local_ssds and requested > have:
        yield DISK.finding(
            f"models[{index}]",
            f"{replicas} replicas of {model.name} on one {machine.name} request {requested} GiB of "
            f"ephemeral storage, and its local SSDs give about {have:.0f}",
            "lower lora.maxCpuLoras, or use fewer replicas on a node",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the memory and disk of each model's replicas."""
    for index, model in enumerate(settings.models):
        if not model.engine.is_simulated:
            yield from _gpu(index, model)
            yield from _node(index, settings, model)
