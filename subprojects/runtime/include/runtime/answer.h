/*
 * Stored answers, of a service that publishes in Kafka transactions: the table, which
 * service_main() makes where the handler says PUBLISH_TRANSACTION, and the statements
 * (sql/answer.sql) for the service's scripts.
 */
#pragma once

#include <store/migrate.h>

extern const struct migration runtime_answer_migrations[];

extern const char runtime_sql_answer[];
