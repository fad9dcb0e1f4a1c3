"""What makes the engine refuse to destroy a protected stack, and say which keys lift that."""

from dataclasses import dataclass
from typing import Final, final

import pulumi

from components.type_tokens import token

NAME: Final = "set-security.protect-and-cluster.deletionProtection-to-false"
"""End of the URN in the engine's refusal, the only text there that a program can choose."""


@final
@dataclass(frozen=True, kw_only=True)
class ProtectionArgs:
    """What is protected."""

    protect: bool
    """Whether a destroy is refused; false keeps the resource, so that it can be deleted next."""
    after: pulumi.ComponentResource
    """The stack, which is deleted after this resource."""


@final
class Protection(pulumi.ComponentResource):
    """An empty resource that depends on everything, so that it is deleted first.

    While it is protected, `pulumi destroy` fails at it before anything else is touched. The
    program does not run then, so that no message of its own could be shown.
    """

    def __init__(
        self, name: str, args: ProtectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(
            token("Protection"),
            name,
            None,
            pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=[args.after], protect=args.protect)
            ),
        )
        self.register_outputs({})
