"""How the engine finds a plugin: on a port of the kernel's choice, which it reads from stdout."""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc

_WORKERS: Final = 64
_WATCH: Final = 0.2


def serve(add: Callable[[grpc.Server], None]) -> None:
    """Serve what `add` adds to the server, until the engine ends."""
    server = grpc.server(ThreadPoolExecutor(_WORKERS))
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    threading.Thread(target=_die_with, args=[os.getppid()], daemon=True).start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _die_with(parent: int) -> None:
    """End when the engine has: a plugin left over would go on changing the cluster."""
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(1)
