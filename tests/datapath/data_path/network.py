"""A network of Pods on the loopback interface."""

import random
import socket
from typing import Final, final

_TRIES: Final = 50
_CLAIM: Final = 8000
"""A port that a Pod of another run could listen on."""


class NoNetworkError(Exception):
    """There are no loopback addresses for Pods."""


@final
class PodNetwork:
    """254 addresses below 127.0.0.0/8 that no other run uses until this one is closed."""

    cidr: str
    """As kwok takes it."""

    def __init__(self) -> None:
        """Claim them by a socket on the last, which the kernel gives to one process only.

        Raises:
            NoNetworkError: where there are none, as on systems with 127.0.0.1 alone.

        """
        problem: OSError | None = None
        for _ in range(_TRIES):
            prefix = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}"  # noqa: S311 no secret
            self._claim = socket.socket()
            try:
                self._claim.bind((f"{prefix}.254", _CLAIM))
            except OSError as error:
                self._claim.close()
                problem = error
            else:
                self.cidr = f"{prefix}.1/24"
                return
        message = f"no loopback addresses can be had for Pods: {problem}"
        raise NoNetworkError(message)

    def close(self) -> None:
        """Give the addresses back."""
        self._claim.close()
