"""A real Kubernetes control plane on loopback: etcd, API server, controllers, scheduler, kwok."""

import os
import secrets
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar, final

import requests
import trustme
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.api import Api
from harness.processes import LESS_COLLECTING, Process, StartError, free_port, wait_for
from harness.stages import PodPlay
from harness.toolchain import program

_ATTEMPTS: Final = 3
_HOST: Final = "127.0.0.1"
_LEASE_SECONDS: Final = "40"
"""Without leases, kwok's nodes turn NotReady after a minute and their Pods with them."""
_T = TypeVar("_T")


def _again_when_taken(start: Callable[[], _T]) -> _T:
    """Start with other ports where another process took one in between."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(StartError):
            return start()
    return start()


@final
class ControlPlane:
    """One control plane; `stop` ends all of it.

    The processes end with the test process, however that ends.
    """

    def __init__(self, folder: Path, pods: PodPlay) -> None:
        """Start it; `folder` takes all that the processes write."""
        self._folder = folder
        self._pods = pods
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True)
        self.token = secrets.token_hex(16)
        self._running: list[Process] = []
        self._certificates()
        self._etcd, self._etcd_url = _again_when_taken(self._start_etcd)
        self._api_server, self.port = _again_when_taken(self._start_api_server)
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(self._admin_kubeconfig(), encoding="utf-8")
        self.api = Api(self.kubeconfig, folder / "discovery.json")
        for command in self._controllers():
            self._running.append(self._process(command))
        # Controllers make it; until then no Pod could be made there.
        account = ("v1", "ServiceAccount", "default", "default")
        wait_for("the service account of namespace default", lambda: self.api.get(*account))

    @property
    def server(self) -> str:
        """Host and port of the API server."""
        return f"{_HOST}:{self.port}"

    def name_context(self, name: str) -> None:
        """Make the cluster known under a further context of the kubeconfig."""
        access = yaml.safe_load(self.kubeconfig.read_text(encoding="utf-8"))
        access["contexts"].append({**access["contexts"][0], "name": name})
        self.kubeconfig.write_text(yaml.safe_dump(access), encoding="utf-8")

    def restart_api_server(self) -> None:
        """Kill the API server and start it again; its clients see broken connections."""
        self._api_server.stop(signal.SIGKILL)
        self._api_server = self._serve(self.port)

    def stop(self) -> None:
        """End every process."""
        for process in [*reversed(self._running), self._api_server, self._etcd]:
            process.stop(signal.SIGKILL)

    def _process(self, command: Sequence[str]) -> Process:
        log = self._logs / f"{Path(command[0]).name}.log"
        return Process(command, log, {**os.environ, **LESS_COLLECTING})

    def _certificates(self) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert(_HOST, "localhost")
        authority.cert_pem.write_to_path(self._folder / "ca.crt")
        certificate.private_key_and_cert_chain_pem.write_to_path(self._folder / "server.pem")
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (self._folder / "accounts.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        user = f'{self.token},owner,owner,"system:masters"\n'
        (self._folder / "tokens.csv").write_text(user, encoding="utf-8")

    def _start_etcd(self) -> tuple[Process, str]:
        clients, peers = (f"http://{_HOST}:{free_port()}" for _ in range(2))
        etcd = self._process(
            [
                program("etcd"),
                f"--data-dir={self._folder / 'etcd'}",
                f"--listen-client-urls={clients}",
                f"--advertise-client-urls={clients}",
                f"--listen-peer-urls={peers}",
                f"--initial-advertise-peer-urls={peers}",
                f"--initial-cluster=default={peers}",
                # The data need not outlive the machine.
                "--unsafe-no-fsync",
            ]
        )
        etcd.wait_until("ready", lambda: "ready to serve client" in etcd.log.read_text())
        return etcd, clients

    def _start_api_server(self) -> tuple[Process, int]:
        port = free_port()
        return self._serve(port), port

    def _serve(self, port: int) -> Process:
        folder = self._folder
        server = self._process(
            [
                program("kube-apiserver"),
                f"--etcd-servers={self._etcd_url}",
                f"--bind-address={_HOST}",
                f"--secure-port={port}",
                f"--cert-dir={folder / 'certificates'}",
                f"--tls-cert-file={folder / 'server.pem'}",
                f"--tls-private-key-file={folder / 'server.pem'}",
                f"--token-auth-file={folder / 'tokens.csv'}",
                "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={folder / 'accounts.key'}",
                f"--service-account-signing-key-file={folder / 'accounts.key'}",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--endpoint-reconciler-type=none",
                # GKE has it: a Pod that asks for a GPU tolerates the taint of GPU nodes.
                "--enable-admission-plugins=ExtendedResourceToleration",
            ]
        )
        server.wait_until("ready", lambda: self._is_ready(port))
        return server

    def _is_ready(self, port: int) -> bool:
        with suppress(requests.RequestException):
            answer = requests.get(
                f"https://{_HOST}:{port}/readyz",
                headers={"Authorization": f"Bearer {self.token}"},
                verify=str(self._folder / "ca.crt"),
                timeout=1,
            )
            return answer.ok
        return False

    def _controllers(self) -> list[list[str]]:
        access = f"--kubeconfig={self.kubeconfig}"
        return [
            [
                program("kube-controller-manager"),
                access,
                f"--service-account-private-key-file={self._folder / 'accounts.key'}",
                f"--root-ca-file={self._folder / 'ca.crt'}",
                "--leader-elect=false",
                "--secure-port=0",
            ],
            [program("kube-scheduler"), access, "--leader-elect=false", "--secure-port=0"],
            [
                program("kwok"),
                access,
                "--manage-all-nodes=true",
                f"--node-lease-duration-seconds={_LEASE_SECONDS}",
                f"--cidr={self._pods.cidr}",
                *([f"--config={self._stages()}"] if self._pods.stages else []),
            ],
        ]

    def _stages(self) -> Path:
        file = self._folder / "stages.yaml"
        file.write_text(yaml.safe_dump_all(self._pods.stages), encoding="utf-8")
        return file

    def _admin_kubeconfig(self) -> str:
        named: dict[str, Any] = {
            "clusters": {
                "cluster": {
                    "server": f"https://{self.server}",
                    "certificate-authority": str(self._folder / "ca.crt"),
                }
            },
            "users": {"user": {"token": self.token}},
            "contexts": {"context": {"cluster": "test", "user": "test"}},
        }
        lists = {key: [{"name": "test", **value}] for key, value in named.items()}
        head = {"apiVersion": "v1", "kind": "Config", "current-context": "test"}
        return yaml.safe_dump({**head, **lists})
