"""Push over real HTTP: a push service of the test's own takes what the node sends, and reads it with the device's key."""

import base64
import json
from typing import Any

import http_ece
import pytest
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.conftest import Node, free_port, until
from tests.web.apps import say


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


class Device:
    """An app's device, and the push service that it uses."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 201

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/wake", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        self.origin = f"http://127.0.0.1:{free_port()}"
        await web.TCPSite(self._runner, "127.0.0.1", int(self.origin.rpartition(":")[2])).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status)

    def subscription(self, *, standard: bool) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": text(point), "auth": text(self.auth)}
        return {"subscription": {"endpoint": f"{self.origin}/wake", "keys": keys, "standard": standard},
                "data": {"alerts": {"mention": True, "favourite": False}, "policy": "all"}}  # fmt: skip

    def read(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        if headers["Content-Encoding"] == "aes128gcm":
            plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        else:
            salt = raw(headers["Encryption"].removeprefix("salt="))
            theirs = raw(headers["Crypto-Key"].split(";")[0].removeprefix("dh="))
            plain = http_ece.decrypt(
                body, salt=salt, private_key=self.key, dh=theirs, auth_secret=self.auth, version="aesgcm"
            )
        found: dict[str, Any] = json.loads(plain)
        return found


@pytest_asyncio.fixture
async def device():
    made = Device()
    await made.start()
    yield made
    await made.stop()


async def subscribe(node: Node, device: Device, token: str, *, standard: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = await node.api(
        "POST", "/api/v1/push/subscription", token, json=device.subscription(standard=standard)
    )
    return found


@pytest.mark.parametrize("standard", [True, False], ids=["aes128gcm", "aesgcm"])
async def test_a_device_is_woken_with_what_only_it_can_read(node, device, standard):
    token = node.token()
    made = await subscribe(node, device, token, standard=standard)
    said = await say(node, node.token("yto"), "@amal مرحبا")

    headers, body = await until(lambda: device.got and device.got[0])

    told = device.read(headers, body)
    assert told["notification_type"] == "mention"
    assert "مرحبا" in told["body"]
    assert told["access_token"] == token
    kept = await node.read(lambda db: db.value("select sealed from push_subscriptions"))
    assert token.encode() not in kept
    [known] = await node.api("GET", "/api/v1/notifications", token)
    assert (told["notification_id"], known["status"]["id"]) == (known["id"], said["id"])
    assert "مرحبا".encode() not in body
    word = headers["Authorization"].split("t=")[-1].split(",")[0].removeprefix("WebPush ")
    claims = proven(word, made["server_key"])
    assert claims["aud"] == device.origin
    assert (await node.api("GET", "/api/v2/instance"))["configuration"]["vapid"]["public_key"] == made["server_key"]


def proven(word: str, server_key: str) -> dict[str, Any]:
    head, claims, signature = word.split(".")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(server_key))
    both = raw(signature)
    der = encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    found: dict[str, Any] = json.loads(raw(claims))
    return found


async def test_only_what_was_asked_for_wakes_it(node, device):
    token, hers = node.token(), node.token("yto")
    await subscribe(node, device, token)
    said = await say(node, token, "mine")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", hers)
    changed = await node.api("PUT", "/api/v1/push/subscription", token, json={"data": {"policy": "followed"}})
    assert [kind for kind, wanted in changed["alerts"].items() if wanted] == ["mention"]
    assert {"follow", "favourite", "reblog", "mention", "poll"} <= changed["alerts"].keys()  # strict apps want all
    assert changed["policy"] == "followed"
    await say(node, hers, "@amal not followed")
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'push'")) == 0
    assert device.got == []


async def test_a_device_that_is_gone_is_forgotten(node, device):
    token = node.token()
    await subscribe(node, device, token)
    device.status = 410
    await say(node, node.token("yto"), "@amal hello")
    await until(lambda: node.read(lambda db: db.value("select count(*) = 0 from push_subscriptions")))
    await node.api("GET", "/api/v1/push/subscription", token, status=404)


async def test_a_push_service_that_is_busy_is_asked_again(node, device):
    await subscribe(node, device, node.token())
    device.status = 503
    await say(node, node.token("yto"), "@amal hello")
    await until(lambda: node.read(lambda db: db.value("select tries from tasks where kind = 'push' and due > 0")))
    await until(lambda: device.got)
    device.status = 201
    await node.write(lambda db: db.execute("update tasks set due = 1"))
    await node.write(lambda db: db.wake("tasks"))
    await until(lambda: node.read(lambda db: db.value("select count(*) = 0 from tasks where kind = 'push'")))
    assert len(device.got) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"endpoint": "ftp://x"}, {"endpoint": "nowhere"}, {"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, {"keys": "x"}],
)
async def test_a_device_without_sense_is_refused(node, device, wrong):
    sent = device.subscription(standard=True)
    sent["subscription"] |= wrong
    await node.api("POST", "/api/v1/push/subscription", node.token(), json=sent, status=422)


async def test_a_subscription_ends_with_its_token(node, device):
    from node.people import tokens

    token = node.token()
    await subscribe(node, device, token)
    await node.write(tokens.revoke, token)
    assert await node.read(lambda db: db.value("select count(*) from push_subscriptions")) == 0
    other = node.token()
    await node.api("GET", "/api/v1/push/subscription", other, status=404)
    await node.api("GET", "/api/v1/push/subscription", node.token(scopes="read write"), status=403)
