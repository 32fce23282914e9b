"""The roles and databases inside the embedded server."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable

import psycopg
from psycopg import sql

from config.embedded.home import (
    BROKER,
    BROKER_DATABASE,
    DATABASE,
    OWNER,
    PORTAL,
    SUPERUSER,
    WEB,
    WORKER,
    Home,
    broker_conninfo,
)


def make_roles(place: Home) -> None:
    """The roles and the two databases stand, the broker's with its tables."""
    with psycopg.connect(place.conninfo(SUPERUSER, "postgres"), autocommit=True) as server:
        known = {row[0] for row in server.execute("select rolname from pg_roles")}
        for role in (OWNER, WEB, WORKER, PORTAL, BROKER):
            if role not in known:
                server.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        # What everybody reaches takes no connection and no minute that the inside needs.
        server.execute("alter role bida_portal connection limit 40")
        server.execute("alter role bida_portal set statement_timeout = '10s'")
        # Operators' commands take on the scope of every other role as well.
        server.execute("grant bida_web, bida_worker, bida_portal to bida_owner")
        have = {row[0] for row in server.execute("select datname from pg_database")}
        for name, owner in ((DATABASE, OWNER), (BROKER_DATABASE, BROKER)):
            if name not in have:
                server.execute(
                    sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner))
                )
    install_broker(broker_conninfo(place))


def let_owner_create_databases(place: Home) -> None:
    """The owner may create databases, as the tests do; in a database that serves, nobody but the superuser may."""
    with psycopg.connect(place.conninfo(SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("alter role bida_owner createdb")


def drop_database(execute: Callable[..., object], name: str) -> None:
    """The database is gone, whoever was in it. By force it would not be while autovacuum works there, a superuser's."""
    execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and usename is not null",
        [name],
    )
    execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))


def install_broker(conninfo: str) -> None:
    """PGMQ's tables and functions exist, owned by who logs in; in one transaction, once."""
    with psycopg.connect(conninfo) as broker:
        broker.execute("select pg_advisory_xact_lock(hashtext('pgmq'))")
        if broker.execute("select to_regclass('pgmq.meta')").fetchone() != (None,):
            return
        broker.execute((importlib.resources.files("pgmq") / "sql" / "pgmq.sql").read_bytes())
        # The call that Celery's broadcasts make, which PGMQ has only with a fourth argument.
        broker.execute(
            "create function pgmq.send_topic(routing_key text, msg jsonb, headers jsonb) returns integer "
            "language sql as $$ select pgmq.send_topic(routing_key, msg, headers, 0) $$"
        )
