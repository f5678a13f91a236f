#!/usr/bin/env bash
# A whole fanner platform on this machine: declares a stream with Terraform, publishes real events, shows them arriving.
# Leaves the platform running; ONCE=1 stops it at the end. Exits non-zero unless everything expected arrived.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=examples/quickstart
target=${CARGO_TARGET_DIR:-target}
data=$target/quickstart
bin=$target/debug
terraform=${TERRAFORM:-$(command -v terraform || command -v tofu || true)}

step() { printf '\n\033[1m== %s\033[0m\n' "$1"; }
fail() { printf 'quickstart: %s\n' "$@" >&2; exit 1; }

step "Looking for what is needed"
command -v cargo >/dev/null || fail "Rust is missing; install it from https://rustup.rs"
command -v cc >/dev/null || fail "a C compiler is missing; Debian: apt-get install build-essential"
command -v python3 >/dev/null || fail "Python 3 is missing; Debian: apt-get install python3"
[ -n "$terraform" ] || fail "Terraform is missing; https://developer.hashicorp.com/terraform/install (or https://opentofu.org)"
echo "$(cargo --version), $("$terraform" version 2>/dev/null | head -n 1), $(python3 --version)"

step "Building the programs"
cargo build --quiet -p fanner-local -p fanner -p terraform-provider-fanner -p fannerctl
echo "in $bin: fanner-local, fanner, terraform-provider-fanner"

step "Starting the platform: control plane on SQLite, a local Kinesis, the fanner"
stop() {
  [ -f "$data/pid" ] || return 0
  kill "$(cat "$data/pid")" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$(cat "$data/pid")" 2>/dev/null || break; sleep 0.1; done
  rm -f "$data/pid"
}
stop
rm -rf "$data"
mkdir -p "$data"
ports=()
[ -z "${ONCE:-}" ] || ports=(--listen 127.0.0.1:0 --kinesis-listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0)
"$bin/fanner-local" --data-dir "$data" "${ports[@]}" >"$data/ready" 2>"$data/log" &
echo $! >"$data/pid"
[ -z "${ONCE:-}" ] || trap stop EXIT
until [ -s "$data/ready" ]; do
  kill -0 "$(cat "$data/pid")" 2>/dev/null || { rm -f "$data/pid"; fail "fanner-local did not start:" "$(tail -n 5 "$data/log")"; }
  sleep 0.1
done
cat "$data/ready"
source "$data/env"

step "Declaring four event types and a stream of six lines: terraform apply"
sed -n '/"fanner_stream"/,/^}/p' "$here/main.tf"
TF_DATA_DIR=$data/terraform "$terraform" -chdir="$here" apply -auto-approve -input=false -compact-warnings \
  -state="$(realpath "$data")/terraform.tfstate"

step "Publishing three days of flights and weather to the Global Event Stream"
python3 "$here/flights.py" "$here/data" >"$data/events.ndjson"
"$bin/fanner" publish --ges "$FANNER_GES" "$data/events.ndjson"

step "Reading what arrives in the stream storm-watch"
"$bin/fanner" tail storm-watch --from trim-horizon --until-idle 3s --output json >"$data/arrived.ndjson"
head -n 3 "$data/arrived.ndjson" | cut -c 1-160
echo "…"

step "What arrived"
python3 "$here/check.py" "$data/events.ndjson" "$data/arrived.ndjson" flight_cancelled weather_observed

if [ -n "${ONCE:-}" ]; then
  stop
  exit 0
fi
cat <<END

The platform is running; its data and log are in $data. Try next, in a shell of your own:

  source $data/env
  $bin/fanner tail storm-watch                     # leave it open, then publish once more:
  $bin/fanner publish $data/events.ndjson
  $terraform -chdir=$here plan -state=$(realpath "$data")/terraform.tfstate      # no changes; then edit main.tf
  $bin/fannerctl readers flight_cancelled          # who reads it, and why
  curl -s $FANNER_ENDPOINT/v1/streams/storm-watch -H "Authorization: Bearer \$FANNER_TOKEN"

In a browser, $FANNER_ENDPOINT shows who may have what; log in with the \$FANNER_TOKEN or the \$FANNER_SECURITY_TOKEN of that file.

Stop it with: kill \$(cat $data/pid)
END
