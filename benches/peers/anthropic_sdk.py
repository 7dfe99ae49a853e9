#!/usr/bin/env python3
"""Does Anthropic's own SDK see in an answer what we see in it?

    python3 benches/peers/anthropic_sdk.py

Makes a virtual environment under target/peers/anthropic, installs the SDK there from PyPI at the version
below, and starts `anthropic_sdk.rs`: a server on loopback with one credential for each answer, and what our
client made of it. The SDK asks for the same bytes, without retries. Its exception class and its `type` must
fit our class by the table below; where a body is known to be told apart by us only, that is written down in
DELIBERATE, and must hold as well. Then a whole and a streamed success with a key and with a token: text,
usage and request id must be the same. Ends with 1 if anything differs. What came of it stands in
benches/README.md.
"""

import json
import os
import pathlib
import platform
import subprocess
import sys

VERSION = "2.10.0"
ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / "target" / "peers" / "anthropic"
PYTHON = HOME / "bin" / "python"

# The SDK's class and, where it knows one, its `type`, and which of our classes may stand beside it.
# `AuthenticationError` & co. come from the status; errors inside a stream have status 200 and no class.
AGREES = {
    ("AuthenticationError", "authentication_error"): {"auth", "auth_permanent"},
    ("PermissionDeniedError", "permission_error"): {"auth", "auth_permanent"},
    ("PermissionDeniedError", "billing_error"): {"billing"},
    ("PaymentRequiredError", "billing_error"): {"billing"},
    ("RateLimitError", "rate_limit_error"): {"rate_limit"},
    ("RateLimitError", None): {"rate_limit"},
    ("OverloadedError", "overloaded_error"): {"overloaded"},
    ("ServiceUnavailableError", "overloaded_error"): {"overloaded"},
    ("ServiceUnavailableError", "api_error"): {"server_error"},
    ("HTTPNotImplementedError", "api_error"): {"server_error"},
    ("InternalServerError", "api_error"): {"server_error"},
    ("InternalServerError", None): {"server_error"},
    ("GatewayTimeoutError", "timeout_error"): {"timeout"},
    ("GatewayTimeoutError", None): {"timeout"},
    ("DeadlineExceededError", "timeout_error"): {"timeout"},
    ("DeadlineExceededError", None): {"timeout"},
    ("RequestTimeoutError", "timeout_error"): {"timeout"},
    ("NotFoundError", "not_found_error"): {"model_not_found"},
    ("NotFoundError", None): {"model_not_found"},
    ("BadRequestError", "invalid_request_error"): {"format"},
    ("UnprocessableEntityError", "invalid_request_error"): {"format"},
    ("RequestTooLargeError", "request_too_large"): {"context_overflow"},
    ("ContentTooLargeError", "request_too_large"): {"context_overflow"},
    ("ConflictError", "conflict_error"): {"unknown"},
    ("APIStatusError", "teapot_error"): {"unknown"},
    ("APIStatusError", "overloaded_error"): {"overloaded"},
    ("APIStatusError", "rate_limit_error"): {"rate_limit"},
    ("APIStatusError", "api_error"): {"server_error"},
    ("APIStatusError", "authentication_error"): {"auth", "auth_permanent"},
    ("APIStatusError", "permission_error"): {"auth", "auth_permanent"},
    ("APIStatusError", "billing_error"): {"billing"},
    ("APIStatusError", "invalid_request_error"): {"format"},
    ("APIStatusError", "request_too_large"): {"context_overflow"},
    ("APIStatusError", "not_found_error"): {"model_not_found"},
    ("APIStatusError", "timeout_error"): {"timeout"},
    ("APIConnectionError", None): {"timeout"},
    ("APITimeoutError", None): {"timeout"},
    # What happens to a stream comes out of the SDK as its HTTP library's own error.
    ("ReadTimeout", None): {"timeout"},
    ("RemoteProtocolError", None): {"timeout"},
}

# Bodies in which we see more than the SDK, whose classes know only the status: how the name of the body
# begins, the SDK's class, ours.
DELIBERATE = {
    "400 invalid_request_error: This organization has been disabled.": ("BadRequestError", "auth_permanent"),
    "400 invalid_request_error: Your credit balance is too low": ("BadRequestError", "billing"),
    "400 invalid_request_error: You have reached your specified API usage limits": ("BadRequestError", "billing"),
    "400 invalid_request_error: prompt is too long": ("BadRequestError", "context_overflow"),
    "400 invalid_request_error: input length and `max_tokens` exceed": ("BadRequestError", "context_overflow"),
    "429 rate_limit_error: You're out of extra usage": ("RateLimitError", "billing"),
    # A captive portal says nothing about a credential.
    "401 stranger": ("AuthenticationError", "server_error"),
    "402 stranger": ("PaymentRequiredError", "server_error"),
    "403 stranger": ("PermissionDeniedError", "server_error"),
}


