"""GKE Inference Quickstart: Google's own measurements of a model on its machines.

It knows medians at lengths of its own, one server at a time; not how many are needed.
Source: google/cloud/gkerecommender/v1/gkerecommender.proto in googleapis/googleapis.
"""

import os
from collections.abc import Iterator
from typing import Any, Final, final

from pydantic import AliasPath, Field

from inference.derive.sizing import Advice, Profile, Request
from inference.live.endpoints import RECOMMENDER
from inference.live.errors import ServiceError, UnreachableError
from inference.live.google import Google, GoogleModel, Money
from inference.live.report import Exit
from inference.live.session import Deadline, Session

_SECONDS: Final = 30.0
_PATH: Final = "profiles:fetch"
_SERVER: Final = "vllm"
_PAGE: Final = 100


@final
class _Cost(GoogleModel):
    cost_per_million_output_tokens: Money | None = None


@final
class _Stats(GoogleModel):
    queries_per_second: float = 0
    ntpot_milliseconds: int = 0
    ttft_milliseconds: int = 0
    cost: tuple[_Cost, ...] = ()


@final
class _Profile(GoogleModel):
    instance_type: str = ""
    gpus: int = Field(0, validation_alias=AliasPath("resourcesUsed", "acceleratorCount"))
    performance_stats: tuple[_Stats, ...] = ()


def _body(request: Request) -> dict[str, Any]:
    """Google's bound between tokens is of the whole request over its tokens."""
    wanted, tokens = request.wanted, request.traffic.output_tokens
    return {
        "model": request.model,
        "modelServer": _SERVER,
        "performanceRequirements": {
            "targetTtftMilliseconds": round(wanted.first_token),
            "targetNtpotMilliseconds": round(wanted.inter_token + wanted.first_token / tokens),
            "targetCost": {"pricingModel": "spot"},
        },
        "pageSize": _PAGE,
    }


def _profiles(google: Google, request: Request) -> Iterator[Profile]:
    for found in google.read_all(RECOMMENDER, _PATH, "profile", _Profile, _body(request)):
        for stats in found.performance_stats:
            prices = (one.cost_per_million_output_tokens for one in stats.cost)
            yield Profile(
                machine=found.instance_type,
                gpus=found.gpus,
                requests_per_second=stats.queries_per_second,
                first_token_ms=stats.ttft_milliseconds,
                per_output_token_ms=stats.ntpot_milliseconds,
                per_million_output_tokens=next((one.amount for one in prices if one), None),
            )


def ask(request: Request) -> Advice:
    """Its profiles that keep the latencies, the most requests a second first."""
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "PROJECT_ID")
    session = Session(deadline=Deadline(_SECONDS))
    try:
        with session.opened:
            found = list(_profiles(Google(project, session), request))
    except UnreachableError as error:
        return Advice(problem=str(error), status=Exit.UNREACHABLE)
    except ServiceError as error:
        return Advice(problem=f"{error}; {error.fix}", status=Exit.PROBLEM)
    if not found:
        return Advice(problem=f"has no profile of {request.model} within these latencies")
    return Advice(profiles=tuple(sorted(found, key=lambda each: -each.requests_per_second)))
