"""The Hugging Face token out of Secret Manager: mounted, and nowhere in the stack."""

from typing import Any

import pytest
import yaml
from conftest import OTHER_GATEWAY, make_settings, of_type, only, run

from inference.derive.needs import needs
from inference.offline.runner import Run

_MEMBER = "secretIamMember:SecretIamMember"


def _mounted(**sections: Any) -> Run:  # noqa: ANN401 any setting
    secret = {"huggingFaceSecretManager": {"secret": "hugging-face"}}
    return run({**OTHER_GATEWAY, **secret, **sections})


def _pod(found: Run) -> dict[str, Any]:
    return only(found, ":Deployment").inputs["spec"]["template"]["spec"]


def test_servers_read_the_token_from_a_file_and_no_secret_is_made() -> None:
    found = _mounted()
    pod = _pod(found)
    (container,) = pod["containers"]
    environment = {item["name"]: item.get("value") for item in container["env"]}
    (volume,) = (volume for volume in pod["volumes"] if "csi" in volume)
    (mount,) = (m for m in container["volumeMounts"] if m["name"] == volume["name"])

    assert environment["HF_TOKEN_PATH"] == f"{mount['mountPath']}/token"
    assert not {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} & set(environment)
    assert volume["csi"]["driver"] == "secrets-store-gke.csi.k8s.io"
    assert volume["csi"]["readOnly"] is True
    assert [r.inputs["metadata"]["name"] for r in of_type(found, "core/v1:Secret")] == [
        "inference-gateway-sa-metrics-reader-secret"
    ]


@pytest.mark.parametrize(("version", "named"), [(None, "latest"), ("3", "3")])
def test_the_class_names_the_secret_and_the_version(version: str | None, named: str) -> None:
    secret = {"secret": "hugging-face", **({"version": version} if version else {})}
    found = _mounted(huggingFaceSecretManager=secret)
    spec = only(found, ":SecretProviderClass").inputs["spec"]

    assert spec["provider"] == "gke"
    assert yaml.safe_load(spec["parameters"]["secrets"]) == [
        {
            "resourceName": f"projects/test-project/secrets/hugging-face/versions/{named}",
            "path": "token",
        }
    ]


def test_the_servers_account_may_read_the_one_secret_before_they_start() -> None:
    found = _mounted()
    grant = only(found, _MEMBER)
    provider_class = only(found, ":SecretProviderClass")

    assert (grant.inputs["secretId"], grant.inputs["role"]) == (
        "hugging-face",
        "roles/secretmanager.secretAccessor",
    )
    assert only(found, "container/cluster:Cluster").urn in grant.depends_on
    assert grant.urn in provider_class.depends_on
    assert provider_class.urn in only(found, ":Deployment").depends_on
    assert _pod(found)["automountServiceAccountToken"] is False


@pytest.mark.parametrize("cluster", [{}, {"mode": "autopilot"}], ids=["standard", "autopilot"])
def test_the_cluster_has_the_add_on_and_looks_for_new_versions(cluster: dict[str, str]) -> None:
    inputs = only(_mounted(cluster=cluster), "container/cluster:Cluster").inputs

    assert inputs["secretManagerConfig"] == {
        "enabled": True,
        "rotationConfig": {"enabled": True, "rotationInterval": "120s"},
    }


def test_nothing_of_it_is_there_without_the_key() -> None:
    found = run({})
    assert of_type(found, ":SecretProviderClass") == of_type(found, _MEMBER) == []
    assert "secretManagerConfig" not in only(found, "container/cluster:Cluster").inputs
    assert "serviceAccountName" not in _pod(found)


def test_simulated_servers_mount_nothing() -> None:
    pod = _pod(_mounted(models=[{"engine": "simulator"}]))
    assert "serviceAccountName" not in pod
    assert not [volume for volume in pod.get("volumes", []) if "csi" in volume]


def test_service_and_role_are_needed_only_with_the_key() -> None:
    def of(sections: dict[str, Any]) -> tuple[bool, bool]:
        found = needs(make_settings(sections))
        return (
            "secretmanager.googleapis.com" in found.apis,
            "roles/secretmanager.admin" in found.roles,
        )

    assert of({}) == (False, False)
    assert of({"huggingFaceSecretManager": {"secret": "a"}}) == (True, True)
