#!/usr/bin/env python3
"""The rules of the code's shape, over every file that git tracks.

One line a rule, "ok - sentence" or "not ok - sentence" with a line for each
place below it, "file:line: what is wrong". The last line is
"tidy: N files, N findings"; the exit code is 1 if there are any.

A rule is a generator of (file, line, words), listed with its sentence in RULES.
Nothing but Python's own library is used; clang-format and shellcheck are called
when they are installed.
"""

import argparse
import ast
import pathlib
import re
import shutil
import subprocess
import sys

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
COLUMNS_MAX = 100
TAB_COLUMNS = 8

BANNED_CALLS = "strcpy strcat sprintf vsprintf atoi atol gets system strtok".split()
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(?:work/|root\b|home/[a-z])")

# The one library that may include a third-party header. All others are unknown, and a
# finding wherever they stand: a new dependency is added here or not at all.
OWNERS = {
    "jansson.h": "json",
    "libpq-fe.h": "store",
    "libpq/libpq-fs.h": "store",
    "librdkafka/rdkafka.h": "bus",
    "librdkafka/rdkafka_mock.h": "bus",
    "hiredis/hiredis.h": "cache",
    "civetweb.h": "http",
    "curl/curl.h": "http",
    "check.h": "testkit",
    "openssl/crypto.h": "none",
    "openssl/evp.h": "none",
    "openssl/rand.h": "none",
}

# Files that do on purpose what that library keeps others from: each with its reason.
GUESTS = {
    # Clients that lose the order of messages, to show how; bus refuses to be wrong.
    ("tools/ordering/clients.c", "librdkafka/rdkafka.h"),
    # TLS without HTTP, for the requests that librdkafka cannot make.
    ("tools/acls/line.c", "curl/curl.h"),
    # What Kafka keeps of a password.
    ("tools/acls/users.c", "openssl/crypto.h"),
    ("tools/acls/users.c", "openssl/evp.h"),
    ("tools/acls/users.c", "openssl/rand.h"),
}

LIBC = set(
    """assert ctype dirent dlfcn endian errno fcntl fnmatch ftw getopt glob grp inttypes libgen
    limits locale math netdb poll pthread pwd regex sched semaphore setjmp signal spawn stdalign
    stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings syslog
    termios time ucontext unistd wchar""".split()
)
LIBC_FOLDERS = ("sys/", "netinet/", "arpa/", "net/", "linux/", "sanitizer/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)
# A comment or a literal: what looks like code inside them is none.
NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S
)


