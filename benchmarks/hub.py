"""A class opens lesson 03 at once on a hub: how long until everybody sees the first posterior, and how much memory.

    npm install --prefix PLACE configurable-http-proxy
    UV_PROJECT_ENVIRONMENT=PLACE/env uv sync --no-editable --compile-bytecode
    uv pip install --python PLACE/env --compile-bytecode "jupyterhub>=5,<6"
    mkdir -p PLACE/env/etc/jupyter; cp deploy/jupyter_server_config.py PLACE/env/etc/jupyter/
    PATH=PLACE/node_modules/.bin:$PATH PLACE/env/bin/python -m benchmarks.hub [students]

The packages are those of deploy/Dockerfile, and so is the server's configuration, which gives each student the lessons
before the server starts. JupyterHub with its simplest spawner, a process a student, all on this computer, clients
included; each opens a kernel and runs lesson 03 up to its first figure of a posterior. Limits: all within 60 s and
350 MB a student. Memory is what a student costs: pages that several share are divided among them (PSS); beside it what
each has for itself (USS), and what a kernel seems to have (RSS). hub.txt has the table.
"""

import asyncio
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from course.app import ports
from tests.serving import served, wait_for

LESSON = Path(__file__).parent.parent / "notebooks" / "03_eight_schools.ipynb"
GIVEN = Path("borrowing-strength", "notebooks", LESSON.name)
LAST, SECONDS, MEGABYTES = "first-figure", 60, 350
CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
c.Spawner.cmd = ["{python}", "-m", "jupyterhub.singleuser", "--allow-root"]
c.Spawner.http_timeout = c.Spawner.start_timeout = 300
c.Spawner.environment = {{"OPENBLAS_NUM_THREADS": "1"}}
c.JupyterHub.services = [{{"name": "class", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "class", "services": ["class"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}
]
"""


class Moments(NamedTuple):
    """Seconds from the start of all to a student's server, kernel and figure."""

    server: float
    kernel: float
    figure: float


def cells() -> list[str]:
    """The code of the lesson up to its first posterior."""
    found = []
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.cell_type == "code":
            found.append(cell.source)
            if cell.id == LAST:
                return found
    raise AssertionError(LAST)


class Hub:
    """What a client asks of the hub and of a student's server."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.head = address, {"Authorization": f"token {token}"}
        AsyncHTTPClient.configure(None, max_clients=200)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        text = None if method == "GET" else json.dumps(body or {})
        request = HTTPRequest(f"{self.address}{path}", method, self.head, text, request_timeout=300)
        answer = await AsyncHTTPClient().fetch(request)
        return json.loads(answer.body) if answer.body else None

    async def student(self, name: str, start: float) -> Moments:
        """Sign in, start a server and a kernel, run the lesson's cells."""
        await self.ask("POST", f"/hub/api/users/{name}")
        await self.ask("POST", f"/hub/api/users/{name}/server")
        while not (await self.ask("GET", f"/hub/api/users/{name}"))["servers"].get("", {}).get("ready"):
            await asyncio.sleep(0.3)
        server = time.monotonic() - start
        kernel = await self.ask("POST", f"/user/{name}/api/kernels", {"name": "python3"})
        place = f"{self.address.replace('http', 'ws', 1)}/user/{name}/api/kernels/{kernel['id']}/channels"
        socket = await websocket_connect(HTTPRequest(place, headers=self.head), max_message_size=2**28)
        opened = time.monotonic() - start
        for code in cells():
            await self.run(socket, code)
        return Moments(server, opened, time.monotonic() - start)

    async def run(self, socket: Any, code: str) -> None:
        """Run a cell; an error in it ends all."""
        mine = secrets.token_hex(8)
        header = {"msg_id": mine, "username": "", "session": "class", "msg_type": "execute_request", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await socket.write_message(json.dumps(message))
        while (said := await socket.read_message()) is not None:
            said = json.loads(said)
            if said["parent_header"].get("msg_id") != mine:
                continue
            if said["msg_type"] == "error":
                raise RuntimeError(said["content"]["evalue"])
            if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
                return
        raise RuntimeError("the kernel went away")


def memory(names: list[str]) -> dict[str, list[Any]]:
    """Memory of each student's server and kernel."""
    found: dict[str, list[Any]] = {"server": [], "kernel": []}
    for process in psutil.process_iter(["cmdline"]):
        try:
            if process.environ().get("JUPYTERHUB_USER") in names:
                command = process.info["cmdline"]
                found["kernel" if "ipykernel_launcher" in command else "server"].append(process.memory_full_info())
        except psutil.Error:
            continue
    return found


async def together(hub: Hub, names: list[str]) -> list[Moments]:
    """All students at once."""
    start = time.monotonic()
    return list(await asyncio.gather(*(hub.student(name, start) for name in names)))


def main() -> None:
    """Run and print the table."""
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    names = [f"student{number:02}" for number in range(students)]
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        place = Path(folder)
        for name in names:
            (place / "homes" / name).mkdir(parents=True)
        port, hub, proxy = (ports.find_free() for _ in range(3))
        token, homes = secrets.token_hex(16), (place / "homes").as_posix()
        config = place / "jupyterhub_config.py"
        config.write_text(
            CONFIG.format(port=port, hub=hub, proxy=proxy, homes=homes, python=sys.executable, token=token),
            encoding="utf-8",
        )
        env = os.environ | {"CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16)}
        command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
        with served(command, place / "hub.log", env=env, cwd=place) as server:
            address = f"http://{ports.LOCALHOST}:{port}"
            wait_for(f"{address}/hub/api/", server, place / "hub.log")
            ours = Hub(address, token)
            try:
                moments = asyncio.run(together(ours, names))
            except HTTPClientError:
                print((place / "hub.log").read_text(encoding="utf-8")[-3000:])
                raise
            used = memory(names)
        without = [name for name in names if not (place / "homes" / name / GIVEN).is_file()]
        assert not without, f"the server's configuration gave no lessons to {', '.join(without)}"
    print(f"{students} students at once, {os.cpu_count()} cores; load: {os.getloadavg()[2]:.1f} (15 minutes)")
    for what in Moments._fields:
        times = sorted(getattr(one, what) for one in moments)
        print(f"{what:8} first {times[0]:6.1f} s   half {times[len(times) // 2]:6.1f} s   all {times[-1]:6.1f} s")
    print(f"limit for all figures: {SECONDS} s ({times[-1] / SECONDS:.2f} of it)")
    whole = 0.0
    for what, processes in used.items():
        shared, own, seen = (
            sum(getattr(one, kind) for one in processes) / 1e6 / students for kind in ("pss", "uss", "rss")
        )
        whole += shared
        print(f"{what:8} MB a student: {shared:4.0f} divided (PSS)   {own:4.0f} its own (USS)   {seen:4.0f} seen (RSS)")
    print(f"a student costs {whole:.0f} MB, limit {MEGABYTES} ({whole / MEGABYTES:.2f} of it)")


if __name__ == "__main__":
    main()
