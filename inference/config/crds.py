"""`crds`: where the CustomResourceDefinitions come from."""

from typing import Annotated, final

from pydantic import Field

from inference.config.section import Section


@final
class CrdSettings(Section):
    """Source of the CRD documents and those that the cluster brings."""

    source: Annotated[str, Field(min_length=1)] | None = None
    """URL prefix of a mirror, or a directory; the pinned documents on GitHub when unset."""
    preinstalled: tuple[str, ...] | None = None
    """CRDs that the cluster already has, not to be installed; GKE's when unset."""
