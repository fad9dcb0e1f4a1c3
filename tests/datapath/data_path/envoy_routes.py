"""HTTPRoutes as Envoy's routes, in the Gateway API's order of precedence.

Strict: what this does not know of the Gateway API is refused, not passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from harness.api import Object

from data_path.objects import entries, section

ENDPOINT_HEADER: Final = "x-gateway-destination-endpoint"
SERVERS: Final = "servers"
"""Cluster whose endpoint is the one that the picker named."""
_EVERYTHING: Final = {"type": "PathPrefix", "value": "/"}
_PROCESSOR: Final = "envoy.filters.http.ext_proc"
_TYPES: Final = "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3"
_APPEND: Final = {"set": "OVERWRITE_IF_EXISTS_OR_ADD", "add": "APPEND_IF_EXISTS_OR_ADD"}


class UnknownRouteError(Exception):
    """A part of an HTTPRoute that is not known here."""


def _only(what: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    unknown = set(given) - set(known)
    if unknown:
        message = f"{what} has {', '.join(sorted(unknown))}, which is not known here"
        raise UnknownRouteError(message)


def _path(match: Mapping[str, Any]) -> dict[str, Any]:
    path = section(match, "path") or _EVERYTHING
    value = path["value"]
    if path["type"] == "Exact":
        return {"path": value}
    if path["type"] != "PathPrefix":
        message = f"path type {path['type']} is not known here"
        raise UnknownRouteError(message)
    return {"prefix": "/"} if value == "/" else {"path_separated_prefix": value.rstrip("/")}


def _headers(match: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for header in entries(match, "headers"):
        if header.get("type", "Exact") != "Exact":
            message = f"header match {header['type']} is not known here"
            raise UnknownRouteError(message)
        found.append({"name": header["name"], "string_match": {"exact": header["value"]}})
    if "method" in match:
        found.append({"name": ":method", "string_match": {"exact": match["method"]}})
    return found


def _rewrite(rewrite: Mapping[str, Any]) -> dict[str, Any]:
    _only("URLRewrite", rewrite, {"path"})
    path = rewrite["path"]
    if path["type"] == "ReplaceFullPath":
        pattern = {"regex": "^[^?]*"}
        replacement = path["replaceFullPath"]
        return {"regex_rewrite": {"pattern": pattern, "substitution": replacement}}
    return {"prefix_rewrite": path["replacePrefixMatch"]}


def _filters(filters: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What filters add to the route action, and to the route."""
    action: dict[str, Any] = {}
    route: dict[str, Any] = {}
    for one in filters:
        if one["type"] == "URLRewrite":
            action |= _rewrite(one["urlRewrite"])
        elif one["type"] == "RequestHeaderModifier":
            modifier = one["requestHeaderModifier"]
            _only("RequestHeaderModifier", modifier, {"set", "add", "remove"})
            route["request_headers_to_remove"] = list(modifier.get("remove") or ())
            route["request_headers_to_add"] = [
                {
                    "header": {"key": header["name"], "value": header["value"]},
                    "append_action": append,
                }
                for key, append in _APPEND.items()
                for header in entries(modifier, key)
            ]
        else:
            message = f"filter {one['type']} is not known here"
            raise UnknownRouteError(message)
    return action, route


def _precedence(match: Mapping[str, Any]) -> tuple[bool, int, bool, int]:
    """Sorts first what wins: an exact path, the longest one, a method, the most headers."""
    path = section(match, "path") or _EVERYTHING
    return (
        path["type"] != "Exact",
        -len(path["value"]),
        "method" not in match,
        -len(entries(match, "headers")),
    )


def picker_cluster(pool: str) -> str:
    """Name of the cluster of a pool's endpoint picker."""
    return f"picker-{pool}"


def _route(match: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    _only("a match", match, {"path", "headers", "method"})
    (backend,) = rule["backendRefs"]
    if backend.get("kind") != "InferencePool":
        message = f"backend {backend} is no InferencePool"
        raise UnknownRouteError(message)
    action, more = _filters(entries(rule, "filters"))
    service = {"envoy_grpc": {"cluster_name": picker_cluster(backend["name"])}, "timeout": "10s"}
    overrides = {"@type": f"{_TYPES}.ExtProcPerRoute", "overrides": {"grpc_service": service}}
    return {
        "match": {**_path(match), "headers": _headers(match)},
        # Answers are as long as they are; the load balancer's own time-out is not played here.
        "route": {"cluster": SERVERS, "timeout": "0s", **action},
        "typed_per_filter_config": {_PROCESSOR: overrides},
        **more,
    }


def envoy_routes(http_routes: Iterable[Object]) -> list[dict[str, Any]]:
    """Routes of all HTTPRoutes; a request that none of them takes gets Envoy's 404.

    Raises:
        UnknownRouteError: for a part of the Gateway API that is not known here.

    """
    found: list[tuple[Any, dict[str, Any]]] = []
    for http_route in sorted(http_routes, key=lambda one: str(one["metadata"]["name"])):
        _only("an HTTPRoute", http_route["spec"], {"parentRefs", "rules", "hostnames"})
        for rule in entries(http_route["spec"], "rules"):
            _only("a rule", rule, {"matches", "filters", "backendRefs", "name"})
            matches = entries(rule, "matches") or ({},)
            found += [(_precedence(match), _route(match, rule)) for match in matches]
    # Of equals the first route by name wins, then the first rule: the sort is stable.
    return [route for _, route in sorted(found, key=lambda one: one[0])]
