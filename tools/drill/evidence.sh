# shellcheck shell=bash
#
# What a drill found, judged and written down. Pure: it asks nobody, changes
# nothing, and prints only when it is told to.
#
# Each finding answers one of three questions, has a number, says in a sentence
# what was counted, and names the file that makes it so. Three kinds:
#
#   proves     must be exactly what is wanted, else the drill has FAILED
#   happened   must be above zero, else nothing was tried: INCONCLUSIVE
#   noted      a number to look at, judged by nobody
#
# A number that could not be read makes a drill INCONCLUSIVE, never green.

readonly -a QUESTIONS=(consistent retries compensation)
readonly -A QUESTION_WORDS=(
	[consistent]="Why did the data stay consistent?"
	[retries]="How did the retries behave?"
	[compensation]="Where did compensation occur?")

declare -ga FINDINGS=() # question, result, value, sentence, source: one a line, tab-separated
declare -gA EXAMPLES=() # by the number of its finding: lines

# finding QUESTION RESULT VALUE SENTENCE SOURCE
finding() {
	FINDINGS+=("$1"$'\t'"$2"$'\t'"${3:--}"$'\t'"$4"$'\t'"$5")
}

# proves QUESTION VALUE WANTED SENTENCE SOURCE
proves() {
	local result=FAIL
	if [[ -z $2 || -z $3 ]]; then
		result=INCONCLUSIVE
	elif [[ $2 == "$3" ]]; then
		result=PASS
	fi
	finding "$1" "$result" "$2" "$4" "$5"
}

# happened QUESTION VALUE SENTENCE SOURCE
happened() {
	local result=INCONCLUSIVE
	[[ ! $2 =~ ^[0-9]+$ ]] || (($2 == 0)) || result=PASS
	finding "$1" "$result" "$2" "$3" "$4"
}

# noted QUESTION VALUE SENTENCE SOURCE
noted() {
	finding "$1" NOTED "$2" "$3" "$4"
}

# judged QUESTION RESULT SENTENCE SOURCE: somebody else has judged it.
judged() {
	finding "$1" "$2" "$2" "$3" "$4"
}

# examples LINES: of the latest finding.
examples() {
	((${#FINDINGS[@]} > 0)) || return 0
	[[ -z $1 ]] || EXAMPLES[$((${#FINDINGS[@]} - 1))]=$1
}

# verdict: of all findings, in REPLY.
verdict() {
	local line result judged_any=
	REPLY=PASS
	for line in "${FINDINGS[@]}"; do
		IFS=$'\t' read -r _ result _ <<<"$line"
		case $result in
		FAIL)
			REPLY=FAIL
			return
			;;
		INCONCLUSIVE) REPLY=INCONCLUSIVE ;;
		PASS) judged_any=1 ;;
		esac
	done
	[[ -n $judged_any ]] || REPLY=INCONCLUSIVE
}

# verdict_code VERDICT: the exit code, in REPLY.
verdict_code() {
	case $1 in
	PASS) REPLY=0 ;;
	FAIL) REPLY=1 ;;
	*) REPLY=3 ;;
	esac
}

result_mark() {
	case $1 in
	PASS) REPLY="${GREEN}ok  ${PLAIN}" ;;
	FAIL) REPLY="${RED}FAIL${PLAIN}" ;;
	INCONCLUSIVE) REPLY="${YELLOW}?   ${PLAIN}" ;;
	*) REPLY="    " ;;
	esac
}

# evidence_print: under each question what answers it.
evidence_print() {
	local question i asked result value sentence source line
	for question in "${QUESTIONS[@]}"; do
		printf '\n%s%s%s\n' "$BOLD" "${QUESTION_WORDS[$question]}" "$PLAIN"
		for i in "${!FINDINGS[@]}"; do
			IFS=$'\t' read -r asked result value sentence source <<<"${FINDINGS[i]}"
			[[ $asked == "$question" ]] || continue
			result_mark "$result"
			printf '  %s %12s  %s\n' "$REPLY" "$value" "$sentence"
			[[ -z ${EXAMPLES[$i]:-} ]] || while IFS= read -r line; do
				printf '%21s%s\n' '' "$line"
			done <<<"${EXAMPLES[$i]}"
			printf '%21s%s%s%s\n' '' "$DIM" "$source" "$PLAIN"
		done
	done
}

# evidence_json: an array of findings.
evidence_json() {
	local i question result value sentence source
	for i in "${!FINDINGS[@]}"; do
		IFS=$'\t' read -r question result value sentence source <<<"${FINDINGS[i]}"
		jq -nc --arg question "$question" --arg result "$result" --arg value "$value" \
			--arg sentence "$sentence" --arg source "$source" \
			--arg examples "${EXAMPLES[$i]:-}" '
			{question: $question, result: $result, value: ($value | tonumber? // $value),
			 sentence: $sentence, source: $source,
			 examples: ($examples | split("\n") | map(select(. != "")))}'
	done | jq -s .
}
