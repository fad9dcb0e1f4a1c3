"""Doctor against servers that answer as Google and Hugging Face do, well and badly."""

import logging
from collections.abc import Iterator
from pathlib import Path

import google_account as account
import pytest
from google_account import ACCESS_TOKEN, error
from live_stacks import HF_TOKEN, LLAMA, LiveStack
from loopback import Reply, Server, nobody, serving

from inference.live.doctor import required_pulumi

_WHO = "/api/whoami-v2"
_MODEL_FILE = f"/{LLAMA}/resolve/main/config.json"
_ADAPTER_FILE = "/owner/food/resolve/main/adapter_config.json"
_QUOTA = "quota PREEMPTIBLE_NVIDIA_H100_GPUS in us-central1"
_SUBNET = "proxy-only subnet"
_KNOWN = {"X-Repo-Commit": "1f2e3d"}
"""By which the Hub says that it has a file."""
_TOKEN = "Hugging Face token"  # noqa: S105 the line's name
_TUTORIAL = {
    "nodePools": [{"machineType": "a3-highgpu-2g", "capacity": "spot", "nodes": 2}],
    "models": [{"lora": {"adapters": [{"name": "food", "source": "owner/food"}]}}],
}


@pytest.fixture
def google() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def hub() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def stack(
    *,
    google: Server,
    hub: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> LiveStack:
    """The tutorial's stack, where everything is as it must be."""
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    stack.forbidden.append(ACCESS_TOKEN)
    stack.write(_TUTORIAL)
    stack.program("pulumi", "echo v3.260.1")
    stack.program("gke-gcloud-auth-plugin", "echo Kubernetes v1.30.0+abc")
    stack.program("kubectl", "echo 'error: the cluster is not asked here' >&2; exit 1")
    account.sign_in(google, tmp_path, monkeypatch)
    account.good_project(google)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_TOKEN", HF_TOKEN)
    hub.on("GET", _WHO, Reply(body={"type": "user", "name": "someone"}))
    hub.on("HEAD", _MODEL_FILE, Reply(headers=_KNOWN))
    elsewhere = {**_KNOWN, "Location": "https://cdn/file"}
    hub.on("HEAD", _ADAPTER_FILE, Reply(status=302, headers=elsewhere))
    return stack


def test_a_project_that_has_everything_is_ok_in_every_line(stack: LiveStack, hub: Server) -> None:
    outcome = stack.run("doctor", ["--json"])

    assert outcome.status == 0
    assert {line["status"] for line in outcome.lines.values()} == {"ok"}
    assert list(outcome.lines) == [
        "pulumi",
        "gke-gcloud-auth-plugin",
        "project test-project",
        "billing",
        "APIs",
        "roles/compute.networkAdmin",
        "roles/container.admin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.serviceAccountUser",
        "roles/resourcemanager.projectIamAdmin",
        "roles/serviceusage.serviceUsageAdmin",
        _QUOTA,
        "quota GPUS_ALL_REGIONS",
        "machine a3-highgpu-2g",
        _SUBNET,
        _TOKEN,
        f"model {LLAMA}",
        "adapter owner/food",
    ]
    assert outcome.json["exit"] == 0
    assert {request.headers["Authorization"] for request in hub.requests} == {f"Bearer {HF_TOKEN}"}


def test_the_table_shows_each_line_and_its_fix(stack: LiveStack, google: Server) -> None:
    google.on("GET", account.BILLING, Reply(body={}))
    outcome = stack.run("doctor")

    assert outcome.status == 1
    assert "gcloud billing projects link test-project" in outcome.out
    assert "17 ok, 1 problem" in outcome.out


def test_the_project_must_exist_and_be_active(stack: LiveStack, google: Server) -> None:
    body = {"name": "projects/1", "state": "DELETE_REQUESTED"}
    denied = error(403, "IAM_PERMISSION_DENIED", "denied on resource")
    google.on("GET", account.RESOURCE_MANAGER, Reply(body=body), denied)

    for says in ("is delete requested", "does not exist, or you may not see it"):
        line = stack.run("doctor", ["--json"]).lines["project test-project"]
        assert (line["status"], says in line["message"]) == ("problem", True)


def test_apis_that_are_off_are_named_with_the_command_that_enables_them(
    stack: LiveStack, google: Server
) -> None:
    body = {
        "services": [{"name": "projects/1/services/compute.googleapis.com", "state": "ENABLED"}]
    }
    google.on("GET", account.APIS_PATH, Reply(body=body))
    line = stack.run("doctor", ["--json"]).lines["APIs"]

    assert line["status"] == "ok"
    assert line["message"].startswith("pulumi up enables cloudresourcemanager.googleapis.com, con")
    assert "compute.googleapis.com" not in line["message"]
    assert "gcloud services enable cloudresourcemanager.googleapis.com" in line["message"]


def test_a_role_lacks_when_one_of_its_permissions_does(stack: LiveStack, google: Server) -> None:
    def some(request: object) -> Reply:
        del request
        return Reply(body={"permissions": ["iam.serviceAccounts.actAs"]})

    google.on("POST", account.PERMISSIONS, some)
    outcome = stack.run("doctor", ["--json"])

    assert outcome.status == 1
    assert outcome.lines["roles/iam.serviceAccountUser"]["status"] == "ok"
    line = outcome.lines["roles/container.admin"]
    assert line["status"] == "problem"
    assert "container.clusters.create" in line["message"]
    assert "--role roles/container.admin" in line["mend"]


@pytest.mark.parametrize(
    ("limit", "usage", "status"), [(4, 0, "ok"), (8, 4, "ok"), (8, 5, "problem"), (0, 0, "problem")]
)
def test_quota_must_have_as_much_free_as_the_stack_needs(
    *, stack: LiveStack, google: Server, limit: int, usage: int, status: str
) -> None:
    quotas = {"PREEMPTIBLE_NVIDIA_H100_GPUS": (limit, usage)}
    google.on("GET", account.REGION, account.region(quotas))
    line = stack.run("doctor", ["--json"]).lines[_QUOTA]

    assert line["status"] == status
    assert f"4 needed, {limit - usage} free" in line["message"]


def test_too_few_gpus_in_all_regions_are_no_certain_problem(
    stack: LiveStack, google: Server
) -> None:
    path = f"/projects/{account.PROJECT}"
    google.on("GET", path, account.region({"GPUS_ALL_REGIONS": (1, 0)}))
    outcome = stack.run("doctor", ["--json"])

    assert outcome.lines["quota GPUS_ALL_REGIONS"]["status"] == "unknown"
    assert outcome.status == 0


def _infos(*parts: tuple[str, str, str, str]) -> list[dict[str, object]]:
    return [
        {
            "metric": f"compute.googleapis.com/{metric}",
            "dimensionsInfos": [
                {
                    "dimensions": {"gpu_family": family},
                    "details": {"value": value},
                    "applicableLocations": [region],
                }
            ],
        }
        for metric, family, region, value in parts
    ]


@pytest.mark.parametrize(
    ("value", "status", "says"),
    [
        ("8", "ok", "limit 8; usage unknown"),
        ("7", "problem", "limit 7"),
        ("-1", "ok", "unlimited"),
    ],
)
def test_newer_gpus_have_their_limit_in_cloud_quotas(
    *, stack: LiveStack, google: Server, value: str, status: str, says: str
) -> None:
    stack.write({"nodePools": [{"machineType": "a3-highgpu-8g", "capacity": "onDemand"}]})
    others = _infos(
        ("gpus_per_gpu_family", "NVIDIA_H200", "us-central1", "0"),
        ("gpus_per_gpu_family", "NVIDIA_H100", "europe-west4", "0"),
    )
    mine = _infos(("gpus_per_gpu_family", "NVIDIA_H100", "us-central1", value))
    google.on(
        "GET",
        account.QUOTA_INFOS,
        Reply(body={"quotaInfos": others, "nextPageToken": "more"}),
        Reply(body={"quotaInfos": mine}),
    )
    line = stack.run("doctor", ["--json"]).lines["quota NVIDIA_H100_GPUS in us-central1"]

    assert (line["status"], says in line["message"]) == (status, True)
    pages = [request.query.get("pageToken") for request in google.asked(account.QUOTA_INFOS)]
    assert pages == [None, ["more"]]


def test_a_quota_that_is_nowhere_is_unknown(stack: LiveStack, google: Server) -> None:
    google.on("GET", account.REGION, account.region({}))
    google.on("GET", account.QUOTA_INFOS, Reply(body={}))
    line = stack.run("doctor", ["--json"]).lines[_QUOTA]
    assert (line["status"], "neither" in line["message"]) == ("unknown", True)

    google.on(
        "GET", account.QUOTA_INFOS, error(403, "SERVICE_DISABLED", "has not been used before")
    )
    line = stack.run("doctor", ["--json"]).lines[_QUOTA]
    assert line["status"] == "unknown"
    assert (
        line["mend"] == "gcloud services enable cloudquotas.googleapis.com --project test-project"
    )


def test_a_machine_type_must_be_offered_in_the_pools_zones(
    stack: LiveStack, google: Server
) -> None:
    google.on(
        "GET",
        account.MACHINE_TYPES,
        Reply(body=account.machine_types("a3-highgpu-2g", ["us-central1-b"], next_page="more")),
        Reply(body=account.machine_types("a3-highgpu-2g", ["europe-west4-b"])),
    )
    line = stack.run("doctor", ["--json"]).lines["machine a3-highgpu-2g"]

    assert line["status"] == "problem"
    assert "not offered in us-central1-a" in line["message"]
    assert line["mend"] == "choose a zone from europe-west4-b, us-central1-b"


def test_a_zone_that_does_not_answer_leaves_its_machines_unknown(
    stack: LiveStack, google: Server
) -> None:
    page = account.machine_types("a3-highgpu-2g", ["us-central1-b"])
    silent = {**page, "unreachables": ["zones/us-central1-a"]}
    google.on("GET", account.MACHINE_TYPES, Reply(body=silent))

    assert stack.run("doctor", ["--json"]).lines["machine a3-highgpu-2g"]["status"] == "unknown"


def test_a_second_proxy_only_subnet_would_be_refused(stack: LiveStack, google: Server) -> None:
    others = [
        account.subnet("of-another-network", "other"),
        account.subnet("standby", role="BACKUP"),
        account.subnet("for-nodes", purpose="PRIVATE"),
    ]
    google.on(
        "GET",
        account.SUBNETS,
        Reply(body={"items": others, "nextPageToken": "more"}),
        Reply(body={"items": [account.subnet("theirs")]}),
    )
    line = stack.run("doctor", ["--json"]).lines[_SUBNET]

    assert line["status"] == "problem"
    assert "theirs (192.168.0.0/23) is active" in line["message"]
    assert line["mend"].endswith("network.proxyOnlySubnet.create' false")


def test_the_stacks_own_proxy_only_subnet_may_be_there(stack: LiveStack, google: Server) -> None:
    body = {"items": [account.subnet("inference-gateway-proxy-only")]}
    google.on("GET", account.SUBNETS, Reply(body=body))
    assert stack.run("doctor", ["--json"]).lines[_SUBNET]["status"] == "ok"


@pytest.mark.parametrize(("there", "status"), [(True, "ok"), (False, "problem")])
def test_a_stack_that_makes_no_proxy_only_subnet_needs_one(
    *, stack: LiveStack, google: Server, there: bool, status: str
) -> None:
    stack.write({**_TUTORIAL, "network": {"proxyOnlySubnet": {"create": False}}})
    body = {"items": [account.subnet("theirs")]} if there else {}
    google.on("GET", account.SUBNETS, Reply(body=body))
    assert stack.run("doctor", ["--json"]).lines[_SUBNET]["status"] == status


@pytest.mark.parametrize(
    ("reply", "status", "says"),
    [
        (Reply(status=302, headers={"Location": "https://cdn", **_KNOWN}), "ok", "can be read"),
        (Reply(status=302, headers={"Location": "https://portal/x"}), "problem", "https://portal,"),
        (Reply(body=b"<html>"), "unknown", "cannot be read"),
        (Reply(status=403, headers={"X-Error-Code": "GatedRepo"}), "problem", "licence"),
        (Reply(status=401, headers={"X-Error-Code": "GatedRepo"}), "problem", "licence"),
        (Reply(status=401), "problem", "does not accept the token"),
        (Reply(status=404, headers={"X-Error-Code": "RepoNotFound"}), "problem", "no such"),
        (Reply(status=404, headers={"X-Error-Code": "EntryNotFound"}), "problem", "has no"),
        (Reply(status=429), "unknown", "status 429"),
        (Reply(status=503), "unknown", "status 503"),
    ],
)
def test_hugging_face_tells_whether_a_model_can_be_read(
    *, stack: LiveStack, hub: Server, reply: Reply, status: str, says: str
) -> None:
    hub.on("HEAD", _MODEL_FILE, reply)
    outcome = stack.run("doctor", ["--json"])

    line = outcome.lines[f"model {LLAMA}"]
    assert (line["status"], says in line["message"]) == (status, True)
    assert outcome.status == (1 if status == "problem" else 0)


@pytest.mark.parametrize(
    ("there", "status"),
    [
        (Reply(headers=_KNOWN), "ok"),
        (Reply(status=403, headers={"X-Error-Code": "GatedRepo"}), "problem"),
    ],
)
def test_a_renamed_model_is_asked_for_by_its_new_name(
    *, stack: LiveStack, hub: Server, there: Reply, status: str
) -> None:
    hub.on("HEAD", _MODEL_FILE, Reply(status=307, headers={"Location": "/new/name/file"}))
    hub.on("HEAD", "/new/name/file", there)
    assert stack.run("doctor", ["--json"]).lines[f"model {LLAMA}"]["status"] == status


def test_a_token_that_hugging_face_echoes_is_hidden(stack: LiveStack, hub: Server) -> None:
    hub.on("GET", _WHO, Reply(body={"name": f"Bearer {HF_TOKEN}"}))
    assert "belongs to Bearer [secret]" in stack.run("doctor", ["--json"]).lines[_TOKEN]["message"]


def test_a_token_that_hugging_face_refuses_is_a_problem(stack: LiveStack, hub: Server) -> None:
    echo = {"error": f"Invalid credentials: Bearer {HF_TOKEN}"}
    hub.on("GET", _WHO, Reply(status=401, body=echo))
    line = stack.run("doctor", ["--json"]).lines[_TOKEN]
    assert (line["status"], "from HF_TOKEN" in line["message"]) == ("problem", True)


@pytest.mark.parametrize("body", [b"<html>", {"unexpected": 1}])
def test_an_answer_of_hugging_face_that_cannot_be_read_is_unknown(
    stack: LiveStack, hub: Server, body: object
) -> None:
    hub.on("GET", _WHO, Reply(body=body))
    assert stack.run("doctor", ["--json"]).lines[_TOKEN]["status"] == "unknown"


def test_a_token_with_a_line_break_is_told_without_being_shown(
    stack: LiveStack, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", f"{HF_TOKEN}\nx")
    hub.on("HEAD", _MODEL_FILE, Reply(status=401, headers={"X-Error-Code": "GatedRepo"}))
    outcome = stack.run("doctor", ["--json"])

    assert outcome.lines[_TOKEN]["status"] == "problem"
    assert outcome.lines[f"model {LLAMA}"]["status"] == "unknown"


def test_the_stacks_encrypted_token_is_asked_of_pulumi(
    stack: LiveStack, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    stack.write({**_TUTORIAL, "huggingFaceToken": {"secure": "v1:abc"}})
    asked = "config get huggingFaceToken --stack mine --non-interactive"
    stack.program(
        "pulumi",
        f'[ "$*" = version ] && exec echo v3.259.0\n[ "$*" = "{asked}" ] && echo {HF_TOKEN}',
    )
    outcome = stack.run("doctor", ["--json"])

    assert outcome.status == 0
    assert "from stack mine" in outcome.lines[_TOKEN]["message"]
    assert {request.headers["Authorization"] for request in hub.requests} == {f"Bearer {HF_TOKEN}"}


def test_a_token_that_pulumi_cannot_decrypt_leaves_gated_models_unknown(
    stack: LiveStack, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    stack.write({**_TUTORIAL, "huggingFaceToken": {"secure": "v1:abc"}})
    stack.program(
        "pulumi",
        '[ "$*" = version ] && exec echo v3.259.0\necho "error: wrong passphrase" >&2; exit 255',
    )
    hub.on("HEAD", _MODEL_FILE, Reply(status=401, headers={"X-Error-Code": "GatedRepo"}))
    outcome = stack.run("doctor", ["--json"])

    assert "wrong passphrase" in outcome.lines[_TOKEN]["message"]
    assert outcome.lines[f"model {LLAMA}"]["status"] == "unknown"
    assert outcome.lines["adapter owner/food"]["status"] == "ok"
    assert outcome.status == 0


def test_a_gated_model_without_any_token_is_a_problem(
    stack: LiveStack, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    hub.on("HEAD", _MODEL_FILE, Reply(status=401, headers={"X-Error-Code": "GatedRepo"}))
    outcome = stack.run("doctor", ["--json"])

    assert _TOKEN not in outcome.lines
    line = outcome.lines[f"model {LLAMA}"]
    assert (line["status"], "there is no token" in line["message"]) == ("problem", True)
    assert all("Authorization" not in request.headers for request in hub.requests)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"huggingFaceSecret": {"name": "theirs"}}, "Secret theirs is only in the cluster"),
        (
            {"huggingFaceSecretManager": {"secret": "mine"}},
            "mine in Secret Manager is never read here",
        ),
    ],
)
def test_a_token_that_is_kept_elsewhere_cannot_be_asked_with(
    stack: LiveStack,
    hub: Server,
    monkeypatch: pytest.MonkeyPatch,
    where: dict[str, dict[str, str]],
    says: str,
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    stack.write({**_TUTORIAL, **where})
    hub.on("HEAD", _MODEL_FILE, Reply(status=401, headers={"X-Error-Code": "GatedRepo"}))
    line = stack.run("doctor", ["--json"]).lines[f"model {LLAMA}"]

    assert (line["status"], says in line["message"]) == ("unknown", True)
    assert line["mend"] == "set HF_TOKEN to the same token, and try again"


def test_an_adapter_that_is_a_path_is_not_asked_for(stack: LiveStack, hub: Server) -> None:
    adapters = [{"name": "food", "source": "/data/../adapters/food"}]
    stack.write({"models": [{"lora": {"adapters": adapters}}]})
    outcome = stack.run("doctor", ["--json"])
    assert outcome.lines["adapter /data/../adapters/food"]["status"] == "unknown"
    assert {request.path for request in hub.requests} == {_WHO, _MODEL_FILE}


def test_pulumi_must_be_new_enough_and_the_plugin_there(
    stack: LiveStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stack.program("pulumi", "echo v3.99.0")
    (tmp_path / "bin" / "gke-gcloud-auth-plugin").unlink()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    outcome = stack.run("doctor", ["--json"])

    assert f"needs {required_pulumi()} or newer" in outcome.lines["pulumi"]["message"]
    plugin = outcome.lines["gke-gcloud-auth-plugin"]
    assert plugin["status"] == "problem"
    assert plugin["mend"] == "gcloud components install gke-gcloud-auth-plugin"


@pytest.mark.parametrize("body", [b"<html>proxy</html>", [], {"quotas": "many"}])
def test_an_answer_of_google_that_cannot_be_read_is_unknown(
    stack: LiveStack, google: Server, body: object
) -> None:
    google.on("GET", account.REGION, Reply(body=body))
    outcome = stack.run("doctor", ["--json"])
    assert outcome.lines["GPU quota"]["status"] == "unknown"
    assert outcome.status == 0


def test_a_list_that_never_ends_is_given_up(stack: LiveStack, google: Server) -> None:
    google.on("GET", account.SUBNETS, Reply(body={"items": [], "nextPageToken": "same"}))
    assert stack.run("doctor", ["--json"]).lines[_SUBNET]["status"] == "unknown"


def test_an_error_that_echoes_the_request_shows_no_token(stack: LiveStack, google: Server) -> None:
    echo = f"bad header Authorization: Bearer {ACCESS_TOKEN}"
    google.on("GET", account.BILLING, error(403, "DENIED", echo))
    line = stack.run("doctor", ["--json"]).lines["billing"]
    assert line["status"] == "unknown"
    assert "Bearer [secret]" in line["message"]


def test_no_log_holds_a_token_at_the_finest_level(
    stack: LiveStack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GOOGLE_SDK_PYTHON_LOGGING_SCOPE", "google")
    with caplog.at_level(logging.DEBUG):
        stack.run("doctor")
    assert "urllib3" in caplog.text
    for secret in stack.forbidden:
        assert secret not in caplog.text


def test_a_missing_quota_project_is_told_with_its_command(stack: LiveStack, google: Server) -> None:
    says = "The API requires a quota project, which is not set by default"
    google.on("GET", account.BILLING, error(403, "", says))
    fix = stack.run("doctor", ["--json"]).lines["billing"]["mend"]
    assert fix == "gcloud auth application-default set-quota-project test-project"


def test_a_service_that_does_not_answer_in_time_is_unreachable(
    stack: LiveStack, google: Server
) -> None:
    google.on("GET", account.BILLING, Reply(slow=True))
    stack.give_up_on(account.BILLING)
    outcome = stack.run("doctor", ["--json", "--timeout", "60"])

    assert "did not respond" in outcome.lines["billing"]["message"]
    assert outcome.lines["billing"]["status"] == "unknown"
    assert outcome.lines["APIs"]["status"] == "ok"
    assert (outcome.status, outcome.json["exit"]) == (3, 3)


def test_a_problem_goes_before_a_service_that_does_not_answer(
    stack: LiveStack, google: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.on("GET", account.BILLING, Reply(body={}))
    with nobody() as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        outcome = stack.run("doctor", ["--json"])
    assert outcome.lines[_TOKEN]["status"] == "unknown"
    assert outcome.status == 1


def test_credentials_that_google_no_longer_accepts_are_a_problem(
    stack: LiveStack, google: Server
) -> None:
    google.on("POST", "/token", Reply(status=400, body={"error": "invalid_grant"}))
    outcome = stack.run("doctor", ["--json"])
    assert outcome.status == 1
    line = outcome.lines["billing"]
    assert line["status"] == "problem"
    assert line["mend"] == "gcloud auth application-default login"


def test_without_credentials_the_rest_is_still_looked_at(
    stack: LiveStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    outcome = stack.run("doctor", ["--json"])
    assert outcome.status == 1
    assert outcome.lines["Google credentials"]["status"] == "problem"
    assert outcome.lines[_TOKEN]["status"] == "ok"


def test_a_cluster_elsewhere_has_nothing_to_ask_google(stack: LiveStack, google: Server) -> None:
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-local"},
            "gateway": {"className": "istio", "wait": False},
        }
    )
    outcome = stack.run("doctor", ["--json"])
    assert (outcome.status, google.requests) == (0, [])
    assert list(outcome.lines) == ["pulumi", "context kind-local", _TOKEN, f"model {LLAMA}"]


def test_a_project_that_is_not_filled_in_is_refused(stack: LiveStack) -> None:
    stack.write(_TUTORIAL, project="your-project-id")
    outcome = stack.run("doctor", ["--json"])
    assert outcome.status == 2
    assert [finding["path"] for finding in outcome.json["findings"]] == ["gcp:project"]
    assert "set `gcp:project` to PROJECT_ID in" in outcome.err


def test_a_simulated_model_needs_neither_google_nor_a_licence(
    stack: LiveStack, google: Server, hub: Server
) -> None:
    model = {"engine": "simulator", "lora": {"adapters": [{"name": "food", "source": "o/food"}]}}
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-inference"},
            "gateway": {"className": "agentgateway"},
            "models": [model],
        }
    )

    outcome = stack.run("doctor", ["--json"])

    assert outcome.status == 0
    assert list(outcome.lines) == ["pulumi", "context kind-inference"]
    assert google.requests == hub.requests == []
