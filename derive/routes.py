"""HTTPRoute rules: which requests go to which model's pool."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from config.gateway import GatewaySettings, Path, PathMatch, Routing
from config.models import Model

MODEL_HEADER: Final = "X-Gateway-Model-Name"
"""The header that body-based routing sets from the request's `model`, and clients may set."""
_RULES_A_ROUTE: Final = 16
_MATCHES_A_ROUTE: Final = 127
"""The Gateway API's limits for one HTTPRoute."""


@final
@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of an HTTPRoute, without its backend."""

    model: str
    """Name of the model whose pool answers."""
    matches: tuple[dict[str, Any], ...]
    filters: tuple[dict[str, Any], ...] = ()

    @property
    def spec(self) -> dict[str, Any]:
        """The rule as the Gateway API writes it, `backendRefs` aside."""
        spec: dict[str, Any] = {"matches": list(self.matches)}
        return {**spec, "filters": list(self.filters)} if self.filters else spec


def _match(path: Path, prefix: str = "") -> dict[str, Any]:
    return {"path": {"type": path.match.value, "value": prefix + path.path}}


def _by_header(model: Model, served_name: str, paths: Iterable[Path]) -> Rule:
    header = {"type": "Exact", "name": MODEL_HEADER, "value": served_name}
    return Rule(
        model=model.name,
        matches=tuple({**_match(path), "headers": [header]} for path in paths),
    )


def _by_path(model: Model, path: Path) -> Rule:
    """A rule that takes the model's name off the path; each path needs a filter of its own."""
    exact = path.match is PathMatch.EXACT
    rewrite = (
        {"type": "ReplaceFullPath", "replaceFullPath": path.path}
        if exact
        else {"type": "ReplacePrefixMatch", "replacePrefixMatch": path.path}
    )
    return Rule(
        model=model.name,
        matches=(_match(path, f"/{model.name}"),),
        filters=({"type": "URLRewrite", "urlRewrite": {"path": rewrite}},),
    )


def rules(gateway: GatewaySettings, models: Sequence[Model]) -> list[Rule]:
    """All rules. One model is reached by the API's paths alone, several by header or path."""
    if len(models) == 1:
        return [Rule(model=models[0].name, matches=tuple(_match(path) for path in gateway.paths))]
    if gateway.routing is Routing.PATH:
        return [_by_path(model, path) for model in models for path in gateway.paths]
    return [
        _by_header(model, served_name, gateway.paths)
        for model in models
        for served_name in model.served_names
    ]


def spread(every: Sequence[Rule]) -> list[list[Rule]]:
    """Rules in order, a list for each HTTPRoute, within the Gateway API's limits."""
    routes: list[list[Rule]] = []
    matches = 0
    for rule in every:
        full = not routes or len(routes[-1]) == _RULES_A_ROUTE
        if full or matches + len(rule.matches) > _MATCHES_A_ROUTE:
            routes.append([])
            matches = 0
        routes[-1].append(rule)
        matches += len(rule.matches)
    return routes
