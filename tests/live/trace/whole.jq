# What is wrong with a trace, in Jaeger's JSON, one sentence a line; nothing: it is one tree.
#
# One root; every other span's parent is there; no span twice; none starts before its
# parent; none takes a minute.
.data[0] as $trace | $trace.spans as $spans |
($spans | map({key: .spanID, value: .}) | from_entries) as $by_id |
def name: "\($trace.processes[.processID].serviceName): \(.operationName) \(.spanID)";
def parent: .references[0].spanID // empty;
([$spans[] | select(.references | length == 0)] | select(length != 1) |
	"\(length) roots: \(map(name) | join(", "))"),
($spans | group_by(.spanID)[] | select(length > 1) | "twice: \(.[0] | name)"),
($spans[] | . as $span | parent | select($by_id[.] == null) | "no parent \(.): \($span | name)"),
($spans[] | . as $span | $by_id[parent] | select(. != null and .startTime > $span.startTime) |
	"\(.startTime - $span.startTime) us before its parent \(name): \($span | name)"),
($spans[] | select(.duration < 0 or .duration > 60000000) | "takes \(.duration) us: \(name)")
