"""A monitor that records what a program registers, as a preview on nothing would.

Known inputs are echoed as outputs; whatever a provider would compute is unknown.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast, final

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from inference.config.finding import PROJECT
from inference.config.loader import ENCRYPTED

SECRET: Final = ENCRYPTED
UNKNOWN: Final = "[unknown]"
_BODIES: Final = frozenset({"spec", "values", "data", "stringData"})
_STACK_TYPE: Final = "pulumi:pulumi:Stack"
_SIGNATURE: Final = rpc._special_sig_key  # noqa: SLF001
_SECRET_SIGNATURE: Final = rpc._special_secret_sig  # noqa: SLF001


@final
@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource as the program registered it, secrets and unknowns replaced by markers."""

    urn: str
    type: str
    name: str
    parent: str
    """URN, or "" for the stack itself."""
    provider: str
    """URN of the provider, or "" for components and providers."""
    inputs: Mapping[str, Any]
    depends_on: tuple[str, ...]
    """URNs in alphabetical order, those whose outputs are inputs among them."""
    property_depends_on: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    custom: bool
    read: bool = False
    """Whether it exists already and is only looked up."""
    deleted_with: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    """Whether the object stays when the program gives it up."""
    aliases: tuple[str, ...] = ()
    """Names and URNs that the resource had in earlier programs; not those of its type alone."""
    delete_before_replace: bool = False
    replacement_trigger: Any = None
    timeouts: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def waits_for(self) -> tuple[str, ...]:
        """URNs that must exist before it can be made, its provider among them."""
        return (*self.depends_on, self.provider) if self.provider else self.depends_on

    @property
    def kind(self) -> str:
        """The last part of the type, such as `Deployment` or `gcp provider`."""
        kind = self.type.rpartition(":")[2]
        return f"{kind} provider" if self.type.startswith("pulumi:providers:") else kind


@final
@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One function of a provider that the program called."""

    function: str
    """Its token, such as `gcp:organizations/getProject:getProject`."""
    arguments: Mapping[str, Any]
    depends_on: tuple[str, ...]
    """URNs of what must exist before the call, in alphabetical order."""


@dataclass(kw_only=True)
class Recording:
    """What a program registered, called and gave."""

    stack: str
    resources: list[Registration] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _plain(value: struct_pb2.Value) -> Any:  # noqa: ANN401 any JSON
    """A protobuf value as Python, integral numbers as int, secrets and unknowns as markers."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _plain_struct(value.struct_value)
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
    if kind == "bool_value":
        return value.bool_value
    return None


def _hidden(value: Any) -> Any:  # noqa: ANN401 any JSON
    """A secret's shape without its content, so that a Secret rendered from it is still one."""
    if isinstance(value, dict):
        return {key: _hidden(part) for key, part in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_hidden(part) for part in cast("list[Any]", value)]
    return SECRET


def _plain_struct(struct: struct_pb2.Struct) -> Any:  # noqa: ANN401 a mapping, or a secret's marker
    fields = struct.fields
    if _SIGNATURE in fields and fields[_SIGNATURE].string_value == _SECRET_SIGNATURE:
        return _hidden(_plain(fields["value"]))
    # Protobuf keeps no order: sorted, the same stack gives the same plan.
    return {key: _plain(fields[key]) for key in sorted(fields)}


@final
class _Nothing(mocks.Mocks):
    """Mocks that are never asked: the monitor answers by itself."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NotImplementedError(args.name)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise NotImplementedError(args.token)


@final
class _Recorder(mocks.MockMonitor):
    """A resource monitor that keeps every registration and echoes inputs."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(_Nothing())
        self._recording = recording

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN that the engine gives: all ancestors' types, the stack's left out."""
        if parent and not _is_stack(parent):
            type_ = f"{parent.split('::')[2]}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{type_}::{name}"

    def RegisterResource(  # noqa: N802 the service's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type != _STACK_TYPE:
            self._recording.resources.append(_registration(urn, request))
        return resource_pb2.RegisterResourceResponse(urn=urn, id="", object=_echo(request.object))

    def ReadResource(  # noqa: N802 the service's name
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        self._recording.resources.append(
            Registration(
                urn=urn,
                type=request.type,
                name=request.name,
                parent=_parent(request.parent),
                provider=_provider(request.provider),
                inputs={"id": request.id, **_plain_struct(request.properties)},
                depends_on=tuple(sorted(request.dependencies)),
                custom=True,
                read=True,
            )
        )
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)

    def GetDeploymentInfo(  # noqa: N802 the service's name
        self, request: empty_pb2.Empty
    ) -> resource_pb2.DeploymentInfo:
        found = super().GetDeploymentInfo(request)
        # Calls then name what they depend on, as they do to an engine.
        found.supportedFeatures.append(resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON)
        return found

    def Invoke(  # noqa: N802 the service's name
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Unknown, as an engine answers while what the call depends on does not exist."""
        self._recording.invocations.append(
            Invocation(
                function=request.tok,
                arguments=cast("Mapping[str, Any]", _plain_struct(request.args)),
                depends_on=tuple(sorted(request.dependsOn)),
            )
        )
        return resource_pb2.ResourceInvokeResponse(unknown=True)

    def RegisterResourceOutputs(  # noqa: N802 the service's name
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        if _is_stack(request.urn):
            self._recording.outputs = _plain_struct(request.outputs)
        return empty_pb2.Empty()


def _echo(inputs: struct_pb2.Struct) -> struct_pb2.Struct:
    """Inputs as outputs, but for the bodies of Kubernetes objects and releases.

    An engine's first preview echoes nothing of those either, and reading them back would take a
    fifth of a run.
    """
    echoed = struct_pb2.Struct()
    for key, value in inputs.fields.items():
        if key not in _BODIES:
            echoed.fields[key].CopyFrom(value)
    return echoed


def _provider(reference: str) -> str:
    """URN of a provider reference `urn::id`."""
    return reference.rpartition("::")[0]


def _is_stack(urn: str) -> bool:
    return f"::{_STACK_TYPE}::" in urn


def _parent(urn: str) -> str:
    return "" if _is_stack(urn) else urn


def _registration(urn: str, request: resource_pb2.RegisterResourceRequest) -> Registration:
    timeouts = request.customTimeouts
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=_parent(request.parent),
        provider=_provider(request.provider),
        inputs=cast("Mapping[str, Any]", _plain_struct(request.object)),
        depends_on=tuple(sorted(request.dependencies)),
        property_depends_on={
            key: tuple(sorted(dependencies.urns))
            for key, dependencies in request.propertyDependencies.items()
        },
        custom=request.custom,
        deleted_with=request.deletedWith,
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        aliases=tuple(
            name
            for alias in cast("Sequence[Any]", request.aliases)
            if (name := cast("str", alias.urn or alias.spec.name))
        ),
        delete_before_replace=request.deleteBeforeReplace,
        replacement_trigger=_plain(request.replacement_trigger),
        timeouts={
            key: text
            for key in ("create", "update", "delete")
            if (text := cast("str", getattr(timeouts, key)))
        },
    )


def _silent() -> logging.Logger:
    """The engine's log: findings are returned, so their copies in the log are not shown."""
    logger = logging.getLogger(__name__)
    logger.setLevel(logging.ERROR)
    return logger


def record_into(recording: Recording) -> None:
    """Make a recorder the monitor of the program that runs next, in preview."""
    mocks.set_mocks(
        _Nothing(),
        project=PROJECT,
        stack=recording.stack,
        preview=True,
        monitor=_Recorder(recording),
        logger=_silent(),
    )
