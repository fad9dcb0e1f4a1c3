"""Which metric types Cloud Monitoring knows: those of Pods that have been scraped for a while.

An objective, or an alert on a filter, of a type that it does not know is refused with 400. Source:
"Cannot find metric that matches type", as in hashicorp/terraform-provider-google#8869 and the
troubleshooting page of Cloud Monitoring's API; a type appears minutes after its first sample.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from harness.api import Api
from harness.nodes import connect
from harness.plugin import ProviderError
from harness.run_folder import RunFolder

KNOWING: Final = "know metrics"
"""Key of the run's latencies: seconds after which a Pod's metrics are known."""
_KNOWN_AFTER: Final = 2.0
_OWN: Final = "prometheus.googleapis.com/"
_FILTERED: Final = re.compile(r'metric\.type=\\?"([^"\\]+)')


def _ready_since(pod: Mapping[str, Any]) -> float | None:
    for condition in pod.get("status", {}).get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] == "True":
            began = datetime.fromisoformat(condition["lastTransitionTime"])
            return (datetime.now(UTC) - began).total_seconds()
    return None


def _scraped_for(api: Api) -> float:
    """Seconds for which the first Pod of a PodMonitoring has been ready."""
    times = [0.0]
    for monitoring in api.find_all("monitoring.googleapis.com/v1", "PodMonitoring"):
        labels = monitoring["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        pods = api.find_all("v1", "Pod", selector)
        times += [since for pod in pods if (since := _ready_since(pod)) is not None]
    return max(times)


def is_known(run: RunFolder, kind: str) -> bool:
    """Whether the type is known; Google's own always are."""
    wanted = run.latency.get(KNOWING, _KNOWN_AFTER)
    return not kind.startswith(_OWN) or _scraped_for(connect(run)) > wanted


def check_metrics(run: RunFolder, inputs: Mapping[str, Any]) -> None:
    """Filters of an objective or an alert policy name known types alone.

    Raises:
        ProviderError: as the API puts it.

    """
    for kind in sorted(set(_FILTERED.findall(json.dumps(inputs)))):
        if not is_known(run, kind):
            message = f'googleapi: Error 400: Cannot find metric that matches type = "{kind}"'
            raise ProviderError(message)
