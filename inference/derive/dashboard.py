"""The dashboard, in the JSON of Cloud Monitoring's API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from inference.catalog import metrics
from inference.catalog.metric import Metric, Shape
from inference.catalog.server_metrics import ServerMetrics
from inference.config.settings import Settings
from inference.derive.engines import server_of
from inference.derive.monitoring_names import (
    RATE_WINDOW,
    balancer_matchers,
    labels,
    load_balancers,
    of_nodes,
    own,
    quantile,
    selector,
    title,
)
from inference.derive.names import error_metric_name
from inference.derive.placement import uses_gpus

_COLUMNS: Final = 48
_WIDTH: Final = 16
_HEIGHT: Final = 16
_QUANTILES: Final = (0.5, 0.95, 0.99)
_MODEL: Final = "${metric.labels.model_name}"
_POOL: Final = "${metric.labels.name}"
_GPU: Final = "${metric.labels.Hostname} GPU ${metric.labels.gpu}"


@final
@dataclass(frozen=True, kw_only=True)
class _Line:
    query: str
    legend: str


@final
@dataclass(frozen=True, kw_only=True)
class _Chart:
    title: str
    unit: str
    """As UCUM has it: `s`, `ms`, `1`."""
    lines: Sequence[_Line]


_Choice = Callable[[ServerMetrics], Metric]
"""Which of an engine's metrics."""


def _engines(settings: Settings) -> list[ServerMetrics]:
    """Metrics of each engine that serves a model; each has lines of its own in every chart."""
    return list(dict.fromkeys(server_of(model).metrics for model in settings.models))


def _quantiles(title: str, choice: _Choice, settings: Settings) -> _Chart:
    matchers = selector(labels(settings))
    return _Chart(
        title=title,
        unit="s",
        lines=[
            _Line(
                query=quantile(share, choice(engine), matchers, "model_name"),
                legend=f"{_MODEL} p{share * 100:g}",
            )
            for engine in _engines(settings)
            for share in _QUANTILES
        ],
    )


def _sum(metric: Metric, settings: Settings, by: str = "model_name") -> str:
    return f"sum by ({by}) ({own(metric, settings)})"


def _rate(metric: Metric, settings: Settings, by: str = "model_name") -> str:
    return f"sum by ({by}) (rate({own(metric, settings)}[{RATE_WINDOW}]))"


def _adapters(engine: ServerMetrics, settings: Settings) -> Iterator[_Line]:
    if engine.lora_requests is not None:
        adapters = "running_lora_adapters, waiting_lora_adapters"
        yield _Line(
            # The value is the time of the last change; what is told stands in the labels.
            query=f"count by ({adapters}) ({own(engine.lora_requests, settings)})",
            legend="running ${metric.labels.running_lora_adapters}, "
            "waiting ${metric.labels.waiting_lora_adapters}",
        )
    if engine.lora_slots is not None:
        yield _Line(
            query=f"max by (model_name) ({own(engine.lora_slots, settings)})",
            legend=f"{_MODEL} adapters in GPU memory",
        )


def _cache(engine: ServerMetrics, settings: Settings) -> Iterator[_Line]:
    for function, legend in (("max", "fullest server"), ("avg", "average")):
        yield _Line(
            query=f"{function} by (model_name) ({own(engine.kv_cache, settings)})",
            legend=f"{_MODEL} {legend}",
        )


def _prefix_share(engine: ServerMetrics, settings: Settings) -> _Line:
    hits, asked = (_rate(m, settings) for m in (engine.prefix_hits, engine.prefix_queries))
    return _Line(query=f"{hits} / {asked}", legend=_MODEL)


def _servers(settings: Settings) -> Iterator[_Chart]:
    engines = _engines(settings)
    yield _quantiles("Time to first token", lambda e: e.time_to_first_token, settings)
    yield _quantiles("Time between tokens", lambda e: e.inter_token, settings)
    yield _quantiles("Whole request", lambda e: e.end_to_end, settings)
    yield _Chart(
        title="Requests in the servers",
        unit="1",
        lines=[
            _Line(query=_sum(metric, settings), legend=f"{_MODEL} {what}")
            for engine in engines
            for metric, what in ((engine.running, "running"), (engine.waiting, "waiting"))
        ],
    )
    yield _quantiles("Time in the queue", lambda e: e.queue_time, settings)
    yield _Chart(
        title="KV cache in use",
        unit="10^2.%",
        lines=[line for engine in engines for line in _cache(engine, settings)],
    )
    yield _Chart(
        title="Prompt tokens found in the prefix cache",
        unit="10^2.%",
        lines=[_prefix_share(engine, settings) for engine in engines],
    )
    yield _Chart(
        title="Tokens per second",
        unit="1/s",
        lines=[
            _Line(query=_rate(metric, settings), legend=f"{_MODEL} {what}")
            for engine in engines
            for metric, what in (
                (engine.generation_tokens, "generated"),
                (engine.prompt_tokens, "read"),
            )
        ],
    )
    yield _Chart(
        title="Requests preempted from the KV cache",
        unit="1/s",
        lines=[
            _Line(query=_rate(engine.preemptions, settings), legend=_MODEL) for engine in engines
        ],
    )
    if any(model.lora is not None for model in settings.models):
        yield _Chart(
            title="LoRA adapters in use",
            unit="1",
            lines=[line for engine in engines for line in _adapters(engine, settings)],
        )


