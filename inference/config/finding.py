"""A problem with what a stack says, and the exception that carries problems out of the program."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, Self, cast, final

import pulumi
import yaml

from inference.config.printable import printable
from inference.config.yaml_loader import SafeLoader

PROJECT: Final = "gke-inference-gateway"
"""Name of the Pulumi project, and so the namespace of its configuration."""
TOKEN_KEY: Final = "huggingFaceToken"  # noqa: S105 the key, not the token
"""The one secret, which is no section of the settings."""
TOKEN_COMMAND: Final = f"pulumi config set --secret {TOKEN_KEY}"
"""Without the token, which Pulumi then asks for: no shell's history keeps it."""
TOKEN_PREFIX: Final = "hf_"  # noqa: S105 what every token begins with
_TOKEN: Final = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9]{{16,}}")


class Severity(StrEnum):
    """What a finding does: an error stops, a warning and an info are shown."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@final
@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change of the stack file. `path` is a stack key, as in `pulumi config set --path`."""

    path: str
    value: object
    """What it becomes, as YAML has it; None takes it out."""


@final
class Fix(str):
    """How to fix a finding, in words, with the edits that alone fix it, in their order.

    Without edits where the value is the reader's to know, or several things would do.
    """

    __slots__ = ("edits",)
    edits: tuple[Edit, ...]

    def __new__(cls, text: str, *edits: Edit) -> Self:
        """Words and the edits that they say."""
        fix = super().__new__(cls, text)
        fix.edits = edits
        return fix

    def __add__(self, other: str) -> "Fix":
        """Go on in words; the edits are those of the first part that has some."""
        return Fix(super().__add__(other), *(self.edits or getattr(other, "edits", ())))

    def __radd__(self, words: str) -> "Fix":
        """Begin with other words; the edits stay."""
        return Fix(words + str(self), *self.edits)


@final
@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem. `path` is the stack key, such as `models[0].gpu.count`, or "" for the whole."""

    id: str
    severity: Severity = Severity.ERROR
    path: str
    message: str
    """What is wrong and what it would cause."""
    fix: str
    """The command or edit that fixes it."""
    silenced: str | None = None
    """Why the stack silences it; None when it does not."""

    def __post_init__(self) -> None:
        """Show no token, wherever in the file it was written, be it as a key."""
        for field in ("path", "message", "fix", "silenced"):
            text = getattr(self, field)
            if text is not None and _TOKEN.search(text):
                object.__setattr__(self, field, _TOKEN.sub(f"{TOKEN_PREFIX}…", text))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of the stack file that the fix says."""
        return self.fix.edits if isinstance(self.fix, Fix) else ()

    def __str__(self) -> str:
        """Two lines for the output of Pulumi."""
        where = f"{self.path}: " if self.path else ""
        stack = pulumi.get_stack()
        fix = edit_first(self.fix, f"Pulumi.{stack}.yaml", stack)
        return printable(f"[{self.id}] {where}{self.message}\n    {fix}")


@final
class RefusedError(pulumi.RunError):
    """The stack cannot work. Pulumi prints its message without a traceback."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Carry all findings; the message lists the errors among them."""
        self.findings = tuple(findings)
        errors = [
            str(finding)
            for finding in self.findings
            if finding.severity is Severity.ERROR and finding.silenced is None
        ]
        noun = "problem" if len(errors) == 1 else "problems"
        super().__init__(f"{len(errors)} {noun} in the configuration:\n" + "\n".join(errors))


def refuse(identifier: str, path: str, message: str, fix: str) -> NoReturn:
    """Refuse for one reason.

    Raises:
        RefusedError: always.
    """
    raise RefusedError([Finding(id=identifier, path=path, message=message, fix=fix)])


_BLANK: Final = re.compile(r"\b[A-Z_]{4,}\b|…")
"""What the reader is to fill in, such as NAME."""
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]*")


def _typed(value: str) -> object:
    """What `pulumi config set --path` takes a text for: a whole number, truth, or text."""
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if _WHOLE.fullmatch(value) else value


