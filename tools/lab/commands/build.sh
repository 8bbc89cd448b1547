# shellcheck shell=bash
#: build only; also into another directory with Meson's options

command_help() {
	cat <<-END
		./lab build [DIRECTORY [MESON OPTION]...]: configures a build directory once and
		builds what changed. Without arguments: build/.

		Examples:
		  ./lab build
		  CC=clang ./lab build build-clang -Dwerror=true
	END
}

command_run() {
	local directory=${1:-$LAB_BUILD}
	[[ $directory != -* ]] || usage_error "the directory comes before Meson's options"
	(($# == 0)) || shift
	[[ $directory == /* ]] || directory=$LAB_TREE/$directory
	need packages build
	packages_ensure run
	step "build ${directory#"$LAB_TREE/"}" build_ensure "$directory" "$@"
}
