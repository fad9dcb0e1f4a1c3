"""Who model servers are to Google Cloud, and what they may read there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import pulumi


@final
@dataclass(frozen=True, kw_only=True)
class ServerIdentity:
    """The account of a stack's model servers. Each part is missing where it is not asked for."""

    account: pulumi.Input[str] | None = None
    """ServiceAccount to run as."""
    token_class: pulumi.Input[str] | None = None
    """SecretProviderClass that mounts the Hugging Face token."""
    grants: Sequence[pulumi.Resource] = ()
    """Grants on buckets: without them a server that reads there does not start."""
