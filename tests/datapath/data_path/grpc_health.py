"""gRPC's health check, by hand: its messages are one field long."""

from typing import Any, Final, cast

import grpc

_METHOD: Final = "/grpc.health.v1.Health/Check"
_SERVING: Final = b"\x08\x01"
_TIMEOUT: Final = 1


def is_serving(address: str, service: str) -> bool:
    """Whether a server says that a service of it serves."""
    name = service.encode()
    request = b"\x0a" + bytes([len(name)]) + name if name else b""
    with grpc.insecure_channel(address) as channel:
        try:
            answer = cast("Any", channel).unary_unary(_METHOD)(request, timeout=_TIMEOUT)
        except grpc.RpcError:
            return False
    return bool(answer == _SERVING)
