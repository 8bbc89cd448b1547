# shellcheck shell=bash
#
# The report of a drill: written to its folder as text and JSON, shown again by
# ./lab drill report.

colourless() {
	sed 's/\x1b\[[0-9;]*m//g'
}

report_section() {
	printf '\n%s%s%s\n' "$BOLD" "$2" "$PLAIN"
	page_section "$1" "$2" | page_plain | sed 's/^/  /'
}

verdict_line() {
	local colour=$GREEN
	case $2 in
	FAIL) colour=$RED ;;
	INCONCLUSIVE) colour=$YELLOW ;;
	esac
	printf '\n%s%s%s drill %s: %s%s\n' "$BOLD" "$colour" "$2" "$1" "$3" "$PLAIN"
}

verdict_words() {
	case $1 in
	PASS) echo "the claim holds, and everything that should happen did" ;;
	FAIL) echo "the claim does not hold; the findings marked FAIL say where" ;;
	*) echo "the run proves nothing; a finding marked ? did not happen or could not be read" ;;
	esac
}

# report_print NAME PAGE VERDICT
report_print() {
	evidence_print
	printf '\n%sPrediction and answer%s\n' "$BOLD" "$PLAIN"
	page_section "$2" Prediction | page_plain | sed 's/^/  /'
	[[ -z $drill_prediction ]] || printf '  You said: %s\n' "$drill_prediction"
	page_section "$2" Answer | page_plain | sed 's/^/  /'
	report_section "$2" "Where to look"
	report_section "$2" Explanation
	report_section "$2" "In sixty seconds"
	report_section "$2" Follow-ups
	verdict_line "$1" "$3" "$(verdict_words "$3")"
}

report_json() {
	jq -n --arg drill "$1" --arg verdict "$3" --arg claim "$(page_section "$2" Claim)" \
		--arg prediction "$drill_prediction" --arg since "$DRILL_SINCE" --arg folder "$drill_folder" \
		--argjson findings "$(evidence_json)" \
		--argjson orders "$(jq . "$drill_folder/orders.json" 2>/dev/null || echo null)" '
		{drill: $drill, verdict: $verdict, claim: $claim, prediction: $prediction,
		 since: $since, folder: $folder, findings: $findings, orders: $orders}'
}

# report_write NAME PAGE VERDICT: to the folder, and shown.
report_write() {
	report_json "$@" >"$drill_folder/report.json"
	report_print "$@" | tee >(colourless >"$drill_folder/report.txt")
	printf '  The report: %s\n' "$drill_folder/report.txt"
}

# report_latest [NAME]: the folder of the last drill, of that name.
report_latest() {
	find "$LAB_RUN/drills" -mindepth 2 -maxdepth 2 -name report.json -path "*-${1:-*}/*" -printf '%h\n' \
		2>/dev/null | sort | tail -n 1
}