def set_command(path: str, value: str) -> Fix:
    """The `pulumi config set` that gives `path` a value; nested paths need --path."""
    edits = () if _BLANK.search(value) else (Edit(path=path, value=_typed(value)),)
    return Fix(f"pulumi config set {_key(path)} {_word(value)}", *edits)


def remove_command(path: str) -> Fix:
    """The `pulumi config rm` that takes `path` out of the stack file."""
    return Fix(f"pulumi config rm {_key(path)}", Edit(path=path, value=None))


def edit(changes: Mapping[str, object]) -> Fix:
    """Several edits, or one that no command can make: values by stack key, None takes one out."""
    removed = ", ".join(f"`{path}`" for path, value in changes.items() if value is None)
    given = ", ".join(
        f"`{path}` to {_written(value)}" for path, value in changes.items() if value is not None
    )
    parts = [f"set {given}" if given else "", f"remove {removed}" if removed else ""]
    words = " and ".join(part for part in parts if part)
    edits = (Edit(path=path, value=value) for path, value in changes.items())
    return Fix(f"{words} {'in' if given else 'from'} the stack file", *edits)


def _written(value: object) -> str:
    """A value as YAML writes it in one line."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return f"{{{', '.join(f'{key}: {_written(each)}' for key, each in items)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_written(each) for each in cast('Sequence[object]', value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if not isinstance(value, str) or _is_text(value) else json.dumps(value)


def _is_text(text: str) -> bool:
    """Whether YAML reads it as text without quotes."""
    try:
        return yaml.load(text, Loader=SafeLoader) == text  # noqa: S506 safe
    except yaml.YAMLError:
        return False


_SHELL_WORD: Final = r"(?:'[^']*'|\"[^\"]*\"|[^\s,;'\"])+"
COMMAND: Final = re.compile(
    rf"pulumi config (?P<verb>set|rm)(?: --stack {_SHELL_WORD})?(?P<secret> --secret)?"
    rf"(?P<path> --path)? (?P<key>{_SHELL_WORD})(?: (?P<value>{_SHELL_WORD}))?"
)
"""What a fix has of Pulumi's commands, with the stack once `edit_first` wrote it."""
_UNQUOTED: Final = re.compile(r"[-\w@%+=:./…]+")
"""Words that a shell, and who reads a command in a sentence, takes as they are."""


def edit_first(fix: str, file: str, stack: str | None, *, command: bool = True) -> str:
    """A fix as people read it: each command as an edit of the file, and behind it for the stack.

    Args:
        fix: of a finding, with commands as `set_command` and `remove_command` write them.
        file: the stack file's name.
        stack: its name; without one the edit stands alone.
        command: whether the command is shown behind the edit.
    """

    def replaced(found: re.Match[str]) -> str:
        verb, key = found["verb"], "".join(shlex.split(found["key"])).removeprefix(f"{PROJECT}:")
        of = f" --stack {shlex.quote(stack)}" if stack else ""
        typed = found[0].replace(verb, verb + of, 1)
        if found["secret"]:
            # In clear text the file is no place for it.
            return typed
        edit = f"remove `{key}` from {file}"
        if verb == "set":
            edit = f"set `{key}` to {' '.join(shlex.split(found['value'] or ''))} in {file}"
        return f"{edit} ({typed})" if stack and command else edit

    return COMMAND.sub(replaced, fix).replace("the stack file", file)


def _word(text: str, *, always: bool = False) -> str:
    """One word of a shell, whatever a stack file has as its key or value."""
    if _UNQUOTED.fullmatch(text) and not always:
        return text
    return "'" + printable(text).replace("\n", "\\n").replace("'", "'\"'\"'") + "'"


def _key(path: str) -> str:
    """A key as `pulumi config` takes it; nested ones need --path."""
    if "." in path or "[" in path:
        return f"--path {_word(f'{PROJECT}:{path}', always=True)}"
    return _word(path if ":" in path else f"{PROJECT}:{path}")
