"""What must never be printed, whoever sends it: a server may echo a request within its error."""

import base64
import os
import re
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, cast, final
from urllib.parse import quote

from inference.live.report import Line

HIDDEN: Final = "[secret]"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PART: Final = 8
"""Characters of a secret that tell something of it: a server may cut what it echoes."""
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
        """Hide one more, also as a server may have encoded it."""
        plain = (secret or "").strip()
        if plain:
            encoded = base64.b64encode(plain.encode()).decode().rstrip("=")
            self._known |= {one.lower() for one in (plain, quote(plain, safe=""), encoded)}

    def text(self, text: str) -> str:
        """A text without secrets or parts of them, and without what a terminal would obey."""
        hidden = [False] * len(text)
        for secret in self._known:
            size = min(len(secret), _PART)
            for start in range(len(text) - size + 1):
                if text[start : start + size].lower() in secret:
                    hidden[start : start + size] = [True] * size
        runs = groupby(zip(hidden, text, strict=True), key=itemgetter(0))
        shown = (HIDDEN if secret else "".join(letter for _, letter in run) for secret, run in runs)
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", "".join(shown))

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
