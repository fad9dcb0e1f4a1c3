"""Readiness of the LoRA syncer: whether its server has every adapter that it is to have.

It runs in the syncer's container, by the kubelet and with that image's Python 3.10:
`adapters_ready.py CONFIG STATE LOG SECONDS`. A server without an adapter answers 404 to it, so that
a new one gets no requests before it has them all, but for those that it still lacks `SECONDS` after
its first answer, which LOG then names. Once ready, it is for as long as the server lives: an
adapter added later must not take every server out of rotation at once.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

_TIMEOUT = 3


def _names(config: dict[str, Any], key: str) -> set[str]:
    return {adapter["id"] for adapter in config.get(key, {}).get("models", [])}


def main(config_file: str, state: str, log: str, seconds: str) -> int:
    """Exit status: 0 for ready."""
    config = yaml.safe_load(Path(config_file).read_text(encoding="utf-8"))["vLLMLoRAConfig"]
    answered, ready = Path(state, "answered"), Path(state, "ready")
    try:
        with urlopen(f"http://localhost:{config['port']}/v1/models", timeout=_TIMEOUT) as answer:
            loaded = {one["id"] for one in json.load(answer)["data"]}
    except OSError as error:
        if isinstance(getattr(error, "reason", error), ConnectionError):
            # It starts, and has none of the adapters that it had before.
            answered.unlink(missing_ok=True)
            ready.unlink(missing_ok=True)
        print(f"the server does not answer: {error}")  # noqa: T201 for the Pod's events
        return 0 if ready.exists() else 1
    if ready.exists():
        return 0
    if not answered.exists():
        answered.touch()
    missing = _names(config, "ensureExist") - _names(config, "ensureNotExist") - loaded
    names = ", ".join(sorted(missing))
    if missing and time.time() - answered.stat().st_mtime < float(seconds):
        print(f"not loaded yet: {names}")  # noqa: T201 as above
        return 1
    if missing:
        with Path(log).open("a", encoding="utf-8") as out:
            print(f"ready without {names}: not loaded in {seconds} s", file=out)
    ready.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
