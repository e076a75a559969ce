"""An app that lives in a browser, at an address of its own: what Elk, Phanpy and their like do, in a real Chromium."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests import browser as chromium
from tests.browser import Browser
from tests.conftest import free_port
from tests.processes import until
from tests.web.test_oauth_browser import until_page
from tests.world import PASSWORD

pytestmark = [pytest.mark.slow, chromium.needs_chromium]

# First the app registers and sends the member away; when she comes back with a code, it does what apps do.
APP = r"""
<!doctype html><meta charset="utf-8"><body data-page="app"><h1>app</h1><script>
const node = NODE, here = location.origin + "/", seen = {};
const form = (o) => { const f = new FormData(); for (const [k, v] of Object.entries(o)) f.append(k, v); return f };
const b64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_")
  .replace(/=+$/, "");
async function call(method, path, body, more = {}) {
  const token = localStorage.token;
  const headers = { ...(token ? { Authorization: "Bearer " + token } : {}), ...more };
  if (body && !(body instanceof FormData)) { headers["Content-Type"] = "application/json"; body = JSON.stringify(body) }
  const answer = await fetch(node + path, { method, headers, body });
  if (!answer.ok) throw new Error(method + " " + path + " " + answer.status);
  return Object.assign(await answer.json(), { headers: answer.headers });
}
async function leave() {
  const told = await call("GET", "/.well-known/oauth-authorization-server");
  const app = await call("POST", "/api/v1/apps", { client_name: "Elsewhere", redirect_uris: here, scopes: "read write" });
  const verifier = b64(crypto.getRandomValues(new Uint8Array(48)));
  const challenge = b64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  Object.assign(localStorage, { app: JSON.stringify(app), verifier, token_endpoint: told.token_endpoint });
  const asked = new URLSearchParams({ response_type: "code", client_id: app.client_id, redirect_uri: here,
    scope: "read write", state: "s?&=é", code_challenge: challenge, code_challenge_method: "S256", force_login: "true",
    lang: "fr" });
  location.href = told.authorization_endpoint + "?" + asked;
}
function socket(url, protocols) {
  const opened = new WebSocket(url, protocols);
  const heard = new Promise((done, fail) => {
    opened.onmessage = (m) => { const e = JSON.parse(m.data); if (e.event === "update") done(JSON.parse(e.payload).id) };
    opened.onerror = () => fail(new Error("socket")); setTimeout(() => fail(new Error("silent")), 8000);
  });
  return new Promise((done, fail) => { opened.onopen = () => done({ opened, heard }); opened.onerror = fail });
}
function drawn(address) {
  return new Promise((done, fail) => {
    const image = new Image(); image.crossOrigin = "anonymous"; image.onerror = () => fail(new Error("image " + address));
    image.onload = () => { const c = document.createElement("canvas"), p = c.getContext("2d"); p.drawImage(image, 0, 0);
      p.getImageData(0, 0, 1, 1); done(image.naturalWidth) };
    image.src = address;
  });
}
async function arrive(sent) {
  const app = JSON.parse(localStorage.app);
  const answer = await fetch(localStorage.token_endpoint, { method: "POST", body: form({ grant_type: "authorization_code",
    code: sent.get("code"), client_id: app.client_id, client_secret: app.client_secret, redirect_uri: here,
    code_verifier: localStorage.verifier }) });
  localStorage.token = (await answer.json()).access_token;
  seen.state = sent.get("state");
  const me = await call("GET", "/api/v1/accounts/verify_credentials");
  seen.me = me.acct;
  const instance = await call("GET", "/api/v2/instance");
  const streams = instance.configuration.urls.streaming + "/api/v1/streaming";
  const first = await socket(streams, localStorage.token);
  first.opened.send(JSON.stringify({ type: "subscribe", stream: "user" }));
  const second = await socket(streams + "?stream=public:local&access_token=" + localStorage.token);
  const events = new EventSource(node + "/api/v1/streaming/hashtag?tag=Ouvert&access_token=" + localStorage.token);
  const third = new Promise((done, fail) => { events.addEventListener("update", (e) => done(JSON.parse(e.data).id));
    setTimeout(() => fail(new Error("silent events")), 8000) });
  await new Promise((done) => { events.onopen = done });
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 40;
  canvas.getContext("2d").fillRect(0, 0, 20, 20);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const up = new FormData(); up.append("file", blob, "x.png"); up.append("description", "carré");
  const picture = await call("POST", "/api/v2/media", up);
  const said = await call("POST", "/api/v1/statuses", { status: "bonjour #Ouvert", media_ids: [picture.id], visibility:
    "public" }, { "Idempotency-Key": crypto.randomUUID() });
  seen.heard = (await Promise.all([first.heard, second.heard, third])).every((id) => id === said.id);
  seen.drawn = [await drawn(said.media_attachments[0].url), await drawn(me.avatar)];
  await call("POST", "/api/v1/statuses", { status: "une autre", in_reply_to_id: said.id });
  const page = await call("GET", "/api/v1/timelines/home?limit=1");
  seen.next = /max_id=\d+/.test(page.headers.get("Link")) && Number(page.headers.get("X-RateLimit-Remaining")) > 0;
  seen.thread = (await call("GET", `/api/v1/statuses/${said.id}/context`)).descendants.length;
  const changed = await call("PATCH", "/api/v1/accounts/update_credentials", form({ display_name: "Amal d'ailleurs" }));
  seen.name = changed.display_name;
  await call("PUT", `/api/v1/statuses/${said.id}`, { status: "bonsoir #Ouvert", media_ids: [picture.id] });
  await call("DELETE", `/api/v1/statuses/${said.id}`);
  const revoked = await fetch(node + "/oauth/revoke", { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ client_id: app.client_id, client_secret: app.client_secret, token: localStorage.token }) });
  const after = await fetch(node + "/api/v1/timelines/home", { headers: { Authorization: "Bearer " + localStorage.token } });
  seen.revoked = [revoked.status, after.status, (await after.json()).error];
  localStorage.clear();
}
const sent = new URLSearchParams(location.search);
(sent.get("code") ? arrive(sent) : leave()).catch((e) => { seen.broke = String(e.message || e) })
  .finally(() => { document.body.dataset.seen = JSON.stringify(seen) });
</script>
"""


@pytest.fixture
async def app(node) -> AsyncIterator[str]:
    """Where the app is served: another origin than the node's."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=APP.replace("NODE", json.dumps(node.origin)), content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    runner, port = web.AppRunner(application), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/"
    await runner.cleanup()


def use(window: Browser, address: str) -> dict[str, Any]:
    """What the app saw, after a member let it in."""
    from selenium.webdriver.common.by import By

    window.driver.delete_all_cookies()
    window.get(address)
    until_page(window, "login")
    window.driver.find_element(By.ID, "name").send_keys("amal")
    window.driver.find_element(By.ID, "password").send_keys(PASSWORD)
    window.press("form[action='/login'] button")
    until_page(window, "authorize")
    language = window.run("return document.documentElement.lang")
    window.press("button[value=allow]")
    return {"language": language, **json.loads(until(lambda: window.run("return document.body?.dataset.seen")))}


async def test_an_app_of_another_origin_does_all_that_apps_do(node, window, app):
    seen = await asyncio.to_thread(use, window, app)
    assert seen == {
        "language": "fr", "state": "s?&=é", "me": "amal", "heard": True, "drawn": [40, 400], "next": True, "thread": 1,
        "name": "Amal d'ailleurs", "revoked": [200, 401, "The access token is invalid"],
    }  # fmt: skip
