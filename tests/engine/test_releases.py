"""Stack dev on an earlier gateway release: from nothing, to the default release, to nothing.

Other changes of dev, autopilot and prod are walked through in `test_stacks` and `test_production`.
"""

from pathlib import Path

import pytest
from harness import charts
from harness.scenario import Scenario, scenario

from inference.config.settings import Settings

_DEFAULT = Settings.model_fields["gateway_release"].default


def _settles_with(started: Scenario, release: str) -> None:
    """An update makes what was announced, another finds nothing to do, nor does a refresh."""
    started.engine.change("gatewayRelease", release)
    announced = started.engine.preview().steps
    assert started.engine.up().steps == announced
    assert started.engine.up().steps == {}
    assert set(started.engine.refresh().changes) == {"same"}
    picker = started.api.get("apps/v1", "Deployment", "llama3-8b-epp", "default")
    assert picker
    image = picker["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.partition("@")[0].endswith(f":{release}")


@pytest.mark.parametrize("release", sorted({*charts.RELEASES} - {_DEFAULT}))
def test_up_no_op_next_release_destroy(tmp_path: Path, release: str) -> None:
    with scenario(tmp_path, "dev") as started:
        _settles_with(started, release)
        _settles_with(started, _DEFAULT)
        started.engine.destroy()
        assert started.left() == []
