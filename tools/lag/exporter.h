/*
 * A look in Prometheus' text format, with the names and labels of danielqsj/kafka_exporter.
 *
 * Where that one writes -1 (no commit yet, partition not there) we write nothing. Of our own:
 * kafka_consumergroup_group_lag_seconds, _lost_messages and _status.
 */
#pragma once

#include "look.h"

#include <base/buffer.h>

void exporter_write(const struct look *look, struct buffer *out);
