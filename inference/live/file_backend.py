"""What a kill can break in a state that Pulumi keeps in files (`pulumi login --local`).

Beside a stack's state stands its side file, `STACK.json.attrs`, with the state's content type.
Pulumi writes it in place, the state itself by renaming: an engine that is killed in between leaves
a whole state and a side file that is cut off, and every command, `pulumi cancel` and `pulumi stack
ls` among them, says `failed to load checkpoint: EOF`. Pulumi takes a state without a side file.
Source: gocloud.dev blob/fileblob/attrs.go, and tried with Pulumi 3.259. Buckets have none.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from inference.config.finding import PROJECT
from inference.live.programs import run

_LOCAL: Final = "file"


def _is_whole(side_file: Path) -> bool:
    try:
        json.loads(side_file.read_bytes())
    except ValueError:
        return False
    return True


def cut_off_side_files(stack: str) -> Sequence[Path]:
    """Side files of a stack's state that Pulumi cannot read; none where the state is elsewhere.

    Raises:
        ServiceError: when Pulumi does not say where the state is.

    """
    where: str = json.loads(run("pulumi", ["whoami", "--json"], "pulumi login"))["url"]
    url = urlsplit(where)
    if url.scheme != _LOCAL:
        return []
    # `file://~` is what `pulumi login --local` means, and has the tilde for a host.
    backend = Path(unquote(url.netloc + url.path)).expanduser()
    states = backend / ".pulumi" / "stacks" / PROJECT
    return [file for file in sorted(states.glob(f"{stack}.json*.attrs")) if not _is_whole(file)]
