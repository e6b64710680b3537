#!/usr/bin/env python3
"""Makes what schemathesis is to find: who asks, and something to ask for.

    seed.py BINARY BASE_URL      (in the folder of the server's colophon.toml)

Prints, a line each, the environment of the runs: one password for all users, and the token.
All that depends on how users and tokens are made is in `make_users` and `make_token`.
"""

import json
import secrets
import subprocess
import sys
import time
import urllib.request

PASSWORD = secrets.token_urlsafe(24)
USERS = ("viewer", "operator", "admin")
TEXT = "「ではみなさんは、そういうふうに川だと云われたりしていた」\n先生は、黒板に吊した大きな黒い星座の図を指しました。\n"
TEMPLATE = "Translate into {target_language}, {tone}:\n{preceding}\n{source_text}\n{instruction}"
PARAMETERS = {"temperature": 0.5, "variables": {"tone": "plainly"}}


def run(*command: str, stdin: str = "") -> str:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout.strip()


def make_users(binary: str) -> None:
    for name in USERS:
        run(binary, "user", "add", name, "--role", name, "--password-stdin", stdin=PASSWORD)


def make_token(binary: str) -> str:
    return run(binary, "token", "add", "fuzzer", "--scope", "read,write,run", "--owner", "operator")


class Api:
    """The API, as a token's holder."""

    def __init__(self, base: str, token: str) -> None:
        self.base = f"{base}/api/v1"
        self.token = token

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(f"{self.base}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)


def make_work(api: Api, title: str) -> None:
    """A work with two chapters, a prompt of two versions, and a run of the first chapter that has ended."""
    work = api.ask("POST", "/works", {"title": title, "author": "宮沢賢治", "source_language": "ja", "target_language": "en"})
    path = f"/works/{work['id']}"
    chapters = [api.ask("POST", f"{path}/chapters", {"title": f"第{n}章", "source_text": TEXT * n}) for n in (1, 2)]
    prompt = {"name": "House style", "model": "demo", "template": TEMPLATE, "parameters": PARAMETERS}
    api.ask("POST", f"{path}/prompt", prompt)
    version = {"model": "demo", "template": TEMPLATE + "\n", "parameters": PARAMETERS, "base_version": 1}
    api.ask("POST", f"{path}/prompt/versions", version)
    started = api.ask("POST", f"{path}/chapters/{chapters[0]['id']}/translations")
    await_run(api, started["id"])


def await_run(api: Api, run_id: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = api.ask("GET", f"/translations/{run_id}")
        if found["status"] == "completed":
            return
        time.sleep(0.2)
    raise SystemExit(f"run {run_id} has not ended: {found}")


def main() -> None:
    binary, base = sys.argv[1:]
    make_users(binary)
    token = make_token(binary)
    api = Api(base, token)
    for number in range(1, 6):
        make_work(api, f"銀河鉄道の夜 {number}")
    print(f"COLOPHON_FUZZ_PASSWORD={PASSWORD}")
    print(f"COLOPHON_FUZZ_TOKEN={token}")


main()
