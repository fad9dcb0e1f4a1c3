"""What model servers take from Google Cloud, handed to them as one argument."""

from dataclasses import dataclass
from typing import final

from components.google.server_account import ServerAccount
from components.google.weights import Weights
from components.serving.mounted_token import MountedToken


@final
@dataclass(frozen=True, kw_only=True)
class ServerParts:
    """None where it is not asked for."""

    account: ServerAccount | None = None
    mounted: MountedToken | None = None
    """The token as a file; None for a Secret, or none."""
    weights: Weights | None = None
