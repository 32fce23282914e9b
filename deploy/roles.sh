#!/bin/bash
# Run once by the postgres image on an empty data folder: the four roles of Bida, and its database.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -U postgres \
  -v owner="$(cat /run/secrets/owner_password)" \
  -v web="$(cat /run/secrets/web_password)" \
  -v worker="$(cat /run/secrets/worker_password)" \
  -v portal="$(cat /run/secrets/portal_password)" <<'SQL'
create role bida_owner login password :'owner';
create role bida_web login password :'web';
create role bida_worker login password :'worker';
create role bida_portal login password :'portal' connection limit 40;
alter role bida_portal set statement_timeout = '10s';
grant bida_web, bida_worker, bida_portal to bida_owner;
create database bida owner bida_owner;
SQL
