"""Arguments of `extraArgs` by name, and the edits that change them or take them out."""

from collections.abc import Collection, Sequence

from inference.config.finding import Edit, Fix, edit
from inference.config.models import Model
from inference.derive.engines import image, server_of
from inference.derive.engines.given import Given, arguments_given
from inference.derive.versions import released_version


def is_described(model: Model) -> bool:
    """Whether the server's known arguments are those of the image's version."""
    return released_version(image(model)) == server_of(model).dialect.version


def switches(model: Model) -> Collection[str]:
    """Arguments that take no value in the image's version; none where it is another."""
    return server_of(model).dialect.switches if is_described(model) else ()


def instead(index: int, model: Model, one: Given, value: str | None) -> Fix:
    """The edit that gives an argument of `extraArgs` another value, or takes both out."""
    path = f"models[{index}].extraArgs"
    joined = "=" in model.extra_args[one.position]
    if value is not None and joined:
        return edit({f"{path}[{one.position}]": f"{one.written}={value}"})
    if value is not None and one.value is not None:
        return edit({f"{path}[{one.position + 1}]": value})
    return removed(index, model, [one])[1]


def named(model: Model, *names: str) -> list[Given]:
    """The arguments of `extraArgs` that have one of some long names."""
    found = arguments_given(model.extra_args, server_of(model).dialect)
    return [one for one in found if len(one.names) == 1 and one.names[0] in names]


def removed(index: int, model: Model, given: Sequence[Given]) -> tuple[Model, Fix]:
    """A model without some of its arguments, and the edits that take them out."""
    path, gone = f"models[{index}].extraArgs", list[int]()
    # From the last, as each removal moves those behind it.
    for one in reversed(given):
        end = one.position + 1 if one.names[0] in switches(model) else one.end
        gone += reversed(range(one.position, end))
    words = [
        one.written
        if one.value is None
        else f"{one.written} and its value{'s' if one.end > one.position + 2 else ''}"
        for one in given
    ]
    left = tuple(word for n, word in enumerate(model.extra_args) if n not in gone)
    return model.model_copy(update={"extra_args": left}), Fix(
        f"remove {' and '.join(words)} from `{path}` in the stack file",
        *(Edit(path=f"{path}[{position}]", value=None) for position in gone),
    )
