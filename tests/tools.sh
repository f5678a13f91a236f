#!/usr/bin/env bash
# Finds or installs what the tests need beside Rust, a C compiler and Terraform: cargo-deny, PostgreSQL, Chromium with its
# driver, and a Python environment with the packages of tests/kinesis/requirements.txt. Says plainly what it cannot install.
#
#   tests/tools.sh PYTHON VENV CARGO_DENY_VERSION
set -euo pipefail
python=$1 venv=$2 deny_version=$3
cd "$(dirname "$0")/.."

fail() {
  echo "missing: $1" >&2
  echo "  $2" >&2
  exit 1
}

command -v cargo >/dev/null || fail "Rust" "install it from https://rustup.rs"
command -v cc >/dev/null || fail "a C compiler" "Debian: apt-get install build-essential"
command -v "${TERRAFORM:-terraform}" >/dev/null || command -v tofu >/dev/null ||
  fail "Terraform or OpenTofu" "https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install"
command -v "$python" >/dev/null || fail "Python 3" "Debian: apt-get install python3 python3-venv"

if [ "$(cargo deny --version 2>/dev/null)" != "cargo-deny $deny_version" ]; then
  echo "installing cargo-deny $deny_version"
  cargo install --quiet --locked --no-default-features --profile dev --config profile.dev.debug=false "cargo-deny@$deny_version"
fi

# Installs a Debian package, or says what to do where there are none.
install() {
  local what=$1 elsewhere=$2
  shift 2
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "$what" "Debian: apt-get install $*; macOS: $elsewhere"
  echo "installing $what"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! command -v initdb >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  install "PostgreSQL's initdb and pg_ctl" "brew install postgresql" postgresql
fi

if ! command -v chromedriver >/dev/null; then
  install "Chromium and its driver" "brew install --cask chromium chromedriver" chromium chromium-driver fonts-dejavu-core
fi

requirements=tests/kinesis/requirements.txt
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
  echo "installing the Python packages of $requirements into $venv"
  "$python" -m venv --clear "$venv" || fail "Python's venv module" "Debian: apt-get install python3-venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$venv/requirements.txt"
fi
