# shellcheck shell=bash disable=SC2154
# What differs on AWS: how the data disk is found, and where metrics go. Sourced after common.sh.

# NVMe numbers change from boot to boot, so only the parent of what is mounted at / tells the root disk.
root_disk_name() {
  local source parent
  source=$(findmnt --noheadings --output SOURCE /) || return 1
  parent=$(lsblk --noheadings --output PKNAME "$source") || return 1
  parent=${parent%%$'\n'*}
  printf '%s\n' "${parent:-${source##*/}}"
}

# Prints the data disk, or nothing while there is none. A udev rule of Amazon Linux links the attached name to the NVMe
# disk (AWS, Amazon EBS user guide, "Map Amazon EBS volumes to NVMe device names", read 2026-11-22). Without the link, the
# only EBS disk beside the root disk is the one; of two, neither is taken.
find_data_disk() {
  local root_name link disk found=""
  root_name=$(root_disk_name) || die "the root disk cannot be told from the data disk"
  for link in "$root$MOORAGE_DATA_DEVICE" "$root"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_*; do
    [[ -e $link && $link != *-part[0-9]* ]] || continue
    disk=$(readlink -f "$link")
    if [[ ${disk##*/} == "$root_name" || " $found " == *" $disk "* ]]; then
      continue
    fi
    found="${found:+$found }$disk"
    [[ $link != "$root$MOORAGE_DATA_DEVICE" ]] || break
  done
  [[ $found != *" "* ]] || die "refusing to choose between the disks $found; detach all but the data disk"
  printf '%s\n' "$found"
}

# publish_metric NAME PERCENT. The dimension is the stack's name, so that an alarm outlives the machine.
publish_metric() {
  aws cloudwatch put-metric-data --region "$MOORAGE_REGION" --namespace moorage --metric-name "$1" \
    --dimensions "Name=$MOORAGE_NAME" --unit Percent --value "$2"
}
