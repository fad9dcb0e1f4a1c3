"""What model servers take from Google Cloud, handed to them as one argument."""

from dataclasses import dataclass
from typing import final

from components.mounted_token import MountedToken
from components.server_account import ServerAccount
from components.weights import Weights


@final
@dataclass(frozen=True, kw_only=True)
class ServerParts:
    """None where it is not asked for."""

    account: ServerAccount | None = None
    mounted: MountedToken | None = None
    """The token as a file; None for a Secret, or none."""
    weights: Weights | None = None
