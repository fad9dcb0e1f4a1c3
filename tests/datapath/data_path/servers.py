"""What model servers say of themselves, asked at their own addresses."""

import re
from typing import Any, Final, cast

import requests

from data_path.pods import RunningPod

PORT: Final = 8000
_TIMEOUT: Final = 5
_REQUESTS: Final = ("vllm:num_requests_running", "vllm:num_requests_waiting")


def server_url(pod: RunningPod) -> str:
    """Where a server answers, past the Gateway."""
    return f"http://{pod.address}:{PORT}"


def models(pod: RunningPod) -> set[str]:
    """Names that a server serves: the base model and the adapters it has loaded."""
    answer = requests.get(f"{server_url(pod)}/v1/models", timeout=_TIMEOUT)
    answer.raise_for_status()
    listed = cast("dict[str, Any]", answer.json())["data"]
    return {str(one["id"]) for one in listed}


def open_requests(pod: RunningPod) -> int:
    """Requests that a server works on or keeps waiting, by its metrics."""
    text = requests.get(f"{server_url(pod)}/metrics", timeout=_TIMEOUT).text
    found = re.findall(rf"^(?:{'|'.join(_REQUESTS)})\{{[^}}]*\}} (\S+)$", text, re.MULTILINE)
    return round(sum(map(float, found)))
