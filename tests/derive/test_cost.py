"""The bill of a stack: dev and prod as counted by hand, and what has no price."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from conftest import make_settings

from inference.catalog.machines import MACHINES, Capacity
from inference.config.read_settings import read_settings
from inference.config.settings import Settings
from inference.config.stack_file import read_stack
from inference.derive.cost import cost
from inference.derive.prices import OLD_DAYS, TABLE, Prices, parse, price_table, today

_DAY: Final = today().isoformat()


def _table(machines: Mapping[str, float], items: Mapping[str, float], day: str = _DAY) -> Prices:
    """A table of us-central1; machines by "TYPE CAPACITY"."""
    source = {"title": "a test", "level": "M", "url": ""}
    return parse(
        {
            "sources": {"test": source},
            "machines": [
                {
                    "machine": name.split()[0],
                    "region": "us-central1",
                    "capacity": name.split()[1],
                    "hourly": hourly,
                    "date": day,
                    "source": "test",
                }
                for name, hourly in machines.items()
            ],
            "items": [
                {"item": name, "region": "", "price": price, "date": day, "source": "test"}
                for name, price in items.items()
            ],
        }
    )


_PRICES: Final = _table(
    {
        "a3-highgpu-1g spot": 6,
        "a3-highgpu-2g spot": 12,
        "a3-highgpu-8g onDemand": 90,
        "e2-standard-8 onDemand": 0.25,
        "e2-standard-16 onDemand": 0.5,
    },
    {
        "cluster": 0.1,
        "forwardingRules": 0.025,
        "natVm": 0.0014,
        "externalAddress": 0.005,
        "externalAddressSpot": 0.0025,
        "pd-balanced": 0.1,
        "pd-ssd": 0.17,
        "gatewayAddress": 0.005,
    },
)


def _settings(**sections: Any) -> Settings:  # noqa: ANN401 any section
    return make_settings(sections)


@pytest.mark.parametrize(
    ("stack", "by_hand"),
    [
        # Two Spot nodes, three system nodes, disks of 3 × 100 and 2 × 100 GiB, five addresses.
        (
            "dev",
            2 * 12 + 3 * 0.25 + (300 * 0.1 + 200 * 0.17) / 730
            + 3 * 0.005 + 2 * 0.0025 + 0.1 + 0.025 + 0.005,
        ),
        # No addresses of nodes, but NAT for them and one address of its own.
        (
            "prod",
            {n: n * 6 + 3 * 0.5 + (300 * 0.1 + n * 100 * 0.17) / 730
             + (3 + n) * 0.0014 + 0.005 + 0.1 + 0.025 + 0.005 for n in range(2, 7)},
        ),
        # Three Pods with one GPU each, on nodes of one GPU.
        ("autopilot", 3 * 6 + 0.1 + 0.025 + 0.005),
        ("local", 0),
    ],
)  # fmt: skip
def test_the_bill_of_a_committed_stack_is_what_is_counted_by_hand(
    stack: str, by_hand: float | dict[int, float]
) -> None:
    found = cost(read_settings(read_stack(stack)), _PRICES)

    if isinstance(by_hand, dict):
        (nodes,) = found.nodes
        by_hand = by_hand[nodes.count]
    assert found.hourly == pytest.approx(by_hand)
    assert found.monthly == pytest.approx(by_hand * 730)
    assert found.unpriced == (("Autopilot's premium on nodes",) if stack == "autopilot" else ())


def test_what_use_decides_is_named_and_never_counted() -> None:
    used = [line for line in cost(_settings(), _PRICES).lines if line.usage_based]

    assert {line.item for line in used} == {
        "data through the load balancer",
        "log of requests",
        "metrics",
    }
    assert {line.hourly for line in used} == {None}


def test_without_a_price_of_its_gpus_a_stack_has_none_and_without_another_it_is_named() -> None:
    elsewhere = cost(_settings(gcp={"region": "europe-west4"}))
    no_address = cost(_settings(), _table({"a3-highgpu-2g spot": 12}, {"cluster": 0.1}))

    assert (elsewhere.hourly, elsewhere.monthly) == (None, None)
    assert any("a3-highgpu-2g" in item for item in elsewhere.unpriced)
    assert no_address.hourly == pytest.approx(12.1)
    assert "load balancer of up to 5 rules" in no_address.unpriced


def test_a_million_tokens_cost_the_hour_over_what_it_answers_on_average() -> None:
    traffic = {"requestsPerSecond": 10, "peakFactor": 3, "outputTokens": 250}
    found = cost(_settings(traffic=traffic), _PRICES)
    two = [{"name": "a", "traffic": traffic}, {"name": "b", "model": "Qwen/Qwen3-8B"}]

    assert found.hourly is not None
    assert found.per_million_output_tokens == pytest.approx(found.hourly / 9)
    assert cost(_settings(models=two), _PRICES).per_million_output_tokens is None


def test_an_autoscaled_pool_costs_the_nodes_that_the_traffic_needs() -> None:
    def count(**sections: object) -> list[int]:
        found = cost(
            _settings(
                nodePools=[
                    {
                        "machineType": "a3-highgpu-1g",
                        "autoscaling": {"min": 0, "max": 8},
                    }
                ],
                models=[{"autoscaling": {"min": 1, "max": 6}}],
                **sections,
            )
        )
        return [nodes.count for nodes in found.nodes]

    slo = {"timeToFirstTokenP95Ms": 1000}

    assert count() == [1]
    assert count(slo=slo, traffic={"requestsPerSecond": 1}) == [1]
    assert 1 < count(slo=slo, traffic={"requestsPerSecond": 40, "peakFactor": 1})[0] < 6
    assert count(slo=slo, traffic={"requestsPerSecond": 1000}) == [6]


def test_a_price_is_old_after_so_many_days_or_without_a_day() -> None:
    def is_old(day: str) -> bool:
        price = _table({}, {"cluster": 1}, day).item("cluster", "us-central1")
        return price is not None and price.is_old

    assert not is_old((today() - timedelta(days=OLD_DAYS)).isoformat())
    assert is_old((today() - timedelta(days=OLD_DAYS + 1)).isoformat())
    assert is_old("")


def test_the_table_names_machines_of_the_catalog_as_they_are_offered_and_a_source_for_each() -> (
    None
):
    content = json.loads(TABLE.read_text(encoding="utf-8"))
    keys = [(row["machine"], row["region"], row["capacity"]) for row in content["machines"]]

    assert len(set(keys)) == len(keys)
    for machine, _, capacity in keys:
        assert machine.startswith("e2-") or Capacity(capacity) in MACHINES[machine].capacities
    assert {row["source"] for row in (*content["machines"], *content["items"])} == set(
        content["sources"]
    )
    assert all(price.amount > 0 for price in price_table().machines.values())
