# Every way from a leaf of a trace to its root: "service: operation" of each span, by " < ".
.data[0] as $trace | $trace.spans as $spans |
($spans | map({key: .spanID, value: .}) | from_entries) as $by_id |
def way: "\($trace.processes[.processID].serviceName): \(.operationName)" +
	(.references[0].spanID as $id | if $id and $by_id[$id] then " < " + ($by_id[$id] | way) else "" end);
($spans | map(.references[0].spanID // empty) | unique) as $parents |
[$spans[] | select(.spanID as $id | $parents | index($id) | not) | way] | sort | .[]
