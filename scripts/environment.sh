# Shared by scripts/start and scripts/test: finds a Python, makes .venv beside this checkout, installs a lock file into it.
# Sourced with `root` set to the checkout. Plain POSIX sh; every failure is one line that says what is missing.
# PYTHON=… names the interpreter, VENV=… another folder for the environment.

stop() {
    printf '%s\n' "$1" >&2
    exit 1
}

# The first interpreter that is new enough; a version manager's shim that only prints an error is passed over.
find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

# What an environment was made of: the interpreter's version, the lock file and the project's own metadata.
digest_of() {
    "$python" - "$1" "$root/pyproject.toml" <<'PY'
import hashlib, sys
digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        digest.update(file.read())
print(digest.hexdigest())
PY
}

stamp_of() {
    printf '%s\n' "$venv/.installed-$(basename "$1")"
}

is_current() {
    [ -x "$venv/bin/aggregator" ] && [ "$(cat "$(stamp_of "$1")" 2>/dev/null)" = "$(digest_of "$1")" ]
}

# One installation at a time: a second start waits for the first. The lock is on the folder that holds the environment, through
# descriptor 9, which the child that locks it shares with this shell: the kernel drops it with its last holder, also after a kill.
take_turn() {
    folder=$(dirname "$venv")
    mkdir -p "$folder" 2>/dev/null || :
    [ -w "$folder" ] || stop "$folder is not writable, so no environment can be made in it."
    exec 9<"$folder"
    "$python" - <<'PY' || stop "$folder cannot be locked."
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Waiting for another installation to end ...", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
PY
}

give_turn() {
    exec 9<&-
}

has_same_python() {
    version='import sys; print(sys.version_info[:2])'
    [ -x "$venv/bin/python" ] && [ "$("$venv/bin/python" -c "import pip; $version" 2>/dev/null)" = "$("$python" -c "$version")" ]
}

make_venv() {
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        stop "Python has no venv module ($python). Install it; on Debian and Ubuntu: apt install python3-venv"
    rm -rf "$venv"
    "$python" -m venv "$venv" >/dev/null || stop "No environment could be made at $venv; is the disk full?"
}

pip_install() {
    "$venv/bin/python" -m pip --disable-pip-version-check install "$@" >"$venv/install.log" 2>&1 || {
        why=$(grep -i '^ *error' "$venv/install.log" | tail -n 1 | cut -c 1-200)
        stop "Installing failed; is there a network or a package index? pip says: ${why:-nothing} (all of it: $venv/install.log)"
    }
}

# prepare LOCKFILE: afterwards $venv/bin holds everything that the lock file names, and the `aggregator` command.
prepare() {
    python=$(find_python) || stop "Python 3.11 or newer is needed and was not found (looked for: ${PYTHON:-python3, python3.13, python3.12, python3.11})."
    venv=${VENV:-$root/.venv}
    [ -r "$1" ] || stop "$1 is missing; is this a complete checkout?"
    is_current "$1" && return 0
    take_turn
    if ! is_current "$1"; then
        has_same_python || make_venv
        printf 'Installing %s into %s (once; a minute or two) ...\n' "$(basename "$1")" "$venv" >&2
        pip_install -r "$1"
        pip_install --no-deps --no-build-isolation --editable "$root"
        digest_of "$1" >"$(stamp_of "$1")"
    fi
    give_turn
}
