"""HTTPRoutes as Envoy's routes: what wins, what is changed on the way, what is refused."""

from typing import Any

import pytest
from data_path.envoy_routes import UnknownRouteError, envoy_routes

_POOL = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "llama"}


def _route(*rules: dict[str, Any], name: str = "gateway") -> dict[str, Any]:
    every = [{"backendRefs": [_POOL], **rule} for rule in rules]
    return {"metadata": {"name": name}, "spec": {"parentRefs": [], "rules": every}}


def _path(kind: str, value: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 a match
    return {"path": {"type": kind, "value": value}, **more}


def test_exact_before_long_before_short_prefix_before_fewer_headers() -> None:
    header = [{"type": "Exact", "name": "X-Gateway-Model-Name", "value": "llama"}]
    matches = [
        _path("PathPrefix", "/v1"),
        _path("PathPrefix", "/v1/responses"),
        _path("PathPrefix", "/v1/responses", headers=header),
        _path("Exact", "/v1/models"),
    ]
    found = [one["match"] for one in envoy_routes([_route({"matches": matches})])]
    assert found == [
        {"path": "/v1/models", "headers": []},
        {
            "path_separated_prefix": "/v1/responses",
            "headers": [{"name": "X-Gateway-Model-Name", "string_match": {"exact": "llama"}}],
        },
        {"path_separated_prefix": "/v1/responses", "headers": []},
        {"path_separated_prefix": "/v1", "headers": []},
    ]


def test_equals_keep_the_order_of_routes_and_rules() -> None:
    first = {**_POOL, "name": "first"}
    rule = {"matches": [_path("Exact", "/v1/models")]}
    later = _route(rule, name="gateway-2")
    sooner = _route({**rule, "backendRefs": [first]}, name="gateway")
    routes = envoy_routes([later, sooner])
    picker = routes[0]["typed_per_filter_config"]["envoy.filters.http.ext_proc"]["overrides"]
    assert picker["grpc_service"]["envoy_grpc"] == {"cluster_name": "picker-first"}


@pytest.mark.parametrize(
    ("rewrite", "action"),
    [
        (
            {"type": "ReplaceFullPath", "replaceFullPath": "/v1/models"},
            {"regex_rewrite": {"pattern": {"regex": "^[^?]*"}, "substitution": "/v1/models"}},
        ),
        (
            {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v1/responses"},
            {"prefix_rewrite": "/v1/responses"},
        ),
    ],
)
def test_rewrites(rewrite: dict[str, str], action: dict[str, Any]) -> None:
    rule = {
        "matches": [_path("Exact", "/llama/v1/models")],
        "filters": [{"type": "URLRewrite", "urlRewrite": {"path": rewrite}}],
    }
    (route,) = envoy_routes([_route(rule)])
    assert route["route"] == {"cluster": "servers", "timeout": "0s", **action}


def test_headers_are_set_added_and_removed() -> None:
    modifier = {
        "set": [{"name": "a", "value": "1"}],
        "add": [{"name": "b", "value": "2"}],
        "remove": ["c"],
    }
    rule = {
        "matches": [_path("Exact", "/v1/models")],
        "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": modifier}],
    }
    (route,) = envoy_routes([_route(rule)])
    assert route["request_headers_to_remove"] == ["c"]
    assert [
        (one["header"]["key"], one["append_action"]) for one in route["request_headers_to_add"]
    ] == [("a", "OVERWRITE_IF_EXISTS_OR_ADD"), ("b", "APPEND_IF_EXISTS_OR_ADD")]


@pytest.mark.parametrize(
    "rule",
    [
        {"matches": [_path("RegularExpression", "/v1/.*")]},
        {"matches": [_path("Exact", "/", queryParams=[])]},
        {"matches": [_path("Exact", "/")], "timeouts": {"request": "1s"}},
        {"matches": [_path("Exact", "/")], "filters": [{"type": "RequestMirror"}]},
        {"matches": [_path("Exact", "/")], "backendRefs": [{"kind": "Service", "name": "any"}]},
    ],
)
def test_what_is_not_known_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(UnknownRouteError):
        envoy_routes([_route(rule)])
