"""Rules about the Gateways, and how requests find their model."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.config.finding import remove_command, set_command
from inference.config.gateway import Routing
from inference.config.rules.rule import BrokenRule

if TYPE_CHECKING:
    from inference.config.settings import Settings


def _internal(settings: "Settings") -> Iterator[BrokenRule]:
    gateway = settings.gateway
    ignored = {
        "internal": gateway.internal and gateway.is_internal,
        "internalAddress": gateway.internal_address is not None and not gateway.internal,
        "globalAccess": gateway.global_access and not gateway.has_internal,
    }
    for key, is_ignored in ignored.items():
        if is_ignored:
            path = f"gateway.{key}"
            yield BrokenRule(
                path=path,
                message="would be ignored: the Gateway is internal already"
                if key == "internal"
                else "would be ignored: no internal Gateway is asked for by gateway.internal",
                fix=remove_command(path),
            )


def _routing(settings: "Settings") -> Iterator[BrokenRule]:
    gateway = settings.gateway
    served = {model.name: set(model.served_names) for model in settings.models}
    default = gateway.default_model
    if default is not None and default not in served:
        yield BrokenRule(
            path="gateway.defaultModel",
            message=f"{default} is no model of this stack, so requests could not go there",
            fix=set_command("gateway.defaultModel", settings.models[0].name),
        )
    for index, split in enumerate(gateway.splits):
        path = f"gateway.splits[{index}]"
        named = {share.model for share in split.models}
        serving = {name for name, names in served.items() if split.served_name in names}
        if named != serving:
            yield BrokenRule(
                path=f"{path}.models",
                message=f"{split.served_name} is divided between {', '.join(sorted(named))}, but "
                f"served by {', '.join(sorted(serving)) or 'none'}: a request that reaches a model "
                "under a name it does not serve is answered 404",
                fix=f"name those models, with weight 0 for none of the requests, or give each "
                f"`servedName: {split.served_name}`",
            )
    names = Counter(split.served_name for split in gateway.splits)
    if any(count > 1 for count in names.values()):
        yield BrokenRule(
            path="gateway.splits",
            message="a served name is divided twice: only one division could hold",
            fix="keep one entry for each `servedName` in the stack file",
        )
    if gateway.splits and gateway.routing is Routing.PATH:
        yield BrokenRule(
            path="gateway.splits",
            message="does not go with routing path, where the path names one model",
            fix=set_command("gateway.routing", Routing.BODY.value),
        )


def broken(settings: "Settings") -> Iterator[BrokenRule]:
    """Rules that the `gateway` section breaks."""
    yield from _internal(settings)
    if settings.models:
        yield from _routing(settings)