def _picker(settings: Settings) -> Iterator[_Chart]:
    release, matchers = settings.gateway_release, selector(labels(settings))
    yield _Chart(
        title="Picker: time to choose a server",
        unit="s",
        lines=[
            _Line(query=quantile(share, metrics.SCHEDULING, matchers), legend=f"p{share * 100:g}")
            for share in _QUANTILES
        ],
    )
    yield _Chart(
        title="Picker: ready servers",
        unit="1",
        lines=[
            _Line(query=f"max by (name) ({own(metrics.POOL_READY, settings)})", legend=_POOL),
        ],
    )
    yield _Chart(
        title="Picker: requests and errors",
        unit="1/s",
        lines=[
            _Line(
                query=_rate(metrics.picker_requests(release), settings),
                legend=f"{_MODEL} requests",
            ),
            _Line(
                query=_rate(metrics.picker_errors(release), settings, "model_name, error_code"),
                legend=f"{_MODEL} ${{metric.labels.error_code}}",
            ),
        ],
    )


def _balancers(settings: Settings) -> Iterator[_Chart]:
    for balancer in load_balancers(settings):
        kind = "internal" if balancer is metrics.INTERNAL else "external"
        matchers = balancer_matchers(settings, balancer)
        rate = f"rate({balancer.requests.promql}{matchers}[{RATE_WINDOW}])"
        yield _Chart(
            title=f"Load balancer ({kind}): responses by class",
            unit="1/s",
            lines=[
                _Line(
                    query=f"sum by (response_code_class) ({rate})",
                    legend="${metric.labels.response_code_class}",
                )
            ],
        )
        yield _Chart(
            title=f"Load balancer ({kind}): whole request",
            unit="ms",
            lines=[
                _Line(
                    query=quantile(share, balancer.latencies, matchers),
                    legend=f"p{share * 100:g}",
                )
                for share in _QUANTILES
            ],
        )
        # A log-based metric has the resource of the entries that it counts.
        logged = Metric(
            name=f"logging.googleapis.com/user/{error_metric_name(settings).replace('-', '_')}",
            shape=Shape.COUNTER,
            source=metrics.REQUEST_LOG,
        )
        resource = selector({"monitored_resource": balancer.resource_type})
        yield _Chart(
            title=f"Load balancer ({kind}): failures by cause",
            unit="1/s",
            lines=[
                _Line(
                    query=f"sum by (status, cause) "
                    f"(rate({logged.promql}{resource}[{RATE_WINDOW}]))",
                    legend="${metric.labels.status} ${metric.labels.cause}",
                )
            ],
        )


def _gpus(settings: Settings) -> Iterator[_Chart]:
    used, free = (of_nodes(m, settings) for m in (metrics.GPU_MEMORY_USED, metrics.GPU_MEMORY_FREE))
    for name, unit, query in (
        ("GPU: utilization", "10^2.%", of_nodes(metrics.GPU_ACTIVE, settings)),
        ("GPU: memory in use", "10^2.%", f"{used} / ({used} + {free})"),
        ("GPU: temperature", "Cel", of_nodes(metrics.GPU_TEMPERATURE, settings)),
        ("GPU: power", "W", of_nodes(metrics.GPU_POWER, settings)),
    ):
        yield _Chart(title=name, unit=unit, lines=[_Line(query=query, legend=_GPU)])


def _tile(index: int, chart: _Chart) -> Mapping[str, Any]:
    row, column = divmod(index, _COLUMNS // _WIDTH)
    # The API gives back no zeros, which would be a change at each update.
    place = {
        key: value for key, value in (("xPos", column * _WIDTH), ("yPos", row * _HEIGHT)) if value
    }
    return {
        **place,
        "width": _WIDTH,
        "height": _HEIGHT,
        "widget": {
            "title": chart.title,
            "xyChart": {
                "dataSets": [
                    {
                        "plotType": "LINE",
                        "targetAxis": "Y1",
                        "legendTemplate": line.legend,
                        "timeSeriesQuery": {
                            "prometheusQuery": line.query,
                            "unitOverride": chart.unit,
                        },
                    }
                    for line in chart.lines
                ],
                "yAxis": {"scale": "LINEAR"},
            },
        },
    }


def dashboard(settings: Settings) -> Mapping[str, Any]:
    """The whole dashboard: load balancer, picker, servers and GPUs, in the way of a request."""
    charts = [
        *_balancers(settings),
        *_picker(settings),
        *_servers(settings),
        *(_gpus(settings) if uses_gpus(settings) else ()),
    ]
    return {
        "displayName": f"Inference {title(settings)}",
        "mosaicLayout": {
            "columns": _COLUMNS,
            "tiles": [_tile(index, chart) for index, chart in enumerate(charts)],
        },
    }
