"""The wait of `pulumi up` until Cloud Monitoring knows the metrics of the stack's objectives.

It refuses an objective on a type that it has not seen, which a type is up to ten minutes after its
first sample.
"""

from collections.abc import Sequence
from http import HTTPStatus

from inference.catalog.durations import METRIC_TYPE_LIMIT
from inference.live.endpoints import MONITORING
from inference.live.errors import ApiError
from inference.live.google import Google, GoogleModel
from inference.live.waiting import WaitError, wait


def _is_known(google: Google, kind: str) -> bool:
    try:
        google.read(MONITORING, f"projects/{google.project}/metricDescriptors/{kind}", GoogleModel)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def await_metrics(project: str, kinds: Sequence[str]) -> None:
    """Return when all types are known, or when that cannot be seen, which is said.

    Raises:
        WaitError: when one is not at the end of the time.
    """
    missing = wait(
        project,
        METRIC_TYPE_LIMIT,
        lambda google: {kind: kind for kind in kinds if not _is_known(google, kind)},
        task="Waiting until Cloud Monitoring knows",
        done="Cloud Monitoring knows the SLOs' metrics",
        unseen="if an SLO is rejected now, run pulumi up again in a few minutes; whether Cloud "
        "Monitoring knows its metrics could not be checked",
    )
    if missing:
        message = (
            f"after {METRIC_TYPE_LIMIT:g} minutes, Cloud Monitoring does not know "
            f"{', '.join(missing)}, and would reject the SLOs. Check whether Managed Prometheus "
            "scrapes the servers: kubectl get podmonitoring --all-namespaces. Then run pulumi up "
            "again"
        )
        raise WaitError(message)
