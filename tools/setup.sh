#!/usr/bin/env bash
# Everything a fresh Debian or Ubuntu needs: system tools (apt, when root), a virtual environment,
# the packages of pyproject.toml at the versions of constraints.txt. Called by make.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

missing=()
command -v g++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
command -v perl >/dev/null || missing+=(perl)
command -v git >/dev/null || missing+=(git)
command -v "$python" >/dev/null || missing+=(python3)
"$python" -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]}"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"
  else
    echo "missing system tools; type:  sudo apt-get install ${missing[*]}" >&2
    exit 2
  fi
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "$("$python" --version) is too old: Spikeloom needs Python 3.11 or newer (make PYTHON=python3.11 ...)" >&2
  exit 2
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
touch .venv/ready
