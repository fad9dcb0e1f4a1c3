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


_Line = tuple[str, str]
"""A query, and its legend."""


@final
@dataclass(frozen=True)
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
        title,
        "s",
        [
            (quantile(share, choice(engine), matchers, "model_name"), f"{_MODEL} p{share * 100:g}")
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
        adapters = ("running_lora_adapters", "waiting_lora_adapters")
        running, waiting = (f"${{metric.labels.{name}}}" for name in adapters)
        yield (
            # The value is the time of the last change; what is told stands in the labels.
            f"count by ({', '.join(adapters)}) ({own(engine.lora_requests, settings)})",
            f"running {running}, waiting {waiting}",
        )
    if engine.lora_slots is not None:
        yield (
            f"max by (model_name) ({own(engine.lora_slots, settings)})",
            f"{_MODEL} adapters in GPU memory",
        )


def _cache(engine: ServerMetrics, settings: Settings) -> Iterator[_Line]:
    for function, legend in (("max", "fullest server"), ("avg", "average")):
        yield (
            f"{function} by (model_name) ({own(engine.kv_cache, settings)})",
            f"{_MODEL} {legend}",
        )


def _prefix_share(engine: ServerMetrics, settings: Settings) -> _Line:
    hits, asked = (_rate(m, settings) for m in (engine.prefix_hits, engine.prefix_queries))
    return (f"{hits} / {asked}", _MODEL)


def _servers(settings: Settings) -> Iterator[_Chart]:
    engines = _engines(settings)
    yield _quantiles("Time to first token", lambda e: e.time_to_first_token, settings)
    yield _quantiles("Time between tokens", lambda e: e.inter_token, settings)
    yield _quantiles("Whole request", lambda e: e.end_to_end, settings)
    yield _Chart(
        "Requests in the servers",
        "1",
        [
            (_sum(metric, settings), f"{_MODEL} {what}")
            for engine in engines
            for metric, what in ((engine.running, "running"), (engine.waiting, "waiting"))
        ],
    )
    yield _quantiles("Time in the queue", lambda e: e.queue_time, settings)
    yield _Chart(
        "KV cache in use",
        "10^2.%",
        [line for engine in engines for line in _cache(engine, settings)],
    )
    yield _Chart(
        "Prompt tokens found in the prefix cache",
        "10^2.%",
        [_prefix_share(engine, settings) for engine in engines],
    )
    yield _Chart(
        "Tokens per second",
        "1/s",
        [
            (_rate(metric, settings), f"{_MODEL} {what}")
            for engine in engines
            for metric, what in (
                (engine.generation_tokens, "generated"),
                (engine.prompt_tokens, "read"),
            )
        ],
    )
    yield _Chart(
        "Requests preempted from the KV cache",
        "1/s",
        [(_rate(engine.preemptions, settings), _MODEL) for engine in engines],
    )
    if any(model.lora is not None for model in settings.models):
        yield _Chart(
            "LoRA adapters in use",
            "1",
            [line for engine in engines for line in _adapters(engine, settings)],
        )


def _picker(settings: Settings) -> Iterator[_Chart]:
    release, matchers = settings.gateway_release, selector(labels(settings))
    yield _Chart(
        "Picker: time to choose a server",
        "s",
        [
            (quantile(share, metrics.SCHEDULING, matchers), f"p{share * 100:g}")
            for share in _QUANTILES
        ],
    )
    yield _Chart(
        "Picker: ready servers",
        "1",
        [(f"max by (name) ({own(metrics.POOL_READY, settings)})", _POOL)],
    )
    yield _Chart(
        "Picker: requests and errors",
        "1/s",
        [
            (_rate(metrics.picker_requests(release), settings), f"{_MODEL} requests"),
            (
                _rate(metrics.picker_errors(release), settings, "model_name, error_code"),
                f"{_MODEL} ${{metric.labels.error_code}}",
            ),
        ],
    )


def _balancers(settings: Settings) -> Iterator[_Chart]:
    for balancer in load_balancers(settings):
        kind = "internal" if balancer is metrics.INTERNAL else "external"
        matchers = balancer_matchers(settings, balancer)
        rate = f"rate({balancer.requests.promql}{matchers}[{RATE_WINDOW}])"
        yield _Chart(
            f"Load balancer ({kind}): responses by class",
            "1/s",
            [(f"sum by (response_code_class) ({rate})", "${metric.labels.response_code_class}")],
        )
        yield _Chart(
            f"Load balancer ({kind}): whole request",
            "ms",
            [
                (quantile(share, balancer.latencies, matchers), f"p{share * 100:g}")
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
            f"Load balancer ({kind}): failures by cause",
            "1/s",
            [
                (
                    f"sum by (status, cause) (rate({logged.promql}{resource}[{RATE_WINDOW}]))",
                    "${metric.labels.status} ${metric.labels.cause}",
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
        yield _Chart(name, unit, [(query, _GPU)])


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
                        "legendTemplate": legend,
                        "timeSeriesQuery": {
                            "prometheusQuery": query,
                            "unitOverride": chart.unit,
                        },
                    }
                    for query, legend in chart.lines
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
