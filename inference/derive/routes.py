"""HTTPRoute rules: which requests go to which model's pool."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, final

from inference.catalog.limits import MATCHES_A_ROUTE, RULES_A_ROUTE
from inference.config.gateway import GatewaySettings, Path, PathMatch, Routing, Share, Split
from inference.config.models import Model

MODEL_HEADER: Final = "X-Gateway-Model-Name"
"""The header that body-based routing sets from the request's `model`, and clients may set."""


@final
@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of an HTTPRoute, without its backend."""

    model: str
    """Name of the model whose pool answers, or of the first one that does."""
    matches: tuple[dict[str, Any], ...]
    filters: tuple[dict[str, Any], ...] = ()
    shares: tuple[Share, ...] = ()
    """Models and their weights, where several pools answer."""

    @property
    def spec(self) -> dict[str, Any]:
        """The rule as the Gateway API writes it, `backendRefs` aside."""
        spec: dict[str, Any] = {"matches": list(self.matches)}
        return {**spec, "filters": list(self.filters)} if self.filters else spec


def _match(path: Path, prefix: str = "") -> dict[str, Any]:
    return {"path": {"type": path.match.value, "value": prefix + path.path}}


def _by_header(model: Model, served_name: str, paths: Iterable[Path], split: Split | None) -> Rule:
    header = {"type": "Exact", "name": MODEL_HEADER, "value": served_name}
    return Rule(
        model=model.name,
        matches=tuple({**_match(path), "headers": [header]} for path in paths),
        shares=split.models if split else (),
    )


def _by_name(gateway: GatewaySettings, models: Sequence[Model]) -> Iterator[Rule]:
    """A rule for each served name; one that several models serve has one rule, with weights."""
    splits = {split.served_name: split for split in gateway.splits}
    seen: set[str] = set()
    for model in models:
        for served_name in model.served_names:
            if served_name not in seen:
                seen.add(served_name)
                yield _by_header(model, served_name, gateway.paths, splits.get(served_name))


def _by_path(model: Model, path: Path, *, prefixes: bool) -> Rule:
    """A rule that takes the model's name off the path; each path needs a filter of its own.

    GKE rewrites `prefixes` alone: what is below a path of the API is let in with it there.
    """
    if prefixes:
        path = Path(path=path.path, match=PathMatch.PREFIX)
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
    """All rules. One model is reached by the API's paths alone, several by header or path.

    A rule for the default model comes last: a match with a header or a longer path goes before it.
    """
    if len(models) == 1:
        return [_by_api(models[0].name, gateway.paths)]
    by_path = gateway.routing is Routing.PATH
    every = (
        [
            _by_path(model, path, prefixes=gateway.is_gke)
            for model in models
            for path in gateway.paths
        ]
        if by_path
        else list(_by_name(gateway, models))
    )
    default = gateway.default_model
    return [*every, *([_by_api(default, gateway.paths)] if default else [])]


def _by_api(model: str, paths: Iterable[Path]) -> Rule:
    return Rule(model=model, matches=tuple(_match(path) for path in paths))


class _HasMatches(Protocol):
    @property
    def matches(self) -> Sequence[Any]: ...


_Matching = TypeVar("_Matching", bound=_HasMatches)


def spread(every: Sequence[_Matching]) -> list[list[_Matching]]:
    """Rules in order, a list for each HTTPRoute, within the Gateway API's limits."""
    routes: list[list[_Matching]] = []
    matches = 0
    for rule in every:
        full = not routes or len(routes[-1]) == RULES_A_ROUTE
        if full or matches + len(rule.matches) > MATCHES_A_ROUTE:
            routes.append([])
            matches = 0
        routes[-1].append(rule)
        matches += len(rule.matches)
    return routes
