"""What only a GPU can show of a rendered model server. The tests of a server follow each other."""

from typing import Final

import pytest
from gpu_cases import ROOT
from measurement import checks
from measurement.drain import REQUESTS, drain
from measurement.syncer import MODULE, find_source, sync
from running import Running

from inference.catalog.durations import COMPILE_AND_WARM_UP, ENGINE_START

_RELEASE: Final = "v1.0.0"
"""Of the gateway, whose syncer dev runs."""
_CACHE_ERROR_GIB: Final = 0.3
_START_FACTOR: Final = 2
"""As in the startup budget: a part may take twice what is expected."""
_SYNCER_PYTHON: Final = ROOT / ".toolchain" / "data-path" / "bin" / "python"
_SERVED: Final = ("/v1/completions", "/v1/chat/completions", "/v1/responses", "/v1/models")
_PROBED: Final = ("/health", "/metrics")


def test_starts_with_the_rendered_arguments(running: Running) -> None:
    assert running.server.process.exit_code is None
    assert running.start["figures"]["cacheTokens"] > 0


def test_kv_cache_is_as_large_as_predicted(running: Running) -> None:
    figures, predicted = running.start["figures"], running.predicted["memoryGib"]
    # What a GPU gives differs from card to card; what the server takes of it does not.
    taken = predicted["usable"] - predicted["cache"]
    cache = figures["usableGib"] - taken
    assert figures["availableCacheGib"] == pytest.approx(cache, abs=_CACHE_ERROR_GIB)


def test_weights_are_as_large_as_predicted(running: Running) -> None:
    predicted = running.predicted["memoryGib"]
    loaded = predicted["weights"] + predicted["lora"]
    assert running.start["figures"]["loadingGib"] == pytest.approx(loaded, abs=_CACHE_ERROR_GIB / 2)


def test_start_is_within_the_budget_and_its_parts(running: Running) -> None:
    """Weights are made up here, not downloaded, so that part of the budget is left out."""
    start = running.start
    loading = start["figures"]["loadingSeconds"]
    engine = start["steps"]["loaded"] - loading
    warm_up = start["readySeconds"] - start["steps"]["loaded"]
    expected = running.predicted["startSeconds"]
    assert start["readySeconds"] - loading <= expected
    assert engine <= _START_FACTOR * ENGINE_START.minutes * 60
    assert warm_up <= _START_FACTOR * COMPILE_AND_WARM_UP.minutes * 60
    assert start["readySeconds"] <= running.rendered.startup


def test_syncer_of_the_release_loads_both_adapters(running: Running) -> None:
    names = running.rendered.adapter_sources
    if not names:
        pytest.skip(f"{running.case.name} has no adapters")
    source = find_source(_RELEASE)
    if source is None:
        pytest.skip(f"no source of the syncer: go mod download {MODULE}@{_RELEASE}")
    found = sync(running.rendered, running.server, source, running.work, str(_SYNCER_PYTHON))
    assert found["missing"] == []
    assert found["errors"] == []
    assert checks.answers(running.server, names) == dict.fromkeys(names, 200)


def test_names_paths_and_metrics_are_those_of_the_catalog(running: Running) -> None:
    lora = running.rendered.adapter_sources
    # Without LoRA there is nothing to say of adapters.
    metrics = [name for name in running.predicted["metrics"] if lora or "lora" not in name]
    found = checks.run(running.server, metrics)
    assert found["metricsMissing"] == []
    assert running.rendered.served_name in found["served"]
    assert [found["paths"][path] for path in (*_SERVED, *_PROBED)] == [200] * 6
    assert found["unknownModel"] == 404


def test_drain_loses_nothing_and_ends_in_time(running: Running) -> None:
    """SIGTERM with requests in flight, as after the preStop sleep. It is the last test."""
    allowed = running.rendered.grace_period - running.rendered.pre_stop
    found = drain(running.server, allowed)
    assert found["answeredBeforeSigterm"] == 0, "nothing was in flight"
    assert found["whole"] == REQUESTS
    assert found["exitCode"] == 0
