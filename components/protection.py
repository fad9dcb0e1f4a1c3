"""What makes the engine refuse to destroy a protected stack, and say which keys lift that."""

from typing import Final, final

import pulumi

from components.type_tokens import token

NAME: Final = "set-security.protect-and-cluster.deletionProtection-to-false"
"""Part of the URN that the engine names when it refuses: the only text there that is ours."""


@final
class Protection(pulumi.ComponentResource):
    """A resource that stands for nothing, and comes after everything, so that it is deleted first.

    While it is protected, `pulumi destroy` fails at it before anything else is touched. The
    program does not run then, so that no message of its own could be shown.
    """

    def __init__(self, *, protect: bool, after: pulumi.ComponentResource) -> None:
        super().__init__(
            token("Protection"),
            NAME,
            None,
            # A part of the stack could not come after all of it.
            pulumi.ResourceOptions(depends_on=[after], protect=protect),
        )
        self.register_outputs({})
