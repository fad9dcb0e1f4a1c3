"""The dashboard, in the JSON of Cloud Monitoring's API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from catalog import metrics
from catalog.metrics import Metric
from config.settings import Settings
from derive.watching import (
    RATE_WINDOW,
    balancer_matchers,
    error_metric_name,
    labels,
    load_balancers,
    of_nodes,
    own,
    quantile,
    selector,
    title,
)

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


def _quantiles(title: str, metric: Metric, settings: Settings) -> _Chart:
    matchers = selector(labels(settings))
    return _Chart(
        title=title,
        unit="s",
        lines=[
            _Line(
                query=quantile(share, metric, matchers, "model_name"),
                legend=f"{_MODEL} p{share * 100:g}",
            )
            for share in _QUANTILES
        ],
    )


def _sum(metric: Metric, settings: Settings, by: str = "model_name") -> str:
    return f"sum by ({by}) ({own(metric, settings)})"


def _rate(metric: Metric, settings: Settings, by: str = "model_name") -> str:
    return f"sum by ({by}) (rate({own(metric, settings)}[{RATE_WINDOW}]))"


def _servers(settings: Settings) -> Iterator[_Chart]:
    yield _quantiles("Time to first token", metrics.TIME_TO_FIRST_TOKEN, settings)
    yield _quantiles("Time between tokens", metrics.INTER_TOKEN, settings)
    yield _quantiles("Whole request", metrics.END_TO_END, settings)
    yield _Chart(
        title="Requests in the servers",
        unit="1",
        lines=[
            _Line(query=_sum(metrics.RUNNING, settings), legend=f"{_MODEL} running"),
            _Line(query=_sum(metrics.WAITING, settings), legend=f"{_MODEL} waiting"),
        ],
    )
    yield _quantiles("Time in the queue", metrics.QUEUE_TIME, settings)
    yield _Chart(
        title="KV cache in use",
        unit="10^2.%",
        lines=[
            _Line(
                query=f"max by (model_name) ({own(metrics.KV_CACHE, settings)})",
                legend=f"{_MODEL} fullest server",
            ),
            _Line(
                query=f"avg by (model_name) ({own(metrics.KV_CACHE, settings)})",
                legend=f"{_MODEL} average",
            ),
        ],
    )
    hits, asked = (_rate(m, settings) for m in (metrics.PREFIX_HITS, metrics.PREFIX_QUERIES))
    yield _Chart(
        title="Prompt tokens found in the prefix cache",
        unit="10^2.%",
        lines=[_Line(query=f"{hits} / {asked}", legend=_MODEL)],
    )
    yield _Chart(
        title="Tokens a second",
        unit="1/s",
        lines=[
            _Line(query=_rate(metrics.GENERATION_TOKENS, settings), legend=f"{_MODEL} generated"),
            _Line(query=_rate(metrics.PROMPT_TOKENS, settings), legend=f"{_MODEL} read"),
        ],
    )
    yield _Chart(
        title="Requests that lost their place in the KV cache",
        unit="1/s",
        lines=[_Line(query=_rate(metrics.PREEMPTIONS, settings), legend=_MODEL)],
    )
    if any(model.lora is not None for model in settings.models):
        adapters = "running_lora_adapters, waiting_lora_adapters"
        yield _Chart(
            title="LoRA adapters in use",
            unit="1",
            lines=[
                _Line(
                    # The value is the time of the last change; what is told stands in the labels.
                    query=f"count by ({adapters}) ({own(metrics.LORA, settings)})",
                    legend="running ${metric.labels.running_lora_adapters}, "
                    "waiting ${metric.labels.waiting_lora_adapters}",
                )
            ],
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
            title=f"Load balancer ({kind}): answers by class",
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
            shape=metrics.Shape.COUNTER,
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
        ("GPU: time at work", "10^2.%", of_nodes(metrics.GPU_ACTIVE, settings)),
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
        *_gpus(settings),
    ]
    return {
        "displayName": f"Inference {title(settings)}",
        "mosaicLayout": {
            "columns": _COLUMNS,
            "tiles": [_tile(index, chart) for index, chart in enumerate(charts)],
        },
    }
