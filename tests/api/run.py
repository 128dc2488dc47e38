"""Schemathesis against the real server, over the interface description it serves.

Owns the scene (a county in use), the accounts it is asked as, and what must hold; what is asked is Schemathesis'. Run by
`make test`; the environment with what requirements.txt pins is made by `api.sh` beside this file.
"""

import argparse
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Asked by nobody: a stream of hints has no end to wait for, and whoever signs out asks the rest as nobody.
LEFT_OUT = ["events", "signOut"]
PASSWORD = secrets.token_urlsafe(16)
COOKIE = "__Host-qiao"
# Who is asked as: login and person.
ACCOUNTS = {"root": "root", "town": "ma", "unit": "wu"}


class Server:
    """`qiao serve` on a data folder of its own."""

    def __init__(self, qiao: Path, folder: Path):
        self.qiao, self.data, self.log = qiao, folder / "data", folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                # Every case says another address, or the second half of them would only meet the limiter.
                [qiao, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--trusted-proxies", "127.0.0.1"],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = self._listens()

    def _listens(self) -> str:
        for _ in range(600):
            found = re.search(r"listening on (http://\S+)", self.log.read_text(errors="replace"))
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"qiao serve did not start:\n{self.log.read_text(errors='replace')}")

    def operate(self, *words: str, given: str = "") -> list[dict]:
        """One command of the operator; what it printed as JSON."""
        command = [self.qiao, "--data", self.data, "admin", *words]
        done = subprocess.run(command, input=given, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"qiao admin {' '.join(words)}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def ask(self, method: str, path: str, body=None, cookie: str = "") -> tuple[int, object, str]:
        """Status, content and cookie of one request of a page of this server."""
        line = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        headers = {"origin": self.url, "x-forwarded-for": "192.0.2.1"}
        if cookie:
            headers["cookie"] = f"{COOKIE}={cookie}"
        if body is not None:
            headers["content-type"] = "application/json"
        line.request(method, path, None if body is None else json.dumps(body), headers)
        answer = line.getresponse()
        content = answer.read()
        given = re.match(rf"{COOKIE}=([^;]*)", answer.getheader("set-cookie") or "")
        return answer.status, json.loads(content) if content else None, given[1] if given else ""

    def sign_in(self, login: str) -> str:
        status, _, cookie = self.ask("POST", "/api/v1/session", {"login": login, "password": PASSWORD, "code": ""})
        if status != 200 or not cookie:
            raise SystemExit(f"{login} cannot sign in: {status}")
        return cookie

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def device(server: Server, home: Path, person: str, edits: list[dict]) -> str:
    """A device of a person that writes and sends; its id."""
    code = str(server.operate("invite", person, "--json")[0]["code"])

    def run(*words: str, given: str = "") -> dict:
        done = subprocess.run(
            [server.qiao, "device", "--home", home, *words, "--json"], input=given, text=True, capture_output=True
        )
        if done.returncode != 0:
            raise SystemExit(f"qiao device {' '.join(words)}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    enrolled = str(run("enrol", "--server", server.url, "--invite", code)["device"])
    server.operate("approve", enrolled, "--words-compared")
    run("sync")
    run("apply", "-", given="\n".join(json.dumps(edit) for edit in edits))
    run("sync")
    return enrolled


def scene(server: Server, folder: Path) -> dict[str, list]:
    """A county in use. Returns what there is, by what it is called in addresses and bodies."""
    places = [
        ("5301", "county", None),
        ("530101", "township", "5301"),
        ("530102", "township", "5301"),
        ("530101001", "village", "530101"),
        ("530102001", "village", "530102"),
    ]
    for id, level, parent in places:
        server.operate("place", "add", id, "--level", level, "--name", f"P{id}", *(["--parent", parent] if parent else []))
    server.operate("unit", "add", "--id", "u1", "--name", "U1", "--kind", "department", "--county", "5301")
    people = [("li", "team", "530101001"), ("ma", "township", "530101"), ("he", "county", "5301")]
    for id, role, place in people:
        server.operate("person", "add", "--id", id, "--name", id, "--role", role, "--places", place)
    server.operate("person", "add", "--id", "wu", "--name", "wu", "--role", "unit", "--unit", "u1")
    for login, person in ACCOUNTS.items():
        words = ["--login", login, "--name", login, "--person", person]
        server.operate("create-account", *words, "--password-stdin", "--no-totp", given=PASSWORD)
    households = [
        {
            "new": "household",
            "village": "530101001",
            "id": f"h{no}",
            "value": {
                "group": 1,
                "number": f"1-{no}",
                "householder": f"张{no}",
                "household_type": "一般户",
                "members": [{"name": f"张{no}", "relation": "户主"}],
            },
        }
        for no in range(1, 9)
    ]
    needs = [
        {
            "new": "need",
            "household": f"h{no}",
            "id": f"n{no}",
            "value": {"title": "水管", "category": "水利", "urgency": "normal", "state": "open", "raised_on": "2026-02-01"},
        }
        for no in range(1, 5)
    ]
    phone = device(server, folder / "phone", "li", households + needs)
    return {
        "places": [place for place, _, _ in places],
        "villages": ["530101001", "530102001"],
        "people": ["li", "he"],
        "units": ["u1"],
        "devices": [phone],
        "documents": [f"h{no}" for no in range(1, 9)] + ["n1", "n2"],
        "households": [f"h{no}" for no in range(1, 9)],
    }


def configuration(known: dict[str, list], cookie: str, url: str) -> str:
    """Half of all names are of things that exist, or nearly every answer would be that there is no such thing."""
    lines = [f'headers = {{ Origin = "{url}" }}', 'hooks = "hooks"', ""]
    for name, values in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}", ""]
    lines += ["[auth.openapi.cookie]", f'api_key = "{cookie}"', ""]
    bound = {
        "path.device_id": "devices",
        "path.person": "people",
        "query.place": "places",
        "query.village": "villages",
        "query.unit": "units",
        "query.household": "households",
        "query.person": "people",
        "body.villages[*]": "villages",
        "body.places[*]": "places",
        "body.place": "places",
        "body.person": "people",
        "body.unit": "units",
        "body.village": "villages",
    }
    lines.append("[parameters]")
    for key, name in bound.items():
        lines.append(f'"{key}" = {{ dictionary = "{name}", probability = 0.5 }}')
    for path, name in [("people", "people"), ("places", "places"), ("units", "units"), ("households", "households")]:
        lines += ["", "[[operations]]", f'include-path-regex = "^/api/v1/{path}/\\\\{{id\\\\}}"']
        lines.append(f'parameters = {{ "path.id" = {{ dictionary = "{name}", probability = 0.7 }} }}')
    lines += ["", "[[operations]]", 'include-path-regex = "^/api/v1/documents/"']
    lines.append('parameters = { "path.id" = { dictionary = "documents", probability = 0.7 } }')
    lines += [
        "",
        "[checks.positive_data_acceptance]",
        # What a description of shapes cannot say (a date before another, a place of the wrong level) is refused with 422.
        "expected-statuses = [200, 201, 204, 206, 303, 401, 403, 404, 409, 410, 422, 429]",
        "[checks.negative_data_rejection]",
        "expected-statuses = [400, 401, 403, 404, 405, 409, 410, 415, 422, 429]",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--qiao", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as", dest="logins", default=",".join(ACCOUNTS))
    parser.add_argument("more", nargs="*", help="further words for Schemathesis, after --")
    given = parser.parse_args()
    tool = Path(sys.executable).parent / "schemathesis"
    failed = []
    with tempfile.TemporaryDirectory(prefix="qiao-api-") as name:
        folder = Path(name)
        server = Server(given.qiao.resolve(), folder)
        try:
            known = scene(server, folder)
            # All before the first asks: wrong passwords that it tries hold accounts for a while.
            cookies = {login: server.sign_in(login) for login in given.logins.split(",")}
            for login, cookie in cookies.items():
                settings = folder / f"{login}.toml"
                settings.write_text(configuration(known, cookie, server.url))
                left_out = [word for name in LEFT_OUT for word in ("--exclude-operation-id", name)]
                command = [
                    tool, "--config-file", settings, "run", f"{server.url}/api/v1/openapi.json",
                    "--checks", "all", "--seed", str(given.seed), "--max-examples", str(given.examples),
                    "--generation-database", "none", "--no-color", "--warnings", "off", "--workers", "1", "--request-timeout", "30",
                    *left_out, *given.more,
                ]  # fmt: skip
                session = server.ask("GET", "/api/v1/me", cookie=cookie)[1]["session"]
                kept = ",".join([*ACCOUNTS.values(), session])
                began = time.monotonic()
                print(f"api: asking as {login}", flush=True)
                done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(HERE), "QIAO_API_KEPT": kept}, cwd=folder)
                print(f"api: {login}: {time.monotonic() - began:.0f} s, exit {done.returncode}", flush=True)
                if done.returncode != 0:
                    failed.append(login)
                status, _, _ = server.ask("GET", "/api/v1/me", cookie=cookie)
                if status != 200:
                    # Everything after that was asked by nobody.
                    print(f"api: the session of {login} ended on the way")
                    failed.append(f"{login}'s session")
            if server.process.poll() is not None or "panicked" in server.log.read_text(errors="replace"):
                print(server.log.read_text(errors="replace")[-4000:])
                failed.append("the server itself")
        finally:
            server.stop()
    print(f"api: {', '.join(failed) or 'all'} {'failed' if failed else 'passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
