# shellcheck shell=bash
#
# The page of a drill: Markdown beside its script, read here by section. Pure.
#
# A page has a title, "# NAME: what", and the sections of PAGE_SECTIONS.

readonly -a PAGE_SECTIONS=("Claim" "What is done" "Prediction" "Answer" "Where to look" "Explanation"
	"In sixty seconds" "Follow-ups")

# page_title FILE: without the name.
page_title() {
	sed -n '1s/^# [a-z-]*: *//p' "$1"
}

# page_section FILE SECTION: its lines, blank ones around it left out.
page_section() {
	awk -v wanted="## $2" '
		/^## / {inside = $0 == wanted; next}
		inside && (NF || started) {
			started = 1
			if (NF) {
				for (; blank > 0; blank--)
					print ""
				print
			} else
				blank++
		}' "$1"
}

# page_missing FILE: the sections that are not there, one a line.
page_missing() {
	local section
	for section in "${PAGE_SECTIONS[@]}"; do
		[[ -n $(page_section "$1" "$section") ]] || printf '%s\n' "$section"
	done
}

# page_links FILE: the files its links name, as seen from the page.
page_links() {
	grep -o '](\([^)#]*\)' "$1" | sed 's/^](//' | grep -v '^http' | sort -u || true
}

# page_plain: Markdown on stdin as a terminal shows it: links by the file they name.
page_plain() {
	sed -E -f "$LAB_TREE/tools/drill/plain.sed"
}
