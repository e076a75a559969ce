"""How often: a bucket for each name, bounded in number, refilled steadily.  In memory: a restart forgives."""

import time
from collections import OrderedDict

MOST = 10_000  # names remembered; the one not seen for longest makes room


class Buckets:
    """`take` says whether one more is within the measure."""

    def __init__(self) -> None:
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, kind: str, name: str, each: int, seconds: float, cost: float = 1) -> int:
        """0 when it may go on, else seconds to wait: `each` in so many seconds.  A negative cost gives back."""
        key = (kind, name)
        now = time.monotonic()
        left, at = self._left.pop(key, (float(each), now))
        left = min(float(each), left + (now - at) * each / seconds)
        allowed = left >= cost
        self._left[key] = (left - cost if allowed else left, now)
        while len(self._left) > MOST:
            self._left.popitem(last=False)
        return 0 if allowed else max(1, int((cost - left) * seconds / each) + 1)
