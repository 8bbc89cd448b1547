#include <store/message.h>

const struct migration store_message_migrations[] = {
	{"000-messages.sql", store_sql_outbox},
	{"000-parking.sql", store_sql_parking},
	{"000-upkeep.sql", store_sql_upkeep},
	{0},
};
