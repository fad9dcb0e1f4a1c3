"""Options of a component's children."""

import pulumi


def child_after(parent: pulumi.Resource, *others: pulumi.Resource | None) -> pulumi.ResourceOptions:
    """Options of a child that must be created after `others`, to which its inputs do not refer.

    None among them is skipped: a component's `project`, which enables the APIs that its children
    need, is None where they are enabled already.
    """
    return pulumi.ResourceOptions(
        parent=parent, depends_on=[one for one in others if one is not None] or None
    )
