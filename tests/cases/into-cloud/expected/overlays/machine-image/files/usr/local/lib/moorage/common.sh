# shellcheck shell=bash disable=SC2034
# Settings, log lines and refusals that the scripts of this machine share (hence variables that nothing here reads).

# A prefix for every path, empty on a machine: tests give the scripts a directory of their own.
root="${MOORAGE_ROOT:-}"
library="$root/usr/local/lib/moorage"
mount_point="$root/mnt/data"
disk_label="/mnt/data"
log_file="$root/var/log/moorage-start.log"

# shellcheck source-path=SCRIPTDIR source=../../../../etc/moorage/machine.env
source "$root/etc/moorage/machine.env"

# Bash 4.2, which Amazon Linux 2 has, knows neither inherit_errexit nor $'...' inside "${...}".
newline=$'\n'

# To the journal by standard error, which leaves standard output to what functions return. A full root disk may cost the
# copy in the file, but never the start.
log() {
  printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "${0##*/}" "$*" | tee -a "$log_file" >&2 || true
}

die() {
  log "ERROR: $*"
  exit 1
}

# step NAME COMMAND...: run the command and log how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  log "$name: begins"
  "$@"
  log "$name: done after $((SECONDS - began)) s"
}

trap 'log "failed with status $? at ${BASH_SOURCE[0]##*/} line $LINENO"' ERR
