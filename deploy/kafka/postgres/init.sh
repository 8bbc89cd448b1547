#!/bin/bash
#
# For /docker-entrypoint-initdb.d of PostgreSQL's image: the role and the database of the
# service that $SERVICE names, as deploy/native makes them.
#
set -euo pipefail

PASSWORD=$(<"/run/secrets/$SERVICE/password") \
	psql -X -q -U "$POSTGRES_USER" -d postgres -v "name=$SERVICE" -f /etc/order-lab/database.sql
