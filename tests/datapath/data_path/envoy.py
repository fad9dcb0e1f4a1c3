"""Envoy's configuration: the Gateway, the endpoint pickers behind it, and the network of Pods."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from data_path.envoy_routes import ENDPOINT_HEADER, SERVERS, picker_cluster
from data_path.pods import RunningPod

_HOST: Final = "127.0.0.1"
_TYPE: Final = "type.googleapis.com/envoy"
_NETWORK: Final = f"{_TYPE}.extensions.filters.network"
_HTTP: Final = f"{_TYPE}.extensions.filters.http"
_GRPC: Final = f"{_TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions"
_ROUND_ROBIN: Final = "round-robin"
_BUFFER: Final = 4 * 2**20
"""Bytes, for prompts that are sent as fast as a client can."""
_LIMITS: Final = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
_MANY: Final = {"thresholds": [dict.fromkeys(_LIMITS, 10_000)]}
_PROCESSING: Final = {
    "request_header_mode": "SEND",
    "response_header_mode": "SEND",
    "request_body_mode": "FULL_DUPLEX_STREAMED",
    "response_body_mode": "FULL_DUPLEX_STREAMED",
    "request_trailer_mode": "SEND",
    "response_trailer_mode": "SEND",
}
"""What GKE's and the pickers' own Envoys are configured with."""


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _endpoints(name: str, addresses: Iterable[tuple[str, int]]) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": _address(*address)}} for address in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}


def _watched(folder: str, name: str) -> dict[str, Any]:
    return {
        "resource_api_version": "V3",
        "path_config_source": {
            "path": f"{folder}/{name}.yaml",
            "watched_directory": {"path": folder},
        },
    }


def bootstrap(admin: int, folder: str) -> dict[str, Any]:
    """What Envoy is started with; all else is in files of `folder` that it watches."""
    return {
        "node": {"id": "gateway", "cluster": "gateway"},
        "admin": {"address": _address(_HOST, admin)},
        "dynamic_resources": {
            "lds_config": _watched(folder, "listeners"),
            "cds_config": _watched(folder, "clusters"),
        },
    }


_ROUTER: Final = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": f"{_HTTP}.router.v3.Router"},
}


def _listener(name: str, address: dict[str, Any], network_filter: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": f"{_TYPE}.config.listener.v3.Listener",
        "name": name,
        "address": address,
        "per_connection_buffer_limit_bytes": _BUFFER,
        "filter_chains": [{"filters": [network_filter]}],
    }


def _manager(name: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 Envoy's
    manager = {
        "@type": f"{_NETWORK}.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "stream_idle_timeout": "0s",
        **settings,
    }
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}


def _route_config(name: str, routes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "virtual_hosts": [{"name": name, "domains": ["*"], "routes": list(routes)}],
    }


def _http_listener(
    name: str, port: int, routes: Sequence[Mapping[str, Any]], filters: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    manager = _manager(
        name,
        generate_request_id=True,
        # As gateways do: a server that tidies up paths itself must not be reached by untidy ones.
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="UNESCAPE_AND_REDIRECT",
        route_config=_route_config(name, routes),
        http_filters=[*filters, _ROUTER],
    )
    return _listener(name, _address(_HOST, port), manager)


def server_routes(pod: RunningPod, port: int) -> dict[str, Any]:
    """Routes of a model server's own address.

    One that drains finishes what it has. As vLLM does, it says that it is healthy, and answers 500
    to everything new.
    """
    name = f"{pod.name}:{port}"
    routes: list[dict[str, Any]] = [
        {"match": {"prefix": "/"}, "route": {"cluster": name, "timeout": "0s"}}
    ]
    if pod.draining:
        routes = [
            {"match": {"path": "/health"}, "direct_response": {"status": 200}},
            {"match": {"prefix": "/"}, "direct_response": {"status": 500}},
        ]
    route_type = {"@type": f"{_TYPE}.config.route.v3.RouteConfiguration"}
    return {**route_type, **_route_config(name, routes)}


def _server_listener(pod: RunningPod, port: int, folder: str) -> dict[str, Any]:
    """A model server at its Pod's address; new routes reach connections that are open."""
    name = f"{pod.name}:{port}"
    routes = {"route_config_name": name, "config_source": _watched(folder, pod.name)}
    manager = _manager("server", rds=routes, http_filters=[_ROUTER])
    return _listener(name, _address(pod.address, port), manager)


