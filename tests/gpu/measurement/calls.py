"""Single calls to a server on this machine, and its metrics."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Final, final

_SAMPLE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? (\S+)", re.MULTILINE)


@final
@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status 0 when there was none."""

    status: int
    text: str

    @property
    def content(self) -> Any:  # noqa: ANN401 what the server says
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def call(url: str, body: object = None, timeout: float = 60) -> Answer:
    """GET, or POST of JSON where there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 always http://127.0.0.1
        url, data=data, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310 as above
            return Answer(status=response.status, text=response.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return Answer(status=error.code, text=error.read().decode(errors="replace"))
    except OSError as error:
        return Answer(status=0, text=repr(error))


def completion(
    url: str, model: str, tokens: int, prompt: str = "Tell me of gateways.", timeout: float = 60
) -> Answer:
    """A completion of exactly so many tokens."""
    body = {
        "model": model,
        "prompt": prompt,
        "max_tokens": tokens,
        "temperature": 0,
        "ignore_eos": True,
    }
    return call(f"{url}/v1/completions", body, timeout)


def models(url: str) -> list[str]:
    """Names that the server serves."""
    content = call(f"{url}/v1/models").content
    return [model["id"] for model in content["data"]] if content else []


def samples(text: str) -> dict[str, float]:
    """Metrics in the text format, the samples of a name added up over their labels."""
    found: dict[str, float] = {}
    for name, value in _SAMPLE.findall(text):
        found[name] = found.get(name, 0.0) + float(value)
    return found


def metric_names(text: str) -> set[str]:
    """Names of all metrics that are exported, those of which there is no sample yet included."""
    declared = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    return declared | set(samples(text))
