#!/bin/bash
#
# states_test.sh ORDER SAGA.DOT SAGA.SVG README: the picture of the saga is not
# stale. saga.dot is what order --states prints; saga.svg, made from it by
#
#   dot -Tsvg saga.dot -o saga.svg
#
# shows each of its edges; the README's table has a line for each.
#
set -euo pipefail
order=$1 dot=$2 svg=$3 readme=$4
passed=0 failed=0

claim() {
	if "${@:2}"; then
		printf 'ok   %s\n' "$1"
		passed=$((passed + 1))
	else
		printf 'FAIL %s\n' "$1"
		failed=$((failed + 1))
	fi
}

states_as_committed() {
	diff <("$order" --states) "$dot"
}

# "from to trigger" of each edge of the graph.
edges() {
	sed -n 's/^\t\([a-z_]*\) -> \([a-z_]*\) \[label="\([^\\"]*\)\\n.*/\1 \2 \3/p' "$dot" | sort
}

# Graphviz names an edge "from&#45;&gt;to", and writes its label in one element a line.
picture_edges() {
	awk '
		/<title>.*&#45;&gt;/ {
			gsub(/.*<title>|<\/title>.*/, ""); sub(/&#45;&gt;/, " "); edge = $0; next
		}
		edge != "" && /<text/ {gsub(/<[^>]*>/, ""); print edge, $0; edge = ""}
	' "$svg" | sort
}

picture_as_graph() {
	diff <(edges) <(picture_edges)
}

# | from | trigger | to | emits |
table_edges() {
	sed -n 's/^| \([a-z_–]*\) | \([A-Za-z ]*\) | \([a-z_]*\) | [A-Z].* |$/\1 \3 \2/p' "$readme" |
		sed 's/^–/new/' | sort
}

table_as_graph() {
	diff <(edges) <(table_edges)
}

claim 'the graph is what order --states prints' states_as_committed
claim 'the picture shows every edge of the graph and no other' picture_as_graph
claim 'the table of the README has every edge of the graph and no other' table_as_graph
[[ $(edges | wc -l) -ge 16 ]] || { echo 'FAIL the graph has edges'; failed=1; }
((failed == 0))
