#!/bin/sh
# The first start of PostgreSQL runs this (the image's /docker-entrypoint-initdb.d), with access by the local socket: it
# makes the database of the APIs and its owner, who is no superuser. `postgres` remains the administrator.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 <<'SQL'
\set password `cat /run/secrets/database_password`
CREATE ROLE statecraft LOGIN PASSWORD :'password';
CREATE DATABASE statecraft OWNER statecraft;
REVOKE ALL ON DATABASE statecraft FROM PUBLIC;
SQL
