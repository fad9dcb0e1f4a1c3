"""What must never be printed, whoever sends it: a server may echo a request within its error."""

import os
import re
from dataclasses import replace
from typing import Any, Final, cast, final

from inference.live.report import Line

HIDDEN: Final = "[secret]"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_VARIABLES: Final = ("HF_TOKEN", "IAP_TOKEN")


@final
class Secrets:
    """The secrets that a command knows. Every line goes through `line` before it is printed."""

    def __init__(self) -> None:
        """Begin with those of the environment."""
        self._known: set[str] = set()
        for name in _VARIABLES:
            self.add(os.environ.get(name))

    def add(self, secret: str | None) -> None:
        """Hide one more."""
        if secret is not None and secret.strip():
            self._known.add(secret.strip())

    def text(self, text: str) -> str:
        """A text without secrets, and without what a terminal would obey."""
        # The longest first: one may hold another.
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)

    def value(self, value: Any) -> Any:  # noqa: ANN401 any JSON
        """A value of JSON whose texts are without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in cast("list[Any]", value)]
        if isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {self.text(key): self.value(one) for key, one in items}
        return value

    def line(self, line: Line) -> Line:
        """A line whose texts are without secrets."""
        return replace(
            line,
            name=self.text(line.name),
            message=self.text(line.message),
            fix=self.text(line.fix),
            details=self.value(dict(line.details)),
        )
