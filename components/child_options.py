"""Options of a component's children."""

import pulumi


def child_after(parent: pulumi.Resource, *others: pulumi.Resource | None) -> pulumi.ResourceOptions:
    """Options of a child that is made after others of which no value shows it; None is left out.

    Among them is what enables Google's APIs.
    """
    return pulumi.ResourceOptions(
        parent=parent, depends_on=[one for one in others if one is not None] or None
    )
