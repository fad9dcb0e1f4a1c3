"""Stack dev with each gateway release whose chart can be had, from nothing to nothing.

The release of the committed stack is walked through in `test_stacks`.
"""

from pathlib import Path

import pytest
from harness import charts
from harness.scenario import scenario

from inference.config.settings import Settings


@pytest.mark.parametrize(
    "release", sorted({*charts.RELEASES} - {Settings.model_fields["gateway_release"].default})
)
def test_up_no_op_destroy(tmp_path: Path, release: str) -> None:
    with scenario(tmp_path, "dev") as started:
        started.engine.change("gatewayRelease", release)
        announced = started.engine.preview().steps
        assert started.engine.up().steps == announced
        assert started.engine.up().steps == {}
        assert set(started.engine.refresh().changes) == {"same"}
        pickers = started.api.get("apps/v1", "Deployment", "llama3-8b-epp", "default")
        assert pickers
        image = pickers["spec"]["template"]["spec"]["containers"][0]["image"]
        assert image.partition("@")[0].endswith(f":{release}")
        started.engine.destroy()
        assert started.left() == []
