"""Peers that take every letter: one process that answers 202 at any address of 127.0.0.0/8.

    python -m benchmarks.sink PORT

`GET /count` says how many letters came; `GET /hello` is the trivial handler that
document requests are compared with.
"""

import asyncio
import sys

from aiohttp import web

COUNT: web.AppKey[list[int]] = web.AppKey("count", list)


async def take(request: web.Request) -> web.Response:
    await request.read()
    request.app[COUNT][0] += 1
    return web.Response(status=202)


async def count(request: web.Request) -> web.Response:
    return web.json_response(request.app[COUNT][0])


async def hello(request: web.Request) -> web.Response:
    return web.Response(body=b'{"hello":"world"}', content_type="application/json")


async def main(port: int) -> None:
    app = web.Application(client_max_size=2**20)
    app[COUNT] = [0]
    app.router.add_post("/{rest:.*}", take)
    app.router.add_get("/count", count)
    app.router.add_get("/hello", hello)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=300)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port, backlog=2048).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
