#include "sqlstate.h"

#include <testkit/testkit.h>

TEST(what_goes_away_by_itself_is_a_database_fault)
{
	expect_int(sqlstate_fault("08006"), FAULT_DB); /* connection_failure */
	expect_int(sqlstate_fault("40001"), FAULT_DB); /* serialization_failure */
	expect_int(sqlstate_fault("40P01"), FAULT_DB); /* deadlock_detected */
	expect_int(sqlstate_fault("53300"), FAULT_DB); /* too_many_connections */
	expect_int(sqlstate_fault("53100"), FAULT_DB); /* disk_full */
	expect_int(sqlstate_fault("55P03"), FAULT_DB); /* lock_not_available */
	expect_int(sqlstate_fault("55006"), FAULT_DB); /* object_in_use */
	expect_int(sqlstate_fault("57014"), FAULT_DB); /* query_canceled */
	expect_int(sqlstate_fault("57P01"), FAULT_DB); /* admin_shutdown */
	expect_int(sqlstate_fault("57P03"), FAULT_DB); /* cannot_connect_now */
	expect_int(sqlstate_fault("25006"), FAULT_DB); /* read_only_sql_transaction */
	expect_int(sqlstate_fault("25P02"), FAULT_DB); /* in_failed_sql_transaction */
	expect_int(sqlstate_fault("58030"), FAULT_DB); /* io_error */
	expect_int(sqlstate_fault("XX000"), FAULT_DB); /* internal_error */
}

TEST(data_that_will_be_refused_again_is_a_data_fault)
{
	expect_int(sqlstate_fault("21000"), FAULT_DB_DATA); /* cardinality_violation */
	expect_int(sqlstate_fault("22003"), FAULT_DB_DATA); /* numeric_value_out_of_range */
	expect_int(sqlstate_fault("22021"), FAULT_DB_DATA); /* character_not_in_repertoire */
	expect_int(sqlstate_fault("23505"), FAULT_DB_DATA); /* unique_violation */
	expect_int(sqlstate_fault("23514"), FAULT_DB_DATA); /* check_violation */
	expect_int(sqlstate_fault("44000"), FAULT_DB_DATA); /* with_check_option_violation */
	expect_int(sqlstate_fault("54000"), FAULT_DB_DATA); /* program_limit_exceeded */
	expect_int(sqlstate_fault("P0001"), FAULT_DB_DATA); /* raise_exception */
}

TEST(what_a_person_must_mend_is_a_configuration_fault)
{
	expect_int(sqlstate_fault("28P01"), FAULT_DB_CONFIG); /* invalid_password */
	expect_int(sqlstate_fault("3D000"), FAULT_DB_CONFIG); /* invalid_catalog_name */
	expect_int(sqlstate_fault("42P01"), FAULT_DB_CONFIG); /* undefined_table */
	expect_int(sqlstate_fault("42501"), FAULT_DB_CONFIG); /* insufficient_privilege */
	expect_int(sqlstate_fault("26000"), FAULT_DB_CONFIG); /* invalid_sql_statement_name */
	expect_int(sqlstate_fault("55000"), FAULT_DB_CONFIG); /* prerequisite state: wal_level */
	expect_int(sqlstate_fault("57P04"), FAULT_DB_CONFIG); /* database_dropped */
	expect_int(sqlstate_fault("58P01"), FAULT_DB_CONFIG); /* undefined_file: WAL is gone */
	expect_int(sqlstate_fault("XX001"), FAULT_DB_CONFIG); /* data_corrupted */
	expect_int(sqlstate_fault("0A000"), FAULT_DB_CONFIG); /* feature_not_supported */
}

TEST(no_state_means_that_the_connection_broke)
{
	expect_int(sqlstate_fault(NULL), FAULT_DB);
	expect_int(sqlstate_fault(""), FAULT_DB);
}

TESTS("sqlstate", TEST_CASE(what_goes_away_by_itself_is_a_database_fault),
	TEST_CASE(data_that_will_be_refused_again_is_a_data_fault),
	TEST_CASE(what_a_person_must_mend_is_a_configuration_fault),
	TEST_CASE(no_state_means_that_the_connection_broke))
