"""HTTPRoute rules for one model and several, and their spread over HTTPRoutes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.config.gateway import GatewaySettings
from inference.config.models import Model
from inference.derive.routes import Rule, rules, spread

_HEADER = "X-Gateway-Model-Name"
_TWO_PATHS = [{"path": "/v1/completions"}, {"path": "/v1/responses", "match": "PathPrefix"}]


def _gateway(**values: object) -> GatewaySettings:
    return GatewaySettings.model_validate(values)


def _model(name: str, adapters: Sequence[str] = (), **values: object) -> Model:
    lora = {"adapters": [{"name": adapter, "source": "x/y"} for adapter in adapters]}
    return Model.model_validate(
        {"name": name, "servedName": f"org/{name}", "lora": lora if adapters else None, **values}
    )


def _match(path: str, kind: str = "Exact", served: str | None = None) -> Mapping[str, Any]:
    match: dict[str, Any] = {"path": {"type": kind, "value": path}}
    if served is not None:
        match["headers"] = [{"type": "Exact", "name": _HEADER, "value": served}]
    return match


def _rewrite(path: Mapping[str, str]) -> Mapping[str, Any]:
    return {"type": "URLRewrite", "urlRewrite": {"path": path}}


def _made(gateway: GatewaySettings, *models: Model) -> list[tuple[str, Mapping[str, Any]]]:
    return [(rule.model, rule.spec) for rule in rules(gateway, models)]


@pytest.mark.parametrize("routing", ["header", "path"])
def test_one_model_needs_neither_header_nor_prefix(routing: str) -> None:
    assert _made(_gateway(routing=routing), _model("llama", ["food", "cad"])) == [
        (
            "llama",
            {
                "matches": [
                    _match("/v1/completions"),
                    _match("/v1/chat/completions"),
                    _match("/v1/responses", "PathPrefix"),
                    _match("/v1/embeddings"),
                    _match("/v1/models"),
                ]
            },
        )
    ]


@pytest.mark.parametrize(
    "call", ["/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/metrics", "/version"]
)
def test_no_default_path_reaches_a_management_call(call: str) -> None:
    (rule,) = rules(_gateway(), [_model("llama")])
    for match in rule.matches:
        value = match["path"]["value"]
        assert call != value
        assert match["path"]["type"] == "Exact" or not f"{call}/".startswith(f"{value}/")


def test_several_models_are_told_apart_by_header_one_rule_for_each_served_name() -> None:
    made = _made(_gateway(paths=_TWO_PATHS), _model("llama", ["food"]), _model("qwen"))
    assert made == [
        (
            model,
            {
                "matches": [
                    _match("/v1/completions", served=served),
                    _match("/v1/responses", "PathPrefix", served=served),
                ]
            },
        )
        for model, served in (("llama", "org/llama"), ("llama", "food"), ("qwen", "org/qwen"))
    ]


def test_on_gke_path_routing_rewrites_prefixes_alone() -> None:
    """It refuses ReplaceFullPath, with every route of the Gateway."""
    gateway = _gateway(paths=_TWO_PATHS, routing="path")
    made = _made(gateway, _model("llama"), _model("qwen"))

    assert gateway.is_gke
    assert made == [
        (
            name,
            {
                "matches": [_match(f"/{name}{path}", "PathPrefix")],
                "filters": [_rewrite({"type": "ReplacePrefixMatch", "replacePrefixMatch": path})],
            },
        )
        for name in ("llama", "qwen")
        for path in ("/v1/completions", "/v1/responses")
    ]


def test_path_routing_takes_the_models_name_off_the_path() -> None:
    gateway = _gateway(paths=_TWO_PATHS, routing="path", className="istio")
    exact = _rewrite({"type": "ReplaceFullPath", "replaceFullPath": "/v1/completions"})
    prefix = _rewrite({"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v1/responses"})
    assert _made(gateway, _model("llama", ["food"]), _model("qwen")) == [
        rule
        for name in ("llama", "qwen")
        for rule in (
            (name, {"matches": [_match(f"/{name}/v1/completions")], "filters": [exact]}),
            (
                name,
                {
                    "matches": [_match(f"/{name}/v1/responses", "PathPrefix")],
                    "filters": [prefix],
                },
            ),
        )
    ]


def _rules(sizes: Sequence[int]) -> list[Rule]:
    return [
        Rule(
            model=f"model-{index}",
            matches=tuple({"path": {"value": f"/{index}/{match}"}} for match in range(size)),
        )
        for index, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("sizes", "routes"),
    [
        ([], []),
        ([1], [1]),
        ([1] * 16, [16]),
        ([1] * 17, [16, 1]),
        ([1] * 33, [16, 16, 1]),
        # 60 + 60 = 120 matches; a third rule would make 180.
        ([60, 60, 60], [2, 1]),
        # 64 + 63 = 127 is the most, 64 + 64 one too many.
        ([64, 63], [2]),
        ([64, 64], [1, 1]),
        # Each route counts its own matches.
        ([64, 64, 63], [1, 2]),
        ([7] * 18, [16, 2]),
        ([8] * 16, [15, 1]),
    ],
)
def test_a_route_holds_at_most_16_rules_and_127_matches(
    sizes: Sequence[int], routes: Sequence[int]
) -> None:
    assert [len(route) for route in spread(_rules(sizes))] == routes


@given(st.lists(st.integers(min_value=1, max_value=60), max_size=80))
def test_rules_are_spread_in_order_within_the_limits_and_none_is_lost(
    sizes: list[int],
) -> None:
    every = _rules(sizes)
    routes = spread(every)
    assert [rule for route in routes for rule in route] == every
    for route in routes:
        assert 1 <= len(route) <= 16
        assert sum(len(rule.matches) for rule in route) <= 127


@given(
    st.integers(1, 5),
    st.integers(0, 20),
    st.integers(1, 60),
    st.sampled_from(["header", "path"]),
)
def test_real_stacks_stay_within_the_limits(
    models: int, adapters: int, paths: int, routing: str
) -> None:
    named = [
        _model(f"m{index}", [f"m{index}-a{adapter}" for adapter in range(adapters)])
        for index in range(models)
    ]
    gateway = _gateway(paths=[{"path": f"/v1/{path}"} for path in range(paths)], routing=routing)
    routes = spread(rules(gateway, named))
    for route in routes:
        assert len(route) <= 16
        assert sum(len(rule.matches) for rule in route) <= 127
    served = models * (1 + adapters) if routing == "header" and models > 1 else models
    assert sum(len(rule.matches) for route in routes for rule in route) == served * paths
