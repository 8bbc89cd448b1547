/*
 * The statements of stored answers (sql/answer.sql), for the scripts of a service
 * that publishes in Kafka transactions; its migrations make the table "answer".
 */
#pragma once

extern const char runtime_sql_answer[];
