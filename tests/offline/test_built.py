"""Resources of a plan that would have one name where they are built."""

from typing import Any, Final

import pytest
from conftest import make_settings

from inference.config import RefusedError
from inference.offline.built import check_built
from inference.offline.recorder import Registration

_SERVICE: Final = "kubernetes:core/v1:Service"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_POOL: Final = {"name": "llama", "namespace": "default", "chart": "oci://x/charts/inferencepool"}


def _resource(kind: str, name: str, inputs: dict[str, Any]) -> Registration:
    return Registration(
        urn=f"urn:{name}",
        type=kind,
        name=name,
        parent="",
        provider="",
        inputs=inputs,
        depends_on=(),
        custom=True,
    )


def _service(name: str, namespace: str = "default") -> dict[str, Any]:
    bodies = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}
    return {**bodies, "metadata": {"name": name, "namespace": namespace}}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (_service("llama-epp"), "would be llama-epp in default, as is Release pool"),
        (_service("llama-epp", "other"), ""),
        (_service("llama"), ""),
    ],
)
def test_an_object_of_a_chart_shares_no_name_with_one_of_the_program(
    inputs: dict[str, Any], said: str
) -> None:
    resources = [_resource(_RELEASE, "pool", _POOL), _resource(_SERVICE, "own", inputs)]
    if not said:
        check_built(resources, make_settings({}))
        return
    with pytest.raises(RefusedError) as refused:
        check_built(resources, make_settings({}))
    assert [finding.id for finding in refused.value.findings] == ["built.same-name"]
    assert said in refused.value.findings[0].message
