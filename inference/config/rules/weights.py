"""Rules about weights in a bucket, which is there and which servers can read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from inference.config.finding import remove_command, set_command
from inference.config.rules.rule import BrokenRule

if TYPE_CHECKING:
    from inference.config.settings import Settings

_LONGEST_NAME: Final = 63
"""Of a bucket."""


def _named(settings: "Settings") -> Iterator[BrokenRule]:
    for index, model in enumerate(settings.models):
        if model.weights is not None and model.weights.image is None and settings.weights is None:
            path = f"models[{index}].weights"
            yield BrokenRule(
                path=path,
                message="is read from a bucket, but the stack has none: the server would find no "
                "weights",
                fix=f"{set_command('weights.bucket', 'NAME')}, or {remove_command(path)}",
            )


def broken(settings: "Settings") -> Iterator[BrokenRule]:
    """Rules that the keys of weights break."""
    yield from _named(settings)
    if settings.weights is None:
        return
    if not settings.on_gke:
        yield BrokenRule(
            path="weights",
            message="needs GKE, where a Pod's own identity reads the bucket",
            fix=f"{remove_command('weights')}, and `weights` of the models with it",
        )
    cached = settings.weights.compile_cache
    name = settings.cache_bucket_name if cached else settings.bucket_name
    if len(name) > _LONGEST_NAME:
        yield BrokenRule(
            path="weights.bucket",
            message=f"{name} has {len(name)} characters, and Cloud Storage takes at most "
            f"{_LONGEST_NAME}",
            fix=set_command("weights.bucket", "SHORTER_NAME"),
        )
