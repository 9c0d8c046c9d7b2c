# shellcheck shell=bash
# For scripts that choose a runtime. `source /opt/code-interpreter/code-interpreter-env.sh python 3.13` succeeds when this
# image has it (3.13 and 3 stand for 3.13.5, too), and says what there is when it hasn't; without a version it says which
# one there is, without anything which of all.

# code_interpreter_version LANGUAGE prints the version in this image, nothing where it has none.
code_interpreter_version() {
  case $1 in
    python) python3 -c 'import platform; print(platform.python_version())' ;;
    node) node -p process.versions.node ;;
    java) java --version | awk 'NR == 1 { print $2 }' ;;
    go) go env GOVERSION | sed 's/^go//' ;;
  esac 2>/dev/null
}

# code_interpreter_use LANGUAGE VERSION succeeds when the image has it.
code_interpreter_use() {
  local found
  found=$(code_interpreter_version "$1")
  case $found. in "$2".*) return ;; esac
  echo "$1 $2 was asked for; this image has ${found:+"$1 "}${found:-none}." >&2
  return 1
}

case $# in
  0) for language in python node java go; do echo "$language: $(code_interpreter_version "$language")"; done ;;
  1) code_interpreter_version "$1" ;;
  *) code_interpreter_use "$1" "$2" ;;
esac
