-- One service's role and database on its own server; run by ./lab up as the
-- superuser, any number of times. Variables: name; PASSWORD from the environment.
\set ON_ERROR_STOP on
\getenv password PASSWORD

-- The relay reads the write-ahead log as this role, so it may replicate.
SELECT format('CREATE ROLE %I LOGIN REPLICATION', :'name')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec

SELECT format('ALTER ROLE %I PASSWORD %L', :'name', :'password') \gexec

SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'name') \gexec
