"""Kombu's transport over PGMQ, with the gaps of kombu 5.7.0 and pgmq 1.1.4 closed."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from kombu.transport import TRANSPORT_ALIASES, pgmq

# PGMQ makes tables named after the queue and refuses longer names.
LONGEST_QUEUE = 47
# Where answers to remote control go.
REPLIES = "reply.celery.pidbox"
# The trigger that tells listeners of a queue's new messages.
MADE = """
    select from pg_trigger
    where tgrelid = to_regclass('pgmq.' || quote_ident(pgmq.format_table_name(%s, 'q')))
        and tgname = 'trigger_notify_queue_insert_listeners'
"""


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
        if exchange.endswith(REPLIES):
            return [f"{routing_key}.{exchange}"]
        return list(super()._lookup(exchange, routing_key, default))

    def _put(self, queue: str, message: dict[str, Any], **given: Any) -> None:
        try:
            super()._put(queue, message, **given)  # type: ignore[no-untyped-call]
        except psycopg.errors.UndefinedTable:
            # Whoever asked has left with its queue. As with any broker the answer is lost, and the worker lives on.
            if not queue.endswith(REPLIES):
                raise

    def _maybe_enable_notify(self, queue: str, queue_name: str | None = None) -> None:
        # PGMQ would drop the queue's trigger and make it anew for each that declares or consumes, and two at once
        # would lock each other out: here it is made once, by one at a time.
        name = queue_name or self._queue_name(queue)
        with self.pgmq.pool.connection() as opened:  # type: ignore[union-attr]  # it was opened with the client
            opened.execute("select pgmq.acquire_queue_lock(%s)", [name])
            made = opened.execute(MADE, [name]).fetchone()
            if made is None:
                self.pgmq.enable_notify(
                    name, throttle_interval_ms=self.notify_throttle_interval_ms, conn=opened
                )
        self.connection._register_notify_queue(name)  # type: ignore[attr-defined]  # kombu's own


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
