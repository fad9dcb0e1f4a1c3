"""What the containers of a Pod become outside of a cluster: programs with arguments and files.

Everything is taken from the Pod as the API server has it. Changed is only what the lack of a
network namespace, mounts and a Pod's credentials asks for: ports, folders, and where the API is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, final

from harness.api import Object
from harness.processes import free_port
from harness.toolchain import TOOLCHAIN, module, program

from data_path.objects import entries, section

ENVIRONMENT: Final = TOOLCHAIN / "data-path"
"""Python environment with Envoy and what the LoRA syncer imports."""
_PICKER_PORTS: Final = {"grpc-port": 9002, "grpc-health-port": 9003, "metrics-port": 9090}
_SYNCER: Final = "lora-syncer"
_SYNCER_RELEASE: Final = "v1.0.0"
"""Release whose Go module has the syncer's source; its image is of that release too."""


@final
@dataclass(frozen=True, kw_only=True)
class Container:
    """One program of a Pod.

    Attributes:
        name: as in the Pod.
        command: with its arguments.
        variables: its environment, beside that of the tests.
        folder: where it is started.
        ports: local port by the Pod's port.

    """

    name: str
    command: Sequence[str]
    variables: Mapping[str, str]
    folder: Path | None
    ports: Mapping[int, int]


class UnknownContainerError(Exception):
    """A container whose image no program here stands for."""


def _field(pod: Object, path: str) -> str:
    """A field that an environment variable names, such as `status.podIP`."""
    value: Any = pod
    for key in path.split("."):
        value = cast("Mapping[str, Any]", value)[key]
    return str(value)


def _variables(pod: Object, spec: Mapping[str, Any]) -> dict[str, str]:
    """The container's environment, but for Secrets, which nothing here needs."""
    found: dict[str, str] = {}
    for variable in entries(spec, "env"):
        field = section(variable, "valueFrom", "fieldRef")
        if field:
            found[variable["name"]] = _field(pod, field["fieldPath"])
        elif variable.get("value") is not None:
            found[variable["name"]] = variable["value"]
    return found


def _with_mounts(text: str, spec: Mapping[str, Any], volumes: Path) -> str:
    """A path inside the container as the path of a file here."""
    for mount in entries(spec, "volumeMounts"):
        path = str(mount["mountPath"])
        if text == path or text.startswith(f"{path}/"):
            return f"{volumes / mount['name']}{text.removeprefix(path)}"
    return text


def inside(words: Sequence[str], spec: Mapping[str, Any], volumes: Path, process: int) -> list[str]:
    """A command that is run in a container beside its `process`, which is 1 there."""
    python, *arguments = (_with_mounts(word, spec, volumes) for word in words)
    found = [word.replace("/proc/1/", f"/proc/{process}/") for word in arguments]
    return [str(ENVIRONMENT / "bin" / python), *found]


def _server(spec: Mapping[str, Any]) -> tuple[list[str], dict[int, int]]:
    """The simulator, with another port."""
    arguments: list[str] = []
    ports: dict[int, int] = {}
    for argument in spec["args"]:
        flag, _, value = argument.partition("=")
        if flag == "--port":
            ports[int(value)] = free_port()
            arguments.append(f"{flag}={ports[int(value)]}")
        else:
            arguments.append(argument)
    return [program("llm-d-inference-sim"), *arguments], ports


def _picker(spec: Mapping[str, Any]) -> tuple[list[str], dict[int, int]]:
    """The endpoint picker of the image's release; of a flag given twice it takes the last."""
    release = spec["image"].partition("@")[0].rpartition(":")[2]
    ports = {port: free_port() for port in _PICKER_PORTS.values()}
    own = [f"--{flag}={ports[port]}" for flag, port in _PICKER_PORTS.items()]
    return [program(f"epp-{release}"), *spec["args"], *own], ports


def _syncer(spec: Mapping[str, Any]) -> list[str]:
    """The syncer, with another port for its metrics."""
    command = [*spec["command"], *spec.get("args", ())]
    own = f"--metrics-port={free_port()}"
    return [str(ENVIRONMENT / "bin" / "python"), "-B", *command[1:], own]


def container(
    pod: Object, spec: Mapping[str, Any], volumes: Path, kubeconfig: Path | None
) -> Container:
    """The program that stands for a container of a Pod.

    Args:
        pod: the Pod, which must have its address.
        spec: the container.
        volumes: folder that has one for each volume of the Pod.
        kubeconfig: what stands for the credentials of its ServiceAccount.

    Raises:
        UnknownContainerError: when none does.

    """
    image = spec["image"].partition("@")[0].rpartition("/")[2].partition(":")[0]
    variables = {
        name: _with_mounts(value, spec, volumes) for name, value in _variables(pod, spec).items()
    }
    folder = None
    ports: dict[int, int] = {}
    if image == "llm-d-inference-sim":
        command, ports = _server(spec)
    elif image == "epp":
        command, ports = _picker(spec)
        variables["KUBECONFIG"] = str(kubeconfig)
    elif image == _SYNCER:
        command = _syncer(spec)
        sources = module(f"inference-extension-{_SYNCER_RELEASE}") / "tools"
        folder = sources / "dynamic-lora-sidecar" / "sidecar"
        # To the syncer its server is localhost, which here is everyone's.
        address = pod["status"]["podIP"]
        port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
        variables["http_proxy"] = f"http://{address}:{port}"
    else:
        message = f"nothing here stands for the image {spec['image']}"
        raise UnknownContainerError(message)
    return Container(
        name=spec["name"],
        command=[_with_mounts(word, spec, volumes) for word in command],
        variables=variables,
        folder=folder,
        ports=ports,
    )
