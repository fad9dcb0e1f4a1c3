"""What resources that stand for a wait have in common."""

import sys
from typing import Any, ClassVar

from pulumi import dynamic
from pulumi.dynamic.dynamic import PROVIDER_KEY


class WaitProvider(dynamic.ResourceProvider):
    """Makes nothing, and records what is waited for.

    The state names a subclass by its module and never holds its code, so neither may be renamed.
    """

    identity: ClassVar[str]
    """Id of every resource of a subclass."""

    def before_recording(self, props: dict[str, Any]) -> None:
        """Wait for what creation and update need; for nothing, unless a subclass does."""

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Record whose end or beginning is waited for."""
        self.before_recording(props)
        return dynamic.CreateResult(self.identity, props)

    def diff(  # pyrefly: ignore[bad-override-param-name] the SDK calls by position
        self, _id: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> dynamic.DiffResult:
        """Compare the inputs alone, as Python may serialize the same provider in another way."""
        keys = (olds.keys() | news.keys()) - {PROVIDER_KEY}
        return dynamic.DiffResult(changes=any(olds.get(key) != news.get(key) for key in keys))

    def update(  # pyrefly: ignore[bad-override-param-name] the same
        self, _id: str, _olds: dict[str, Any], news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        """Record the new inputs; a replacement would wait for what is kept."""
        self.before_recording(news)
        return dynamic.UpdateResult(news)

    @staticmethod
    def show_errors_alone() -> None:
        """Let the engine show what is raised, and not the way to it in these files."""
        sys.tracebacklimit = 0
