"""Writes what `load` measured into the stack file, where the next plan reads it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from ruamel.yaml import YAML

from inference.config.settings import Settings
from inference.derive.capacity import traffic_of
from inference.derive.measured_rates import server_measured
from inference.live.load import Loaded
from inference.live.report import Line, ok, problem

_WIDTH: Final = 10_000
"""Lines are left as long as they are."""


def _measurement(loaded: Loaded, replicas: int) -> dict[str, Any]:
    found, load = loaded.measured, loaded.load
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "server": server_measured(loaded.model),
        "replicas": replicas,
        "requestsPerSecond": round(found.requests_per_second or 0, 2),
        "inputTokens": load.input_tokens,
        "outputTokens": load.output_tokens,
        "sharedPrefix": load.shared_prefix,
        "timeToFirstTokenP95Ms": round(found.first_token_ms or 0, 1),
        "interTokenP95Ms": round(found.inter_token_ms or 0, 1),
    }


def _models(content: Any) -> list[Any] | None:  # noqa: ANN401 it was read before: it has `config`
    """The value of `models`, whatever its namespace is; None where it is encrypted."""
    for key, value in content["config"].items():
        if key.split(":")[-1] == "models" and isinstance(value, list):
            return cast("list[Any]", value)
    return None


def _why_not(settings: Settings, loaded: Loaded) -> tuple[str, str] | None:
    """Why a measurement says nothing of the model's capacity, and what would; None if it does."""
    found = loaded.measured
    if traffic_of(settings, loaded.model) is None or loaded.load.requests_per_second is None:
        return "no rate was sustained", "set `traffic`, and load without --concurrency"
    if (
        not found.requests_per_second
        or found.first_token_ms is None
        or found.inter_token_ms is None
    ):
        return "times to first token and between tokens were not measured", "load it longer"
    if loaded.replicas is None:
        return "an autoscaler may have changed the number of servers", "pass it as --replicas"
    return None


def record(settings: Settings, file: Path, finished: Sequence[Loaded]) -> Iterator[Line]:
    """A line for each base model, whose measurement is added to `models[].measurements`.

    Comments and the order of keys stay. Adapters share their base model's servers, and are not
    recorded.
    """
    yaml: Any = YAML()
    yaml.width, yaml.preserve_quotes = _WIDTH, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    content = yaml.load(file)
    written = _models(content)
    for loaded in finished:
        model, name = loaded.model, f"{loaded.target.name} record"
        if loaded.target.name != model.served_model_name:
            continue
        why = _why_not(settings, loaded)
        if why is not None:
            yield problem(name, f"not recorded: {why[0]}", why[1])
            continue
        if written is None:
            message = f"not recorded: `models` of {file.name} is encrypted"
            yield problem(name, message, "store it unencrypted")
            continue
        entry = _measurement(loaded, loaded.replicas or 1)
        written[settings.models.index(model)].setdefault("measurements", []).append(entry)
        yaml.dump(content, file)
        yield ok(name, f"recorded in {file.name}; the next plan uses it")
