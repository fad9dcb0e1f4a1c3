"""Metrics: the names under which PromQL and filters know them."""

import pytest

from inference.catalog import metrics
from inference.catalog.metric import Metric, Shape
from inference.catalog.metrics import METRICS
from inference.catalog.releases import RELEASES
from inference.catalog.server_metrics import VLLM_METRICS
from inference.catalog.source import Level


@pytest.mark.parametrize(
    ("metric", "promql", "monitoring"),
    [
        (
            VLLM_METRICS.time_to_first_token,
            "vllm:time_to_first_token_seconds",
            "prometheus.googleapis.com/vllm:time_to_first_token_seconds/histogram",
        ),
        (
            VLLM_METRICS.generation_tokens,
            "vllm:generation_tokens_total",
            "prometheus.googleapis.com/vllm:generation_tokens_total/counter",
        ),
        (
            metrics.EXTERNAL.requests,
            "loadbalancing_googleapis_com:https_external_regional_request_count",
            "loadbalancing.googleapis.com/https/external/regional/request_count",
        ),
    ],
)
def test_names_in_promql_and_in_filters(metric: Metric, promql: str, monitoring: str) -> None:
    assert (metric.promql, metric.monitoring_type) == (promql, monitoring)


def test_only_histograms_have_series_of_their_own_names() -> None:
    assert VLLM_METRICS.running.series == {"vllm:num_requests_running"}
    assert metrics.SCHEDULING.series == {
        f"inference_extension_scheduler_e2e_duration_seconds_{part}"
        for part in ("bucket", "count", "sum")
    }


def test_counters_of_exporters_end_in_total() -> None:
    for metric in METRICS.values():
        if "/" not in metric.name:
            assert metric.name.endswith("_total") is (metric.shape is Shape.COUNTER), metric.name


def test_each_metric_has_a_source_that_was_read() -> None:
    for name, metric in METRICS.items():
        assert metric.source.level is not Level.INFERRED, name
        assert metric.source.url, name


def test_gpus_have_no_xid_among_their_metrics() -> None:
    assert not [name for name in METRICS if "XID" in name or "ECC" in name]


@pytest.mark.parametrize("release", list(RELEASES))
def test_each_release_has_its_name_of_requests_and_errors(release: str) -> None:
    prefix = "inference_model" if release == "v1.0.0" else "inference_objective"

    assert metrics.picker_requests(release).name == f"{prefix}_request_total"
    assert metrics.picker_errors(release).name == f"{prefix}_request_error_total"
