#!/bin/sh
# Creates the program's role and database at the first start. The role owns its
# database and is no superuser: pg_trgm, which it installs, is a trusted extension.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$ROLE_PASSWORD" --username postgres --no-password <<'SQL'
CREATE ROLE marquee LOGIN PASSWORD :'password';
CREATE DATABASE marquee OWNER marquee ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE marquee FROM PUBLIC;
SQL
