"""A small server of the OpenAI API, in the shapes that vLLM answers in."""

import json
from typing import Any, Final

from loopback import Reply, Request, Server

_WORDS: Final = ("Because", " of", " Rayleigh", " scattering", ".")
CONTEXT_ERROR: Final = (
    "This model's maximum context length is 8192 tokens. However, your prompt has 51200 tokens."
)


def error(status: int, message: str) -> Reply:
    """An error as vLLM gives it."""
    body = {"message": message, "type": "Error", "param": None, "code": status}
    return Reply(status=status, body={"error": body})


def _event(content: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()


def _piece(model: str, text: str, reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "finish_reason": reason}
    return {
        "id": "1",
        "object": "text_completion",
        "created": 1,
        "model": model,
        "choices": [choice],
    }


def events(model: str) -> tuple[bytes, ...]:
    """A stream of five words and a usage, event by event."""
    last = len(_WORDS) - 1
    pieces = [
        _event(_piece(model, word, "length" if index == last else None))
        for index, word in enumerate(_WORDS)
    ]
    usage = {"prompt_tokens": 6, "completion_tokens": len(_WORDS), "total_tokens": 11}
    end: dict[str, Any] = {**_piece(model, "", None), "choices": [], "usage": usage}
    return (*pieces, _event(end), b"data: [DONE]\n\n")


def streamed(chunks: tuple[bytes, ...]) -> Reply:
    """A stream."""
    return Reply(chunks=chunks, headers={"Content-Type": "text/event-stream"})


def _whole(path: str, model: str) -> Reply:
    text = "".join(_WORDS)
    choice: dict[str, Any] = {"index": 0, "finish_reason": "length"}
    if path.endswith("/chat/completions"):
        choice["message"] = {"role": "assistant", "content": text}
    else:
        choice["text"] = text
    usage = {"prompt_tokens": 6, "completion_tokens": len(_WORDS), "total_tokens": 11}
    return Reply(body={"id": "1", "model": model, "choices": [choice], "usage": usage})


class OpenAI:
    """Serves some models; a test may change what comes of single requests."""

    def __init__(self, server: Server, *models: str) -> None:
        self.server = server
        self.models = models
        self.prefix = ""
        self.instead: dict[str, Reply] = {}
        """Replies by `stream`, `long`, `unknown`, `chat`, `header` or a model's name."""
        server.otherwise = self.answer

    def _kinds(self, request: Request, body: dict[str, Any]) -> list[str]:
        kinds = [str(body["model"])]
        if body["model"] not in self.models:
            kinds.append("unknown")
        if body.get("stream"):
            kinds.append("stream")
        if len(body.get("prompt", "")) > 10_000:
            kinds.append("long")
        if request.path.endswith("/chat/completions"):
            kinds.append("chat")
        if request.headers["x-gateway-inference-objective"]:
            kinds.append("header")
        return kinds

    def answer(self, request: Request) -> Reply:
        """The answer to a request."""
        known = (f"{self.prefix}/v1/completions", f"{self.prefix}/v1/chat/completions")
        if request.path == f"{self.prefix}/v1/models":
            return Reply(body={"object": "list", "data": [{"id": name} for name in self.models]})
        if request.path not in known:
            return Reply(status=404, body=b"fault filter abort")
        body: dict[str, Any] = request.json
        for kind in self._kinds(request, body):
            if kind in self.instead:
                return self.instead[kind]
        if body["model"] not in self.models:
            return error(404, f"The model `{body['model']}` does not exist.")
        if body.get("stream"):
            return streamed(events(body["model"]))
        return _whole(request.path, body["model"])
