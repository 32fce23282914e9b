"""Kombu's transport over PGMQ, with the two gaps of kombu 5.7.0 closed."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from kombu.transport import TRANSPORT_ALIASES, pgmq

# PGMQ makes tables named after the queue and refuses longer names.
LONGEST_QUEUE = 47


class Channel(pgmq.Channel):
    """A channel whose queue names always fit, and which delivers replies to remote control."""

    def canonical_queue_name(self, queue_name: str) -> str:
        """The queue's name, its tail replaced by a hash where it is too long."""
        name = str(super().canonical_queue_name(queue_name)).lower()
        if len(name) <= LONGEST_QUEUE:
            return name
        return f"{name[:30]}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    def _lookup(self, exchange: str, routing_key: str, default: str | None = None) -> list[str]:
        # A reply's queue is bound by the process that asks, under the name that kombu gives it; the one that answers
        # never saw that binding.
        if exchange.endswith("reply.celery.pidbox"):
            return [f"{routing_key}.{exchange}"]
        return list(super()._lookup(exchange, routing_key, default))


class Transport(pgmq.Transport):
    """`pgmq://`, once `register` was called."""

    Channel = Channel
    # A queue that was dropped is declared again by whoever connects anew.
    connection_errors = (*pgmq.Transport.connection_errors, psycopg.errors.UndefinedTable)


def register() -> None:
    """`pgmq://` means the transport above."""
    TRANSPORT_ALIASES["pgmq"] = f"{__name__}:Transport"


def options(conninfo: str, visibility_timeout: int) -> dict[str, Any]:
    """The transport options that were measured to work over one's own PostgreSQL."""
    return {
        "conn_string": conninfo,
        "init_extension": False,
        "use_notify": True,
        "wait_time_seconds": 0,
        "notify_throttle_interval_ms": 0,
        "visibility_timeout": visibility_timeout,
        "pool_size": 2,
    }
