"""`priorityClasses`: which Pods go first when nodes are short."""

from typing import Annotated, final

from pydantic import Field

from inference.catalog.limits import PRIORITY
from inference.config.section import DnsLabel, Section


@final
class PriorityClassSettings(Section):
    """A PriorityClass to make; models name it in `priorityClass`."""

    name: DnsLabel
    """Name of the class, unique in the cluster."""
    value: Annotated[int, Field(ge=-(2**31), le=PRIORITY)]
    """Higher goes first; Kubernetes reserves values above a billion."""
    preempts: bool = True
    """Whether its Pods preempt Pods with a lower value."""
