"""What both stand-in provider plugins share: the engine's protocol, faults, latency and the log."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from harness import plugin_server
from harness.faults import fail_if_ordered, kill_if_ordered, next_ordinal
from harness.run_folder import RunFolder
from harness.values import plain, wire

_DETAILS: Final = "grpc-status-details-bin"
"""Key of the trailer in which gRPC carries an error's details."""


class ProviderError(Exception):
    """What the engine is told went wrong."""


@final
class PartialError(ProviderError):
    """An object was made and is not as it should be: the engine records it, and updates it next."""

    def __init__(self, message: str, state: "State") -> None:
        super().__init__(message)
        self.state = state


@final
@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that the engine asks about."""

    type: str
    name: str
    """Name in the program."""
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    old_inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ignored: tuple[str, ...] = ()
    """Paths of inputs whose changes the program ignores."""
    timeout: float = 0
    """Seconds; 0 when the program names none."""
    preview: bool = False

    @property
    def kind(self) -> str:
        """Last part of the type, such as `Deployment`."""
        return self.type.rpartition(":")[2]


@final
@dataclass(frozen=True, kw_only=True)
class Change:
    """What differs between old and new inputs: keys, and among them those that replace."""

    keys: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    delete_first: bool = True


@final
@dataclass(frozen=True, kw_only=True)
class State:
    """What an object is after a call."""

    id: str
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secret_keys: tuple[str, ...] = ()


def changed_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Top-level keys whose values differ."""
    return tuple(sorted(key for key in {*old, *new} if old.get(key) != new.get(key)))


def _partial(error: PartialError) -> bytes:
    """The details by which the engine tells a partial failure from another."""
    status: Any = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.state.id,
            properties=wire(error.state.outputs),
            inputs=wire(error.state.inputs),
            reasons=[str(error)],
        )
    )
    return status.SerializeToString()


