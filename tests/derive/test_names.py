"""Names that several components must agree on, within Google's and Kubernetes' limits."""

import re
import string

import pytest
from conftest import make_settings
from hypothesis import given
from hypothesis import strategies as st

from inference.derive.names import SECRET_NAME, cluster_id, cluster_scoped, node_account_id

_CLUSTERS = st.builds(
    "{}{}".format,
    st.sampled_from(string.ascii_lowercase),
    st.text(string.ascii_lowercase + string.digits + "-", max_size=39),
).filter(lambda name: not name.endswith("-"))


@pytest.mark.parametrize(
    ("cluster", "account"),
    [
        ("inference-gateway", "inference-gateway-nodes"),
        ("a" * 24, f"{'a' * 24}-nodes"),
        ("a", "a-nodes"),
    ],
)
def test_the_node_account_is_named_after_a_short_cluster(cluster: str, account: str) -> None:
    assert node_account_id(cluster) == account


def test_a_long_clusters_account_is_cut_and_marked() -> None:
    account = node_account_id("a" * 25)
    assert re.fullmatch(r"a{19}-[0-9a-f]{4}-nodes", account)


def test_long_clusters_that_begin_alike_have_accounts_of_their_own() -> None:
    names = [f"{'a' * 30}-{number}" for number in range(10)]
    assert len({node_account_id(name) for name in names}) == 10


@given(_CLUSTERS)
def test_account_ids_are_what_google_accepts(cluster: str) -> None:
    account = node_account_id(cluster)
    assert 6 <= len(account) <= 30
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])", account)


@pytest.mark.parametrize(
    ("namespace", "name"),
    [("default", "metrics-reader"), ("team-a", "metrics-reader-team-a")],
)
def test_cluster_scoped_names_differ_between_namespaces(namespace: str, name: str) -> None:
    assert cluster_scoped("metrics-reader", namespace) == name


@pytest.mark.parametrize(
    ("cluster", "identity"),
    [
        ({"name": "mine"}, "my-project/europe-west4/mine"),
        (
            {"name": "mine", "location": "europe-west4-b", "mode": "autopilot"},
            "my-project/europe-west4-b/mine",
        ),
        ({"mode": "existing", "context": "kind-local"}, "kind-local"),
    ],
)
def test_a_cluster_is_identified_before_it_exists(cluster: dict[str, str], identity: str) -> None:
    gcp = {"project": "my-project", "region": "europe-west4"}
    assert cluster_id(make_settings({"gcp": gcp, "cluster": cluster})) == identity


def test_the_secret_has_the_tutorials_name() -> None:
    assert SECRET_NAME == "hf-secret"  # noqa: S105 the Secret's name
