"""Stack local, in a cluster that someone else made: each release, another class, and nothing left.

Other changes of dev, autopilot and prod are walked through in `test_stacks` and `test_production`.
"""

from pathlib import Path

from harness import charts
from harness.engine import Update
from harness.scenario import Scenario, scenario

_GATEWAY = "inference-gateway-gateway"


def _settles(started: Scenario) -> Update:
    """An update makes what was announced, another finds nothing to do, nor does a refresh."""
    announced = started.engine.preview().steps
    done = started.engine.up()
    assert done.steps == announced
    assert started.engine.up().steps == {}
    assert set(started.engine.refresh().changes) == {"same"}
    return done


def test_up_next_release_another_class_and_back_destroy(tmp_path: Path) -> None:
    with scenario(tmp_path, "local") as started:
        for release in sorted(charts.RELEASES):
            started.engine.change("gatewayRelease", release)
            _settles(started)
            picker = started.api.get("apps/v1", "Deployment", "llama3-8b-epp", "default")
            assert picker
            image = picker["spec"]["template"]["spec"]["containers"][0]["image"]
            assert image.partition("@")[0].endswith(f":{release}")
        gateway = started.engine.section("gateway")
        for name in ("kgateway", gateway["className"]):
            started.engine.change("gateway", {**gateway, "className": name})
            assert _settles(started).steps == {_GATEWAY: "replace"}
        started.engine.destroy()
        assert started.left() == []