class Plugin(provider_pb2_grpc.ResourceProviderServicer, ABC):
    """A provider; subclasses say what creating, reading, updating and deleting mean."""

    who: str
    version: str

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Take the provider's own inputs."""

    def check(self, resource: Resource) -> Mapping[str, Any]:
        """Inputs as the provider completes them.

        Raises:
            ProviderError: when they cannot work.

        """
        return resource.inputs

    @abstractmethod
    def diff(self, resource: Resource) -> Change:
        """What the change of inputs does."""

    @abstractmethod
    def create(self, resource: Resource) -> State:
        """Make the object."""

    @abstractmethod
    def read(self, resource: Resource) -> State | None:
        """The object as it is now; None when there is none."""

    @abstractmethod
    def update(self, resource: Resource) -> State:
        """Change the object in place."""

    @abstractmethod
    def delete(self, resource: Resource) -> None:
        """Remove the object, and return when it is gone."""

    def invoke(self, function: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a function of the provider returns.

        Raises:
            ProviderError: for one that the stand-in does not know.

        """
        message = f"the stand-in does not know {function} of {sorted(arguments)}"
        raise ProviderError(message)

    def finish(self, what: str, resource: Resource) -> None:
        """What comes at the end of a `create`, `update` or `delete`, however long that took."""

    def previewed(self, resource: Resource) -> Mapping[str, Any]:
        """Outputs that a preview can tell."""
        return resource.inputs

    def target(self, resource: Resource) -> str:
        """How the log names a resource."""
        return f"{resource.kind}/{resource.inputs.get('name') or resource.name}"

    # The protocol; names and unused arguments are the service's.

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, D102, N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, D102, N802
        return plugin_pb2.PluginInfo(version=self.version)

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, D102, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, D102, N802
        return self._difference(self.diff_configuration(plain(request.olds), plain(request.news)))

    def diff_configuration(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
        """What a change of the provider's own inputs does."""
        return Change(keys=changed_keys(old, new))

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, D102, N802
        self.configure(plain(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        resource = Resource(type=request.type, name=request.name, inputs=plain(request.news))
        try:
            checked = self.check(resource)
        except ProviderError as error:
            failure = provider_pb2.CheckFailure(property="", reason=str(error))
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        except Exception as error:  # noqa: BLE001 told to the engine
            return context.abort(grpc.StatusCode.UNKNOWN, f"{type(error).__name__}: {error}")
        answer = provider_pb2.CheckResponse()
        # What was secret stays so: only what the provider adds is written anew.
        answer.inputs.CopyFrom(request.news)
        added = {key: value for key, value in checked.items() if key not in resource.inputs}
        answer.inputs.MergeFrom(wire(added))
        return answer

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        resource = Resource(
            type=request.type,
            name=request.name,
            id=request.id,
            inputs=plain(request.news),
            old_inputs=plain(request.old_inputs),
            outputs=plain(request.olds),
        )
        return self._difference(self._told(lambda: self.diff(resource), context))

    def _difference(self, change: Change) -> Any:  # noqa: ANN401 the protocol's message
        some = provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(
            changes=some if change.keys else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=list(change.keys),
            replaces=list(change.replaces),
            deleteBeforeReplace=bool(change.replaces) and change.delete_first,
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        resource = Resource(
            type=request.type,
            name=request.name,
            inputs=plain(request.properties),
            timeout=request.timeout,
            preview=request.preview,
        )
        if request.preview:
            return provider_pb2.CreateResponse(properties=wire(self.previewed(resource)))
        ordinal = next_ordinal(self.run)

        def create() -> State:
            fail_if_ordered(self.run, resource.kind, ordinal)
            return self.create(resource)

        state = self._recorded("create", resource, create, context)
        kill_if_ordered(self.run, resource.kind, ordinal)
        properties = wire(state.outputs, state.secret_keys)
        return provider_pb2.CreateResponse(id=state.id, properties=properties)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        resource = Resource(
            type=request.type,
            name=request.name,
            id=request.id,
            inputs=plain(request.inputs),
            outputs=plain(request.properties),
        )
        state = self._told(lambda: self.read(resource), context)
        if state is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=state.id,
            properties=wire(state.outputs, state.secret_keys),
            inputs=wire(state.inputs, state.secret_keys),
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        resource = Resource(
            type=request.type,
            name=request.name,
            id=request.id,
            inputs=plain(request.news),
            old_inputs=plain(request.old_inputs),
            outputs=plain(request.olds),
            ignored=tuple(request.ignoreChanges),
            timeout=request.timeout,
            preview=request.preview,
        )
        if request.preview:
            return provider_pb2.UpdateResponse(properties=wire(self.previewed(resource)))
        state = self._recorded("update", resource, lambda: self.update(resource), context)
        return provider_pb2.UpdateResponse(properties=wire(state.outputs, state.secret_keys))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        resource = Resource(
            type=request.type,
            name=request.name,
            id=request.id,
            inputs=plain(request.old_inputs),
            outputs=plain(request.properties),
            timeout=request.timeout,
        )
        self._recorded("delete", resource, lambda: self.delete(resource), context)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        found = self._told(lambda: self.invoke(request.tok, plain(request.args)), context)
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(wire(found))
        return answer

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, D102, N802
        return empty_pb2.Empty()

    def _recorded(
        self,
        what: str,
        resource: Resource,
        call: Callable[[], Any],
        context: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 whatever the call gives
        def recorded() -> Any:  # noqa: ANN401
            with self.run.recorded(self.who, what, self.target(resource), resource.name):
                began = time.monotonic()
                result = call()
                left = self.run.latency.get(f"{what} {resource.kind}", 0)
                time.sleep(max(0, began + left - time.monotonic()))
                self.finish(what, resource)
                return result

        return self._told(recorded, context)

    def _told(self, call: Callable[[], Any], context: Any) -> Any:  # noqa: ANN401
        """Run a call; whatever it raises is the engine's to show."""
        try:
            return call()
        except PartialError as error:
            context.set_trailing_metadata([(_DETAILS, _partial(error))])
            return context.abort(grpc.StatusCode.UNKNOWN, f"{error}")
        except Exception as error:  # noqa: BLE001 told to the engine
            return context.abort(grpc.StatusCode.UNKNOWN, f"{error}" or type(error).__name__)


def serve(plugin: Plugin) -> None:
    """Serve the protocol of providers."""
    plugin_server.serve(partial(provider_pb2_grpc.add_ResourceProviderServicer_to_server, plugin))
