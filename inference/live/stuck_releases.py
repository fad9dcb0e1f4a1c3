"""Releases of a stack at which Helm would refuse the next update. Reads, and forgets on request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

from inference.catalog.releases import CRD_NAMESPACE, CRD_RELEASE
from inference.config.settings import Settings
from inference.live.adoption import RELEASE, ids_of
from inference.live.errors import ServiceError, UnreachableError
from inference.live.helm_history import History, Revision, stuck
from inference.live.kubectl import Kubectl
from inference.live.report import Line, unknown


@final
@dataclass(frozen=True, kw_only=True)
class Stuck:
    """What was found.

    Attributes:
        revisions: those in the way.
        unasked: why the cluster could not be asked; None when it was, or is not there yet.

    """

    revisions: Sequence[Revision] = ()
    unasked: Line | None = None
    _history: History | None = field(default=None, repr=False)

    def forget(self) -> None:
        """Take the revisions out of Helm's record.

        Raises:
            ServiceError: when the cluster does not do it.

        """
        for revision in self.revisions:
            if self._history is not None:
                self._history.forget(revision)


def find_stuck(
    settings: Settings, deployment: Mapping[str, Any], access: Mapping[str, Any] | None
) -> Stuck:
    """Look for revisions that stand in the way.

    Args:
        settings: name the releases that the stack makes.
        deployment: Pulumi's state.
        access: decrypted inputs of the Kubernetes provider; None before there is one.

    """
    if access is None:
        return Stuck()
    names = {(settings.namespace, model.name) for model in settings.models}
    names.add((CRD_NAMESPACE, CRD_RELEASE))
    try:
        history = History(
            kubectl=Kubectl(kubeconfig=access.get("kubeconfig"), context=access.get("context"))
        )
        revisions = stuck(
            history.revisions(sorted({namespace for namespace, _ in names})),
            recorded=ids_of(deployment, RELEASE),
            ours=frozenset("/".join(name) for name in names),
        )
    except ServiceError as error:
        line = unknown("Helm", f"its record is not known: {error}", error.fix)
        return Stuck(unasked=replace(line, unreachable=isinstance(error, UnreachableError)))
    return Stuck(revisions=revisions, _history=history)
