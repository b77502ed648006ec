# shellcheck shell=bash disable=SC2154
# What differs on GCP: how the data disk is found, and where metrics go. Sourced after common.sh.

# Prints the data disk, or nothing while there is none. The link carries the exact name that the plan gave the disk.
find_data_disk() {
  local link="$root/dev/disk/by-id/google-$MOORAGE_DATA_DEVICE"
  if [[ -e $link ]]; then
    readlink -f "$link"
  fi
}

metadata() {
  curl --fail --silent --show-error --max-time 10 --header 'Metadata-Flavor: Google' \
    "http://metadata.google.internal/computeMetadata/v1/$1"
}

time_series() {
  printf '{"timeSeries": [{"metric": {"type": "custom.googleapis.com/moorage/%s", "labels": {"name": "%s"}},' \
    "$1" "$MOORAGE_NAME"
  printf ' "resource": {"type": "gce_instance", "labels": {"project_id": "%s", "instance_id": "%s", "zone": "%s"}},' \
    "$4" "$3" "$MOORAGE_ZONE"
  printf ' "points": [{"interval": {"endTime": "%s"}, "value": {"doubleValue": %s}}]}]}\n' \
    "$(date -u +%FT%TZ)" "$2"
}

# publish_metric NAME PERCENT. The token goes from one curl to the other by pipes: arguments and logs never see it.
publish_metric() {
  local token instance_id project
  project=$(metadata project/project-id) || return 1
  instance_id=$(metadata instance/id) || return 1
  token=$(metadata instance/service-accounts/default/token | sed -n 's/.*"access_token" *: *"\([^"\\]*\)".*/\1/p') || return 1
  [[ -n $token ]] || return 1
  printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --config - --fail --silent --show-error --max-time 20 --output /dev/null \
      --header 'Content-Type: application/json' --data "$(time_series "$1" "$2" "$instance_id" "$project")" \
      "https://monitoring.googleapis.com/v3/projects/$project/timeSeries"
}
