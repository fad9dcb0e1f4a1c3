"""Why a service gave no usable answer. Messages hold no secret."""

from typing import Final, final
from urllib.parse import urlsplit

SLOW: Final = "check the network and proxies, or allow more time with --timeout"
"""What helps where nothing came in time."""


class ServiceError(Exception):
    """A service gave no usable answer; the message says why, `fix` what helps."""

    def __init__(self, message: str, fix: str) -> None:
        """Carry the message and its fix."""
        super().__init__(message)
        self.fix = fix


class UnreachableError(ServiceError):
    """The service could not be reached, or gave no whole answer in time."""


@final
class CredentialsError(ServiceError):
    """There are no credentials, or they are no longer accepted."""


@final
class MalformedError(ServiceError):
    """The service answered with something that its documentation does not describe."""

    def __init__(self, where: str) -> None:
        """Say where the answer came from."""
        super().__init__(
            f"{where} sent a response that cannot be read",
            "try again; a proxy in between may have responded instead",
        )


@final
class RedirectedError(ServiceError):
    """The service leads elsewhere, where no token of ours belongs; it is not followed."""

    def __init__(self, where: str, location: str) -> None:
        """Say who leads where."""
        parts = urlsplit(location)
        super().__init__(
            f"{where} redirects to {parts.scheme}://{parts.netloc}, which is not followed",
            "check which proxy or portal responds instead",
        )


@final
class ApiError(ServiceError):
    """The service answered with an error."""

    def __init__(self, status: int, reason: str, message: str, fix: str) -> None:
        """Carry the HTTP status and the service's own reason."""
        super().__init__(message, fix)
        self.status = status
        self.reason = reason
