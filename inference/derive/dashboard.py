"""The dashboard, in the JSON of Cloud Monitoring's API."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    dashboard_title,
    labels,
    load_balancers,
    of_nodes,
    own,
    quantile,
    selector,
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


def _over(function: str, metric: Metric, settings: Settings) -> str:
    return f"{function} by (model_name) ({own(metric, settings)})"


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
        yield _over("max", engine.lora_slots, settings), f"{_MODEL} adapters in GPU memory"


def _servers(settings: Settings) -> Iterator[_Chart]:
    """Each engine that serves a model has lines of its own in every chart."""
    engines = list(dict.fromkeys(server_of(model).metrics for model in settings.models))
    matchers = selector(labels(settings))

    def chart(title: str, unit: str, lines: Callable[[ServerMetrics], Iterable[_Line]]) -> _Chart:
        return _Chart(title, unit, [line for engine in engines for line in lines(engine)])

    def quantiles(title: str, choice: Callable[[ServerMetrics], Metric]) -> _Chart:
        return chart(
            title,
            "s",
            lambda engine: (
                (
                    quantile(share, choice(engine), matchers, "model_name"),
                    f"{_MODEL} p{share * 100:g}",
                )
                for share in _QUANTILES
            ),
        )

    yield quantiles("Time to first token", lambda e: e.time_to_first_token)
    yield quantiles("Time between tokens", lambda e: e.inter_token)
    yield quantiles("Whole request", lambda e: e.end_to_end)
    yield chart(
        "Requests in the servers",
        "1",
        lambda e: (
            (_over("sum", e.running, settings), f"{_MODEL} running"),
            (_over("sum", e.waiting, settings), f"{_MODEL} waiting"),
        ),
    )
    yield quantiles("Time in the queue", lambda e: e.queue_time)
    yield chart(
        "KV cache in use",
        "10^2.%",
        lambda e: (
            (_over("max", e.kv_cache, settings), f"{_MODEL} fullest server"),
            (_over("avg", e.kv_cache, settings), f"{_MODEL} average"),
        ),
    )
    yield chart(
        "Prompt tokens found in the prefix cache",
        "10^2.%",
        lambda e: [
            (f"{_rate(e.prefix_hits, settings)} / {_rate(e.prefix_queries, settings)}", _MODEL)
        ],
    )
    yield chart(
        "Tokens per second",
        "1/s",
        lambda e: (
            (_rate(e.generation_tokens, settings), f"{_MODEL} generated"),
            (_rate(e.prompt_tokens, settings), f"{_MODEL} read"),
        ),
    )
    yield chart(
        "Requests preempted from the KV cache",
        "1/s",
        lambda e: [(_rate(e.preemptions, settings), _MODEL)],
    )
    if any(model.lora is not None for model in settings.models):
        yield chart("LoRA adapters in use", "1", lambda e: _adapters(e, settings))


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
        "displayName": dashboard_title(settings),
        "mosaicLayout": {
            "columns": _COLUMNS,
            "tiles": [_tile(index, chart) for index, chart in enumerate(charts)],
        },
    }
