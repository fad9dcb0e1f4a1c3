"""Why a service gave no usable answer. Messages hold no secret."""

from typing import final

from inference.config.finding import Finding, RefusedError, Severity


class ServiceError(Exception):
    """A service gave no usable answer; the message says why, `mend` what helps."""

    def __init__(self, message: str, mend: str) -> None:
        """Carry the message and its mend."""
        super().__init__(message)
        self.mend = mend


@final
class UnreachableError(ServiceError):
    """The service could not be reached, or did not answer in time."""


@final
class CredentialsError(ServiceError):
    """There are no credentials, or they are no longer accepted."""


@final
class MalformedError(ServiceError):
    """The service answered with something that its documentation does not describe."""

    def __init__(self, where: str) -> None:
        """Say where the answer came from."""
        super().__init__(
            f"{where} answered with something that cannot be read",
            "try again; a proxy in between may have answered in its place",
        )


@final
class ApiError(ServiceError):
    """The service answered with an error."""

    def __init__(self, status: int, reason: str, message: str, mend: str) -> None:
        """Carry the HTTP status and the service's own reason."""
        super().__init__(message, mend)
        self.status = status
        self.reason = reason


def refused(identifier: str, path: str, message: str, fix: str) -> RefusedError:
    """A command that cannot be carried out as it was given."""
    return RefusedError(
        [
            Finding(
                id=identifier,
                severity=Severity.ERROR,
                path=path,
                message=message,
                fix=fix,
            )
        ]
    )
