"""A provider that accepts everything and makes nothing: enough for a preview to reach the policies.

Started by the engine as `pulumi-resource-NAME`; prints its port, as providers do.
"""

from functools import partial
from typing import Any

from google.protobuf import empty_pb2
from harness.plugin_server import serve
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc


class _StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """Answers what a preview of new resources asks. Messages are generated, and so untyped."""

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return plugin_pb2.PluginInfo(version="99.0.0")

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, supportsPreview=True, acceptOutputs=True
        )

    def Check(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return provider_pb2.CreateResponse(id="", properties=request.properties)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return empty_pb2.Empty()


if __name__ == "__main__":
    serve(partial(provider_pb2_grpc.add_ResourceProviderServicer_to_server, _StandIn()))