def install() -> None:
    """Makes the environment once, and goes on inside it."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
    probe = "import importlib.metadata as m; print(m.version('anthropic'))"
    found = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    if found.stdout.strip() != VERSION:
        subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", f"anthropic=={VERSION}"], check=True)
    # Nothing of the user's own may reach the SDK.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    os.execve(str(PYTHON), [str(PYTHON), __file__], {**clean, "ANTHROPIC_PEER": "1", "NO_PROXY": "127.0.0.1"})


def server():
    """Ours, and what it says first."""
    command = ["cargo", "test", "--quiet", "-p", "openclaw-benches", "--bench", "anthropic_sdk"]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return child, json.loads(next(line for line in child.stdout if line.startswith("{")))


REQUEST = {
    "model": "claude-opus-4-5",
    "max_tokens": 4096,
    "messages": [{"role": "user", "content": "Bonjour"}],
}


def client(url: str, credential: str, timeout: float = 20.0):
    import anthropic

    common = {"base_url": url, "max_retries": 0, "timeout": timeout}
    if credential.startswith("sk-ant-oat01-"):
        headers = {"anthropic-beta": "oauth-2025-04-20"}
        return anthropic.Anthropic(auth_token=credential, default_headers=headers, **common)
    return anthropic.Anthropic(api_key=credential, **common)


def streamed(sdk):
    """A streamed answer, to its end."""
    with sdk.messages.stream(**REQUEST) as stream:
        message = stream.get_final_message()
        return message, stream.request_id


def fault(sdk) -> Exception | None:
    try:
        streamed(sdk)
    except Exception as error:  # noqa: BLE001: whatever it raises is what is looked for
        return error
    return None


def compare(found: dict) -> str | None:
    """What differs about one answer; None if nothing does."""
    error = fault(client(found["url"], found["key"], 0.5 if found["name"].startswith("silence") else 20.0))
    name, kind = type(error).__name__, getattr(error, "type", None)
    for start, (theirs, ours) in DELIBERATE.items():
        if found["name"].startswith(start):
            same = (name, found["reason"]) == (theirs, ours)
            return None if same else f"{name} and {found['reason']}, not {theirs} and {ours} as declared"
    if found["reason"] not in AGREES.get((name, kind), ()):
        return f"{name} ({kind}), ours is {found['reason']}"
    if kind is not None and kind != found["type"]:
        return f"type {kind}, ours is {found['type']}"
    said = getattr(error, "api_message", None)
    if said is not None and said != found["message"]:
        return f"message {said!r}, ours is {found['message']!r}"
    status = getattr(error, "status_code", None)
    if found["status"] is not None and status != found["status"]:
        return f"status {status}, ours is {found['status']}"
    return None


def successes(expected: dict, url: str) -> list[str]:
    """What differs about the successes of one credential."""
    sdk = client(url, expected["credential"])
    whole = sdk.messages.create(**REQUEST)
    message, request_id = streamed(sdk)
    differences = []
    for way, got, served in (("whole", whole, whole._request_id), ("streamed", message, request_id)):
        ours = expected[way]
        text = "".join(block.text for block in got.content if block.type == "text")
        usage = {name: getattr(got.usage, name) or 0 for name in ours["usage"]}
        theirs = {"text": text, "requestId": served, "usage": usage}
        if theirs != ours:
            differences.append(f"{way} {expected['credential'][:13]}: {theirs}, ours is {ours}")
    return differences


def main() -> int:
    import anthropic

    child, ours = server()
    try:
        found = [(answer["name"], compare(answer)) for answer in ours["answers"]]
        differences = [f"{name}: {what}" for name, what in found if what is not None]
        for expected in ours["successes"]:
            differences += successes(expected, ours["url"])
    finally:
        child.stdin.close()
        child.wait()
    print(f"anthropic {anthropic.__version__}, Python {platform.python_version()}")
    deliberate = sum(name.startswith(start) for name, _ in found for start in DELIBERATE)
    if deliberate != len(DELIBERATE):
        differences.append("DELIBERATE names answers that the server does not give")
    print(f"{len(found)} answers that are none, of which we tell {deliberate} further apart; 4 successes")
    for difference in differences:
        print(f"  differs: {difference}")
    print("they disagree" if differences else "they agree")
    return 1 if differences else 0


if __name__ == "__main__":
    if os.environ.get("ANTHROPIC_PEER") != "1":
        install()
    sys.exit(main())