class Tree:
    """The tracked files of a working copy, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True
        ).stdout.decode()
        # A file that is tracked and deleted is about to be gone.
        self.files = [f for f in listed.split("\0") if f and (self.root / f).is_file()]
        self.texts = {}
        for file in self.files:
            data = (self.root / file).read_bytes()
            if b"\0" not in data:
                self.texts[file] = data.decode("utf-8", "replace")
        self.code = [f for f in self.texts if f.endswith((".c", ".h"))]
        self.python = [f for f in self.texts if f.endswith(".py")]
        self.shell = [f for f in self.texts if self.is_shell(f)]
        self.libraries = self.library_order()

    def is_shell(self, file):
        first = self.texts[file].split("\n", 1)[0]
        return file.endswith(".sh") or re.match(r"#!.*\b(ba)?sh\b", first) is not None

    def library_order(self):
        """The libraries as the root meson.build lists them, lowest first."""
        build = self.texts.get("meson.build", "")
        found = re.search(r"foreach library : \[(.*?)\]", build, re.S)
        return re.findall(r"'([\w-]+)'", found.group(1)) if found else []

    def lines(self, file):
        return self.texts[file].splitlines()


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def without_comments(text):
    """The text with comments and literals emptied; every line stays where it is."""
    return NO_CODE.sub(lambda found: "\n" * found.group().count("\n"), text)


def home_of(file):
    """What a file belongs to: ("store", the library), ("order", the service), …"""
    parts = file.split("/")
    if parts[0] in ("subprojects", "services", "tools", "tests") and len(parts) > 2:
        return parts[0], parts[1]
    if parts[0] == "avro-schemas":
        return "subprojects", "events"
    return parts[0], ""


def is_test(file):
    path = pathlib.PurePath(file)
    words = set(re.split(r"[_.-]", path.name)) | set(path.parts[:-1])
    return bool(words & {"test", "tests", "testing", "fake", "subject"})


def long_c_functions(tree):
    for file in tree.code:
        begin = 0
        for number, line in enumerate(tree.lines(file), 1):
            if line == "{":
                begin = number
            elif line.startswith("}") and begin:
                size = number - begin + 1
                if size > FUNCTION_LINES_MAX:
                    yield file, begin, f"function of {size} lines"
                begin = 0


def long_script_functions(tree):
    for file in tree.python:
        for node in ast.walk(ast.parse(tree.texts[file])):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                size = node.end_lineno - node.lineno + 1
                if size > FUNCTION_LINES_MAX:
                    yield file, node.lineno, f"function of {size} lines"
    for file in tree.shell:
        for found in re.finditer(r"^\w+\(\) [{(]\n.*?^[})]", tree.texts[file], re.M | re.S):
            size = found.group().count("\n") + 1
            if size > FUNCTION_LINES_MAX:
                yield file, line_of(tree.texts[file], found.start()), f"function of {size} lines"


def long_functions(tree):
    yield from long_c_functions(tree)
    yield from long_script_functions(tree)


def long_files(tree):
    for file in sorted({*tree.code, *tree.python, *tree.shell}):
        size = len(tree.lines(file))
        if size > FILE_LINES_MAX:
            yield file, size, f"file of {size} lines"


def wide_lines(tree):
    for file in tree.code:
        fenced = False
        for number, line in enumerate(tree.lines(file), 1):
            if "clang-format off" in line:
                fenced = True
            if "clang-format on" in line:
                fenced = False
            columns = len(line.expandtabs(TAB_COLUMNS))
            if columns > COLUMNS_MAX and not fenced:
                yield file, number, f"line of {columns} columns"


def banned_calls(tree):
    pattern = re.compile(r"\b(" + "|".join(BANNED_CALLS) + r")\s*\(")
    for file in tree.code:
        text = without_comments(tree.texts[file])
        for found in pattern.finditer(text):
            yield file, line_of(text, found.start()), f"call of {found.group(1)}()"


def unfinished(tree):
    for file in sorted({*tree.code, *tree.python, *tree.shell}):
        for number, line in enumerate(tree.lines(file), 1):
            if UNFINISHED.search(line):
                yield file, number, "marked as unfinished"


def includes(tree):
    """Every include of the tree: (file, line, name, is it quoted)."""
    for file in tree.code:
        text = tree.texts[file]
        for found in INCLUDE.finditer(text):
            yield file, line_of(text, found.start()), found.group(2), found.group(1) == '"'


def is_ours(tree, name):
    return name.split("/")[0] in tree.libraries or any(
        pathlib.PurePath(f).name == name for f in tree.code
    )


def is_libc(name):
    return name.endswith(".h") and (name[:-2] in LIBC or name.startswith(LIBC_FOLDERS))


def foreign_headers(tree):
    for file, line, name, quoted in includes(tree):
        if quoted or is_libc(name) or is_ours(tree, name):
            continue
        owner = OWNERS.get(name)
        if owner is None:
            yield file, line, f"<{name}> is no library known here"
        elif (file, name) in GUESTS:
            continue
        elif home_of(file) != ("subprojects", owner):
            yield file, line, f"<{name}> belongs to {owner} alone"
        elif "/include/" in file:
            yield file, line, f"<{name}> shows in a public header"


def upward_includes(tree):
    ranks = {name: rank for rank, name in enumerate(tree.libraries)}
    top = len(ranks)
    for file, line, name, quoted in includes(tree):
        kind, home = home_of(file)
        rank = ranks.get(home, top) if kind == "subprojects" else top
        other = name.split("/")[0]
        if quoted:
            if ".." in name.split("/"):
                yield file, line, f'"{name}" reaches into another folder'
            continue
        if other not in ranks or "/" not in name or other == home:
            continue
        if other == "testkit":
            if not is_test(file):
                yield file, line, f"<{name}> outside a test"
        elif ranks[other] > rank:
            yield file, line, f"<{name}> is above {home}"


def impure_decisions(tree):
    """Where handle.c does the input and output, NAME/NAME.c is pure."""
    forbidden = re.compile(r"(base/(clock|log|metrics)|store|bus|http|trace|runtime|time|pthread)\b")
    for file in tree.code:
        kind, home = home_of(file)
        folder = f"services/{home}"
        if kind != "services" or file != f"{folder}/{home}.c":
            continue
        if f"{folder}/handle.c" not in tree.texts:
            continue
        for found in INCLUDE.finditer(tree.texts[file]):
            if found.group(1) == "<" and forbidden.match(found.group(2)):
                line = line_of(tree.texts[file], found.start())
                yield file, line, f"<{found.group(2)}> in a decision"
        text = without_comments(tree.texts[file])
        for found in re.finditer(r"\b[mc]alloc\s*\(", text):
            yield file, line_of(text, found.start()), "memory of its own in a decision"


def silent_headers(tree):
    for file in tree.code:
        if "/include/" in file and not tree.texts[file].startswith("/*\n * "):
            yield file, 1, "does not open with what it is"


def missing_readmes(tree):
    folders = {"/".join(f.split("/")[:2]) for f in tree.files if f.count("/") >= 2}
    for folder in sorted(folders):
        if folder.split("/")[0] not in ("services", "subprojects", "tools", "deploy"):
            continue
        if f"{folder}/README.md" not in tree.texts:
            yield folder, 1, "no README.md"


def missing_samples(tree):
    for file in tree.files:
        path = pathlib.PurePath(file)
        if path.parts[0] != "avro-schemas" or path.suffix != ".avsc" or len(path.parts) != 4:
            continue
        samples = f"{path.parent}/sample"
        if not any(f.startswith(samples) and f.endswith(".json") for f in tree.files):
            yield file, 1, "no sample.json beside it"


def blanks_at_line_ends(tree):
    for file in tree.texts:
        for number, line in enumerate(tree.texts[file].split("\n"), 1):
            if line.endswith((" ", "\t", "\r")) and file != "LICENSE":
                yield file, number, "ends in blanks"


def machine_paths(tree):
    for file in tree.texts:
        for number, line in enumerate(tree.texts[file].split("\n"), 1):
            if MACHINE_PATH.search(line):
                yield file, number, "a path of one machine"


def complaints(tree, command, files, pattern):
    """Runs a program over files; yields what its output says by the pattern."""
    if not files:
        return
    if not shutil.which(command[0]):
        print(f"# {command[0]} is not installed: that rule was not checked", flush=True)
        return
    ran = subprocess.run([*command, *files], cwd=tree.root, capture_output=True, text=True)
    output = ran.stdout + ran.stderr
    found = sorted(set(re.findall(pattern, output, re.M)))
    for file, line, words in found:
        yield file, int(line), words
    if ran.returncode != 0 and not found:
        yield files[0], 1, f"{command[0]} failed: {output.strip()[:200]}"


def layout(tree):
    command = ["clang-format", "--dry-run", "-Werror"]
    yield from complaints(tree, command, tree.code, r"^([^:\n]+):(\d+):\d+: error: (.*)$")


def shell_complaints(tree):
    command = ["shellcheck", "--format", "gcc"]
    yield from complaints(tree, command, tree.shell, r"^([^:\n]+):(\d+):\d+: (.*)$")


RULES = [
    ("no function is longer than 70 lines", long_functions),
    ("no file of code is longer than 500 lines", long_files),
    ("no line of C is wider than 100 columns", wide_lines),
    ("no unbounded or shell-calling C function is used", banned_calls),
    ("nothing is marked as unfinished", unfinished),
    ("a third-party header is included by its one library alone", foreign_headers),
    ("no file includes what is above its library", upward_includes),
    ("decisions know no clock, database, broker, HTTP or heap", impure_decisions),
    ("every public header opens with what it is", silent_headers),
    ("every library, service and tool has a README", missing_readmes),
    ("every schema has a sample", missing_samples),
    ("no line ends in blanks", blanks_at_line_ends),
    ("no path of one machine is in the tree", machine_paths),
    ("shellcheck has nothing to say", shell_complaints),
    ("clang-format has nothing to change", layout),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).parents[2])
    tree = Tree(str(parser.parse_args().root))
    total = 0
    for sentence, rule in RULES:
        findings = list(rule(tree))
        total += len(findings)
        print(f"{'not ok' if findings else 'ok'} - {sentence}")
        for file, line, words in findings:
            print(f"{file}:{line}: {words}")
    print(f"tidy: {len(tree.files)} files, {total} findings")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
