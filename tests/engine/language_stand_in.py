"""A language host that is asked for its name and questions, and has none.

Enough for `pulumi new` and `pulumi import`.

The official one comes with the Pulumi CLI's download, not with its module. Started by the engine as
`pulumi-language-python`; prints its port, as language hosts do.
"""

from functools import partial
from typing import Any

from google.protobuf import empty_pb2
from harness.plugin_server import serve
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2


class _StandIn(language_pb2_grpc.LanguageRuntimeServicer):
    """Messages are generated, and so untyped."""

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return plugin_pb2.PluginInfo(version="99.0.0")

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return language_pb2.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return language_pb2.TemplateResponse()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return empty_pb2.Empty()


if __name__ == "__main__":
    serve(partial(language_pb2_grpc.add_LanguageRuntimeServicer_to_server, _StandIn()))
