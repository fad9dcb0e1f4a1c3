"""What an engine's server is started with, and what a Pod must know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, final

from inference.catalog.durations import Duration
from inference.catalog.images import Artifact
from inference.catalog.server_metrics import ServerMetrics
from inference.config.models import Model
from inference.derive.engines.given import Dialect

DATA_FOLDER: Final = "/data"
"""Where the volume for weights and caches is mounted in a server that has weights."""


def served_as(model: Model) -> tuple[str, ...]:
    """Arguments with the names of the base model, as vLLM takes them: the first one is shown."""
    if not model.aliases:
        return (f"--served-model-name={model.served_model_name}",)
    return ("--served-model-name", model.served_model_name, *model.aliases)


@final
@dataclass(frozen=True, kw_only=True)
class Owned:
    """An argument that this program writes, or that no server behind the Gateway can have."""

    key: str | None = None
    """Key of the model that sets it; None where nothing does."""
    effect: str
    """What the server would do with another value, after "the server"."""


class Effect(StrEnum):
    """What arguments that several engines have would do."""

    UNREACHED = "would not answer where probes and the load balancer ask"
    OTHER_MODEL = "would load another model than the stack describes"
    OTHER_GPUS = "would use another number of GPUs than its Pod has"
    OTHER_PODS = "would wait for servers of other Pods, of which there are none"
    UNSEEN_FILE = "would take arguments from a file that no check sees"
    UNSIZED_DISK = "would write weights where no disk was sized for them"
    TOKENS_ALONE = "would take and answer tokens, and no text"
    UNCHECKED_MEMORY = "would take a share of memory that was not checked"
    UNCOUNTED_SLOTS = "would keep slots that were not counted"
    UNCOUNTED_ADAPTERS = "would keep adapters that were not counted"
    UNCOUNTED_RANKS = "would keep ranks that were not counted"
    HELP = "would print its help, exit, and be restarted indefinitely"


def owned(*rows: tuple[str, str, str | None]) -> Mapping[str, Owned]:
    """By long name, from rows of names (without dashes, blanks between), effect and key."""
    return {
        f"--{name}": Owned(key=key, effect=effect)
        for names, effect, key in rows
        for name in names.split()
    }


@final
@dataclass(frozen=True, kw_only=True)
class Server:
    """One engine. Everything else of a Pod is the same for all of them."""

    container: str
    """Name of the container."""
    image: Artifact
    """Used unless the model names its own."""
    command: tuple[str, ...] = ()
    """Empty where the image has an entrypoint."""
    arguments: Callable[[Model], list[str]]
    variables: Callable[[Model], Mapping[str, str]] = lambda _: {}
    pod_fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that hold a field of the Pod, such as `status.podIP`."""
    live_path: str = "/health"
    ready_path: str = "/health"
    """What also the load balancer asks."""
    metrics: ServerMetrics
    image_pull: Duration
    starts: tuple[Duration, ...]
    """From the container's start until it serves, the download of weights left out."""
    longest_drain: int | None = None
    """Seconds after SIGTERM for which it finishes requests; None where the grace period decides."""
    user: int | None = None
    """The image's own user, where it is not root and writes nothing outside of volumes."""
    stream: Callable[[Model], tuple[str, ...]] | None = None
    """Arguments by which it streams weights from a bucket; None where it is not known to."""
    compile_cache: str | None = None
    """Variable that names the folder of what it compiles; None where it keeps nothing."""
    takes_adapters: bool = True
    """Whether the LoRA syncer can load adapters while it runs, by vLLM's calls."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of its Pods, by which pickers know whose metrics they have."""
    picker_flags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Flags that tell it a picker which knows no such labels."""
    dialect: Dialect = field(default_factory=Dialect)
    """How its parser reads arguments."""
    owned: Mapping[str, Owned] = field(default_factory=dict[str, Owned])
    """Arguments that `extraArgs` must not have, by long name."""