def _pod_listener(pod: RunningPod, port: int) -> dict[str, Any]:
    """What makes a port of another Pod reachable at the Pod's address."""
    name = f"{pod.name}:{port}"
    proxy = {"@type": f"{_NETWORK}.tcp_proxy.v3.TcpProxy", "stat_prefix": "pod", "cluster": name}
    filters = {"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}
    return _listener(name, _address(pod.address, port), filters)


def listeners(
    ports: Mapping[str, int],
    routes: Sequence[Mapping[str, Any]],
    pods: Iterable[RunningPod],
    servers: Collection[tuple[str, int]],
    folder: str,
) -> list[dict[str, Any]]:
    """Listeners.

    Args:
        ports: where the Gateway listens, and `roundRobin`, which goes to every model server in turn
            without a picker.
        routes: Envoy's routes of the program's HTTPRoutes.
        pods: what is reachable at its own address.
        servers: addresses of the model servers among them.
        folder: has a file with the routes of each model server.

    """
    grpc = {"envoy_grpc": {"cluster_name": SERVERS}}
    processor = {
        "name": "envoy.filters.http.ext_proc",
        # Only routes turn it on: what none of them takes must not reach a picker either.
        "disabled": True,
        "typed_config": {
            "@type": f"{_HTTP}.ext_proc.v3.ExternalProcessor",
            # Each route names its own pool's picker.
            "grpc_service": grpc,
            "processing_mode": _PROCESSING,
            "message_timeout": "60s",
        },
    }
    everything = {
        "match": {"prefix": "/"},
        "route": {"cluster": _ROUND_ROBIN, "timeout": "0s"},
    }
    return [
        _http_listener("gateway", ports["gateway"], routes, [processor]),
        _http_listener(_ROUND_ROBIN, ports["roundRobin"], [everything], []),
        *(
            _server_listener(pod, inside, folder)
            if (pod.address, inside) in servers
            else _pod_listener(pod, inside)
            for pod in pods
            for inside in pod.ports
        ),
    ]


def _cluster(name: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 Envoy's
    return {
        "@type": f"{_TYPE}.config.cluster.v3.Cluster",
        "name": name,
        "connect_timeout": "5s",
        "circuit_breakers": _MANY,
        **settings,
    }


def _picker(pool: str, address: tuple[str, int]) -> dict[str, Any]:
    """A picker serves gRPC with a certificate that it makes itself, which nobody checks."""
    name = picker_cluster(pool)
    context = {
        "@type": f"{_TYPE}.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        "common_tls_context": {"alpn_protocols": ["h2"]},
    }
    protocol: dict[str, Any] = {
        "@type": _GRPC,
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    return _cluster(
        name,
        type="STATIC",
        load_assignment=_endpoints(name, [address]),
        transport_socket={"name": "envoy.transport_sockets.tls", "typed_config": context},
        typed_extension_protocol_options={_GRPC.rpartition("/")[2]: protocol},
    )


def clusters(
    pickers: Mapping[str, tuple[str, int]],
    pods: Iterable[RunningPod],
    servers: Iterable[tuple[str, int]],
) -> list[dict[str, Any]]:
    """Clusters.

    Args:
        pickers: address of the endpoint picker by InferencePool.
        pods: what is reachable at its own address.
        servers: addresses of the ready model servers.

    """
    original = {"use_http_header": True, "http_header_name": ENDPOINT_HEADER}
    return [
        _cluster(
            SERVERS,
            type="ORIGINAL_DST",
            lb_policy="CLUSTER_PROVIDED",
            original_dst_lb_config=original,
        ),
        _cluster(
            _ROUND_ROBIN, type="STATIC", load_assignment=_endpoints(_ROUND_ROBIN, sorted(servers))
        ),
        *(_picker(pool, address) for pool, address in pickers.items()),
        *(
            _cluster(
                f"{pod.name}:{inside}",
                type="STATIC",
                load_assignment=_endpoints(f"{pod.name}:{inside}", [(_HOST, local)]),
            )
            for pod in pods
            for inside, local in pod.ports.items()
        ),
    ]
