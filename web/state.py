"""What the doors share: one key for each thing that the application holds."""

from aiohttp import web

from federation.bridge import Bridge
from web.documents import Documents
from web.limits import Limits

BRIDGE: web.AppKey[Bridge] = web.AppKey("bridge", Bridge)
DOCUMENTS: web.AppKey[Documents] = web.AppKey("documents", Documents)
LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
