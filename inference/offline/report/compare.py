"""What changes between two stacks: resources added and removed, and inputs that differ.

Resources are the same when type, parents and name are, whatever the stack is called. It compares
what the program asks for; what the cloud would do about it, such as replacing, the engine says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any, Final, cast, final

from inference.config import Finding
from inference.derive.cost import Cost
from inference.derive.prices import HOURS_A_MONTH
from inference.derive.replacing import replacing_values
from inference.offline.money import change, dollars
from inference.offline.plan import Plan
from inference.offline.recorder import Registration
from inference.offline.render import as_yaml
from inference.preflight import replacement

_CONTEXT: Final = 2
_HEADER: Final = 2
"""Lines before the first difference, which name the two files."""
_EXISTS: Final = "exists already"


@final
@dataclass(frozen=True, kw_only=True)
class Change:
    """A resource that both stacks have, with inputs that differ."""

    resource: Registration
    paths: tuple[str, ...]
    """Inputs that differ, such as `spec.replicas`."""
    lines: tuple[str, ...]
    """Differences of the inputs as YAML: `-` the other stack's, `+` this one's, `@@` between."""


@final
@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What it takes to come from the other stack to this one."""

    other: str
    added: tuple[Registration, ...]
    removed: tuple[Registration, ...]
    changed: tuple[Change, ...]
    unchanged: int
    minutes_before: float
    cost: str
    """The change of the month's bill."""
    bill: tuple[tuple[str, str, str, str], ...]
    """Items that cost another amount a month: before, after and the change."""
    gpus: tuple[str, str]
    """GPUs that must be had, before and after."""
    replaced: tuple[Finding, ...]
    """What an update from the other stack to this one takes down, as preflight warns of it."""

    def lines(self) -> Iterator[str]:
        """The change in a few lines: dollars, GPUs, resources, what is replaced."""
        yield self.cost
        before, after = self.gpus
        yield f"GPUs: {after}, as before" if before == after else f"GPUs: {before} → {after}"
        yield (
            f"Resources: {len(self.added)} added, {len(self.changed)} changed, "
            f"{len(self.removed)} removed, {self.unchanged} as before"
        )
        for finding in self.replaced:
            yield f"Replaced: {finding.path} {finding.message}"


def _gpus(plan: Plan) -> str:
    needed = (
        f"{gpus.count} × {gpus.accelerator}" + (f" {gpus.capacity}" if gpus.capacity else "")
        for gpus in plan.needs.gpus
    )
    return ", ".join(needed) or "none"


def _identity(resource: Registration) -> str:
    """The URN without the stack's name."""
    return resource.urn.split("::", maxsplit=1)[1]


def _inputs(resource: Registration) -> Mapping[str, Any]:
    return {**({_EXISTS: True} if resource.read else {}), **resource.inputs}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 any JSON
    if isinstance(value, dict) and value:
        for key, part in cast("dict[str, Any]", value).items():
            yield from _leaves(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and not _is_plain(cast("list[Any]", value)):
        for index, part in enumerate(cast("list[Any]", value)):
            yield from _leaves(part, f"{path}[{index}]")
    else:
        yield path, value


def _is_plain(items: Sequence[Any]) -> bool:
    """Whether a list, such as arguments, is told as a whole, as one more moves all that follow."""
    return not any(isinstance(item, (dict, list)) for item in items)


def _change(before: Registration, after: Registration) -> Change | None:
    old, new = _inputs(before), _inputs(after)
    if old == new:
        return None
    left, right = dict(_leaves(old)), dict(_leaves(new))
    nothing = object()
    paths = [
        path
        for path in dict.fromkeys((*left, *right))
        if left.get(path, nothing) != right.get(path, nothing)
    ]
    difference = unified_diff(
        as_yaml(old).splitlines(), as_yaml(new).splitlines(), lineterm="", n=_CONTEXT
    )
    return Change(resource=after, paths=tuple(paths), lines=tuple(difference)[_HEADER:])


def _amounts(cost: Cost) -> dict[str, float]:
    """Dollars a month of each item that has a price."""
    return {
        line.item: line.hourly * HOURS_A_MONTH for line in cost.lines if line.hourly is not None
    }


def _bill(cost: Cost, before: Cost) -> Iterator[tuple[str, str, str, str]]:
    now, then = _amounts(cost), _amounts(before)
    for item in dict.fromkeys((*now, *then)):
        difference = now.get(item, 0) - then.get(item, 0)
        if difference:
            sign = "+" if difference > 0 else "-"
            was, is_ = (dollars(bill[item]) if item in bill else "" for bill in (then, now))
            yield item, was, is_, f"{sign}{dollars(abs(difference))}"


def compare(plan: Plan, other: Plan) -> Comparison:
    """What changes from `other` to `plan`, each in order of creation."""
    before = {_identity(resource): resource for resource in other.run.resources}
    after = {_identity(resource): resource for resource in plan.run.resources}
    both = [key for key in after if key in before]
    changes = (_change(before[key], after[key]) for key in both)
    changed = tuple(change for change in changes if change is not None)
    return Comparison(
        other=other.run.stack,
        added=tuple(resource for key, resource in after.items() if key not in before),
        removed=tuple(resource for key, resource in before.items() if key not in after),
        changed=changed,
        unchanged=len(both) - len(changed),
        minutes_before=other.timeline.total_minutes,
        cost=change(plan.cost, other.cost),
        bill=tuple(_bill(plan.cost, other.cost)),
        gpus=(_gpus(other), _gpus(plan)),
        replaced=tuple(
            replacement.findings(plan.run.settings, replacing_values(other.run.settings))
        ),
    )
