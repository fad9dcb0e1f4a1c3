"""The cluster, as kubectl reaches it."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import yaml

from inference.config.settings import Settings
from inference.live.errors import MalformedError, UnreachableError
from inference.live.programs import ProgramError, run
from inference.live.session import Deadline

_FIX: Final = "make sure that kubectl reaches the cluster, then run this command again"
_UNREACHABLE: Final = ("Unable to connect to the server", "The connection to the server")


@final
@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """How one cluster is reached.

    Attributes:
        kubeconfig: as the Kubernetes provider takes it: its text, or the path of a file; the
            user's own when None.
        context: of the kubeconfig; its current one when None.
        deadline: by which each answer must be there.
    """

    kubeconfig: str | None
    context: str | None
    deadline: Deadline

    def run(self, *arguments: str) -> str:
        """What kubectl writes.

        Raises:
            ServiceError: when it is not there, or the cluster does not do it.
        """
        with tempfile.TemporaryDirectory() as folder:
            access = [] if self.context is None else ["--context", self.context]
            if self.kubeconfig is not None:
                file = Path(self.kubeconfig)
                if isinstance(yaml.safe_load(self.kubeconfig), dict):
                    file = Path(folder) / "kubeconfig"
                    # It may hold credentials.
                    file.touch(mode=0o600)
                    file.write_text(self.kubeconfig, encoding="utf-8")
                access += ["--kubeconfig", str(file.expanduser())]
            try:
                seconds = self.deadline.left
                return run("kubectl", [*arguments, *access], _FIX, seconds=seconds)
            except ProgramError as error:
                if any(words in str(error) for words in _UNREACHABLE):
                    raise UnreachableError(str(error), error.fix) from None
                raise

    def get(self, *arguments: str) -> Any:  # noqa: ANN401 any object
        """An object, or a list of them; None where `--ignore-not-found` is given and it is missing.

        Raises:
            ServiceError: when the cluster does not say.
        """
        text = self.run("get", *arguments, "--output", "json")
        try:
            return json.loads(text) if text.strip() else None
        except ValueError:
            where = f"kubectl get {arguments[0]}"
            raise MalformedError(where) from None


def kubectl_of(settings: Settings, deadline: Deadline) -> Kubectl:
    """The stack's cluster; one that it creates by the context that gcloud makes for it."""
    cluster = settings.cluster
    own = f"gke_{settings.gcp.project}_{settings.location}_{cluster.name}"
    context = own if cluster.is_created else cluster.context
    return Kubectl(kubeconfig=cluster.kubeconfig, context=context, deadline=deadline)


def holds(conditions: Iterable[Mapping[str, Any]], kind: str) -> bool:
    """Whether an object's controller says that a condition is true."""
    return any(one.get("type") == kind and one.get("status") == "True" for one in conditions)
