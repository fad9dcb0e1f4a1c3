"""A provider that accepts everything and makes nothing: enough for a preview to reach the policies.

Started by the engine as `pulumi-resource-NAME`; prints its port, as providers do.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf import empty_pb2
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


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
